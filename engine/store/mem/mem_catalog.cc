// The Catalog half of MemStore.
#include "engine/base/limits.h"
#include "engine/store/mem/mem_data.h"

namespace foehn::store {
namespace {

// What the kinds of definitions have in common.
const std::string& space_of(const WorkflowRow& row) { return row.workflow_namespace; }
const std::string& space_of(const ActionRow& row) { return row.action_namespace; }
const std::string& space_of(const WorkbookRow& row) { return row.workbook_namespace; }
Error duplicate(const WorkflowRow& row) { return duplicate_workflow(row); }
Error duplicate(const ActionRow& row) { return duplicate_action(row); }
Error duplicate(const WorkbookRow& row) { return duplicate_workbook(row); }
Error missing(const WorkflowRow& row) { return no_such_workflow(to_string(row.id), row.workflow_namespace); }
Error missing(const ActionRow& row) { return no_such_action(to_string(row.id), row.action_namespace); }
Error missing(const WorkbookRow& row) { return no_such_workbook(row.name, row.workbook_namespace); }

template <class Row>
bool same_name(const Row& a, const Row& b) {
  return a.name == b.name && space_of(a) == space_of(b) && a.project_id == b.project_id;
}

// A project that looks, and the records that say what is shared with it.
struct Viewer {
  std::string_view project_id;
  const std::vector<RecordRow>& records;
};

bool is_shared(const WorkflowRow& row, const Viewer& viewer) {
  const std::string id = to_string(row.id);
  return std::any_of(viewer.records.begin(), viewer.records.end(), [&](const RecordRow& record) {
    return record.kind == kMemberKind && record.name == viewer.project_id && record.record_namespace == id &&
           text_or(record.body, "status") == "accepted";
  });
}

bool is_visible(const WorkflowRow& row, const Viewer& viewer) {
  return row.project_id == viewer.project_id || row.scope == "public" || row.is_system || is_shared(row, viewer);
}
template <class Row>
bool is_visible(const Row& row, const Viewer& viewer) {
  return row.project_id == viewer.project_id || row.scope == "public";
}

template <class Rows, class Wanted>
auto find_row(Rows& rows, Wanted wanted) {
  return std::find_if(rows.begin(), rows.end(), wanted);
}

// The best row of that name: in the namespace before the default one, of the project before others, oldest first.
template <class Row>
std::optional<Row> find_definition(const std::vector<Row>& rows, std::string_view name, std::string_view space,
                                   bool fall_back, const std::optional<Viewer>& viewer) {
  for (const std::string_view wanted : {space, std::string_view()}) {
    const Row* best = nullptr;
    for (const Row& row : rows) {
      if (row.name != name || space_of(row) != wanted) continue;
      if (viewer && !is_visible(row, *viewer)) continue;
      const bool closer = viewer && best && best->project_id != viewer->project_id &&
                          row.project_id == viewer->project_id;
      if (!best || closer) best = &row;
    }
    if (best) return *best;
    if (!fall_back) break;
  }
  return std::nullopt;
}

template <class Row>
Status create(std::vector<Row>& stored, const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const auto taken = [&](const Row& other) { return other.id == row.id || same_name(other, row); };
    if (find_row(stored, taken) != stored.end()) return fail(duplicate(row));
    stored.push_back(row);
  }
  return {};
}

template <class Row>
Status update(std::vector<Row>& stored, const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const auto found = find_row(stored, [&](const Row& other) { return other.id == row.id; });
    if (found == stored.end()) return fail(missing(row));
    const auto taken = [&](const Row& other) { return other.id != row.id && same_name(other, row); };
    if (find_row(stored, taken) != stored.end()) return fail(duplicate(row));
    *found = row;
  }
  return {};
}

template <class Row>
bool remove(std::vector<Row>& stored, DefinitionId id) {
  return std::erase_if(stored, [&](const Row& row) { return row.id == id; }) > 0;
}

template <class Row>
Result<Page<Row>> page_of_definitions(const std::vector<Row>& stored, const std::vector<RecordRow>& records,
                                      const ListQuery& query, const Error& no_marker) {
  std::deque<Row> sources;
  for (const Row& row : stored)
    if (!query.visible_to || is_visible(row, Viewer{*query.visible_to, records})) sources.push_back(row);
  FOEHN_TRY(const MemPage page, page_of<Row>(sources, query, no_marker));
  Page<Row> rows{{}, page.more};
  for (const std::size_t at : page.at) rows.rows.push_back(sources[at]);
  return rows;
}

}  // namespace

