// One handler per event: checks, then applies the event itself; what follows from it is done by settle(). A handler
// that returns an error has changed nothing.
#pragma once

#include "engine/core/stepper.h"

namespace foehn::core {

Status on(Stepper& step, const StartExecution& event);  // on_start.cc
Status on(Stepper& step, const ActionAdmitted& event);  // on_action.cc
Status on(Stepper& step, const ActionFinished& event);
Status on(Stepper& step, const ActionUpdated& event);
Status on(Stepper& step, const ActionLost& event);
Status on(Stepper& step, const TimerFired& event);      // on_timer.cc
Status on(Stepper& step, const ChildChanged& event);    // on_child.cc
Status on(Stepper& step, const PauseExecution& event);  // on_control.cc
Status on(Stepper& step, const ResumeExecution& event);
Status on(Stepper& step, const StopExecution& event);
Status on(Stepper& step, const UpdateExecution& event);
Status on(Stepper& step, const RerunTask& event);  // on_rerun.cc
Status on(Stepper& step, const SkipTask& event);
Status on(Stepper& step, const RerunTasks& event);  // on_rerun_tasks.cc

// ERROR / CANCELLED → RUNNING, and the parent is told. Errors: a state that does not allow it.
Status reopen_execution(Stepper& step);
// A sub-workflow that has ended runs again: `run`, and the task that waits for it, count as running. That task if it
// had ended too, so that the execution may have to be reopened; nullptr if not, or if nobody waits for the run any
// more.
const Task* await_again(Stepper& step, ActionRun& run);  // on_child.cc
// A complete task that was reset as if it had not run: RUNNING, for its first attempt of a re-run.
void take_back(Stepper& step, Task& task);
// Merges `env` (object or null) into params.env.
void merge_environment(Stepper& step, const Value& env);

}  // namespace foehn::core
