// One pump's work between two commits: what was stepped, what changed, what has to happen afterwards.
// Lives for one pump; engine thread only.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "engine/core/transition.h"
#include "engine/runtime/execution_table.h"
#include "engine/runtime/work_queue.h"
#include "engine/store/batch.h"

namespace foehn::runtime {

// One execution's part.
struct BatchMember {
  Resident* resident = nullptr;
  core::Delta delta;              // coalesced
  std::unordered_set<Uuid> seen;  // ids in `delta`: rows, and timers made in this batch
  std::vector<std::string> inbox_consumed;
  std::vector<store::InboxItem> inbox_added;
  std::size_t bytes = 0;
  bool applied = false;

  bool changed() const { return !delta.empty() || !inbox_consumed.empty() || !inbox_added.empty(); }
  void add(const core::Delta& more);
};

struct RunToStart {
  ExecutionId execution_id;
  ActionRunId run_id;
  std::uint32_t attempt = 1;
  std::string key;
};

struct PendingAnswer {
  Item* item = nullptr;  // holds the reply; owned by Batch::items
  ExecutionId execution_id;
  std::optional<TaskId> task_id;
  std::optional<ActionRunId> run_id;
  bool existed = false;
  std::optional<Error> refusal;
  // As they were right after the step; absent = as they are after the batch. A start and a re-run answer RUNNING, as
  // Mistral does, even when pure actions bring the execution to its end in the same batch.
  std::optional<core::Execution> execution;
  std::optional<core::Task> task;
  std::optional<core::ActionRun> run;
};

struct Removal {
  Item* item = nullptr;  // owned by Batch::items
  ExecutionId execution_id;
  bool was_complete = false;  // so that its parent was not told
};

// A sub-workflow that will not be started after all, with the inbox row that asked for it.
struct Unborn {
  ExecutionId execution_id;
  std::string inbox_id;
};

struct Batch {
  std::vector<ItemPtr> items;     // stepped, in order
  std::vector<Item*> follow_ups;  // produced by steps of this batch, stepped or not
  std::vector<BatchMember> members;
  std::unordered_map<ExecutionId, std::size_t> member_index;
  std::vector<RunToStart> runs;
  std::vector<std::pair<ExecutionId, ActionRunId>> cancels;
  std::vector<core::Notice> notices;
  std::vector<PendingAnswer> answers;
  std::vector<Removal> removals;
  std::vector<Unborn> unborn;
  std::unordered_map<std::string, std::size_t> admitted;  // by capacity key
  std::size_t admitted_total = 0;
  std::unordered_set<std::string> full;  // keys without room in this pump
  std::size_t steps = 0;
  std::size_t bytes = 0;             // approximate row bytes
  bool cut_short = false;            // by a bound: there was more to do
  std::optional<Error> store_error;  // an execution could not be read: the pump ends here

  BatchMember& member(Resident& resident);
  BatchMember* find(ExecutionId id);
  bool was_applied(ExecutionId id);  // its member was, or it has none
};

PendingAnswer refusal(Item& item, Error error);
Error execution_not_found(ExecutionId id);

// Approximate bytes of the rows that `delta` names.
std::size_t row_bytes(const core::ExecutionState& state, const core::Delta& delta);

}  // namespace foehn::runtime
