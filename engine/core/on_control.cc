#include <utility>

#include "engine/core/handlers.h"
#include "engine/core/outcome.h"
#include "engine/core/settle.h"
#include "engine/core/task_run.h"

namespace foehn::core {
namespace {

// A user cancelled the execution: what has not left does not leave any more, what runs is asked to stop. Asynchronous
// actions run elsewhere; their reports are recorded when they come.
void cancel_runs(Stepper& step) {
  std::vector<ActionRunId> scheduled;
  for (const auto& run : step.state.runs()) {
    if (run->kind != RunKind::kAction) continue;
    if (run->state == State::kRunning && run->is_sync) step.commands.push_back(CancelAction{run->id});
    if (run->state == State::kScheduled) scheduled.push_back(run->id);
  }
  for (const ActionRunId id : scheduled) {
    ActionRun& run = step.state.change_run(id);
    if (run.state != State::kScheduled) continue;
    run.state = State::kCancelled;
    run.output = {{"result", nullptr}};
    run_finished(step, run);
  }
}

}  // namespace

void merge_environment(Stepper& step, const Value& env) {
  if (!env.is_object() || env.empty()) return;
  Value& own = step.state.change_execution().params["env"];
  if (!own.is_object()) own = Value::object();
  merge_into(own, env);
}

Status on(Stepper& step, const PauseExecution& event) {
  if (step.execution().state == State::kPaused) return {};
  if (!step.running()) return fail(ErrorCode::kInvalidArgument, invalid_change_text(step.execution(), State::kPaused));
  step.by_parent = event.from_parent;
  pause_execution(step, std::nullopt);
  step.by_parent = false;
  return {};
}

Status on(Stepper& step, const ResumeExecution& event) {
  if (step.execution().state != State::kPaused && step.execution().state != State::kIdle) return {};
  merge_environment(step, event.env);
  step.by_parent = event.from_parent;
  resume_execution(step);
  step.by_parent = false;
  continue_execution(step);
  return {};
}

Status on(Stepper& step, const StopExecution& event) {
  switch (event.state) {
    case State::kSuccess:
      if (step.execution().state == State::kSuccess) return {};
      if (!is_valid_transition(step.execution().state, State::kSuccess))
        return fail(ErrorCode::kInvalidArgument, invalid_change_text(step.execution(), State::kSuccess));
      return succeed_execution(step, event.message);
    case State::kError:
      stop_with_error(step, event.message);
      return {};
    case State::kCancelled:
      if (step.finished()) return {};
      cancel_execution(step, event.message);
      cancel_runs(step);
      return {};
    default:
      return {};  // Mistral: an unknown state is ignored
  }
}

Status on(Stepper& step, const UpdateExecution& event) {
  if (event.description) step.state.change_execution().description = *event.description;
  merge_environment(step, event.env);
  return {};
}

}  // namespace foehn::core
