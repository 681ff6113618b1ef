#include <utility>

#include "engine/core/handlers.h"
#include "engine/core/settle.h"
#include "engine/core/task_run.h"

namespace foehn::core {
namespace {

Result<const Task*> find_failed(const Stepper& step, TaskId id, bool cancelled_too) {
  const Task* task = step.state.task(id);
  if (task == nullptr) return fail(ErrorCode::kNotFound, "TaskExecution not found [id=" + to_string(id) + "]");
  if (task->state == State::kSuccess)
    return fail(ErrorCode::kInvalidArgument, "Rerunning succeeded tasks is not supported.");
  if (task->state == State::kError || (cancelled_too && task->state == State::kCancelled)) return task;
  if (task->superseded)
    return fail(ErrorCode::kInvalidArgument, "Task '" + task->name + "' was superseded by a later re-run.");
  return fail(ErrorCode::kInvalidArgument,
              "The current task execution must be in ERROR for rerun. Only updating task to rerun is supported.");
}

// Whether the execution runs or may run again; checked before anything is changed.
Status check_reopen(const Stepper& step) {
  if (!step.finished() || is_valid_transition(step.execution().state, State::kRunning)) return {};
  return fail(ErrorCode::kInvalidArgument, invalid_change_text(step.execution(), State::kRunning));
}

// The execution runs again, with everything that was left undone when it stopped, but for `task`.
Status go_on_with(Stepper& step, const Task& task) {
  step.state.scratch().joins.clear();
  step.state.scratch().dead.clear();
  if (!step.finished()) return {};
  FOEHN_CHECK_OK(reopen_execution(step));
  continue_execution(step, task.id);
  return {};
}

}  // namespace

Status reopen_execution(Stepper& step) {
  FOEHN_CHECK_OK(check_reopen(step));
  step.state.change_execution().output = Value();
  step.set_execution(State::kRunning, std::nullopt);
  return {};
}

Status on(Stepper& step, const RerunTask& event) {
  FOEHN_TRY(const Task* const found, find_failed(step, event.task_id, true));
  if (step.execution().state == State::kPaused) return {};
  FOEHN_CHECK_OK(check_reopen(step));
  merge_environment(step, event.env);
  Task& task = step.state.change_task(found->id);
  reset_task(step, task, !event.reset);
  take_back(step, task);
  FOEHN_CHECK_OK(go_on_with(step, task));
  if (task.is_join) {
    step.set_task(task, State::kWaiting, "Task is waiting.");
    step.work.push_back({Work::Kind::kJoin, task.id, {}});
  } else {
    begin_task(step, task);
  }
  return {};
}

Status on(Stepper& step, const SkipTask& event) {
  FOEHN_TRY(const Task* const found, find_failed(step, event.task_id, false));
  if (step.execution().state == State::kPaused) return {};
  FOEHN_CHECK_OK(check_reopen(step));
  merge_environment(step, event.env);
  Task& task = step.state.change_task(found->id);
  step.state.set_task_state(task, State::kRunning);  // for a moment: the error is taken back
  FOEHN_CHECK_OK(go_on_with(step, task));
  complete_task(step, task, State::kSkipped, "Task was skipped.");
  return {};
}

}  // namespace foehn::core