const WorkflowRow* MemStore::Data::workflow_by_hash(std::string_view hash) const {
  const auto found = find_row(workflows, [&](const WorkflowRow& row) { return row.hash == hash; });
  return found == workflows.end() ? nullptr : &*found;
}

Status MemStore::create_workflows(const std::vector<WorkflowRow>& rows) {
  DefinitionWrite write;
  write.workflows.create = rows;
  return write_definitions(write);
}

Status MemStore::update_workflows(const std::vector<WorkflowRow>& rows) {
  DefinitionWrite write;
  write.workflows.update = rows;
  return write_definitions(write);
}

Status MemStore::write_definitions(const DefinitionWrite& write) {
  return data_->with([&](Data& data) -> Status {
    std::vector<WorkflowRow> workflows = data.workflows;
    std::vector<ActionRow> actions = data.actions;
    std::vector<WorkbookRow> workbooks = data.workbooks;
    std::vector<RecordRow> records = data.records;
    FOEHN_CHECK_OK(create(workbooks, write.workbooks.create));
    FOEHN_CHECK_OK(update(workbooks, write.workbooks.update));
    FOEHN_CHECK_OK(create(workflows, write.workflows.create));
    FOEHN_CHECK_OK(update(workflows, write.workflows.update));
    FOEHN_CHECK_OK(create(actions, write.actions.create));
    FOEHN_CHECK_OK(update(actions, write.actions.update));
    for (const RecordRow& row : write.records) FOEHN_CHECK_OK(add_record(records, row));
    data.records = std::move(records);
    data.workflows = std::move(workflows);
    data.actions = std::move(actions);
    data.workbooks = std::move(workbooks);
    ++data.actions_version;
    return {};
  });
}

Status MemStore::remove_workflow(DefinitionId id) {
  return data_->with([&](Data& data) -> Status {
    const auto found = find_row(data.workflows, [&](const WorkflowRow& row) { return row.id == id; });
    if (found == data.workflows.end()) return fail(no_such_workflow(to_string(id), ""));
    data.workflows.erase(found);
    return {};
  });
}

Result<std::optional<WorkflowRow>> MemStore::workflow(DefinitionId id) {
  return data_->with([&](const Data& data) -> std::optional<WorkflowRow> {
    const auto found = find_row(data.workflows, [&](const WorkflowRow& row) { return row.id == id; });
    if (found == data.workflows.end()) return std::nullopt;
    return *found;
  });
}

Result<std::optional<WorkflowRow>> MemStore::workflow(std::string_view name, std::string_view workflow_namespace,
                                                      bool fall_back) {
  return data_->with([&](const Data& data) {
    return find_definition(data.workflows, name, workflow_namespace, fall_back, std::nullopt);
  });
}

Result<std::optional<WorkflowRow>> MemStore::workflow_for(std::string_view project_id, std::string_view name,
                                                          std::string_view workflow_namespace, bool fall_back) {
  return data_->with([&](const Data& data) {
    return find_definition(data.workflows, name, workflow_namespace, fall_back, Viewer{project_id, data.records});
  });
}

Result<std::optional<WorkflowRow>> MemStore::workflow_for(std::string_view project_id, DefinitionId id) {
  return data_->with([&](const Data& data) -> std::optional<WorkflowRow> {
    const auto found = find_row(data.workflows, [&](const WorkflowRow& row) { return row.id == id; });
    if (found == data.workflows.end() || !is_visible(*found, Viewer{project_id, data.records})) return std::nullopt;
    return *found;
  });
}

Result<Page<WorkflowRow>> MemStore::workflows(const ListQuery& query) {
  return data_->with([&](const Data& data) {
    return page_of_definitions(data.workflows, data.records, query, no_such_workflow(query.marker.value_or(""), ""));
  });
}

Status MemStore::remove_action(DefinitionId id) {
  return data_->with([&](Data& data) -> Status {
    ++data.actions_version;
    if (!store::remove(data.actions, id)) return fail(no_such_action(to_string(id), ""));
    return {};
  });
}

Result<std::optional<ActionRow>> MemStore::action(DefinitionId id) {
  return data_->with([&](const Data& data) -> std::optional<ActionRow> {
    const auto found = find_row(data.actions, [&](const ActionRow& row) { return row.id == id; });
    if (found == data.actions.end()) return std::nullopt;
    return *found;
  });
}

