// Running a task: policies that come before, evaluation of its call, and the runs (or child executions) it needs.
#pragma once

#include <optional>
#include <string_view>

#include "engine/core/stepper.h"

namespace foehn::core {

// First start, re-run or start of a join: evaluates the policies and obeys those that come before the action.
void begin_task(Stepper& step, Task& task);
// Makes the runs; after the policies, or after a delay.
void run_task(Stepper& step, Task& task);
// A task held in DELAYED or IDLE goes on.
void continue_task(Stepper& step, Task& task);

// Evaluates the call of `task` and makes one run (for with-items: of the item `index`, whose variables are `item`).
// Errors are texts for a forced failure.
Status make_run(Stepper& step, Task& task, std::uint32_t index, const Value* item);

// A run is complete: its task goes on, if it waits for this very run.
void run_finished(Stepper& step, const ActionRun& run);
// A run (asynchronous action or child execution) is paused or goes on again; so do the task and the execution. RUNNING
// resumes the execution when no other task is paused.
void run_paused(Stepper& step, ActionRun& run);
void run_resumed(Stepper& step, ActionRun& run);
// Whether a run of the task's current attempt is PAUSED.
bool has_paused_run(const ExecutionState& state, const Task& task);
// The task of `run` when it waits for this very run; null when it timed out, was cancelled or is tried again.
Task* awaiting_task(Stepper& step, const ActionRun& run);
// What Mistral shows as state_info of a task whose only run failed.
std::optional<std::string> failure_info(const ActionRun& run);

}  // namespace foehn::core
