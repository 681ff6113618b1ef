// The table of events: written within a commit, pruned within some of them, read page by page (engine/store/events.h).
#pragma once

#include <cstdint>
#include <span>

#include "engine/store/events.h"
#include "engine/store/sqlite/db.h"

namespace foehn::store {

// Behind what is stored; removes what is older than the window. Part of the caller's transaction.
Status write_events(Connection& writer, std::span<const Event> events, const EventWindow& window);

Result<EventPage> read_events(Connection& reader, std::uint64_t id, std::size_t limit);

// The parent of a stored execution; nullopt: it has none, or is not stored.
Result<std::optional<ExecutionId>> parent_of_execution(Connection& connection, ExecutionId id);

}  // namespace foehn::store
