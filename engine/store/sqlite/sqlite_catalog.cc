#include "engine/store/sqlite/sqlite_catalog.h"

#include "engine/base/limits.h"
#include "engine/store/columns.h"
#include "engine/store/sqlite/group_commit.h"
#include "engine/store/sqlite/list_sql.h"
#include "engine/store/sqlite/row_codec.h"

namespace foehn::store {
namespace {


std::string select_workflow(std::string_view condition) {
  return "SELECT " + std::string(kWorkflowColumns) + " FROM workflows w WHERE " + std::string(condition);
}

// A broken UNIQUE constraint in the words of the API.
template <class MakeError>
Status named(Status status, MakeError make_error) {
  if (!status && status.error().code == ErrorCode::kAlreadyExists) return fail(make_error());
  return status;
}

Result<std::optional<ResourceRow>> find_resource(Connection& connection, std::string_view kind, std::string_view key) {
  static const std::string kSql =
      "SELECT " + std::string(kResourceColumns) + " FROM resources WHERE kind = ? AND key = ?";
  Statement row = connection.prepare(kSql);
  return first_row<ResourceRow>(row.add_text(kind).add_text(key), read_resource);
}

}  // namespace

Status SqliteCatalog::remove_workflow(DefinitionId id) {
  return writes_.run(kRowBytes, [&](Connection& writer) -> Status {
    FOEHN_CHECK_OK(writer.prepare("DELETE FROM workflows WHERE id = ?").add(id).run());
    if (writer.changes() == 0) return fail(no_such_workflow(to_string(id), ""));
    return {};
  });
}

Result<std::optional<WorkflowRow>> SqliteCatalog::workflow(DefinitionId id) {
  return readers_.with([&](Connection& reader) {
    Statement row = reader.prepare(select_workflow("w.id = ?"));
    return first_row<WorkflowRow>(row.add(id), read_workflow);
  });
}

Result<std::optional<WorkflowRow>> SqliteCatalog::workflow(std::string_view name, std::string_view workflow_namespace,
                                                           bool fall_back) {
  // The named namespace sorts before the default one.
  return readers_.with([&](Connection& reader) {
    Statement row =
        reader.prepare(select_workflow("w.name = ?1 AND (w.namespace = ?2 OR (?3 AND w.namespace = '')) "
                                       "ORDER BY w.namespace <> ?2, w.number LIMIT 1"));
    row.add_text(name).add_text(workflow_namespace).add(std::int64_t{fall_back});
    return first_row<WorkflowRow>(row, read_workflow);
  });
}

Result<std::optional<WorkflowRow>> SqliteCatalog::workflow_for(std::string_view project_id, std::string_view name,
                                                               std::string_view workflow_namespace, bool fall_back) {
  return readers_.with([&](Connection& reader) {
    Statement row =
        reader.prepare(select_workflow("w.name = ?1 AND (w.namespace = ?2 OR (?3 AND w.namespace = '')) "
                                       "AND " + visible_workflow("?4") + " "
                                       "ORDER BY w.namespace <> ?2, w.project_id <> ?4, w.number LIMIT 1"));
    row.add_text(name).add_text(workflow_namespace).add(std::int64_t{fall_back}).add_text(project_id);
    return first_row<WorkflowRow>(row, read_workflow);
  });
}

Result<std::optional<WorkflowRow>> SqliteCatalog::workflow_for(std::string_view project_id, DefinitionId id) {
  return readers_.with([&](Connection& reader) {
    Statement row = reader.prepare(select_workflow("w.id = ?1 AND " + visible_workflow("?2")));
    return first_row<WorkflowRow>(row.add(id).add_text(project_id), read_workflow);
  });
}

Result<Page<WorkflowRow>> SqliteCatalog::workflows(const ListQuery& query) {
  return readers_.with([&](Connection& reader) {
    return list_rows<WorkflowRow, WorkflowRow>(reader, workflow_list(), query,
                                               no_such_workflow(query.marker.value_or(""), ""), read_workflow);
  });
}

Result<std::optional<std::string>> SqliteCatalog::definition_text(std::string_view hash) {
  return readers_.with([&](Connection& reader) {
    Statement row = reader.prepare(
        "SELECT text FROM definition_texts WHERE hash = ?1 UNION ALL "
        "SELECT * FROM (SELECT definition FROM workflows WHERE hash = ?1 LIMIT 1)");
    return first_row<std::string>(row.add_text(hash),
                                  [](Statement& found) -> Result<std::string> { return found.text(); });
  });
}

Status SqliteCatalog::put_definition_text(std::string_view hash, std::string_view text) {
  return writes_.run(kRowBytes + text.size(), [&](Connection& writer) {
    Statement row =
        writer.prepare("INSERT INTO definition_texts (hash, text) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING");
    return row.add_text(hash).add_text(text).run();
  });
}

Status SqliteCatalog::create_resource(const ResourceRow& row) {
  return writes_.run(kRowBytes, [&](Connection& writer) {
    Statement statement = writer.prepare(
        "INSERT INTO resources (id, kind, key, owner, state, body, revision, created_at, updated_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    statement.add(row.id).add_text(row.kind).add_text(row.key).add_text(row.owner).add_text(row.state);
    statement.add_json(row.body).add(static_cast<std::int64_t>(row.revision)).add(row.created_at).add(row.updated_at);
    return named(statement.run(), [&] { return duplicate_resource(row); });
  });
}

Status SqliteCatalog::update_resource(const ResourceRow& row, std::uint64_t expected_revision) {
  return writes_.run(kRowBytes, [&](Connection& writer) -> Status {
    Statement statement = writer.prepare(
        "UPDATE resources SET state = ?, body = ?, updated_at = ?, revision = revision + 1 "
        "WHERE kind = ? AND key = ? AND revision = ?");
    statement.add_text(row.state).add_json(row.body).add(row.updated_at).add_text(row.kind).add_text(row.key);
    FOEHN_CHECK_OK(statement.add(static_cast<std::int64_t>(expected_revision)).run());
    if (writer.changes() != 0) return {};
    FOEHN_TRY(const auto stored, find_resource(writer, row.kind, row.key));
    if (!stored) return fail(no_such_resource(row.kind, row.key));
    return fail(stale_resource(row, expected_revision, stored->revision));
  });
}

Status SqliteCatalog::remove_resource(std::string_view kind, std::string_view key) {
  return writes_.run(kRowBytes, [&](Connection& writer) -> Status {
    Statement row = writer.prepare("DELETE FROM resources WHERE kind = ? AND key = ?");
    FOEHN_CHECK_OK(row.add_text(kind).add_text(key).run());
    if (writer.changes() == 0) return fail(no_such_resource(kind, key));
    return {};
  });
}

Result<std::optional<ResourceRow>> SqliteCatalog::resource(std::string_view kind, std::string_view key) {
  return readers_.with([&](Connection& reader) { return find_resource(reader, kind, key); });
}

Result<std::vector<ResourceRow>> SqliteCatalog::resources(std::string_view kind, std::string_view owner) {
  return readers_.with([&](Connection& reader) {
    const std::string sql = "SELECT " + std::string(kResourceColumns) + " FROM resources WHERE kind = ?" +
                            (owner.empty() ? "" : " AND owner = ?") + " ORDER BY created_at, number LIMIT " +
                            std::to_string(limits::kPageMax);
    Statement rows = reader.prepare(sql);
    rows.add_text(kind);
    if (!owner.empty()) rows.add_text(owner);
    return all_rows<ResourceRow>(rows, read_resource);
  });
}

}  // namespace foehn::store
