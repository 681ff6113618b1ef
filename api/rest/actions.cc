// /v2/actions: built-in and ad-hoc actions as one list. Filters, order and marker work in memory as Mistral's do: the
// marker is a name and the page starts at it.
#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <optional>

#include "api/rest/body.h"
#include "api/rest/definitions.h"
#include "api/rest/faults.h"
#include "api/rest/handlers.h"
#include "api/rest/paging.h"
#include "api/rest/python_arguments.h"
#include "api/rest/views.h"
#include "engine/base/limits.h"
#include "engine/store/columns.h"

namespace foehn::rest {
namespace {

using store::ActionRow;

constexpr std::array<std::string_view, 12> kActionFields = {
    "id",    "name",       "is_system",  "input",      "description", "tags", "definition",
    "scope", "project_id", "created_at", "updated_at", "namespace"};
constexpr std::array kActionParameters = {
    Parameter{"name"},       Parameter{"description"}, Parameter{"input"},
    Parameter{"definition"}, Parameter{"is_system"},   Parameter{"namespace"},
    Parameter{"tags", ParameterKind::kTags}, Parameter{"scope", ParameterKind::kScope},
    Parameter{"created_at"}, Parameter{"updated_at"},
};
ListTable action_table() { return {"actions", kActionFields, kActionParameters, "Action not found [name="}; }

Value stored_action_view(const ActionRow& row, bool written_actions) {
  Value view = Value::object();
  view["id"] = to_string(row.id);
  view["name"] = row.name;
  view["is_system"] = false;
  view["input"] = row.input;
  view["description"] = row.description.empty() ? Value() : Value(row.description);
  view["tags"] = row.tags;
  view["definition"] = row.definition;
  view["scope"] = row.scope;
  view["project_id"] = row.project_id;
  view["created_at"] = time_view(row.created_at);
  if (!written_actions || row.updated_at) view["updated_at"] = time_view(row.updated_at);
  view["namespace"] = row.action_namespace;
  return view;
}

Value written_actions(const std::vector<ActionRow>& rows) {
  Value list = Value::array();
  for (const ActionRow& row : rows) list.push_back(stored_action_view(row, true));
  Value body = Value::object();
  body["actions"] = std::move(list);
  return body;
}

// Only columns that an action has decide; the others filter nothing.
Result<bool> passes(const Value& view, const std::vector<store::Filter>& filters) {
  for (const store::Filter& filter : filters) {
    const Value* cell = find(view, filter.column);
    if (!cell || cell->is_null()) continue;
    FOEHN_TRY(const store::Test test, store::make_test(store::ColumnKind::kText, filter));
    if (!store::passes(test, store::Cell(to_python_str(*cell)))) return false;
  }
  return true;
}

Result<std::vector<ActionRow>> stored_actions(Services& services, const auth::Principal& principal) {
  std::vector<ActionRow> rows;
  store::ListQuery query;
  query.limit = limits::kPageMax;
  if (!principal.is_admin) query.visible_to = principal.project_id;
  while (true) {
    FOEHN_TRY(auto page, services.catalog.actions(query));
    for (ActionRow& row : page.rows) rows.push_back(std::move(row));
    if (!page.more) return rows;
    query.marker = to_string(rows.back().id);
  }
}

// Texts of code sources by id: a list has many classes of few sources.
using Sources = std::map<std::string, std::string>;

Result<std::string> arguments_of_class(Services& services, const store::RecordRow& row, Sources& sources) {
  const std::string source = text_or(row.body, "code_source_id");
  auto found = sources.find(source);
  if (found == sources.end()) {
    std::optional<store::RecordRow> code;
    if (const auto id = store::RecordId::parse(source)) {
      FOEHN_TRY(code, services.catalog.record(store::kCodeSourceKind, *id));
    }
    found = sources.emplace(source, code ? text_or(code->body, "content") : "").first;
  }
  return python_arguments(found->second, text_or(row.body, "class_name"));
}

// Classes in stored code.
Result<Value> dynamic_view(Services& services, const store::RecordRow& row, Sources& sources) {
  const std::string source = text_or(row.body, "code_source_name");
  const std::string what = "Class " + text_or(row.body, "class_name") + " of the code source '" + source + "'.";
  FOEHN_TRY(const std::string input, arguments_of_class(services, row, sources));
  Value view = action_view(ActionInfo{row.name, input, what});
  view["id"] = to_string(row.id);
  view["scope"] = row.scope;
  view["project_id"] = row.project_id;
  view["namespace"] = row.record_namespace;
  view["created_at"] = time_view(row.created_at);
  view["updated_at"] = time_view(row.updated_at);
  return view;
}

Result<std::vector<store::RecordRow>> dynamic_actions(Services& services, const auth::Principal& principal) {
  std::vector<store::RecordRow> rows;
  store::ListQuery query;
  query.limit = limits::kPageMax;
  if (!principal.is_admin) query.visible_to = principal.project_id;
  while (true) {
    FOEHN_TRY(auto page, services.catalog.records(store::kDynamicActionKind, query));
    for (store::RecordRow& row : page.rows) rows.push_back(std::move(row));
    if (!page.more) return rows;
    query.marker = to_string(rows.back().id);
  }
}

const ActionInfo* built_in(const Services& services, std::string_view name) {
  const auto has_name = [&](const ActionInfo& action) { return action.name == name; };
  const auto found = std::find_if(services.actions.begin(), services.actions.end(), has_name);
  return found == services.actions.end() ? nullptr : &*found;
}

// Booleans of a request are "false", "False", "0", …; those of an action are compared as Python writes them.
Status read_booleans(std::vector<store::Filter>& filters) {
  for (store::Filter& filter : filters) {
    if (filter.column != "is_system") continue;
    for (std::string& value : filter.values) {
      FOEHN_TRY(const bool flag, parse_bool(filter.column, value));
      value = flag ? "True" : "False";
    }
  }
  return {};
}

void sort_items(std::vector<Value>& items, const std::vector<store::SortKey>& keys) {
  const auto text = [](const Value& item, const std::string& key) {
    const Value* cell = find(item, key);
    return cell && !cell->is_null() ? to_python_str(*cell) : std::string();
  };
  std::stable_sort(items.begin(), items.end(), [&](const Value& a, const Value& b) {
    for (const store::SortKey& key : keys) {
      const std::string left = text(a, key.column), right = text(b, key.column);
      if (left != right) return key.descending ? right < left : left < right;
    }
    return false;
  });
}

}  // namespace

Answer list_actions(const http::Request& request, Services& services) {
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  http::Request by_name = request;
  if (!request.query_value("sort_keys")) by_name.query.emplace_back("sort_keys", "name");
  FOEHN_TRY(ListRequest list, parse_list(by_name, action_table()));
  FOEHN_CHECK_OK(read_booleans(list.query.filters));
  for (const store::SortKey& key : list.query.sort)
    if (std::find(kActionFields.begin(), kActionFields.end(), key.column) == kActionFields.end())
      return fail(ErrorCode::kInvalidArgument, "There is no column '" + key.column + "' to sort by.");
  // Mistral clamps the limit of every list but this one, which it makes in memory.
  constexpr std::int64_t kNoLimit = std::numeric_limits<std::uint32_t>::max();
  FOEHN_TRY(const std::int64_t limit, int_parameter(request, "limit", kNoLimit));
  list.query.limit = static_cast<std::uint32_t>(std::min(limit, kNoLimit));
  list.fields.clear();
  if (!request.query_value("namespace")) list.link_arguments += "&namespace=eq:";
  std::vector<Value> all;
  for (const ActionInfo& action : services.actions) all.push_back(action_view(action));
  FOEHN_TRY(const std::vector<ActionRow> rows, stored_actions(services, principal));
  for (const ActionRow& row : rows) all.push_back(stored_action_view(row, false));
  FOEHN_TRY(const auto dynamic, dynamic_actions(services, principal));
  Sources sources;
  for (const store::RecordRow& row : dynamic) {
    FOEHN_TRY(Value view, dynamic_view(services, row, sources));
    all.push_back(std::move(view));
  }
  std::vector<Value> items;
  for (Value& view : all) {
    FOEHN_TRY(const bool wanted, passes(view, list.query.filters));
    if (wanted) items.push_back(std::move(view));
  }
  sort_items(items, list.query.sort);
  if (list.query.marker) {
    const auto at = std::find_if(items.begin(), items.end(), [&](const Value& item) {
      return text_or(item, "name") == *list.query.marker;
    });
    items.erase(items.begin(), at);
  }
  if (items.size() > list.query.limit) items.resize(list.query.limit);
  return json_response(200, list_body(request, services, action_table(), list, std::move(items)));
}

// An ad-hoc action comes before a built-in one of its name, as it does in runs.
Answer get_action(const http::Request& request, Services& services) {
  const std::string_view name = request.parameter("identifier");
  FOEHN_TRY(const store::DefinitionOwner owner, named_owner(request, services));
  const auto row = definition_service(services).action(name, owner);
  if (row) return json_response(200, stored_action_view(*row, false));
  if (row.error().code != ErrorCode::kNotFound) return fail(row.error());
  if (const ActionInfo* builtin = built_in(services, name)) return json_response(200, action_view(*builtin));
  FOEHN_TRY(const auto dynamic, services.catalog.record_for(owner.project_id, store::kDynamicActionKind, name,
                                                            owner.definition_namespace));
  if (!dynamic) return fail(row.error());
  Sources sources;
  FOEHN_TRY(const Value view, dynamic_view(services, *dynamic, sources));
  return json_response(200, view);
}

Answer create_actions(const http::Request& request, Services& services) {
  FOEHN_TRY(const store::DefinitionOwner owner, definition_owner(request, services));
  const dsl::Compiled compiled = compile_request(request, services, dsl::DocumentKind::kActions, owner);
  if (!compiled.ok()) return compile_fault(compiled, request.body);
  FOEHN_TRY(const auto rows, definition_service(services).create_actions(compiled, request.body, owner));
  return json_response(201, written_actions(rows));
}

Answer update_actions(const http::Request& request, Services& services) {
  FOEHN_TRY(const store::DefinitionOwner owner, definition_owner(request, services));
  const dsl::Compiled compiled = compile_request(request, services, dsl::DocumentKind::kActions, owner);
  if (!compiled.ok()) return compile_fault(compiled, request.body);
  FOEHN_TRY(const auto rows, definition_service(services).update_actions(compiled, request.body, owner,
                                                                         request.parameter("identifier")));
  return json_response(200, written_actions(rows));
}

Answer delete_action(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {"namespace"}));
  FOEHN_TRY(const store::DefinitionOwner owner, named_owner(request, services));
  FOEHN_CHECK_OK(definition_service(services).remove_action(request.parameter("identifier"), owner));
  return http::Response{204, "", {}, ""};
}

Answer validate_actions(const http::Request& request, Services& services) {
  return validate_text(request, services, dsl::DocumentKind::kActions);
}

}  // namespace foehn::rest
