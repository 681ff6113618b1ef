#include "engine/store/sqlite/sqlite_query.h"

#include "engine/core/direct_run.h"
#include "engine/store/columns.h"
#include "engine/store/sqlite/event_rows.h"
#include "engine/store/sqlite/list_sql.h"
#include "engine/store/sqlite/row_codec.h"

namespace foehn::store {
namespace {

Result<ExecutionRow> read_execution_row(Statement& row) {
  FOEHN_TRY(core::Execution execution, read_execution(row));
  return ExecutionRow{std::move(execution)};
}

Result<TaskRow> read_task_row(Statement& row) {
  TaskRow result;
  FOEHN_TRY(result.task, read_task(row));
  result.workflow_name = row.text();
  result.workflow_namespace = row.text();
  result.workflow_id = row.id<DefinitionId>();
  result.project_id = row.text();
  return result;
}

Result<RunRow> read_run_row(Statement& row) {
  RunRow result;
  FOEHN_TRY(result.run, read_run(row));
  result.task_name = row.text();
  result.workflow_name = row.text();
  result.workflow_namespace = row.text();
  result.project_id = row.text();
  return result;
}

// The row of that id of a list's table.
template <class Row, class SomeId, class Read>
Result<std::optional<Row>> by_id(Readers& readers, const ListTable& table, const SomeId& id, Read read) {
  const std::string sql = "SELECT " + table.select + " FROM " + std::string(table.from) + " WHERE " +
                          std::string(expression_of(table, "id")) + " = ?";
  return readers.with([&](Connection& reader) {
    Statement row = reader.prepare(sql);
    return first_row<Row>(row.add(id), read);
  });
}

}  // namespace

Result<std::optional<ExecutionRow>> SqliteQuery::execution(ExecutionId id) {
  FOEHN_TRY(auto row, by_id<ExecutionRow>(readers_, execution_list(), id, read_execution_row));
  if (row && core::is_direct(row->execution)) return std::nullopt;
  return row;
}

Result<Page<ExecutionRow>> SqliteQuery::executions(const ListQuery& query) {
  return readers_.with([&](Connection& reader) {
    return list_rows<core::Execution, ExecutionRow>(
        reader, execution_list(), query, not_found("WorkflowExecution", query.marker.value_or("")), read_execution_row);
  });
}

Result<std::optional<TaskRow>> SqliteQuery::task(TaskId id) {
  return by_id<TaskRow>(readers_, task_list(), id, read_task_row);
}

Result<Page<TaskRow>> SqliteQuery::tasks(const ListQuery& query) {
  return readers_.with([&](Connection& reader) {
    return list_rows<TaskSource, TaskRow>(reader, task_list(), query,
                                          not_found("TaskExecution", query.marker.value_or("")), read_task_row);
  });
}

Result<std::optional<RunRow>> SqliteQuery::run(ActionRunId id) {
  return by_id<RunRow>(readers_, run_list(), id, read_run_row);
}

Result<Page<RunRow>> SqliteQuery::runs(const ListQuery& query) {
  return readers_.with([&](Connection& reader) {
    return list_rows<RunSource, RunRow>(reader, run_list(), query,
                                        not_found("ActionExecution", query.marker.value_or("")), read_run_row);
  });
}

Result<std::vector<core::ActionRun>> SqliteQuery::runs_of_task(TaskId id, std::size_t limit) {
  return readers_.with([&](Connection& reader) {
    static const std::string kSql = "SELECT " + std::string(kRunColumns) + std::string(kRunOutput) +
                                    " FROM runs r WHERE r.task_id = ? ORDER BY r.item, r.number LIMIT ?";
    Statement rows = reader.prepare(kSql);
    return all_rows<core::ActionRun>(rows.add(id).add(static_cast<std::int64_t>(limit)), read_run);
  });
}

Result<RunCounts> SqliteQuery::run_counts(TaskId id) {
  return readers_.with([&](Connection& reader) -> Result<RunCounts> {
    RunCounts counts;
    Statement rows = reader.prepare("SELECT state, count(*) FROM runs WHERE task_id = ? GROUP BY state");
    rows.add(id);
    while (true) {
      FOEHN_TRY(const bool more, rows.step());
      if (!more) return counts;
      const auto state = core::parse_state(rows.view());
      if (state) add_to(counts, *state, static_cast<std::uint32_t>(rows.number()));
    }
  });
}

Result<std::vector<core::Execution>> SqliteQuery::children_of_task(TaskId id, std::size_t limit) {
  return readers_.with([&](Connection& reader) {
    const ListTable& table = execution_list();
    static const std::string kSql = "SELECT " + table.select + " FROM " + std::string(table.from) +
                                    " WHERE e.parent_task_id = ? ORDER BY e.parent_index, e.created_at, e.id LIMIT ?";
    Statement rows = reader.prepare(kSql);
    return all_rows<core::Execution>(rows.add(id).add(static_cast<std::int64_t>(limit)), read_execution);
  });
}

Result<EventPage> SqliteQuery::events_from(std::uint64_t id, std::size_t limit) {
  return readers_.with([&](Connection& reader) { return read_events(reader, id, limit); });
}

}  // namespace foehn::store
