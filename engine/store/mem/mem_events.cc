#include <algorithm>

#include "engine/base/limits.h"
#include "engine/store/mem/mem_data.h"

namespace foehn::store {

void MemStore::Data::add_events(const CommitBatch& batch, const std::vector<CommitOutcome>& applied) {
  auto told = events_of(batch, applied, [this](ExecutionId id) -> Result<std::optional<ExecutionId>> {
    const auto found = executions.find(id);
    if (found == executions.end() || !found->second.rows.execution.parent) return std::nullopt;
    return found->second.rows.execution.parent->execution_id;
  });
  for (Event& event : *told) {  // no lookup of this store fails
    event.id = events_end == 0 ? first_event_id(event) : events_end;
    events_end = event.id + 1;
    events.push_back(std::move(event));
    if (events.size() > limits::kEventsKept) events.pop_front();
  }
}

Result<EventPage> MemStore::events_from(std::uint64_t id, std::size_t limit) {
  return data_->with([&](const Data& data) {
    EventPage page;
    if (data.events.empty()) return page;
    page.oldest = data.events.front().id;
    page.end = data.events_end;
    const std::uint64_t from = std::clamp(id, page.oldest, page.end);
    const std::size_t count = std::min<std::uint64_t>(limit, page.end - from);
    const auto begin = data.events.begin() + static_cast<std::ptrdiff_t>(from - page.oldest);
    page.events.assign(begin, begin + static_cast<std::ptrdiff_t>(count));
    return page;
  });
}

}  // namespace foehn::store
