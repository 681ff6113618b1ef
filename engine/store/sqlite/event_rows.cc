#include "engine/store/sqlite/event_rows.h"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/store/event_block.h"

namespace foehn::store {
namespace {

constexpr std::size_t kPageBytesMax = 1'000'000;  // of blocks taken apart for one page
constexpr std::uint64_t kPruneEvery = 1'024;      // events between two looks for old ones
constexpr std::size_t kPruneRows = 2'048;         // removed at once: more than come between two looks

struct EventsEnd {
  std::uint64_t id = 0;     // the next event's; 0 = there never was one
  std::uint64_t bytes = 0;  // ever written
};

Result<EventsEnd> end_of_events(Connection& connection) {
  Statement row = connection.prepare("SELECT first_id + count, bytes FROM events ORDER BY first_id DESC LIMIT 1");
  EventsEnd end;
  FOEHN_TRY(const bool found, row.step());
  if (!found) return end;
  end.id = static_cast<std::uint64_t>(row.number());
  end.bytes = static_cast<std::uint64_t>(row.number());
  return end;
}

// The newest block is always inside the window: the ids go on behind it.
Status prune_events(Connection& writer, const EventsEnd& end, const EventWindow& window) {
  std::int64_t first_kept = 0;
  {
    Statement rows = writer.prepare("SELECT first_id, count, bytes FROM events ORDER BY first_id LIMIT ?");
    rows.add(static_cast<std::int64_t>(kPruneRows));
    while (true) {
      FOEHN_TRY(const bool more, rows.step());
      if (!more) break;
      const std::int64_t first = rows.number();
      const std::uint64_t behind = static_cast<std::uint64_t>(first + rows.number());
      const auto bytes = static_cast<std::uint64_t>(rows.number());
      first_kept = first;
      if (behind + window.events_max > end.id && bytes + window.bytes_max > end.bytes) break;
      first_kept = static_cast<std::int64_t>(behind);
    }
  }
  return writer.prepare("DELETE FROM events WHERE first_id < ?").add(first_kept).run();
}

}  // namespace

Status write_events(Connection& writer, std::span<const Event> events, const EventWindow& window) {
  if (events.empty()) return {};
  FOEHN_TRY(EventsEnd end, end_of_events(writer));
  if (end.id == 0) end.id = first_event_id(events.front());
  const std::uint64_t first = end.id;
  for (; !events.empty(); events = events.subspan(std::min(events.size(), kEventsPerBlock))) {
    const auto part = events.first(std::min(events.size(), kEventsPerBlock));
    const std::string block = encode_events(part);
    end.bytes += block.size();
    Statement row = writer.prepare("INSERT INTO events (first_id, count, bytes, block) VALUES (?, ?, ?, ?)");
    row.add(static_cast<std::int64_t>(end.id)).add(static_cast<std::int64_t>(part.size()));
    FOEHN_CHECK_OK(row.add(static_cast<std::int64_t>(end.bytes)).add_bytes(block).run());
    end.id += part.size();
  }
  const std::uint64_t every = std::clamp<std::uint64_t>(window.events_max / 16, 1, kPruneEvery);
  if (first / every == end.id / every) return {};
  return prune_events(writer, end, window);
}

Result<EventPage> read_events(Connection& reader, std::uint64_t id, std::size_t limit) {
  EventPage page;
  {
    Statement oldest = reader.prepare("SELECT first_id FROM events ORDER BY first_id LIMIT 1");
    FOEHN_TRY(const bool any, oldest.step());
    if (!any) return page;
    page.oldest = static_cast<std::uint64_t>(oldest.number());
  }
  FOEHN_TRY(const EventsEnd end, end_of_events(reader));
  page.end = end.id;
  if (id >= page.end) return page;
  Statement rows = reader.prepare(
      "SELECT first_id, block FROM events WHERE first_id >= coalesce((SELECT first_id FROM events WHERE first_id <= ? "
      "ORDER BY first_id DESC LIMIT 1), 0) ORDER BY first_id");
  rows.add(static_cast<std::int64_t>(id));
  std::size_t bytes = 0;
  while (page.events.size() < limit && bytes < kPageBytesMax) {
    FOEHN_TRY(const bool more, rows.step());
    if (!more) break;
    const auto first = static_cast<std::uint64_t>(rows.number());
    const std::string_view block = rows.view();
    bytes += block.size();
    FOEHN_TRY(std::vector<Event> events, decode_events(first, block));
    for (Event& event : events)
      if (event.id >= id) page.events.push_back(std::move(event));
  }
  return page;
}

Result<std::optional<ExecutionId>> parent_of_execution(Connection& connection, ExecutionId id) {
  Statement row = connection.prepare("SELECT parent_execution_id FROM executions WHERE id = ?");
  FOEHN_TRY(const bool found, row.add(id).step());
  if (!found) return std::nullopt;
  return row.maybe_id<ExecutionId>();
}

}  // namespace foehn::store
