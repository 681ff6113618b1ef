// Rows ↔ SQL: the lists of columns and what binds and reads them, in the same order.
#pragma once

#include <string>
#include <string_view>

#include "engine/core/model.h"
#include "engine/store/batch.h"
#include "engine/store/catalog.h"
#include "engine/store/sqlite/db.h"

namespace foehn::store {

// For SELECT: `e` is executions, `v` execution_values, `t` tasks, `r` runs. Each is followed by an optional
// output part, which can be replaced by kNoOutput or kNoPublished.
inline constexpr std::string_view kExecutionColumns =
    "e.id, e.version, e.workflow_id, e.workflow_name, e.workflow_namespace, e.definition_hash, e.project_id, "
    "e.description, e.tags, e.root_id, e.parent_execution_id, e.parent_task_id, e.parent_index, e.source_id, e.state, "
    "e.state_info, e.details, e.next_serial, e.created_at, e.updated_at, v.input, v.vars, v.params, v.globals";
inline constexpr std::string_view kExecutionOutput = ", v.output";
inline constexpr std::string_view kTaskColumns =
    "t.id, t.execution_id, t.name, t.type, t.state, t.state_info, t.processed, t.details, t.created_at, t.updated_at, "
    "t.started_at, t.finished_at";
inline constexpr std::string_view kTaskPublished = ", t.published, t.published_global";
inline constexpr std::string_view kRunColumns =
    "r.id, r.task_id, r.execution_id, r.kind, r.name, r.state, r.state_info, r.accepted, r.item, r.attempt, r.is_sync, "
    "r.input, r.details, r.created_at, r.updated_at";
inline constexpr std::string_view kRunOutput = ", r.output";
inline constexpr std::string_view kNoOutput = ", NULL";
inline constexpr std::string_view kNoPublished = ", NULL, NULL";
inline constexpr std::string_view kTimerColumns = "id, execution_id, task_id, kind, attempt, due_at";
inline constexpr std::string_view kWorkflowColumns =
    "w.id, w.name, w.namespace, w.project_id, w.scope, w.definition, w.hash, w.input, w.interface, w.tags, "
    "w.workbook_name, w.is_system, w.created_at, w.updated_at";
inline constexpr std::string_view kActionColumns =
    "d.id, d.name, d.namespace, d.project_id, d.scope, d.definition, d.hash, d.input, d.description, d.tags, "
    "d.workbook_name, d.created_at, d.updated_at";
inline constexpr std::string_view kWorkbookColumns =
    "d.id, d.name, d.namespace, d.project_id, d.scope, d.definition, d.tags, d.created_at, d.updated_at";
inline constexpr std::string_view kResourceColumns =
    "id, kind, key, owner, state, body, revision, created_at, updated_at";

// Errors: kIo when the row is damaged.
Result<core::Execution> read_execution(Statement& row);
Result<core::Task> read_task(Statement& row);  // without in_context
Result<core::ActionRun> read_run(Statement& row);
Result<core::Timer> read_timer(Statement& row);
Result<WorkflowRow> read_workflow(Statement& row);
Result<ActionRow> read_action(Statement& row);
Result<WorkbookRow> read_workbook(Statement& row);
Result<ResourceRow> read_resource(Statement& row);

// All rows of the statement, each as `read` makes it.
template <class Row, class Read>
Result<std::vector<Row>> all_rows(Statement& statement, Read read) {
  std::vector<Row> rows;
  while (true) {
    FOEHN_TRY(const bool more, statement.step());
    if (!more) return rows;
    FOEHN_TRY(Row row, read(statement));
    rows.push_back(std::move(row));
  }
}
// The first row, if there is one.
template <class Row, class Read>
Result<std::optional<Row>> first_row(Statement& statement, Read read) {
  FOEHN_TRY(const bool found, statement.step());
  if (!found) return std::nullopt;
  FOEHN_TRY(Row row, read(statement));
  return row;
}

// Writes; each leaves the statement done.
Result<bool> insert_execution(Connection& writer, const core::Execution& execution, std::uint64_t version);
Result<bool> update_execution(Connection& writer, const core::Execution& execution, std::uint64_t expected_version,
                              std::uint64_t version);           // false: another version is stored
Status write_task(Connection& writer, const core::Task& task);  // in_context must be stored
// The pinned collections of with-items: stored once, removed when the task needs them no more.
Status write_items(Connection& writer, const core::Task& task);
Status write_run(Connection& writer, const core::ActionRun& run);
Status write_timer(Connection& writer, const core::Timer& timer);

}  // namespace foehn::store
