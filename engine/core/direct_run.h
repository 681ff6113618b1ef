// Direct runs: an action without a workflow (POST /v2/action_executions). It is an execution of its own that has no
// workflow, no task and exactly one run, so that admission, commit, recovery and removal are those of every other run.
// Such executions are nobody's to see: they give no notices but one without a workflow's name at their end, for who
// waits for it, and stores leave them out of lists of executions.
#pragma once

#include <string>

#include "engine/core/step.h"

namespace foehn::core {

struct StartAction {
  ExecutionId id;
  std::string project_id;
  std::string action_namespace;  // of ad-hoc actions
  std::string name;
  Value input = Value::object();
  std::string target;
  std::int64_t timeout_ms = 0;  // 0 = none; the executor's to watch: there is no task whose policy would
  bool safe_rerun = false;
};

// The execution with its SCHEDULED run and the command to queue it. kInvalidArgument with Mistral's texts: no such
// action, input that does not fit.
Result<Started> start_action(const StartAction& event, const StepInput& input);

// The definition of every direct run: an empty workflow. Its hash is no checksum, so that no stored text has it.
inline constexpr std::string_view kDirectHash = "direct";
dsl::DefinitionPtr direct_definition();
inline bool is_direct(const Execution& execution) { return execution.definition_hash == kDirectHash; }

// The one run. The execution must be a direct one.
const ActionRun& direct_run(const ExecutionState& state);

// What settle() does for a direct run: the execution ends with its run.
void settle_direct(ExecutionState& state);

}  // namespace foehn::core
