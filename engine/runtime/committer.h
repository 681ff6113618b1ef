// Makes a Batch durable, or makes as if it had never been. Applied: versions, timers and inbox are brought up to date.
// Refused or unknown: the resident states are dropped, what must not be lost waits to be stepped again, and callers get
// the error. While the store refuses to write the engine is read-only: it tries again after a pause. Engine thread
// only.
#pragma once

#include <optional>

#include "engine/runtime/batch.h"
#include "engine/runtime/parts.h"

namespace foehn::runtime {

class Committer {
 public:
  explicit Committer(EngineParts& parts) : parts_(parts) {}

  // One commit for the whole batch, none when nothing has changed. True when there was one and all of it was applied.
  bool commit(Batch& batch);

  // How long to leave the store alone after a refusal, in ms; 0 = it may be tried.
  std::int64_t pause_ms() const;
  // The reason of the pause for callers that are turned away.
  Error reason() const;
  // The store has refused limits::kStoreRetriesMax times in a row.
  std::optional<Error> fatal() const;
  void note_failure(const Error& error);

 private:
  store::CommitBatch to_commit(Batch& batch) const;
  static void add_events(const Batch& batch, const std::vector<std::size_t>& places, store::CommitBatch& wanted);
  void spill(Batch& batch);
  void clean_unborn(Batch& batch);
  void applied(BatchMember& member, std::uint64_t version);
  void settle_items(Batch& batch, const std::optional<Error>& error, bool unknown);
  void keep_item(Batch& batch, ItemPtr item, bool unknown);
  void drop(ExecutionId id);
  void look_for_spilled(const Batch& batch);
  void look_first(const Item& for_item);
  void note_success();

  EngineParts& parts_;
  std::size_t failures_ = 0;  // in a row
  std::optional<Error> last_error_;
  MonoTime retry_at_;
};

}  // namespace foehn::runtime
