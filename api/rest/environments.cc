// /v2/environments: named variables for executions (`params.env`). Found by name only.
#include "engine/store/environments.h"

#include <algorithm>
#include <array>

#include "api/rest/body.h"
#include "api/rest/faults.h"
#include "api/rest/handlers.h"
#include "api/rest/masking.h"
#include "api/rest/record_lists.h"
#include "api/rest/views.h"

namespace foehn::rest {
namespace {

using store::RecordRow;

constexpr std::array<std::string_view, 8> kEnvironmentFields = {"id",    "name",       "description", "variables",
                                                     "scope", "project_id", "created_at",  "updated_at"};
constexpr std::array<std::string_view, 4> kDefinitionKeys = {"name", "description", "variables", "scope"};
constexpr std::array kEnvironmentParameters = {
    Parameter{"name"},
    Parameter{"description"},
    Parameter{"variables", ParameterKind::kJson},
    Parameter{"scope", ParameterKind::kScope},
    Parameter{"created_at", ParameterKind::kTime},
    Parameter{"updated_at", ParameterKind::kTime},
};
ListTable environment_table() {
  return {"environments", kEnvironmentFields, kEnvironmentParameters, "Environment not found [id="};
}

Value environment_view(const Services& services, const RecordRow& row) {
  const Value* description = find(row.body, "description");
  const Value* variables = find(row.body, "variables");
  Value view = Value::object();
  view["id"] = to_string(row.id);
  view["name"] = row.name;
  view["description"] = description ? *description : Value();
  view["variables"] = masked_json(services, variables ? *variables : Value::object());
  view["scope"] = row.scope;
  view["project_id"] = row.project_id;
  view["created_at"] = time_view(row.created_at);
  view["updated_at"] = time_view(row.updated_at);
  return view;
}

Result<RecordRow> find_environment(Services& services, const std::string& project, std::string_view name) {
  FOEHN_TRY(auto row, services.catalog.record_for(project, store::kEnvironmentKind, name, ""));
  if (!row) return fail(ErrorCode::kNotFound, "Environment not found [name=" + std::string(name) + "]");
  return std::move(*row);
}

// A public one is for its project and admins to change.
Result<RecordRow> find_to_change(Services& services, const auth::Principal& principal, std::string_view name) {
  FOEHN_TRY(RecordRow row, find_environment(services, principal.project_id, name));
  if (row.project_id != principal.project_id && !principal.is_admin)
    return fail(ErrorCode::kPermissionDenied, std::string(kForbidden));
  return row;
}

// The body, its keys checked as Mistral does: what the resource does not have, then what nobody may set.
Result<Value> read_environment(const http::Request& request) {
  FOEHN_CHECK_OK(check_parameters(request, {}));
  FOEHN_TRY(Value body, json_object(request, "env", kEnvironmentFields));
  for (const auto& [key, value] : body.items())
    if (std::find(kDefinitionKeys.begin(), kDefinitionKeys.end(), key) == kDefinitionKeys.end())
      return fail(ErrorCode::kInvalidArgument,
                  "Please, check your environment definition. Only: ['name', 'description', 'variables', 'scope'] are "
                  "allowed as definition keys.");
  return body;
}

// Sets what the body gives.
Status apply_to_environment(const Value& body, const auth::Principal& principal, RecordRow& row) {
  FOEHN_TRY(const auto description, text_attribute(body, "description"));
  FOEHN_TRY(const auto scope, text_attribute(body, "scope"));
  if (scope) {
    FOEHN_CHECK_OK(check_scope_attribute(*scope, principal));
    row.scope = *scope;
  }
  if (body.contains("description")) row.body["description"] = description ? Value(*description) : Value();
  if (body.contains("variables")) {
    FOEHN_TRY(Value variables, json_attribute(body, "variables"));
    if (const Value* stored = find(row.body, "variables")) unmask(variables, *stored);
    row.body["variables"] = std::move(variables);
  }
  return {};
}

Result<std::string> name_of(const Value& body) {
  FOEHN_TRY(const auto name, text_attribute(body, "name"));
  if (!name) return fail(ErrorCode::kInvalidArgument, "Name of the environment is not provided.");
  return *name;
}

}  // namespace

Answer list_environments(const http::Request& request, Services& services) {
  return list_records(request, services, environment_table(), store::kEnvironmentKind,
                      [&services](const RecordRow& row) { return environment_view(services, row); });
}

Answer get_environment(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {"fields"}));
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  FOEHN_TRY(const RecordRow row, find_environment(services, principal.project_id, request.parameter("name")));
  FOEHN_TRY(const Value view, pick_fields(request, environment_table(), environment_view(services, row)));
  return json_response(200, view);
}

Answer create_environment(const http::Request& request, Services& services) {
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  FOEHN_TRY(const Value body, read_environment(request));
  FOEHN_TRY(std::string name, name_of(body));
  RecordRow row = new_record(services, store::kEnvironmentKind, std::move(name), principal.project_id);
  row.body["description"] = nullptr;
  row.body["variables"] = Value::object();
  FOEHN_CHECK_OK(apply_to_environment(body, principal, row));
  const Status stored = services.catalog.create_record(row);
  if (!stored && stored.error().code == ErrorCode::kAlreadyExists)
    return fail(ErrorCode::kAlreadyExists,
                "Duplicate entry for Environment ['name', 'project_id']: " + row.name + ", " + row.project_id);
  FOEHN_CHECK_OK(stored);
  return json_response(201, without_nulls(environment_view(services, row)));
}

Answer update_environment(const http::Request& request, Services& services) {
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  FOEHN_TRY(const Value body, read_environment(request));
  FOEHN_TRY(const std::string name, name_of(body));
  FOEHN_TRY(RecordRow row, find_to_change(services, principal, name));
  FOEHN_TRY(row, change_record(services, std::move(row),
                               [&](RecordRow& now) { return apply_to_environment(body, principal, now); }));
  return json_response(200, environment_view(services, row));
}

Answer delete_environment(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {}));
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  FOEHN_TRY(const RecordRow row, find_to_change(services, principal, request.parameter("name")));
  FOEHN_CHECK_OK(services.catalog.remove_record(row.kind, row.id));
  return http::Response{204, "", {}, ""};
}

}  // namespace foehn::rest
