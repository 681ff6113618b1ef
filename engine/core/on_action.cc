#include <utility>

#include "dsl/expr/place.h"
#include "engine/core/adhoc.h"
#include "engine/core/handlers.h"
#include "engine/core/outcome.h"
#include "engine/core/task_run.h"

namespace foehn::core {
namespace {

State state_of(OutcomeKind kind) {
  switch (kind) {
    case OutcomeKind::kSuccess:
      return State::kSuccess;
    case OutcomeKind::kError:
      return State::kError;
    case OutcomeKind::kCancelled:
      return State::kCancelled;
  }
  return State::kError;
}

Result<const ActionRun*> find_run(const Stepper& step, ActionRunId id) {
  const ActionRun* run = step.state.run(id);
  if (run == nullptr) return fail(ErrorCode::kNotFound, "ActionExecution not found [id=" + to_string(id) + "]");
  return run;
}

// The task and the workflow fail by force: what the action gave cannot be taken.
void refuse_result(Stepper& step, ActionRun& run, const std::string& why) {
  const Task* task = step.state.task(run.task_id);
  const std::string of_task = task == nullptr ? "" : ", task=" + task->name;
  const std::string_view caret = expr::caret_of(why);
  std::string text = "Failed to complete action [error=" + why.substr(0, why.size() - caret.size()) +
                     ", action=" + run.name + of_task + "]";
  text += caret;
  run.state = State::kError;
  run.output["result"] = text;
  if (task == nullptr || is_complete(task->state) || run.task_attempt != task->attempt) return;
  run.accepted = true;
  fail_by_force(step, step.state.change_task(task->id), text);
}

void finish_run(Stepper& step, ActionRun& run, const ActionOutcome& outcome) {
  run.state = state_of(outcome.kind);
  run.output = Value::object();
  run.output["result"] = outcome.kind == OutcomeKind::kCancelled ? Value() : outcome.data;
  if (run.adhoc && outcome.kind == OutcomeKind::kSuccess) {
    Result<Value> result = adhoc_result(step, run, outcome.data);
    if (!result) return refuse_result(step, run, result.error().message);
    run.output["result"] = std::move(*result);
  }
  const Status size = check_size(run.output, "ActionExecution", "output");
  if (!size) return refuse_result(step, run, size.error().message);
  run_finished(step, run);
}

}  // namespace

Status on(Stepper& step, const ActionAdmitted& event) {
  FOEHN_TRY(const ActionRun* const found, find_run(step, event.run_id));
  if (found->state != State::kScheduled) return {};
  ActionRun& run = step.state.change_run(found->id);
  const Task* task = step.state.task(run.task_id);
  const bool wanted = task == nullptr || (!is_complete(task->state) && run.task_attempt == task->attempt);
  if (!wanted) {  // timed out or cancelled while it waited for capacity
    run.state = State::kCancelled;
    run.output = {{"result", nullptr}};
    return {};
  }
  run.state = State::kRunning;
  step.commands.push_back(RunAction{run.id});
  return {};
}

Status on(Stepper& step, const ActionFinished& event) {
  FOEHN_TRY(const ActionRun* const found, find_run(step, event.run_id));
  const bool from_outside = event.attempt == 0;
  if (!from_outside && event.attempt != found->attempt) return {};
  if (is_complete(found->state)) {
    if (!from_outside) return {};
    return fail(ErrorCode::kInvalidArgument, "Action " + to_string(found->id) + " is already completed");
  }
  if (found->kind == RunKind::kWorkflow)
    return fail(ErrorCode::kInvalidArgument, "Action " + to_string(found->id) + " is a sub-workflow execution");
  // What an asynchronous action returns means nothing, unless it failed to start.
  if (!from_outside && !found->is_sync && event.outcome.kind == OutcomeKind::kSuccess) return {};
  ActionRun& run = step.state.change_run(found->id);
  if (from_outside && run.is_sync && run.state == State::kRunning) step.commands.push_back(CancelAction{run.id});
  if (!event.reason.empty()) run.state_info = cut_info(event.reason);
  finish_run(step, run, event.outcome);
  return {};
}

Status on(Stepper& step, const ActionUpdated& event) {
  FOEHN_TRY(const ActionRun* const found, find_run(step, event.run_id));
  const State from = found->state == State::kScheduled ? State::kRunning : found->state;
  if (event.state == State::kPaused && found->is_sync)
    return fail(ErrorCode::kInvalidArgument,
                "Transition to the PAUSED state is only supported for asynchronous action execution.");
  const bool known = event.state == State::kPaused || event.state == State::kRunning;
  if (!known || !is_valid_transition(from, event.state) || (is_complete(from) && from != event.state))
    return fail(ErrorCode::kInvalidArgument, "Invalid state transition from " + std::string(to_string(from)) + " to " +
                                                 std::string(to_string(event.state)) + ".");
  if (from == event.state) return {};
  ActionRun& run = step.state.change_run(found->id);
  if (event.state == State::kPaused) {
    run_paused(step, run);
  } else {
    run_resumed(step, run);
  }
  return {};
}

// The engine died while the run was under way, or between commit and dispatch.
Status on(Stepper& step, const ActionLost& event) {
  FOEHN_TRY(const ActionRun* const found, find_run(step, event.run_id));
  const bool running = found->state == State::kRunning && found->kind == RunKind::kAction;
  if (!running || event.attempt != found->attempt || !found->is_sync)
    return {};  // asynchronous ones are reported later
  ActionRun& run = step.state.change_run(found->id);
  const auto traits = step.input.lookup->action_traits(action_of(run));
  if (run.safe_rerun || (traits && traits->safe_rerun)) {
    ++run.attempt;
    run.state = State::kScheduled;
    run.recovered = true;
    step.commands.push_back(ScheduleAction{run.id});
    return {};
  }
  finish_run(
      step, run,
      ActionOutcome::error("The engine was restarted while this action ran; its outcome is unknown and it is not "
                           "safe to run it again" +
                           std::string(run.task_id.is_nil() ? "" : " (set safe-rerun: true on the task if it is)") +
                           " [action=" + run.name + "]"));
  return {};
}

}  // namespace foehn::core
