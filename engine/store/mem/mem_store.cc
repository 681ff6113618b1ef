#include "engine/store/mem/mem_store.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/store/mem/mem_data.h"

namespace foehn::store {
namespace {

bool is_pending(const core::ActionRun& run) {
  return run.kind == core::RunKind::kAction &&
         (run.state == core::State::kScheduled || run.state == core::State::kRunning);
}

}  // namespace

CommitOutcome MemStore::Data::apply(const CommitMember& member) {
  const core::Execution& execution = member.state->execution();
  const auto found = executions.find(execution.id);
  const std::uint64_t version = found == executions.end() ? 0 : found->second.rows.execution.version;
  if (version != member.expected_version) return CommitOutcome::kStale;
  MemExecution& stored = executions[execution.id];
  apply_execution(stored, member);
  apply_rows(stored, member);
  apply_timers(stored, member);
  apply_inbox(member);
  return CommitOutcome::kApplied;
}

void MemStore::Data::apply_execution(MemExecution& stored, const CommitMember& member) {
  const core::Execution& execution = member.state->execution();
  if (member.expected_version == 0) {
    FOEHN_CHECK(member.delta.execution);
    texts.try_emplace(execution.definition_hash, member.state->definition().source);
    ++executions_of_text[execution.definition_hash];
  } else if (member.delta.execution) {
    // Promise 9: these are written once, so a change would be lost by other backends.
    FOEHN_CHECK(stored.rows.execution.input == execution.input);
    FOEHN_CHECK(stored.rows.execution.vars == execution.vars);
    FOEHN_CHECK(stored.rows.execution.created_at == execution.created_at);
    FOEHN_CHECK(member.delta.definition || stored.rows.execution.definition_hash == execution.definition_hash);
  }
  if (member.delta.definition && member.expected_version != 0) {
    texts.try_emplace(execution.definition_hash, member.state->definition().source);
    ++executions_of_text[execution.definition_hash];
    drop_text(stored.rows.execution.definition_hash);
  }
  if (member.delta.execution) stored.rows.execution = execution;
  stored.rows.execution.version = member.new_version;
}

void MemStore::Data::apply_rows(MemExecution& stored, const CommitMember& member) {
  const ExecutionId owner = member.state->execution().id;
  for (const TaskId id : member.delta.tasks) {
    const core::Task* task = member.state->task(id);
    FOEHN_CHECK(task != nullptr);
    const auto [at, is_new] = stored.task_at.emplace(id, stored.rows.tasks.size());
    if (is_new) stored.rows.tasks.emplace_back();
    stored.rows.tasks[at->second] = *task;
    task_owner[id] = owner;
  }
  for (const ActionRunId id : member.delta.runs) {
    const core::ActionRun* run = member.state->run(id);
    FOEHN_CHECK(run != nullptr);
    const auto [at, is_new] = stored.run_at.emplace(id, stored.rows.runs.size());
    if (is_new) stored.rows.runs.emplace_back();
    stored.rows.runs[at->second] = *run;
    run_owner[id] = owner;
    pending.erase(id);
    if (is_pending(*run)) pending[id] = PendingRun{owner, id, run->state, run->is_sync, run->attempt};
  }
}

void MemStore::Data::apply_timers(MemExecution& stored, const CommitMember& member) {
  std::vector<core::Timer>& timers = stored.rows.timers;
  const auto gone = [&](const core::Timer& timer) {
    return std::find(member.delta.timers_gone.begin(), member.delta.timers_gone.end(), timer.id) !=
           member.delta.timers_gone.end();
  };
  for (const core::Timer& timer : timers)
    if (gone(timer)) due.erase({timer.due_at, timer.id});
  timers.erase(std::remove_if(timers.begin(), timers.end(), gone), timers.end());
  for (const TimerId id : member.delta.timers) {
    const auto found = member.state->timers().find(id);
    if (found == member.state->timers().end()) continue;  // created and gone in the same batch
    timers.push_back(found->second);
    due.emplace(std::pair(found->second.due_at, id), found->second);
  }
  std::sort(timers.begin(), timers.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
}

void MemStore::Data::apply_inbox(const CommitMember& member) {
  const auto own = inboxes.find(member.state->execution().id);
  if (own != inboxes.end()) {
    std::vector<InboxItem>& waiting = own->second.waiting;
    for (const std::string& id : member.inbox_consumed)
      waiting.erase(
          std::remove_if(waiting.begin(), waiting.end(), [&](const InboxItem& item) { return item.id == id; }),
          waiting.end());
  }
  for (const InboxItem& item : member.inbox_added) {
    MemInbox& inbox = inboxes[item.execution_id];
    if (inbox.ids.insert(item.id).second) inbox.waiting.push_back(item);
  }
}

// One execution less is run by it.
void MemStore::Data::drop_text(const std::string& hash) {
  if (--executions_of_text[hash] > 0) return;
  executions_of_text.erase(hash);
  if (!workflow_by_hash(hash)) texts.erase(hash);
}

void MemStore::Data::remove_one(ExecutionId id) {
  const auto found = executions.find(id);
  for (const core::Task& task : found->second.rows.tasks) task_owner.erase(task.id);
  for (const core::ActionRun& run : found->second.rows.runs) {
    run_owner.erase(run.id);
    pending.erase(run.id);
  }
  for (const core::Timer& timer : found->second.rows.timers) due.erase({timer.due_at, timer.id});
  drop_text(found->second.rows.execution.definition_hash);
  inboxes.erase(id);
  executions.erase(found);
}

void MemStore::Data::remove_tree(ExecutionId id) {
  std::vector<ExecutionId> open{id};
  while (!open.empty()) {
    const ExecutionId next = open.back();
    open.pop_back();
    for (const auto& [child, stored] : executions)
      if (stored.rows.execution.parent && stored.rows.execution.parent->execution_id == next) open.push_back(child);
    remove_one(next);
  }
}

MemStore::MemStore() : data_(std::make_unique<Guarded<Data>>()) {}
MemStore::~MemStore() = default;

void MemStore::on_next_commit(CommitFault fault) {
  data_->with([&](Data& data) { data.fault = fault; });
}
std::uint64_t MemStore::commits() const {
  return data_->with([](const Data& data) { return data.commits; });
}

Result<std::optional<StoredExecution>> MemStore::load(ExecutionId id) {
  return data_->with([&](const Data& data) -> Result<std::optional<StoredExecution>> {
    const auto found = data.executions.find(id);
    if (found == data.executions.end()) return std::nullopt;
    StoredExecution stored{found->second.rows, {}};
    const auto waiting = data.inboxes.find(id);
    if (waiting != data.inboxes.end()) stored.inbox = waiting->second.waiting;
    return stored;
  });
}

Result<std::vector<CommitOutcome>> MemStore::commit(const CommitBatch& batch) {
  return data_->with([&](Data& data) -> Result<std::vector<CommitOutcome>> {
    const CommitFault fault = std::exchange(data.fault, CommitFault::kNone);
    if (fault == CommitFault::kFails) return fail(ErrorCode::kIo, "The commit failed because a test asked for it.");
    std::vector<CommitOutcome> outcomes(batch.members.size(), CommitOutcome::kUnknown);
    if (fault == CommitFault::kUnknownLost) return outcomes;
    std::vector<CommitOutcome> applied;
    for (const CommitMember& member : batch.members) applied.push_back(data.apply(member));
    data.add_events(batch, applied);
    data.commits += std::count(applied.begin(), applied.end(), CommitOutcome::kApplied) > 0 ? 1 : 0;
    return fault == CommitFault::kNone ? applied : outcomes;
  });
}

Result<std::vector<PendingRun>> MemStore::pending_runs(std::optional<ActionRunId> after, std::size_t limit) {
  return data_->with([&](const Data& data) {
    std::vector<PendingRun> runs;
    auto at = after ? data.pending.upper_bound(*after) : data.pending.begin();
    for (; at != data.pending.end() && runs.size() < limit; ++at) runs.push_back(at->second);
    return runs;
  });
}

Result<std::vector<core::Timer>> MemStore::timers_until(WallTime until, std::size_t limit) {
  return data_->with([&](const Data& data) {
    std::vector<core::Timer> timers;
    for (auto at = data.due.begin(); at != data.due.end() && at->first.first <= until && timers.size() < limit; ++at)
      timers.push_back(at->second);
    return timers;
  });
}

Result<std::optional<WallTime>> MemStore::next_timer() {
  return data_->with([](const Data& data) -> std::optional<WallTime> {
    if (data.due.empty()) return std::nullopt;
    return data.due.begin()->first.first;
  });
}

Result<std::vector<ExecutionId>> MemStore::with_inbox(std::size_t limit) {
  return data_->with([&](const Data& data) {
    std::vector<ExecutionId> ids;
    for (const auto& [id, inbox] : data.inboxes)
      if (!inbox.waiting.empty() && ids.size() < limit) ids.push_back(id);
    return ids;
  });
}

Result<std::size_t> MemStore::count_below(ExecutionId root, std::size_t enough) {
  return data_->with([&](const Data& data) {
    std::size_t count = 0;
    for (const auto& [id, stored] : data.executions)
      if (stored.rows.execution.root_id == root && count < enough) ++count;
    return count;
  });
}

Result<std::vector<InboxItem>> MemStore::inbox(ExecutionId id) {
  return data_->with([&](const Data& data) {
    const auto found = data.inboxes.find(id);
    return found == data.inboxes.end() ? std::vector<InboxItem>() : found->second.waiting;
  });
}

Status MemStore::remove(ExecutionId id) {
  return data_->with([&](Data& data) -> Status {
    if (data.executions.find(id) == data.executions.end()) {
      data.inboxes.erase(id);
      return fail(not_found("WorkflowExecution", to_string(id)));
    }
    data.remove_tree(id);
    return {};
  });
}

}  // namespace foehn::store
