// Settling: after a handler has applied its event, everything that follows from it inside this execution happens here –
// complete tasks start the next ones, joins are decided, the execution completes – until nothing more follows.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/core/policy/policy.h"
#include "engine/core/stepper.h"

namespace foehn::core {

// Completes `task`: publishes, asks the policies (which may hold or repeat it) and queues what follows.
void complete_task(Stepper& step, Task& task, State to, std::optional<std::string> info);
// A complete task as if it had never been: for retries, re-runs and new rounds of joins. +1 attempt, earlier results no
// longer count (only failed ones, when `keep_results`). Leaves the state to the caller.
void reset_task(Stepper& step, Task& task, bool keep_results);
// Runs `commands` in order: starts tasks, obeys engine commands.
void run_commands(Stepper& step, std::vector<NextCommand> commands);
// After a resume or re-run: everything that was held back while the execution did not run, but for the task `except`.
void continue_execution(Stepper& step, std::optional<TaskId> except = std::nullopt);
// The fixed point. Called once at the end of every step.
void settle(Stepper& step);

}  // namespace foehn::core
