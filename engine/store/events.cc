#include "engine/store/events.h"

#include <algorithm>

#include "engine/base/limits.h"

namespace foehn::store {
namespace {

Result<std::vector<ExecutionId>> executions_above(const core::Execution& execution, const ParentOf& parent_of) {
  std::vector<ExecutionId> above;
  if (!execution.parent || !execution.root_id) return above;
  std::optional<ExecutionId> next = execution.parent->execution_id;
  while (next && *next != *execution.root_id && above.size() < limits::kSubworkflowDepthMax) {
    above.push_back(*next);
    FOEHN_TRY(next, parent_of(*next));
  }
  above.push_back(*execution.root_id);
  std::reverse(above.begin(), above.end());
  return above;
}

}  // namespace

std::uint64_t first_event_id(const Event& event) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(event.notice.at.us, 1));
}

Result<std::vector<Event>> events_of(const CommitBatch& batch, const std::vector<CommitOutcome>& outcomes,
                                     const ParentOf& parent_of) {
  std::vector<Event> events;
  std::vector<std::optional<std::vector<ExecutionId>>> above(batch.members.size());
  for (const CommitEvent& told : batch.events) {
    if (outcomes[told.member] != CommitOutcome::kApplied) continue;
    auto& known = above[told.member];
    if (!known) {
      FOEHN_TRY(known, executions_above(batch.members[told.member].state->execution(), parent_of));
    }
    events.push_back({0, *told.notice, *known});
  }
  return events;
}

}  // namespace foehn::store
