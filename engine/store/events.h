// The event log: every committed transition, in order, stored in the commit that made it. What a commit did not store
// did not happen, and the other way round, whatever dies in between.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "engine/base/id.h"
#include "engine/base/result.h"
#include "engine/core/notice.h"
#include "engine/store/batch.h"

namespace foehn::store {

// Of the notice without `before` and `has_publishers`, which are not stored.
struct Event {
  std::uint64_t id = 0;  // given by the commit: the next one. The first of a log is its time in µs since 1970, so that
                         // no id of another log is taken for one of this
  core::Notice notice;
  std::vector<ExecutionId> above;  // the executions that the notice's one is below: the root first, the parent last
};

// How much is kept; the oldest go first, in the commits that bring new ones.
struct EventWindow {
  std::uint64_t events_max = 1'000'000;
  std::uint64_t bytes_max = 67'108'864;  // about; as stored
};

struct EventPage {
  std::vector<Event> events;  // by id, without holes
  std::uint64_t oldest = 0;   // id of the oldest event that is kept; 0 = there never was one
  std::uint64_t end = 0;      // id that the next event gets; 0 = there never was one
};

class EventLog {
 public:
  virtual ~EventLog() = default;
  // The events from `id` on: about `limit` (fewer when they are large, at least one when there is one); 0 asks for the
  // two bounds alone. Any thread; blocks.
  virtual Result<EventPage> events_from(std::uint64_t id, std::size_t limit) = 0;
};

// The id of a log's first event.
std::uint64_t first_event_id(const Event& event);

// What `batch` tells, without the members that were not applied. `parent_of` gives the parent of a stored execution.
using ParentOf = std::function<Result<std::optional<ExecutionId>>(ExecutionId)>;
Result<std::vector<Event>> events_of(const CommitBatch& batch, const std::vector<CommitOutcome>& outcomes,
                                     const ParentOf& parent_of);

}  // namespace foehn::store
