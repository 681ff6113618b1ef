// Store on SQLite. Writes go through GroupCommit, reads through Readers. Any thread.
#pragma once

#include "engine/store/events.h"
#include "engine/store/sqlite/group_commit.h"
#include "engine/store/sqlite/readers.h"
#include "engine/store/store.h"

namespace foehn::store {

class SqliteStore final : public Store {
 public:
  SqliteStore(GroupCommit& writes, Readers& readers, const EventWindow& window)
      : writes_(writes), readers_(readers), window_(window) {}

  Result<std::optional<StoredExecution>> load(ExecutionId id) override;
  Result<std::vector<CommitOutcome>> commit(const CommitBatch& batch) override;
  Result<std::vector<PendingRun>> pending_runs(std::optional<ActionRunId> after, std::size_t limit) override;
  Result<std::vector<core::Timer>> timers_until(WallTime until, std::size_t limit) override;
  Result<std::optional<WallTime>> next_timer() override;
  Result<std::vector<ExecutionId>> with_inbox(std::size_t limit) override;
  Result<std::vector<InboxItem>> inbox(ExecutionId id) override;
  Result<std::size_t> count_below(ExecutionId root, std::size_t enough) override;
  Status remove(ExecutionId id) override;

 private:
  GroupCommit& writes_;
  Readers& readers_;
  const EventWindow window_;
};

}  // namespace foehn::store
