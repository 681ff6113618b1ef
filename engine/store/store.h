// Store: durable executions, the write side. Called by the engine thread; calls block. Promises: contract.md.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "engine/core/execution_state.h"
#include "engine/store/batch.h"

namespace foehn::store {

struct StoredExecution {
  core::ExecutionRows rows;
  std::vector<InboxItem> inbox;  // in order of arrival
};

// Unfinished action run, for recovery.
struct PendingRun {
  ExecutionId execution_id;
  ActionRunId run_id;
  core::State state;  // SCHEDULED or RUNNING (kAction only, synchronous or not)
  bool is_sync = true;
  std::uint32_t attempt = 1;
};

class Store {
 public:
  virtual ~Store() = default;

  // All rows of one execution; nullopt when there is none.
  virtual Result<std::optional<StoredExecution>> load(ExecutionId id) = 0;
  // One outcome per member, same order. An Error means that nothing was applied (disk full, read-only, …).
  virtual Result<std::vector<CommitOutcome>> commit(const CommitBatch& batch) = 0;
  // Unfinished runs with id > `after`, by id; at most `limit`.
  virtual Result<std::vector<PendingRun>> pending_runs(std::optional<ActionRunId> after, std::size_t limit) = 0;
  // Timers due at or before `until`, soonest first; at most `limit`.
  virtual Result<std::vector<core::Timer>> timers_until(WallTime until, std::size_t limit) = 0;
  // The soonest timer's time, if any.
  virtual Result<std::optional<WallTime>> next_timer() = 0;
  // Executions that have inbox items waiting, by id; also ids of executions that do not exist (yet): recovery.
  virtual Result<std::vector<ExecutionId>> with_inbox(std::size_t limit) = 0;
  // The waiting inbox items of an execution, which need not exist, in order of arrival.
  virtual Result<std::vector<InboxItem>> inbox(ExecutionId id) = 0;
  // How many executions are below a root, at any depth; more than `enough` are not told apart.
  virtual Result<std::size_t> count_below(ExecutionId root, std::size_t enough) = 0;
  // Deletes an execution, its tasks, runs, timers, inbox and all sub-executions, and definition texts that nothing
  // refers to any more. kNotFound when there is none; its inbox is deleted even then.
  virtual Status remove(ExecutionId id) = 0;
};

}  // namespace foehn::store
