// What a re-run by hand will touch, decided before anything is changed: the step obeys the plan, the API previews it.
// Pure; any thread that owns the state.
#pragma once

#include <string>
#include <vector>

#include "engine/core/event.h"
#include "engine/core/execution_state.h"

namespace foehn::core {

struct RerunPlan {
  std::vector<TaskId> rerun;            // run again in their rows, in order of creation
  std::vector<TaskId> superseded;       // have no effect any more; run as new rows when they are reached
  std::vector<std::string> may_follow;  // names that can be reached from there, in the order of the definition
};

// Errors: kFailedPrecondition (paused, succeeded; a task that cannot be re-run), kNotFound, kInvalidArgument.
Result<RerunPlan> plan_rerun(const ExecutionState& state, const RerunTasks& event);

// Whether the result of `run` is, or is going to be, one of `task`'s: of its present attempt, or kept from one before.
bool is_current(const ActionRun& run, const Task& task);

// The tasks whose failure or cancellation keeps the execution from success: those that no error handler took care of,
// those with a handler that a failed join waits for, and of joins only those that no other one of them can decide
// again.
std::vector<TaskId> failed_tasks(const ExecutionState& state);

// Whether the rows of `state` can go on by `revision`. Error: kConflict naming the tasks that keep it from that.
Status check_revision(const ExecutionState& state, const dsl::Definition& revision);

}  // namespace foehn::core
