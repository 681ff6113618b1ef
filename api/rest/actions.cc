// /v2/actions: the built-in actions. Filters, order and marker work in memory as Mistral's do: the marker is a name and
// the page starts at it.
#include <algorithm>
#include <array>

#include "api/rest/body.h"
#include "api/rest/faults.h"
#include "api/rest/handlers.h"
#include "api/rest/paging.h"
#include "api/rest/views.h"
#include "engine/store/columns.h"

namespace foehn::rest {
namespace {

constexpr std::array<std::string_view, 12> kFields = {
    "id",    "name",       "is_system",  "input",      "description", "tags", "definition",
    "scope", "project_id", "created_at", "updated_at", "namespace"};
constexpr std::array kParameters = {
    Parameter{"name"},       Parameter{"description"}, Parameter{"input"},
    Parameter{"definition"}, Parameter{"is_system"},   Parameter{"namespace"},
    Parameter{"tags"},       Parameter{"scope"},       Parameter{"created_at"},
    Parameter{"updated_at"},
};
ListTable table() { return {"actions", kFields, kParameters, "Action not found [name="}; }

// Only columns that built-in actions have decide; the others filter nothing.
Result<bool> passes(const Value& view, const std::vector<store::Filter>& filters) {
  for (const store::Filter& filter : filters) {
    const Value* cell = find(view, filter.column);
    if (!cell || cell->is_null()) continue;
    FOEHN_TRY(const store::Test test, store::make_test(store::ColumnKind::kText, filter));
    if (!store::passes(test, store::Cell(to_python_str(*cell)))) return false;
  }
  return true;
}

}  // namespace

Answer list_actions(const http::Request& request, Services& services) {
  http::Request by_name = request;
  if (!request.query_value("sort_keys")) by_name.query.emplace_back("sort_keys", "name");
  FOEHN_TRY(ListRequest list, parse_list(by_name, table()));
  list.fields.clear();
  if (!request.query_value("namespace")) list.link_arguments += "&namespace=eq:";
  std::vector<Value> items;
  for (const ActionInfo& action : services.actions) {
    Value view = action_view(action);
    FOEHN_TRY(const bool wanted, passes(view, list.query.filters));
    if (wanted) items.push_back(std::move(view));
  }
  if (list.query.sort.front().column == "name" && list.query.sort.front().descending)
    std::reverse(items.begin(), items.end());
  if (list.query.marker) {
    const auto at = std::find_if(items.begin(), items.end(), [&](const Value& item) {
      return text_or(item, "name") == *list.query.marker;
    });
    items.erase(items.begin(), at);
  }
  if (items.size() > list.query.limit) items.resize(list.query.limit);
  return json_response(200, list_body(request, services, table(), list, std::move(items)));
}

Answer get_action(const http::Request& request, Services& services) {
  const std::string_view name = request.parameter("identifier");
  std::string_view action_namespace = request.parameter("namespace");
  if (action_namespace.empty()) action_namespace = request.query_value("namespace").value_or("");
  for (const ActionInfo& action : services.actions)
    if (action.name == name) return json_response(200, action_view(action));
  return fail(ErrorCode::kNotFound, "Action not found [name=" + std::string(name) +
                                        ", namespace=" + std::string(action_namespace) + "]");
}

}  // namespace foehn::rest
