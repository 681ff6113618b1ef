// The part of SqliteCatalog that is about ad-hoc actions, workbooks and documents that define several things.
#include "engine/store/columns.h"
#include "engine/store/sqlite/group_commit.h"
#include "engine/store/sqlite/list_sql.h"
#include "engine/store/sqlite/row_codec.h"
#include "engine/store/sqlite/sqlite_catalog.h"

namespace foehn::store {
namespace {


constexpr std::string_view kCreateWorkflow =
    "INSERT INTO workflows (id, name, namespace, project_id, scope, definition, hash, input, interface, tags, "
    "workbook_name, is_system, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr std::string_view kUpdateWorkflow =
    "UPDATE workflows SET name = ?2, namespace = ?3, project_id = ?4, scope = ?5, definition = ?6, hash = ?7, "
    "input = ?8, interface = ?9, tags = ?10, workbook_name = ?11, is_system = ?12, created_at = ?13, "
    "updated_at = ?14 WHERE id = ?1";
constexpr std::string_view kCreateAction =
    "INSERT INTO actions (id, name, namespace, project_id, scope, definition, hash, input, description, tags, "
    "workbook_name, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr std::string_view kUpdateAction =
    "UPDATE actions SET name = ?2, namespace = ?3, project_id = ?4, scope = ?5, definition = ?6, hash = ?7, "
    "input = ?8, description = ?9, tags = ?10, workbook_name = ?11, created_at = ?12, updated_at = ?13 WHERE id = ?1";
constexpr std::string_view kCreateWorkbook =
    "INSERT INTO workbooks (id, name, namespace, project_id, scope, definition, tags, created_at, updated_at) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr std::string_view kUpdateWorkbook =
    "UPDATE workbooks SET name = ?2, namespace = ?3, project_id = ?4, scope = ?5, definition = ?6, tags = ?7, "
    "created_at = ?8, updated_at = ?9 WHERE id = ?1";

// What is done to one kind of row: its statements, its texts, how it is bound (in the order of the statements).
Statement& add_row(Statement& statement, const WorkflowRow& row) {
  statement.add(row.id).add_text(row.name).add_text(row.workflow_namespace).add_text(row.project_id);
  statement.add_text(row.scope).add_text(row.definition).add_text(row.hash).add_text(row.input);
  statement.add_json(row.interface_).add_json(row.tags).add_text(row.workbook_name);
  return statement.add(std::int64_t{row.is_system}).add(row.created_at).add(row.updated_at);
}
Statement& add_row(Statement& statement, const ActionRow& row) {
  statement.add(row.id).add_text(row.name).add_text(row.action_namespace).add_text(row.project_id);
  statement.add_text(row.scope).add_text(row.definition).add_text(row.hash).add_text(row.input);
  statement.add_text(row.description).add_json(row.tags).add_text(row.workbook_name);
  return statement.add(row.created_at).add(row.updated_at);
}
Statement& add_row(Statement& statement, const WorkbookRow& row) {
  statement.add(row.id).add_text(row.name).add_text(row.workbook_namespace).add_text(row.project_id);
  statement.add_text(row.scope).add_text(row.definition).add_json(row.tags);
  return statement.add(row.created_at).add(row.updated_at);
}

Error duplicate(const WorkflowRow& row) { return duplicate_workflow(row); }
Error duplicate(const ActionRow& row) { return duplicate_action(row); }
Error duplicate(const WorkbookRow& row) { return duplicate_workbook(row); }
Error missing(const WorkflowRow& row) { return no_such_workflow(to_string(row.id), row.workflow_namespace); }
Error missing(const ActionRow& row) { return no_such_action(to_string(row.id), row.action_namespace); }
Error missing(const WorkbookRow& row) { return no_such_workbook(row.name, row.workbook_namespace); }

template <class Row>
Status write_one(Connection& writer, std::string_view sql, const Row& row) {
  Statement statement = writer.prepare(sql);
  const Status status = add_row(statement, row).run();
  if (!status && status.error().code == ErrorCode::kAlreadyExists) return fail(duplicate(row));  // UNIQUE
  return status;
}

template <class Row>
Status write_rows(Connection& writer, const RowChanges<Row>& changes, std::string_view create,
                  std::string_view update) {
  for (const Row& row : changes.create) FOEHN_CHECK_OK(write_one(writer, create, row));
  for (const Row& row : changes.update) {
    FOEHN_CHECK_OK(write_one(writer, update, row));
    if (writer.changes() == 0) return fail(missing(row));
  }
  return {};
}

template <class Row>
std::size_t bytes_of(const RowChanges<Row>& changes) {
  std::size_t bytes = 0;
  for (const Row& row : changes.create) bytes += kRowBytes + row.definition.size();
  for (const Row& row : changes.update) bytes += kRowBytes + row.definition.size();
  return bytes;
}

// The namespace's row before the default one's, the project's own before a public one.
std::string find_named(std::string_view columns, std::string_view table) {
  return "SELECT " + std::string(columns) + " FROM " + std::string(table) +
         " d WHERE d.name = ?1 AND (d.namespace = ?2 OR (?3 AND d.namespace = '')) "
         "AND (d.project_id = ?4 OR d.scope = 'public') "
         "ORDER BY d.namespace <> ?2, d.project_id <> ?4, d.number LIMIT 1";
}

}  // namespace

Status SqliteCatalog::write_definitions(const DefinitionWrite& write) {
  std::size_t bytes = bytes_of(write.workflows) + bytes_of(write.actions) + bytes_of(write.workbooks);
  for (const RecordRow& row : write.records) bytes += kRowBytes + size_bytes(row.body);
  const Status status = writes_.run(bytes, [&](Connection& writer) -> Status {
    FOEHN_CHECK_OK(write_rows(writer, write.workbooks, kCreateWorkbook, kUpdateWorkbook));
    FOEHN_CHECK_OK(write_rows(writer, write.workflows, kCreateWorkflow, kUpdateWorkflow));
    FOEHN_CHECK_OK(write_rows(writer, write.actions, kCreateAction, kUpdateAction));
    for (const RecordRow& row : write.records) FOEHN_CHECK_OK(insert_record(writer, row));
    return {};
  });
  ++actions_version_;
  return status;
}

Status SqliteCatalog::create_workflows(const std::vector<WorkflowRow>& rows) {
  return write_definitions({.workflows = {rows, {}}, .actions = {}, .workbooks = {}, .records = {}});
}

Status SqliteCatalog::update_workflows(const std::vector<WorkflowRow>& rows) {
  return write_definitions({.workflows = {{}, rows}, .actions = {}, .workbooks = {}, .records = {}});
}

Status SqliteCatalog::remove_action(DefinitionId id) {
  const Status status = writes_.run(kRowBytes, [&](Connection& writer) -> Status {
    FOEHN_CHECK_OK(writer.prepare("DELETE FROM actions WHERE id = ?").add(id).run());
    if (writer.changes() == 0) return fail(no_such_action(to_string(id), ""));
    return {};
  });
  ++actions_version_;
  return status;
}

Result<std::optional<ActionRow>> SqliteCatalog::action(DefinitionId id) {
  static const std::string kSql = "SELECT " + std::string(kActionColumns) + " FROM actions d WHERE d.id = ?";
  return readers_.with([&](Connection& reader) {
    Statement row = reader.prepare(kSql);
    return first_row<ActionRow>(row.add(id), read_action);
  });
}

Result<std::optional<ActionRow>> SqliteCatalog::action_for(std::string_view project_id, std::string_view name,
                                                           std::string_view action_namespace, bool fall_back) {
  static const std::string kSql = find_named(kActionColumns, "actions");
  return readers_.with([&](Connection& reader) {
    Statement row = reader.prepare(kSql);
    row.add_text(name).add_text(action_namespace).add(std::int64_t{fall_back}).add_text(project_id);
    return first_row<ActionRow>(row, read_action);
  });
}

Result<Page<ActionRow>> SqliteCatalog::actions(const ListQuery& query) {
  return readers_.with([&](Connection& reader) {
    return list_rows<ActionRow, ActionRow>(reader, action_list(), query,
                                           no_such_action(query.marker.value_or(""), ""), read_action);
  });
}

Status SqliteCatalog::remove_workbook(DefinitionId id) {
  return writes_.run(kRowBytes, [&](Connection& writer) -> Status {
    FOEHN_CHECK_OK(writer.prepare("DELETE FROM workbooks WHERE id = ?").add(id).run());
    if (writer.changes() == 0) return fail(no_such_workbook(to_string(id), ""));
    return {};
  });
}

Result<std::optional<WorkbookRow>> SqliteCatalog::workbook_for(std::string_view project_id, std::string_view name,
                                                               std::string_view workbook_namespace, bool fall_back) {
  static const std::string kSql = find_named(kWorkbookColumns, "workbooks");
  return readers_.with([&](Connection& reader) {
    Statement row = reader.prepare(kSql);
    row.add_text(name).add_text(workbook_namespace).add(std::int64_t{fall_back}).add_text(project_id);
    return first_row<WorkbookRow>(row, read_workbook);
  });
}

Result<Page<WorkbookRow>> SqliteCatalog::workbooks(const ListQuery& query) {
  return readers_.with([&](Connection& reader) {
    return list_rows<WorkbookRow, WorkbookRow>(reader, workbook_list(), query,
                                               no_such_workbook(query.marker.value_or(""), ""), read_workbook);
  });
}

}  // namespace foehn::store
