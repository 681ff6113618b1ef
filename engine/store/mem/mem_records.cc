// The Records part of MemStore.
#include "engine/store/mem/mem_data.h"
#include "engine/store/record_columns.h"

namespace foehn::store {
namespace {

bool same_name(const RecordRow& a, const RecordRow& b) {
  return a.kind == b.kind && a.name == b.name && a.record_namespace == b.record_namespace &&
         a.project_id == b.project_id;
}

bool is_visible(const RecordRow& row, std::string_view project_id) {
  return row.project_id == project_id || row.scope == "public";
}

template <class Rows>
auto find_record(Rows& rows, std::string_view kind, RecordId id) {
  return std::find_if(rows.begin(), rows.end(),
                      [&](const RecordRow& row) { return row.kind == kind && row.id == id; });
}

// The caches of others hold what they have found, or not found, under a name.
template <class Data>
void note_change(Data& data, std::string_view kind) {
  if (kind == kDynamicActionKind) ++data.actions_version;
}

}  // namespace

Status add_record(std::vector<RecordRow>& records, const RecordRow& row) {
  for (const RecordRow& other : records)
    if (other.id == row.id || same_name(other, row)) return fail(duplicate_record(row));
  records.push_back(row);
  return {};
}

Status MemStore::create_record(const RecordRow& row) {
  return data_->with([&](Data& data) -> Status {
    FOEHN_CHECK_OK(add_record(data.records, row));
    note_change(data, row.kind);
    return {};
  });
}

Status MemStore::update_record(const RecordRow& row, std::uint64_t expected_revision) {
  return data_->with([&](Data& data) -> Status {
    const auto found = find_record(data.records, row.kind, row.id);
    if (found == data.records.end()) return fail(no_such_record(row.kind, to_string(row.id)));
    if (found->revision != expected_revision) return fail(stale_record(row, expected_revision, found->revision));
    RecordRow changed = *found;
    changed.name = row.name;
    changed.record_namespace = row.record_namespace;
    changed.scope = row.scope;
    changed.body = row.body;
    changed.updated_at = row.updated_at;
    changed.revision = expected_revision + 1;
    for (const RecordRow& other : data.records)
      if (other.id != row.id && same_name(other, changed)) return fail(duplicate_record(row));
    *found = std::move(changed);
    note_change(data, row.kind);
    return {};
  });
}

Status MemStore::remove_record(std::string_view kind, RecordId id) {
  return data_->with([&](Data& data) -> Status {
    const auto found = find_record(data.records, kind, id);
    if (found == data.records.end()) return fail(no_such_record(kind, to_string(id)));
    data.records.erase(found);
    note_change(data, kind);
    return {};
  });
}

Result<std::optional<RecordRow>> MemStore::record(std::string_view kind, RecordId id) {
  return data_->with([&](const Data& data) -> std::optional<RecordRow> {
    const auto found = find_record(data.records, kind, id);
    if (found == data.records.end()) return std::nullopt;
    return *found;
  });
}

Result<std::optional<RecordRow>> MemStore::record_for(std::string_view project_id, std::string_view kind,
                                                      std::string_view name, std::string_view record_namespace) {
  return data_->with([&](const Data& data) -> std::optional<RecordRow> {
    const RecordRow* best = nullptr;
    for (const RecordRow& row : data.records) {
      if (row.kind != kind || row.name != name || row.record_namespace != record_namespace) continue;
      if (!is_visible(row, project_id)) continue;
      if (!best || (best->project_id != project_id && row.project_id == project_id)) best = &row;
    }
    if (!best) return std::nullopt;
    return *best;
  });
}

Result<Page<RecordRow>> MemStore::records(std::string_view kind, const ListQuery& query) {
  FOEHN_TRY(const RecordQuery wanted, record_query(kind, query));
  return data_->with([&](const Data& data) -> Result<Page<RecordRow>> {
    std::deque<RecordSource> sources;
    for (const RecordRow& row : data.records)
      if (row.kind == kind && (!query.visible_to || is_visible(row, *query.visible_to)))
        sources.push_back({row, wanted.members});
    FOEHN_TRY(const MemPage page, page_of<RecordSource>(sources, wanted.query,
                                                        no_such_record(kind, query.marker.value_or(""))));
    Page<RecordRow> rows{{}, page.more};
    for (const std::size_t at : page.at) rows.rows.push_back(sources[at].row);
    return rows;
  });
}

}  // namespace foehn::store
