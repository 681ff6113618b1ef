// What must hold between steps. The most important one: an execution that runs always has something that will move it.
#include <array>

#include "engine/core/direct_run.h"
#include "engine/core/step.h"

namespace foehn::core {
namespace {

std::string about(const Task& task, std::string_view what) {
  return "task '" + task.name + "' [" + to_string(task.id) + ", " + std::string(to_string(task.state)) +
         "]: " + std::string(what);
}

bool has_active_run(const ExecutionState& state, const Task& task) {
  if (task.with_items) return task.with_items->active > 0;
  const auto& runs = state.runs_of(task.id);
  return !runs.empty() && !is_complete(runs.back()->state) && runs.back()->task_attempt == task.attempt;
}

bool has_timer(const ExecutionState& state, const Task& task) {
  return state.has_timer(task.id, TimerKind::kWaitBefore) || state.has_timer(task.id, TimerKind::kWaitAfter) ||
         state.has_timer(task.id, TimerKind::kRetry);
}

std::optional<std::string> check_superseded(const ExecutionState& state, const Task& task) {
  const bool quiet = task.state == State::kSuccess || task.state == State::kSkipped;
  if (!quiet || task.has_next_tasks) return about(task, "superseded but has an effect");
  for (const Task* other : state.tasks_named(task.name))
    if (other == &task) return about(task, "superseded but known by its name");
  return std::nullopt;
}

std::optional<std::string> check_complete(const ExecutionState& state, const Task& task) {
  if (task.superseded)
    if (const auto broken = check_superseded(state, task)) return broken;
  if (!task.finished_at) return about(task, "complete without finished_at");
  if (has_timer(state, task) || state.has_timer(task.id, TimerKind::kTaskTimeout))
    return about(task, "complete but has timers");
  if (state.execution().state == State::kRunning && !task.processed) return about(task, "complete but not processed");
  return std::nullopt;
}

// Of a task that is not complete in an execution that runs. `moves` becomes true when the task itself will move on.
std::optional<std::string> check_unfinished(const ExecutionState& state, const Task& task, bool& moves) {
  switch (task.state) {
    case State::kRunning:
    case State::kPaused:
      if (!has_active_run(state, task)) return about(task, "nothing runs for it");
      moves = true;
      return std::nullopt;
    case State::kDelayed:
      if (!has_timer(state, task)) return about(task, "delayed without a timer");
      moves = true;
      return std::nullopt;
    case State::kWaiting:
      if (!task.is_join) return about(task, "waits but is no join");
      if (state.has_timer(task.id, TimerKind::kRetry)) moves = true;
      return std::nullopt;
    default:
      return about(task, "not started though the execution runs");
  }
}

std::optional<std::string> check_items(const Task& task) {
  if (!task.with_items) return std::nullopt;
  const WithItemsState& items = *task.with_items;
  // A re-run that keeps results knows its items again when wait-before or pause-before is over.
  const bool begun = task.delay == DelayReason::kNone && task.state != State::kIdle;
  const bool counted = !items.keeps_results || begun;
  if (counted && items.completed > items.count && !is_complete(task.state))
    return about(task, "more items done than there are");
  if (items.failed > items.completed) return about(task, "more items failed than are done");
  // A user may re-run tasks inside several children at once, whatever `concurrency` says.
  if (task.type == TaskType::kAction && items.concurrency > 0 && items.active > items.concurrency)
    return about(task, "more items run than concurrency allows");
  return std::nullopt;
}

std::optional<std::string> check_direct(const ExecutionState& state) {
  if (state.runs().size() != 1 || !state.tasks().empty() || !state.timers().empty())
    return "a direct run is not one run alone";
  if (is_complete(state.runs().front()->state) != is_complete(state.execution().state))
    return "a direct run has not ended together with its execution";
  return std::nullopt;
}

}  // namespace

std::optional<std::string> check_invariants(const ExecutionState& state) {
  if (is_direct(state.execution())) return check_direct(state);
  const bool runs = state.execution().state == State::kRunning;
  std::array<std::size_t, kStateCount> counts{};
  std::size_t unfinished = 0;
  bool moves = false;
  for (const auto& task : state.tasks()) {
    ++counts[static_cast<std::size_t>(task->state)];
    if (task->execution_id != state.execution().id) return about(*task, "belongs to another execution");
    if (const auto broken = check_items(*task)) return broken;
    if (task->superseded && !is_complete(task->state)) return about(*task, "superseded but not complete");
    if (is_complete(task->state)) {
      if (const auto broken = check_complete(state, *task)) return broken;
      continue;
    }
    ++unfinished;
    if (!runs) continue;
    if (const auto broken = check_unfinished(state, *task, moves)) return broken;
  }
  if (unfinished != state.unfinished_tasks()) return "the counter of unfinished tasks is wrong";
  for (std::size_t i = 0; i < kStateCount; ++i)
    if (counts[i] != state.tasks_in(static_cast<State>(i))) return "the counters of task states are wrong";
  if (runs && unfinished == 0) return "the execution runs but all its tasks are complete";
  if (runs && !moves) return "the execution runs but nothing will move it";
  if (is_complete(state.execution().state) && state.execution().output.is_null()) return "complete without output";
  return std::nullopt;
}

}  // namespace foehn::core
