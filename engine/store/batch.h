// What one pump wants to be durable, all together. Rows are pointers into the engine's states: valid during commit().
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/core/execution_state.h"
#include "engine/core/model.h"
#include "engine/core/notice.h"

namespace foehn::store {

// An event for an execution that was not stepped in the same batch; kept until the step that consumes it.
struct InboxItem {
  std::string id;            // unique: sender execution id + serial; a second insert of the same id does nothing
  ExecutionId execution_id;  // receiver
  Value event;               // codec: engine/core/event_codec.h
};

// One execution's part of a batch: applied wholly or not at all.
struct CommitMember {
  const core::ExecutionState* state = nullptr;
  core::Delta delta;                   // coalesced over the batch; rows are read from `state`
  std::uint64_t expected_version = 0;  // stored version it was based on; 0 = must not exist
  std::uint64_t new_version = 0;
  std::vector<std::string> inbox_consumed;  // ids
  std::vector<InboxItem> inbox_added;       // to any execution
};

// A transition of a member, for the event log (engine/store/events.h): stored when the member is applied.
struct CommitEvent {
  std::size_t member = 0;  // its place in CommitBatch::members
  const core::Notice* notice = nullptr;
};

struct CommitBatch {
  std::vector<CommitMember> members;
  std::vector<CommitEvent> events;  // in the order in which they happened
};

enum class CommitOutcome {
  kApplied,
  kStale,    // expected_version does not match: nothing of this member was applied
  kUnknown,  // may or may not have been applied: drop the resident state and load again
};

}  // namespace foehn::store
