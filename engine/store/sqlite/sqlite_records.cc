// The Records part of SqliteCatalog.
#include "engine/store/record_columns.h"
#include "engine/store/sqlite/group_commit.h"
#include "engine/store/sqlite/list_sql.h"
#include "engine/store/sqlite/sqlite_catalog.h"

namespace foehn::store {
namespace {

constexpr std::string_view kRecordColumns =
    "d.id, d.kind, d.name, d.namespace, d.project_id, d.scope, d.body, d.revision, d.created_at, d.updated_at";
constexpr std::pair<std::string_view, std::string_view> kExpressions[] = {
    {"id", "d.id"},
    {"kind", "d.kind"},
    {"name", "d.name"},
    {"namespace", "d.namespace"},
    {"project_id", "d.project_id"},
    {"scope", "d.scope"},
    {"body", "d.body"},
    {"created_at", "d.created_at"},
    {"updated_at", "d.updated_at"},
};

std::string select_record(std::string_view condition) {
  return "SELECT " + std::string(kRecordColumns) + " FROM records d WHERE " + std::string(condition);
}

// Numbers with a fraction, and those beyond 64 bits, which SQLite reads as such, are NULL (record_columns.cc).
std::string member_expression(const std::string& member) {
  const std::string extract = "json_extract(d.body, '$." + member + "')";
  return "(CASE typeof(" + extract + ") WHEN 'real' THEN NULL ELSE " + extract + " END)";
}

Result<RecordRow> read_record(Statement& row) {
  RecordRow record;
  record.id = row.id<RecordId>();
  record.kind = row.text();
  record.name = row.text();
  record.record_namespace = row.text();
  record.project_id = row.text();
  record.scope = row.text();
  record.body = row.json();
  record.revision = static_cast<std::uint64_t>(row.number());
  record.created_at = row.time();
  record.updated_at = row.maybe_time();
  if (row.damage()) return fail(row.damage()->wrapped("a row of records is damaged"));
  return record;
}

Result<std::optional<RecordRow>> find_record(Connection& connection, std::string_view kind, RecordId id) {
  static const std::string kSql = select_record("d.kind = ? AND d.id = ?");
  Statement row = connection.prepare(kSql);
  return first_row<RecordRow>(row.add_text(kind).add(id), read_record);
}

Status named_record(Status status, const RecordRow& row) {
  if (!status && status.error().code == ErrorCode::kAlreadyExists) return fail(duplicate_record(row));  // UNIQUE
  return status;
}

}  // namespace

// The caches of others hold what they have found, or not found, under a name.
Status SqliteCatalog::changed(std::string_view kind, Status status) {
  if (kind == kDynamicActionKind) ++actions_version_;
  return status;
}

Status SqliteCatalog::insert_record(Connection& writer, const RecordRow& row) {
  Statement statement = writer.prepare(
      "INSERT INTO records (id, kind, name, namespace, project_id, scope, body, revision, created_at, updated_at) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  statement.add(row.id).add_text(row.kind).add_text(row.name).add_text(row.record_namespace);
  statement.add_text(row.project_id).add_text(row.scope).add_json(row.body);
  statement.add(static_cast<std::int64_t>(row.revision)).add(row.created_at).add(row.updated_at);
  return named_record(statement.run(), row);
}

Status SqliteCatalog::create_record(const RecordRow& row) {
  return changed(row.kind, writes_.run(kRowBytes + size_bytes(row.body),
                                       [&](Connection& writer) { return insert_record(writer, row); }));
}

Status SqliteCatalog::update_record(const RecordRow& row, std::uint64_t expected_revision) {
  return changed(row.kind, writes_.run(kRowBytes + size_bytes(row.body), [&](Connection& writer) -> Status {
    Statement statement = writer.prepare(
        "UPDATE records SET name = ?, namespace = ?, scope = ?, body = ?, updated_at = ?, revision = revision + 1 "
        "WHERE kind = ? AND id = ? AND revision = ?");
    statement.add_text(row.name).add_text(row.record_namespace).add_text(row.scope).add_json(row.body);
    statement.add(row.updated_at).add_text(row.kind).add(row.id).add(static_cast<std::int64_t>(expected_revision));
    FOEHN_CHECK_OK(named_record(statement.run(), row));
    if (writer.changes() != 0) return {};
    FOEHN_TRY(const auto stored, find_record(writer, row.kind, row.id));
    if (!stored) return fail(no_such_record(row.kind, to_string(row.id)));
    return fail(stale_record(row, expected_revision, stored->revision));
  }));
}

Status SqliteCatalog::remove_record(std::string_view kind, RecordId id) {
  return changed(kind, writes_.run(kRowBytes, [&](Connection& writer) -> Status {
    Statement row = writer.prepare("DELETE FROM records WHERE kind = ? AND id = ?");
    FOEHN_CHECK_OK(row.add_text(kind).add(id).run());
    if (writer.changes() == 0) return fail(no_such_record(kind, to_string(id)));
    return {};
  }));
}

Result<std::optional<RecordRow>> SqliteCatalog::record(std::string_view kind, RecordId id) {
  return readers_.with([&](Connection& reader) { return find_record(reader, kind, id); });
}

Result<std::optional<RecordRow>> SqliteCatalog::record_for(std::string_view project_id, std::string_view kind,
                                                           std::string_view name, std::string_view record_namespace) {
  static const std::string kSql = select_record(
      "d.kind = ?1 AND d.name = ?2 AND d.namespace = ?3 AND (d.project_id = ?4 OR d.scope = 'public') "
      "ORDER BY d.project_id <> ?4, d.number LIMIT 1");
  return readers_.with([&](Connection& reader) {
    Statement row = reader.prepare(kSql);
    row.add_text(kind).add_text(name).add_text(record_namespace).add_text(project_id);
    return first_row<RecordRow>(row, read_record);
  });
}

Result<Page<RecordRow>> SqliteCatalog::records(std::string_view kind, const ListQuery& query) {
  FOEHN_TRY(const RecordQuery wanted, record_query(kind, query));
  std::vector<std::string> members;
  for (const std::string& member : wanted.members) members.push_back(member_expression(member));
  std::vector<std::pair<std::string_view, std::string_view>> expressions(std::begin(kExpressions),
                                                                         std::end(kExpressions));
  for (std::size_t slot = 0; slot < members.size(); ++slot) expressions.emplace_back(slot_name(slot), members[slot]);
  const ListTable table{std::string(kRecordColumns), std::string(kRecordColumns), "records d",
                        "(d.project_id = ? OR d.scope = 'public')", "", "", expressions};
  return readers_.with([&](Connection& reader) {
    return list_rows<RecordSource, RecordRow>(reader, table, wanted.query,
                                              no_such_record(kind, query.marker.value_or("")), read_record);
  });
}

}  // namespace foehn::store
