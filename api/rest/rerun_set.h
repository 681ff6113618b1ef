// Which tasks of an execution and of everything below it a re-run touches. Reads committed rows; decides nothing by
// itself that the core does not decide again when it is asked. Any thread.
#pragma once

#include <string>
#include <vector>

#include "api/rest/services.h"
#include "engine/core/event.h"
#include "engine/core/rerun_plan.h"

namespace foehn::rest {

enum class RerunSet { kFailed, kFailedAndDownstream, kFromTask, kAll };

struct RerunRequest {
  RerunSet set = RerunSet::kFailed;
  std::string task;         // kFromTask: id at any depth, or a name in the execution itself
  bool reset = true;
  Value env;                // object or null
  Value input;              // object laid over the input of each task that is re-run, or null
  std::string definition_hash;
};

// What one execution is asked for.
struct RerunTarget {
  ExecutionId execution_id;
  std::string workflow_name;
  std::string path;  // of tasks from the execution that was named: "boxes/install"; "" = that one
  std::vector<ActionRunId> runs;  // that lead there
  core::RerunTasks event;
  core::RerunPlan plan;
  std::vector<Value> rerun, superseded;  // {id, name, state} of the tasks in the plan
};

// The deepest first. Errors: kNotFound; kFailedPrecondition when there is nothing to re-run, or what is there cannot
// be.
Result<std::vector<RerunTarget>> find_targets(Services& services, ExecutionId root, const RerunRequest& request);

// kInvalidArgument when `input`, which a re-run lays over that of `tasks`, names what the action of one does not take.
// Sub-workflows, actions that an expression names and classes in stored code are checked when they start.
Status check_edited_input(Services& services, const core::ExecutionState& state, const std::vector<TaskId>& tasks,
                          const Value& input);

// One event for all of `targets`, which are not empty, to be given to the execution that was named: it and what is
// below it begin in one step, so that a join between them waits for all.
core::RerunTasks joint_event(const std::vector<RerunTarget>& targets);

Value target_view(const RerunTarget& target);

}  // namespace foehn::rest
