#include "engine/store/sqlite/sqlite_store.h"

#include "engine/base/check.h"
#include "engine/store/columns.h"
#include "engine/store/sqlite/context_codec.h"
#include "engine/store/sqlite/event_rows.h"
#include "engine/store/sqlite/row_codec.h"

namespace foehn::store {
namespace {

constexpr std::size_t kChangedRowBytes = 500;  // of a changed row, for the bound of a group
constexpr std::size_t kEventBytes = 100;       // of an event

// ---- commit

Status put_text(Connection& writer, const core::ExecutionState& state) {
  Statement text =
      writer.prepare("INSERT INTO definition_texts (hash, text) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING");
  return text.add_text(state.execution().definition_hash).add_text(state.definition().source).run();
}

Status drop_unused_text(Connection& writer, std::string_view hash) {
  Statement text = writer.prepare(
      "DELETE FROM definition_texts WHERE hash = ?1 AND NOT EXISTS (SELECT 1 FROM executions WHERE "
      "definition_hash = ?1) AND NOT EXISTS (SELECT 1 FROM workflows WHERE hash = ?1)");
  return text.add_text(hash).run();
}

// A re-run on another revision: from now on the execution is read together with that one.
Status change_definition(Connection& writer, const core::ExecutionState& state) {
  const core::Execution& execution = state.execution();
  Statement before = writer.prepare("SELECT definition_hash FROM executions WHERE id = ?");
  FOEHN_TRY(const auto old_hash,
            first_row<std::string>(before.add(execution.id),
                                   [](Statement& found) -> Result<std::string> { return found.text(); }));
  Statement row = writer.prepare("UPDATE executions SET definition_hash = ? WHERE id = ?");
  FOEHN_CHECK_OK(row.add_text(execution.definition_hash).add(execution.id).run());
  FOEHN_CHECK_OK(put_text(writer, state));
  return old_hash ? drop_unused_text(writer, *old_hash) : Status();
}

// First of a member: false when another version is stored than the member was based on.
Result<bool> write_version(Connection& writer, const CommitMember& member) {
  const core::Execution& execution = member.state->execution();
  if (member.expected_version == 0) {
    FOEHN_CHECK(member.delta.execution);
    FOEHN_TRY(const bool inserted, insert_execution(writer, execution, member.new_version));
    if (!inserted) return false;
    FOEHN_CHECK_OK(put_text(writer, *member.state));
    return true;
  }
  if (member.delta.execution) {
    FOEHN_TRY(const bool updated,
              update_execution(writer, execution, member.expected_version, member.new_version));
    if (updated && member.delta.definition) FOEHN_CHECK_OK(change_definition(writer, *member.state));
    return updated;
  }
  Statement row = writer.prepare("UPDATE executions SET version = ? WHERE id = ? AND version = ?");
  row.add(static_cast<std::int64_t>(member.new_version)).add(execution.id);
  FOEHN_CHECK_OK(row.add(static_cast<std::int64_t>(member.expected_version)).run());
  return writer.changes() != 0;
}

Status write_timers(Connection& writer, const CommitMember& member) {
  for (const TimerId id : member.delta.timers_gone)
    FOEHN_CHECK_OK(writer.prepare("DELETE FROM timers WHERE id = ?").add(id).run());
  for (const TimerId id : member.delta.timers) {
    const auto found = member.state->timers().find(id);
    if (found == member.state->timers().end()) continue;  // created and gone in the same batch
    FOEHN_CHECK_OK(write_timer(writer, found->second));
  }
  return {};
}

Status write_inbox(Connection& writer, const CommitMember& member) {
  const ExecutionId owner = member.state->execution().id;
  for (const std::string& id : member.inbox_consumed) {
    Statement row = writer.prepare("UPDATE inbox SET event = NULL WHERE execution_id = ? AND id = ?");
    FOEHN_CHECK_OK(row.add(owner).add_text(id).run());
  }
  for (const InboxItem& item : member.inbox_added) {
    Statement row = writer.prepare(
        "INSERT INTO inbox (execution_id, id, event) VALUES (?, ?, ?) ON CONFLICT (execution_id, id) DO NOTHING");
    FOEHN_CHECK_OK(row.add(item.execution_id).add_text(item.id).add_json(item.event).run());
  }
  return {};
}

// Looked at once, when the execution ends: until then a task may come back to what it saw.
bool has_unused_contexts(const CommitMember& member) {
  if (!member.delta.execution || !core::is_complete(member.state->execution().state)) return false;
  for (const auto& task : member.state->tasks())
    if (task->attempt > 1) return true;
  return false;
}

Result<CommitOutcome> write_member(Connection& writer, const CommitMember& member) {
  FOEHN_TRY(const bool current, write_version(writer, member));
  if (!current) return CommitOutcome::kStale;
  ContextWriter contexts(writer, member.state->execution().id);
  for (const TaskId id : member.delta.tasks) {
    const core::Task* task = member.state->task(id);
    FOEHN_CHECK(task != nullptr);
    FOEHN_CHECK_OK(contexts.write(task->in_context));
    FOEHN_CHECK_OK(write_task(writer, *task));
    FOEHN_CHECK_OK(write_items(writer, *task));
  }
  for (const ActionRunId id : member.delta.runs) {
    const core::ActionRun* run = member.state->run(id);
    FOEHN_CHECK(run != nullptr);
    FOEHN_CHECK_OK(write_run(writer, *run));
  }
  if (has_unused_contexts(member)) FOEHN_CHECK_OK(remove_unused_contexts(writer, member.state->execution().id));
  FOEHN_CHECK_OK(write_timers(writer, member));
  FOEHN_CHECK_OK(write_inbox(writer, member));
  return CommitOutcome::kApplied;
}

Status write_batch(Connection& writer, const CommitBatch& batch, const EventWindow& window,
                   std::vector<CommitOutcome>& outcomes) {
  outcomes.clear();
  for (const CommitMember& member : batch.members) {
    FOEHN_TRY(const CommitOutcome outcome, write_member(writer, member));
    outcomes.push_back(outcome);
  }
  FOEHN_TRY(const auto events, events_of(batch, outcomes,
                                         [&writer](ExecutionId id) { return parent_of_execution(writer, id); }));
  return write_events(writer, events, window);
}

// ---- load

Result<std::vector<core::Task>> load_tasks(Connection& reader, ExecutionId id) {
  FOEHN_TRY(ContextReader contexts, ContextReader::load(reader, id));
  static const std::string kSql = "SELECT t.context, " + std::string(kTaskColumns) + std::string(kTaskPublished) +
                                  " FROM tasks t WHERE t.execution_id = ? ORDER BY t.number";
  Statement rows = reader.prepare(kSql);
  rows.add(id);
  return all_rows<core::Task>(rows, [&](Statement& row) -> Result<core::Task> {
    std::optional<Uuid> key;
    if (row.is_null())
      row.skip();
    else
      key = row.uuid();
    FOEHN_TRY(core::Task task, read_task(row));
    if (key) {
      FOEHN_TRY(task.in_context, contexts.context(*key));
    }
    return task;
  });
}

// Puts the stored collections of with-items where they belong.
Status load_items(Connection& reader, ExecutionId id, std::vector<core::Task>& tasks) {
  Statement rows = reader.prepare("SELECT task_id, attempt, collections FROM task_items WHERE execution_id = ?");
  rows.add(id);
  while (true) {
    FOEHN_TRY(const bool more, rows.step());
    if (!more) return {};
    const auto task_id = rows.id<TaskId>();
    const std::int64_t attempt = rows.number();
    const Value collections = rows.json();
    if (rows.damage()) return fail(*rows.damage());
    auto pinned = std::make_shared<core::PinnedItems>();
    for (const Value& collection : collections) {
      pinned->size_bytes += size_bytes(collection);
      pinned->collections.push_back(collection);
    }
    for (core::Task& task : tasks)
      if (task.id == task_id && task.attempt == attempt) task.items = pinned;
  }
}

Result<std::vector<InboxItem>> load_inbox(Connection& reader, ExecutionId id) {
  Statement rows =
      reader.prepare("SELECT id, event FROM inbox WHERE execution_id = ? AND event IS NOT NULL ORDER BY number");
  rows.add(id);
  return all_rows<InboxItem>(rows, [&](Statement& row) -> Result<InboxItem> {
    InboxItem item;
    item.id = row.text();
    item.execution_id = id;
    item.event = row.json();
    return item;
  });
}

Result<std::optional<StoredExecution>> load_execution(Connection& reader, ExecutionId id) {
  static const std::string kExecution = "SELECT " + std::string(kExecutionColumns) + std::string(kExecutionOutput) +
                                        " FROM executions e JOIN execution_values v ON v.execution_id = e.id "
                                        "WHERE e.id = ?";
  static const std::string kRuns = "SELECT " + std::string(kRunColumns) + std::string(kRunOutput) +
                                   " FROM runs r WHERE r.execution_id = ? ORDER BY r.number";
  static const std::string kTimers =
      "SELECT " + std::string(kTimerColumns) + " FROM timers WHERE execution_id = ? ORDER BY id";
  StoredExecution stored;
  Statement execution = reader.prepare(kExecution);
  FOEHN_TRY(const bool found, execution.add(id).step());
  if (!found) return std::nullopt;
  FOEHN_TRY(stored.rows.execution, read_execution(execution));
  FOEHN_TRY(stored.rows.tasks, load_tasks(reader, id));
  FOEHN_CHECK_OK(load_items(reader, id, stored.rows.tasks));
  Statement runs = reader.prepare(kRuns);
  FOEHN_TRY(stored.rows.runs, all_rows<core::ActionRun>(runs.add(id), read_run));
  Statement timers = reader.prepare(kTimers);
  FOEHN_TRY(stored.rows.timers, all_rows<core::Timer>(timers.add(id), read_timer));
  FOEHN_TRY(stored.inbox, load_inbox(reader, id));
  return stored;
}

// ---- remove

struct Removed {
  ExecutionId id;
  std::string definition_hash;
};

Result<std::vector<Removed>> tree_of(Connection& writer, ExecutionId id) {
  Statement rows = writer.prepare(
      "WITH RECURSIVE tree (id, hash) AS (SELECT id, definition_hash FROM executions WHERE id = ? UNION "
      "SELECT e.id, e.definition_hash FROM tree JOIN executions e ON e.parent_execution_id = tree.id) "
      "SELECT id, hash FROM tree");
  rows.add(id);
  return all_rows<Removed>(rows, [](Statement& row) -> Result<Removed> {
    Removed removed{row.id<ExecutionId>(), {}};
    removed.definition_hash = row.text();
    return removed;
  });
}

Status remove_rows(Connection& writer, ExecutionId id) {
  for (const std::string_view sql :
       {"DELETE FROM runs WHERE execution_id = ?", "DELETE FROM tasks WHERE execution_id = ?",
        "DELETE FROM task_items WHERE execution_id = ?",
        "DELETE FROM timers WHERE execution_id = ?", "DELETE FROM inbox WHERE execution_id = ?",
        "DELETE FROM contexts WHERE execution_id = ?", "DELETE FROM context_values WHERE execution_id = ?",
        "DELETE FROM execution_values WHERE execution_id = ?", "DELETE FROM executions WHERE id = ?"})
    FOEHN_CHECK_OK(writer.prepare(sql).add(id).run());
  return {};
}

}  // namespace

Result<std::optional<StoredExecution>> SqliteStore::load(ExecutionId id) {
  return readers_.with([&](Connection& reader) { return load_execution(reader, id); });
}

Result<std::vector<CommitOutcome>> SqliteStore::commit(const CommitBatch& batch) {
  std::vector<CommitOutcome> outcomes;
  if (batch.members.empty()) return outcomes;
  std::size_t rows = 0;
  for (const CommitMember& member : batch.members)
    rows += 1 + member.delta.tasks.size() + member.delta.runs.size() + member.inbox_added.size();
  const std::size_t bytes = rows * kChangedRowBytes + batch.events.size() * kEventBytes;
  const Status status =
      writes_.run(bytes, [&](Connection& writer) { return write_batch(writer, batch, window_, outcomes); });
  if (status) return outcomes;
  if (status.error().code != ErrorCode::kCommitUnknown) return fail(status.error());
  return std::vector<CommitOutcome>(batch.members.size(), CommitOutcome::kUnknown);
}

Result<std::vector<PendingRun>> SqliteStore::pending_runs(std::optional<ActionRunId> after, std::size_t limit) {
  return readers_.with([&](Connection& reader) {
    Statement rows = reader.prepare(
        "SELECT execution_id, id, state, is_sync, attempt FROM runs INDEXED BY runs_pending "
        "WHERE kind = 'action' AND state IN ('SCHEDULED', 'RUNNING') AND id > ? ORDER BY id LIMIT ?");
    after ? rows.add(*after) : rows.add_bytes("");
    rows.add(static_cast<std::int64_t>(limit));
    return all_rows<PendingRun>(rows, [](Statement& row) -> Result<PendingRun> {
      PendingRun run;
      run.execution_id = row.id<ExecutionId>();
      run.run_id = row.id<ActionRunId>();
      run.state =
          row.view() == core::to_string(core::State::kScheduled) ? core::State::kScheduled : core::State::kRunning;
      run.is_sync = row.number() != 0;
      run.attempt = static_cast<std::uint32_t>(row.number());
      return run;
    });
  });
}

Result<std::vector<core::Timer>> SqliteStore::timers_until(WallTime until, std::size_t limit) {
  return readers_.with([&](Connection& reader) {
    static const std::string kSql =
        "SELECT " + std::string(kTimerColumns) + " FROM timers WHERE due_at <= ? ORDER BY due_at, id LIMIT ?";
    Statement rows = reader.prepare(kSql);
    return all_rows<core::Timer>(rows.add(until).add(static_cast<std::int64_t>(limit)), read_timer);
  });
}

Result<std::optional<WallTime>> SqliteStore::next_timer() {
  return readers_.with([&](Connection& reader) -> Result<std::optional<WallTime>> {
    Statement row = reader.prepare("SELECT min(due_at) FROM timers");
    FOEHN_TRY(const bool found, row.step());
    return found ? row.maybe_time() : std::nullopt;
  });
}

Result<std::vector<ExecutionId>> SqliteStore::with_inbox(std::size_t limit) {
  return readers_.with([&](Connection& reader) {
    Statement rows = reader.prepare(
        "SELECT DISTINCT execution_id FROM inbox INDEXED BY inbox_waiting WHERE event IS NOT NULL "
        "ORDER BY execution_id LIMIT ?");
    return all_rows<ExecutionId>(rows.add(static_cast<std::int64_t>(limit)),
                                 [](Statement& row) -> Result<ExecutionId> { return row.id<ExecutionId>(); });
  });
}

Result<std::vector<InboxItem>> SqliteStore::inbox(ExecutionId id) {
  return readers_.with([&](Connection& reader) { return load_inbox(reader, id); });
}

Result<std::size_t> SqliteStore::count_below(ExecutionId root, std::size_t enough) {
  return readers_.with([&](Connection& reader) -> Result<std::size_t> {
    Statement row = reader.prepare("SELECT count(*) FROM (SELECT 1 FROM executions WHERE root_id = ? LIMIT ?)");
    FOEHN_TRY(const bool found, row.add(root).add(static_cast<std::int64_t>(enough)).step());
    return found ? static_cast<std::size_t>(row.number()) : 0;
  });
}

Status SqliteStore::remove(ExecutionId id) {
  bool found = false;
  const Status status = writes_.run(kChangedRowBytes, [&](Connection& writer) -> Status {
    FOEHN_TRY(const auto tree, tree_of(writer, id));
    found = !tree.empty();
    if (!found) return writer.prepare("DELETE FROM inbox WHERE execution_id = ?").add(id).run();
    for (const Removed& removed : tree) FOEHN_CHECK_OK(remove_rows(writer, removed.id));
    for (const Removed& removed : tree) FOEHN_CHECK_OK(drop_unused_text(writer, removed.definition_hash));
    return {};
  });
  if (!status) return status;
  if (!found) return fail(not_found("WorkflowExecution", to_string(id)));
  return {};
}

}  // namespace foehn::store
