// The Catalog half of MemStore.
#include "engine/base/limits.h"
#include "engine/store/mem/mem_data.h"

namespace foehn::store {
namespace {

bool same_name(const WorkflowRow& a, const WorkflowRow& b) {
  return a.name == b.name && a.workflow_namespace == b.workflow_namespace && a.project_id == b.project_id;
}

bool is_visible(const WorkflowRow& row, std::string_view project_id) {
  return row.project_id == project_id || row.scope == "public" || row.is_system;
}

template <class Rows, class Wanted>
auto find_row(Rows& rows, Wanted wanted) {
  return std::find_if(rows.begin(), rows.end(), wanted);
}

// The best row of that name: in the namespace before the default one, of the project before others, oldest first.
std::optional<WorkflowRow> find_workflow(const std::vector<WorkflowRow>& rows, std::string_view name,
                                         std::string_view space, bool fall_back,
                                         const std::optional<std::string_view>& project_id) {
  for (const std::string_view wanted : {space, std::string_view()}) {
    const WorkflowRow* best = nullptr;
    for (const WorkflowRow& row : rows) {
      if (row.name != name || row.workflow_namespace != wanted) continue;
      if (project_id && !is_visible(row, *project_id)) continue;
      if (!best || (project_id && best->project_id != *project_id && row.project_id == *project_id)) best = &row;
    }
    if (best) return *best;
    if (!fall_back) break;
  }
  return std::nullopt;
}

}  // namespace

const WorkflowRow* MemStore::Data::workflow_by_hash(std::string_view hash) const {
  const auto found = find_row(workflows, [&](const WorkflowRow& row) { return row.hash == hash; });
  return found == workflows.end() ? nullptr : &*found;
}

Status MemStore::create_workflows(const std::vector<WorkflowRow>& rows) {
  return data_->with([&](Data& data) -> Status {
    std::vector<WorkflowRow> changed = data.workflows;
    for (const WorkflowRow& row : rows) {
      const auto taken = [&](const WorkflowRow& other) { return other.id == row.id || same_name(other, row); };
      if (find_row(changed, taken) != changed.end()) return fail(duplicate_workflow(row));
      changed.push_back(row);
    }
    data.workflows = std::move(changed);
    return {};
  });
}

Status MemStore::update_workflows(const std::vector<WorkflowRow>& rows) {
  return data_->with([&](Data& data) -> Status {
    std::vector<WorkflowRow> changed = data.workflows;
    for (const WorkflowRow& row : rows) {
      const auto found = find_row(changed, [&](const WorkflowRow& other) { return other.id == row.id; });
      if (found == changed.end()) return fail(no_such_workflow(to_string(row.id), row.workflow_namespace));
      const auto taken = [&](const WorkflowRow& other) { return other.id != row.id && same_name(other, row); };
      if (find_row(changed, taken) != changed.end()) return fail(duplicate_workflow(row));
      *found = row;
    }
    data.workflows = std::move(changed);
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
    return find_workflow(data.workflows, name, workflow_namespace, fall_back, std::nullopt);
  });
}

Result<std::optional<WorkflowRow>> MemStore::workflow_for(std::string_view project_id, std::string_view name,
                                                          std::string_view workflow_namespace, bool fall_back) {
  return data_->with(
      [&](const Data& data) { return find_workflow(data.workflows, name, workflow_namespace, fall_back, project_id); });
}

Result<Page<WorkflowRow>> MemStore::workflows(const ListQuery& query) {
  return data_->with([&](const Data& data) -> Result<Page<WorkflowRow>> {
    std::deque<WorkflowRow> sources;
    for (const WorkflowRow& row : data.workflows)
      if (!query.visible_to || is_visible(row, *query.visible_to)) sources.push_back(row);
    FOEHN_TRY(const MemPage page,
              page_of<WorkflowRow>(sources, query, no_such_workflow(query.marker.value_or(""), "")));
    Page<WorkflowRow> rows{{}, page.more};
    for (const std::size_t at : page.at) rows.rows.push_back(sources[at]);
    return rows;
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
