#include "api/rest/record_lists.h"

#include <algorithm>

#include "api/rest/body.h"
#include "api/rest/faults.h"
#include "api/rest/visibility.h"

namespace foehn::rest {
namespace {

constexpr int kTriesMax = 10;  // of a change that others get ahead of

bool is_column(std::string_view name) {
  for (const std::string_view column : {"id", "name", "namespace", "project_id", "scope", "created_at", "updated_at"})
    if (column == name) return true;
  return false;
}

std::string column_of(const std::string& name) { return is_column(name) ? name : "body." + name; }

// JSON members are stored as compact JSON, whatever the client's form.
void make_compact(store::Filter& filter, const ListTable& table) {
  for (const Parameter& parameter : table.parameters) {
    if (parameter.name != filter.column || parameter.kind != ParameterKind::kJson) continue;
    for (std::string& value : filter.values)
      if (const auto parsed = parse_json(value)) value = to_json(*parsed);
  }
}

}  // namespace

Result<http::Response> list_records(const http::Request& request, Services& services, const ListTable& table,
                                    std::string_view kind, RecordView view) {
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  FOEHN_TRY(ListRequest list, parse_list(request, table));
  FOEHN_TRY(const bool all_projects, bool_parameter(request, "all_projects", false));
  if (all_projects && !principal.is_admin) return fail(ErrorCode::kPermissionDenied, std::string(kForbidden));
  restrict_to(principal, list.query);
  for (store::SortKey& key : list.query.sort) {
    if (std::find(table.fields.begin(), table.fields.end(), key.column) == table.fields.end())
      return fail(ErrorCode::kInvalidArgument, "There is no column '" + key.column + "' to sort by.");
    key.column = column_of(key.column);
  }
  for (store::Filter& filter : list.query.filters) {
    make_compact(filter, table);
    filter.column = column_of(filter.column);
  }
  const auto page = services.catalog.records(kind, list.query);
  if (!page) return fail(list_error(table, list, page.error()));
  std::vector<Value> items;
  for (const store::RecordRow& row : page->rows) items.push_back(view(row));
  return json_response(200, list_body(request, services, table, list, std::move(items)));
}

Result<store::RecordRow> change_record(Services& services, store::RecordRow row,
                                       const std::function<Status(store::RecordRow&)>& change) {
  for (int left = kTriesMax;; --left) {
    FOEHN_CHECK_OK(change(row));
    row.updated_at = services.clock.wall();
    const Status written = services.catalog.update_record(row, row.revision);
    if (written) return row;
    if (written.error().code != ErrorCode::kConflict || left == 0) return fail(written.error());
    FOEHN_TRY(auto now, services.catalog.record(row.kind, row.id));
    if (!now) return fail(written.error());
    row = std::move(*now);
  }
}

store::RecordRow new_record(Services& services, std::string_view kind, std::string name, std::string project_id) {
  store::RecordRow row;
  row.id = store::RecordId::random();
  row.kind = kind;
  row.name = std::move(name);
  row.project_id = std::move(project_id);
  row.created_at = services.clock.wall();
  return row;
}

Status check_scope_attribute(std::string_view scope, const auth::Principal& principal) {
  if (scope != "private" && scope != "public")
    return fail(ErrorCode::kInvalidArgument, "Invalid input for field/attribute scope. Value: '" + std::string(scope) +
                                                 "'. Value should be one of: private, public");
  if (scope == "public" && !principal.is_admin) return fail(ErrorCode::kPermissionDenied, std::string(kForbidden));
  return {};
}

Value without_nulls(Value view) {
  Value kept = Value::object();
  for (const auto& [key, value] : view.items())
    if (!value.is_null()) kept[key] = value;
  return kept;
}

}  // namespace foehn::rest
