// What a MemStore holds. Internal to engine/store/mem; every access is under MemStore's lock.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/store/columns.h"
#include "engine/store/events.h"
#include "engine/store/mem/mem_store.h"

namespace foehn::store {

// One execution with its rows in order of creation, and where each row is.
struct MemExecution {
  core::ExecutionRows rows;
  std::unordered_map<TaskId, std::size_t> task_at;
  std::unordered_map<ActionRunId, std::size_t> run_at;

  const core::Task* task(TaskId id) const {
    const auto found = task_at.find(id);
    return found == task_at.end() ? nullptr : &rows.tasks[found->second];
  }
};

struct MemInbox {
  std::vector<InboxItem> waiting;
  std::set<std::string, std::less<>> ids;  // ever added
};

struct MemStore::Data {
  std::map<ExecutionId, MemExecution> executions;
  std::unordered_map<TaskId, ExecutionId> task_owner;
  std::unordered_map<ActionRunId, ExecutionId> run_owner;
  std::map<ExecutionId, MemInbox> inboxes;
  std::map<std::pair<WallTime, TimerId>, core::Timer> due;
  std::map<ActionRunId, PendingRun> pending;
  std::map<std::string, std::string, std::less<>> texts;
  std::map<std::string, std::size_t, std::less<>> executions_of_text;
  std::vector<WorkflowRow> workflows;  // in order of creation
  std::vector<ActionRow> actions;      // in order of creation
  std::vector<WorkbookRow> workbooks;  // in order of creation
  std::uint64_t actions_version = 0;
  std::vector<ResourceRow> resources;  // in order of creation
  std::vector<RecordRow> records;      // in order of creation
  std::deque<Event> events;
  std::uint64_t events_end = 0;        // id of the next one; 0 = there never was one
  CommitFault fault = CommitFault::kNone;
  std::uint64_t commits = 0;

  CommitOutcome apply(const CommitMember& member);
  void add_events(const CommitBatch& batch, const std::vector<CommitOutcome>& applied);
  void remove_tree(ExecutionId id);
  const WorkflowRow* workflow_by_hash(std::string_view hash) const;

 private:
  void apply_execution(MemExecution& stored, const CommitMember& member);
  void drop_text(const std::string& hash);
  void apply_rows(MemExecution& stored, const CommitMember& member);
  void apply_timers(MemExecution& stored, const CommitMember& member);
  void apply_inbox(const CommitMember& member);
  void remove_one(ExecutionId id);
};

// kAlreadyExists when the id or the name is taken.
Status add_record(std::vector<RecordRow>& records, const RecordRow& row);

// Filters, sorts and pages `sources` (a sequence of Source); gives the positions of the page. Error `no_marker` when
// the marker is not among them.
struct MemPage {
  std::vector<std::size_t> at;
  bool more = false;
};
template <class Source, class Sources>
Result<MemPage> page_of(const Sources& sources, const ListQuery& query, const Error& no_marker) {
  std::vector<std::pair<const Column<Source>*, Test>> tests;
  for (const Filter& filter : query.filters) {
    const Column<Source>* column = find_column<Source>(filter.column);
    if (!column) return fail(ErrorCode::kInvalidArgument, "There is no column '" + filter.column + "' to filter by.");
    FOEHN_TRY(Test test, make_test(column->kind, filter));
    tests.emplace_back(column, std::move(test));
  }
  FOEHN_TRY(const auto keys, sort_columns<Source>(query));
  const auto cells = [&keys](const Source& source) {
    std::vector<Cell> result;
    for (const auto& [column, descending] : keys) result.push_back(column->cell(source));
    return result;
  };
  const auto before = [&keys](const std::vector<Cell>& a, const std::vector<Cell>& b) {
    for (std::size_t i = 0; i < keys.size(); ++i)
      if (a[i] != b[i]) return keys[i].second ? b[i] < a[i] : a[i] < b[i];
    return false;
  };
  std::optional<std::vector<Cell>> marker;
  if (query.marker) {
    const Column<Source>* id = find_column<Source>("id");
    FOEHN_TRY(const Test is_marker, make_test(ColumnKind::kId, Filter{"id", FilterOp::kEq, {*query.marker}}));
    for (const Source& source : sources)
      if (passes(is_marker, id->cell(source))) marker = cells(source);
    if (!marker) return fail(no_marker);
  }
  std::vector<std::pair<std::vector<Cell>, std::size_t>> found;
  for (std::size_t at = 0; at < sources.size(); ++at) {
    const bool passed = std::all_of(tests.begin(), tests.end(), [&](const auto& test) {
      return passes(test.second, test.first->cell(sources[at]));
    });
    if (!passed) continue;
    std::vector<Cell> key = cells(sources[at]);
    if (!marker || before(*marker, key)) found.emplace_back(std::move(key), at);
  }
  std::sort(found.begin(), found.end(), [&](const auto& a, const auto& b) { return before(a.first, b.first); });
  MemPage page;
  page.more = found.size() > query.limit;
  for (std::size_t i = 0; i < found.size() && i < query.limit; ++i) page.at.push_back(found[i].second);
  return page;
}

}  // namespace foehn::store
