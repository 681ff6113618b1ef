// An execution as the store has it, put together again for reading: plans and explanations are made by the code that
// the engine uses. Any thread; calls block on the store.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "api/rest/services.h"
#include "engine/core/execution_state.h"

namespace foehn::rest {

using StatePtr = std::unique_ptr<core::ExecutionState>;

// kNotFound "There is no execution X.", kUnsupported on a server without a store of its own.
Result<StatePtr> load_state(Services& services, std::string_view id);
Result<StatePtr> load_state(Services& services, ExecutionId id);
// The execution as it would go on by the revision with that hash. Errors: as above, and why it cannot (check_revision).
Result<StatePtr> load_state_on(Services& services, ExecutionId id, const std::string& hash);

// By id, or the newest task of that name; kNotFound names the nearest one.
Result<const core::Task*> task_of_state(const core::ExecutionState& state, const std::string& wanted);

}  // namespace foehn::rest
