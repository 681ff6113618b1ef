#include "engine/core/explain.h"

#include <algorithm>

#include "engine/base/clock.h"

namespace foehn::core {
namespace {

std::string list(const std::vector<std::string>& items) {
  constexpr std::size_t kShown = 10;
  std::string text;
  for (std::size_t i = 0; i < items.size() && i < kShown; ++i) text += (i == 0 ? "" : ", ") + items[i];
  if (items.size() > kShown) text += " and " + std::to_string(items.size() - kShown) + " more";
  return text;
}

std::string explain_join(const ExecutionState& state, const Task& task) {
  const auto index = state.definition().graph.find(task.name);
  if (!index) return "waits for its inbound tasks";
  std::vector<std::string> open;
  for (const dsl::TaskIndex inbound : state.definition().graph.nodes[*index].inbound) {
    const std::string& name = state.definition().spec.tasks[inbound].name;
    const auto& tasks = state.tasks_named(name);
    if (tasks.empty()) {
      open.push_back("'" + name + "' (not started)");
    } else if (!is_complete(tasks.back()->state)) {
      open.push_back("'" + name + "' (" + std::string(to_string(tasks.back()->state)) + ")");
    }
  }
  return open.empty() ? "is about to be decided" : "waits for " + list(open);
}

std::string explain_running(const ExecutionState& state, const Task& task) {
  if (task.with_items) {
    const WithItemsState& items = *task.with_items;
    return std::to_string(items.completed) + " of " + std::to_string(items.count) + " items are done, " +
           std::to_string(items.active) + " run";
  }
  const auto& runs = state.runs_of(task.id);
  if (runs.empty()) return "is about to start";
  const ActionRun& run = *runs.back();
  if (run.kind == RunKind::kWorkflow) return "waits for sub-workflow execution " + to_string(run.id);
  if (run.state == State::kScheduled) return "action '" + run.name + "' waits for capacity";
  if (!run.is_sync) return "action '" + run.name + "' waits for its result to be reported";
  return "action '" + run.name + "' runs";
}

std::string explain_delay(const ExecutionState& state, const Task& task) {
  for (const auto& [id, timer] : state.timers())
    if (timer.task_id == task.id && timer.kind != TimerKind::kTaskTimeout)
      return task.state_info.value_or("is delayed") + " until " + to_mistral_time(timer.due_at);
  return "goes on when the execution is resumed";
}

}  // namespace

std::string explain(const ExecutionState& state, TaskId task_id) {
  const Task* task = state.task(task_id);
  if (task == nullptr) return "there is no such task";
  switch (task->state) {
    case State::kWaiting:
      return explain_join(state, *task);
    case State::kRunning:
      return explain_running(state, *task);
    case State::kDelayed:
      return explain_delay(state, *task);
    case State::kIdle:
      return "starts when the execution is resumed";
    case State::kPaused:
      return "its action or sub-workflow is paused";
    default:
      return "is complete: " + std::string(to_string(task->state));
  }
}

}  // namespace foehn::core
