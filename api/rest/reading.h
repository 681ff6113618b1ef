// Bounded reads, and removals, that several handlers share. Any thread; calls block on the store.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "api/rest/services.h"

namespace foehn::rest {

// The execution's tasks in order of creation; at most `limit`.
Result<std::vector<store::TaskRow>> tasks_of(Services& services, ExecutionId execution, std::size_t limit);
// Action runs (not sub-workflows) that `filter` selects, in order of creation, without outputs; at most `limit`.
Result<std::vector<store::RunRow>> runs_of(Services& services, const store::Filter& filter, std::size_t limit);
// Direct sub-executions, in order of creation; at most `limit`.
Result<std::vector<core::Execution>> children_of(Services& services, const store::Filter& filter,
                                                 std::size_t limit);

// The execution of that id; kNotFound with Mistral's text.
Result<core::Execution> read_execution(Services& services, std::string_view id);
// The same with ours.
Result<core::Execution> read_our_execution(Services& services, std::string_view id);
// Removes it with everything below and tells who waits for its end. Errors: Engine::remove().
Status remove_execution(Services& services, ExecutionId id, bool force);

// The action run of that id; kNotFound with Mistral's text, also for the record of a sub-workflow.
Result<store::RunRow> read_run(Services& services, std::string_view id);

store::Filter equals(std::string column, std::string value);

}  // namespace foehn::rest
