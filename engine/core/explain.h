// Why is this task not complete? For people; one line, from the state alone.
#pragma once

#include <string>

#include "engine/core/execution_state.h"

namespace foehn::core {

std::string explain(const ExecutionState& state, TaskId task_id);

}  // namespace foehn::core