Result<std::optional<ActionRow>> MemStore::action_for(std::string_view project_id, std::string_view name,
                                                      std::string_view action_namespace, bool fall_back) {
  return data_->with([&](const Data& data) {
    return find_definition(data.actions, name, action_namespace, fall_back, Viewer{project_id, data.records});
  });
}

Result<Page<ActionRow>> MemStore::actions(const ListQuery& query) {
  return data_->with([&](const Data& data) {
    return page_of_definitions(data.actions, data.records, query, no_such_action(query.marker.value_or(""), ""));
  });
}

std::uint64_t MemStore::actions_version() const {
  return data_->with([](const Data& data) { return data.actions_version; });
}

Status MemStore::remove_workbook(DefinitionId id) {
  return data_->with([&](Data& data) -> Status {
    if (!store::remove(data.workbooks, id)) return fail(no_such_workbook(to_string(id), ""));
    return {};
  });
}

Result<std::optional<WorkbookRow>> MemStore::workbook_for(std::string_view project_id, std::string_view name,
                                                          std::string_view workbook_namespace, bool fall_back) {
  return data_->with([&](const Data& data) {
    return find_definition(data.workbooks, name, workbook_namespace, fall_back, Viewer{project_id, data.records});
  });
}

Result<Page<WorkbookRow>> MemStore::workbooks(const ListQuery& query) {
  return data_->with([&](const Data& data) {
    return page_of_definitions(data.workbooks, data.records, query, no_such_workbook(query.marker.value_or(""), ""));
  });
}

Result<std::optional<std::string>> MemStore::definition_text(std::string_view hash) {
  return data_->with([&](const Data& data) -> std::optional<std::string> {
    const auto found = data.texts.find(hash);
    if (found != data.texts.end()) return found->second;
    if (const WorkflowRow* row = data.workflow_by_hash(hash)) return row->definition;
    return std::nullopt;
  });
}

Status MemStore::put_definition_text(std::string_view hash, std::string_view text) {
  data_->with([&](Data& data) { data.texts.try_emplace(std::string(hash), text); });
  return {};
}

Status MemStore::create_resource(const ResourceRow& row) {
  return data_->with([&](Data& data) -> Status {
    const auto taken = [&](const ResourceRow& other) {
      return other.id == row.id || (other.kind == row.kind && other.key == row.key);
    };
    if (find_row(data.resources, taken) != data.resources.end()) return fail(duplicate_resource(row));
    data.resources.push_back(row);
    return {};
  });
}

Status MemStore::update_resource(const ResourceRow& row, std::uint64_t expected_revision) {
  return data_->with([&](Data& data) -> Status {
    const auto wanted = [&](const ResourceRow& other) { return other.kind == row.kind && other.key == row.key; };
    const auto found = find_row(data.resources, wanted);
    if (found == data.resources.end()) return fail(no_such_resource(row.kind, row.key));
    if (found->revision != expected_revision) return fail(stale_resource(row, expected_revision, found->revision));
    found->state = row.state;
    found->body = row.body;
    found->updated_at = row.updated_at;
    found->revision = expected_revision + 1;
    return {};
  });
}

Status MemStore::remove_resource(std::string_view kind, std::string_view key) {
  return data_->with([&](Data& data) -> Status {
    const auto wanted = [&](const ResourceRow& row) { return row.kind == kind && row.key == key; };
    const auto found = find_row(data.resources, wanted);
    if (found == data.resources.end()) return fail(no_such_resource(kind, key));
    data.resources.erase(found);
    return {};
  });
}

Result<std::optional<ResourceRow>> MemStore::resource(std::string_view kind, std::string_view key) {
  return data_->with([&](const Data& data) -> std::optional<ResourceRow> {
    const auto wanted = [&](const ResourceRow& row) { return row.kind == kind && row.key == key; };
    const auto found = find_row(data.resources, wanted);
    if (found == data.resources.end()) return std::nullopt;
    return *found;
  });
}

Result<std::vector<ResourceRow>> MemStore::resources(std::string_view kind, std::string_view owner) {
  return data_->with([&](const Data& data) {
    std::vector<ResourceRow> rows;
    for (const ResourceRow& row : data.resources)
      if (row.kind == kind && (owner.empty() || row.owner == owner)) rows.push_back(row);
    std::stable_sort(rows.begin(), rows.end(),
                     [](const ResourceRow& a, const ResourceRow& b) { return a.created_at < b.created_at; });
    if (rows.size() > limits::kPageMax) rows.resize(limits::kPageMax);
    return rows;
  });
}

}  // namespace foehn::store
