// RerunTasks: several tasks at once, while others run, with what has run behind them, by another revision (rerun_plan.h
// decides what is touched).
#include <algorithm>
#include <utility>

#include "engine/core/flow.h"
#include "engine/core/handlers.h"
#include "engine/core/rerun_plan.h"
#include "engine/core/settle.h"
#include "engine/core/task_run.h"

namespace foehn::core {
namespace {

// What runs for a superseded task is asked to stop; nobody waits for it.
void end_run(Stepper& step, ActionRun& run, const std::string& why) {
  if (run.kind == RunKind::kWorkflow) {
    step.deliver(ExecutionId{run.id.uuid},
                 StopExecution{.state = State::kCancelled, .message = why, .from_parent = true});
    return;
  }
  if (run.state == State::kRunning && run.is_sync) {
    step.commands.push_back(CancelAction{run.id});
    return;
  }
  run.state = State::kCancelled;
  run.state_info = why;
  run.output = {{"result", nullptr}};
}

// The row stays for people to see; completion, joins and contexts do not know it any more.
void supersede(Stepper& step, TaskId id, const std::string& why) {
  Task& task = step.state.change_task(id);
  for (const ActionRun* run : step.state.runs_of(id))
    if (!is_complete(run->state)) end_run(step, step.state.change_run(run->id), why);
  reset_task(step, task, false);  // also fences what still runs
  step.state.remove_timers_of(id);
  task.processed = true;
  task.triggered_again = false;
  task.finished_at = step.input.now;
  step.set_task(task, task.state == State::kSuccess ? State::kSuccess : State::kSkipped, why);
  step.state.supersede_task(id);
}

// Commands that were kept back for tasks that run again or have no effect any more.
void forget_backlog(Stepper& step, const RerunPlan& plan) {
  std::vector<BacklogItem>& backlog = step.state.change_execution().backlog;
  std::erase_if(backlog, [&](const BacklogItem& item) {
    const auto is_from = [&](TaskId id) { return item.from == id; };
    return std::any_of(plan.rerun.begin(), plan.rerun.end(), is_from) ||
           std::any_of(plan.superseded.begin(), plan.superseded.end(), is_from);
  });
}

// Takes back the results of the named items alone.
void reset_items(Stepper& step, Task& task, const std::vector<std::uint32_t>& items) {
  std::vector<ActionRunId> kept;
  std::uint32_t failed = 0;
  for (const ActionRun* run : step.state.runs_of(task.id)) {
    if (!run->accepted) continue;
    if (std::find(items.begin(), items.end(), run->index) != items.end()) continue;
    kept.push_back(run->id);
    if (run->state == State::kError) ++failed;
  }
  reset_task(step, task, false);
  for (const ActionRunId id : kept) step.state.change_run(id).accepted = true;
  if (kept.empty()) return;
  task.with_items = WithItemsState{
      .completed = static_cast<std::uint32_t>(kept.size()), .failed = failed, .keeps_results = true};
}

// Runs it, or leaves it for the next resume or re-run when one before it has paused or failed the execution.
void begin_again(Stepper& step, Task& task) {
  if (task.is_join) {
    step.set_task(task, State::kWaiting, "Task is waiting.");
    step.work.push_back({Work::Kind::kJoin, task.id, {}});
  } else if (step.running()) {
    begin_task(step, task);
  } else {
    step.set_task(task, State::kIdle, "Starts when the execution goes on.");
  }
}

struct ChildRerun {
  ActionRunId run_id;
  RerunTasks event;
};

// What each sub-workflow of ours is asked for. Entries below the same one stand next to each other.
std::vector<ChildRerun> reruns_below(const RerunTasks& event) {
  std::vector<ChildRerun> children;
  for (const RerunBelow& below : event.below) {
    const ActionRunId first = below.path.front();
    if (children.empty() || children.back().run_id != first) {
      RerunTasks& asked = children.emplace_back(ChildRerun{first, {}}).event;
      asked.reset = event.reset;
      asked.downstream = event.downstream;
      asked.env = event.env;
      asked.input = event.input;
      asked.from_parent = true;
    }
    RerunTasks& asked = children.back().event;
    if (below.path.size() == 1) {
      asked.task_ids = below.task_ids;
    } else {
      asked.below.push_back({{below.path.begin() + 1, below.path.end()}, below.task_ids});
    }
  }
  return children;
}

// Waited for from now on, so that no join before their end counts what they have done so far.
void rerun_below(Stepper& step, const RerunTasks& event) {
  for (ChildRerun& child : reruns_below(event)) {
    const ActionRun* run = step.state.run(child.run_id);
    if (run == nullptr || run->kind != RunKind::kWorkflow) continue;
    if (is_complete(run->state)) await_again(step, step.state.change_run(child.run_id));
    step.deliver(ExecutionId{child.run_id.uuid}, std::move(child.event));
  }
}

Result<dsl::DefinitionPtr> wanted_revision(const Stepper& step, const RerunTasks& event) {
  if (event.definition_hash.empty() || event.definition_hash == step.execution().definition_hash) return nullptr;
  FOEHN_TRY(dsl::DefinitionPtr revision,
            step.input.lookup->definition(event.definition_hash, step.execution().workflow_name));
  if (revision == nullptr || revision->spec.name != step.execution().workflow_name)
    return fail(ErrorCode::kNotFound, "Revision " + event.definition_hash + " is not one of workflow '" +
                                          step.execution().workflow_name + "'");
  FOEHN_CHECK_OK(check_revision(step.state, *revision));
  return revision;
}

}  // namespace

void take_back(Stepper& step, Task& task) {
  task.retry_count = 0;
  task.retrying = false;
  task.paused_before = false;
  task.policy_values = Value::object();
  task.published = Value::object();
  task.published_global = Value::object();
  task.input_override = Value();
  task.started_at.reset();
  step.state.set_task_state(task, State::kRunning);  // not complete any more; begin_task() tells the watchers
  task.state_info.reset();
}

static Status rerun_tasks(Stepper& step, const RerunTasks& event) {
  FOEHN_TRY(const dsl::DefinitionPtr revision, wanted_revision(step, event));
  FOEHN_TRY(const RerunPlan plan, plan_rerun(step.state, event));
  merge_environment(step, event.env);
  if (revision != nullptr) step.state.change_definition(revision);
  const std::string why = "Superseded by a re-run from an earlier task.";
  for (const TaskId id : plan.superseded) supersede(step, id, why);
  forget_backlog(step, plan);
  if (event.all) step.state.change_execution().backlog.clear();
  for (const TaskId id : plan.rerun) {
    Task& task = step.state.change_task(id);
    if (event.items.empty()) {
      reset_task(step, task, !event.reset);
    } else {
      reset_items(step, task, event.items);
    }
    task.processed = true;  // its new outcome is what is dispatched
    step.state.scratch().joins.erase(id);
  }
  rerun_below(step, event);
  step.state.scratch().joins.clear();
  step.state.scratch().dead.clear();
  if (step.finished()) {
    FOEHN_CHECK_OK(reopen_execution(step));
    continue_execution(step);
  }
  for (const TaskId id : plan.rerun) {
    take_back(step, step.state.change_task(id));
    step.state.change_task(id).processed = false;
    if (event.input.is_object()) step.state.change_task(id).input_override = event.input;
  }
  for (const TaskId id : plan.rerun) begin_again(step, step.state.change_task(id));
  if (event.all) step.work.push_back({Work::Kind::kDispatch, TaskId{}, flow_of(step).first(step)});
  return {};
}

Status on(Stepper& step, const RerunTasks& event) {
  const Status status = rerun_tasks(step, event);
  if (status || !event.from_parent) return status;
  step.tell_parent();
  return {};
}

}  // namespace foehn::core
