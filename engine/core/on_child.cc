#include <utility>

#include "engine/core/handlers.h"
#include "engine/core/settle.h"
#include "engine/core/task_run.h"
#include "engine/core/with_items.h"

namespace foehn::core {
namespace {

void child_completed(Stepper& step, ActionRun& run, const ChildChanged& event) {
  run.state = event.state;
  run.state_info = event.state_info;
  run.output = event.output;
  if (run.output.is_null()) {  // it could not be started at all
    run.output = Value::object();
    run.output["result"] = event.state_info ? Value(*event.state_info) : Value();
  }
  run_finished(step, run);
}

// The child did what we told it: run and task show it, nothing follows from it. By now we may have told it otherwise;
// reacting to the echo of an old request would set parent and child swinging for ever.
void note_echo(Stepper& step, ActionRun& run, State state) {
  if (is_complete(run.state)) return;
  run.state = state;
  Task* task = awaiting_task(step, run);
  if (task == nullptr) return;
  const bool paused = has_paused_run(step.state, *task);
  if (paused == (task->state == State::kPaused)) return;
  step.set_task(*task, paused ? State::kPaused : State::kRunning, std::nullopt);
}

// A task inside the child was run again: the child counts as running, and so do our task and we.
Status child_reopened(Stepper& step, ActionRun& run) {
  const Task* task = await_again(step, run);
  if (task == nullptr || !step.finished()) return {};
  FOEHN_CHECK_OK(reopen_execution(step));
  continue_execution(step, task->id);
  return {};
}

}  // namespace

const Task* await_again(Stepper& step, ActionRun& run) {
  const State before = run.state;
  const bool counted = std::exchange(run.accepted, false);
  run.state = State::kRunning;
  run.state_info.reset();
  run.output = Value();
  const Task* found = step.state.task(run.task_id);
  if (found == nullptr) return nullptr;
  // An item that a re-run of others has left alone: this is its run still.
  if (counted && found->with_items) run.task_attempt = found->attempt;
  if (run.task_attempt != found->attempt) return nullptr;
  const bool held = found->state == State::kDelayed && found->delay == DelayReason::kWaitAfter;
  const bool awaited = found->state == State::kRunning || found->state == State::kPaused;
  const bool failed = found->state == State::kError || found->state == State::kCancelled;
  if (!held && !awaited && !failed) return nullptr;
  // A handled error may have let this execution succeed; then the child's result no longer matters here.
  if (step.finished() && !is_valid_transition(step.execution().state, State::kRunning)) return nullptr;
  Task& task = step.state.change_task(found->id);
  if (task.with_items && awaited && counted) {
    --task.with_items->completed;
    if (before == State::kError) --task.with_items->failed;
    ++task.with_items->active;
  }
  if (awaited) return nullptr;
  if (task.with_items) recount_items(step, task);
  step.state.remove_timers_of(task.id);
  task.delay = DelayReason::kNone;
  task.held_state.reset();
  task.held_info.reset();
  task.next_tasks.clear();
  task.has_next_tasks = false;
  task.error_handled = false;
  task.processed = false;
  task.finished_at.reset();
  // Joins that have counted it as complete, or what it did not trigger as dead, look again.
  step.state.scratch().joins.clear();
  step.state.scratch().dead.clear();
  step.set_task(task, State::kRunning, std::nullopt);
  return &task;
}

Status on(Stepper& step, const ChildChanged& event) {
  const ActionRun* found = step.state.run(event.run_id);
  if (found == nullptr || found->kind != RunKind::kWorkflow)
    return fail(ErrorCode::kNotFound, "no sub-workflow execution " + to_string(event.run_id));
  if (is_complete(found->state) && is_complete(event.state)) return {};  // told twice
  ActionRun& run = step.state.change_run(found->id);
  if (is_complete(event.state)) {
    child_completed(step, run, event);
  } else if (event.by_parent) {
    note_echo(step, run, event.state);
  } else if (event.state == State::kPaused && run.state == State::kRunning) {
    run_paused(step, run);
  } else if (event.state == State::kRunning && run.state == State::kPaused) {
    run_resumed(step, run);
  } else if (event.state == State::kRunning && is_complete(run.state)) {
    return child_reopened(step, run);
  }
  return {};
}

}  // namespace foehn::core
