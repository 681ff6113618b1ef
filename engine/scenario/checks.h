// `expect` of a test against an execution. Internal to engine/scenario.
#pragma once

#include "engine/core/execution_state.h"
#include "engine/scenario/compare.h"

namespace foehn::scenario {

// Everything but order, seconds and executions. `where` is put before each line.
void check_execution(const std::string& where, const Value& expect, const core::ExecutionState& state,
                     std::vector<std::string>& failures);

}  // namespace foehn::scenario
