// /v2/code_sources and /v2/dynamic_actions: code that admins upload and the actions in it. Stored here; what runs them,
// and whether they may run, is decided elsewhere.
#include <array>

#include "api/rest/body.h"
#include "api/rest/definitions.h"
#include "api/rest/faults.h"
#include "api/rest/handlers.h"
#include "api/rest/record_lists.h"
#include "api/rest/views.h"
#include "engine/base/limits.h"

namespace foehn::rest {
namespace {

using store::RecordRow;

constexpr std::string_view kSource = store::kCodeSourceKind;
constexpr std::string_view kAction = store::kDynamicActionKind;

constexpr std::array<std::string_view, 10> kSourceFields = {
    "id", "name", "namespace", "content", "version", "project_id", "scope", "actions", "created_at", "updated_at"};
constexpr std::array kSourceParameters = {
    Parameter{"name"},
    Parameter{"namespace"},
    Parameter{"content"},
    Parameter{"version"},
    Parameter{"scope", ParameterKind::kScope},
    Parameter{"project_id"},
    Parameter{"created_at", ParameterKind::kTime},
    Parameter{"updated_at", ParameterKind::kTime},
    Parameter{"all_projects", ParameterKind::kSwitch},
};
ListTable source_table() { return {"code_sources", kSourceFields, kSourceParameters, "Code Source not found [id="}; }

constexpr std::array<std::string_view, 10> kDynamicActionFields = {
    "id",         "name",       "namespace", "code_source_id", "code_source_name",
    "class_name", "project_id", "scope",     "created_at",     "updated_at"};
constexpr std::array kDynamicActionParameters = {
    Parameter{"name"},
    Parameter{"namespace"},
    Parameter{"code_source_id"},
    Parameter{"code_source_name"},
    Parameter{"class_name"},
    Parameter{"scope", ParameterKind::kScope},
    Parameter{"project_id"},
    Parameter{"created_at", ParameterKind::kTime},
    Parameter{"updated_at", ParameterKind::kTime},
    Parameter{"all_projects", ParameterKind::kSwitch},
};
ListTable dynamic_action_table() {
  return {"dynamic_actions", kDynamicActionFields, kDynamicActionParameters, "Dynamic Action not found [id="};
}

Value source_view(const RecordRow& row) {
  Value view = Value::object();
  view["id"] = to_string(row.id);
  view["name"] = row.name;
  view["namespace"] = row.record_namespace;
  view["content"] = text_or(row.body, "content");
  view["version"] = row.body.value("version", 1);
  view["project_id"] = row.project_id;
  view["scope"] = row.scope;
  view["created_at"] = time_view(row.created_at);
  view["updated_at"] = time_view(row.updated_at);
  return view;
}

Value action_view_of(const RecordRow& row) {
  Value view = Value::object();
  view["id"] = to_string(row.id);
  view["name"] = row.name;
  view["namespace"] = row.record_namespace;
  view["code_source_id"] = text_or(row.body, "code_source_id");
  view["code_source_name"] = text_or(row.body, "code_source_name");
  view["class_name"] = text_or(row.body, "class_name");
  view["project_id"] = row.project_id;
  view["scope"] = row.scope;
  view["created_at"] = time_view(row.created_at);
  view["updated_at"] = time_view(row.updated_at);
  return view;
}

Result<auth::Principal> admin(const http::Request& request, const Services& services) {
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  if (!principal.is_admin) return fail(ErrorCode::kPermissionDenied, std::string(kForbidden));
  return principal;
}

// By id, or by name in the namespace.
Result<RecordRow> find(Services& services, std::string_view kind, const std::string& project,
                       std::string_view identifier, std::string_view space) {
  std::optional<RecordRow> row;
  if (const auto id = store::RecordId::parse(identifier)) {
    FOEHN_TRY(row, services.catalog.record(kind, *id));
  }
  if (!row) {
    FOEHN_TRY(row, services.catalog.record_for(project, kind, identifier, space));
  }
  if (row) return std::move(*row);
  return fail(ErrorCode::kNotFound, std::string(kind == kSource ? "Code Source" : "Dynamic Action") +
                                        " not found [name=" + std::string(identifier) +
                                        ", namespace=" + std::string(space) + "]");
}

Status named_code(const Status& stored, const RecordRow& row) {
  if (stored || stored.error().code != ErrorCode::kAlreadyExists) return stored;
  return fail(ErrorCode::kAlreadyExists,
              "Duplicate entry for " + std::string(row.kind == kSource ? "CodeSource" : "DynamicActionDefinition") +
                  " ['name', 'namespace', 'project_id']: " + row.name + ", " + row.record_namespace + ", " +
                  row.project_id);
}

Answer get_one(const http::Request& request, Services& services, std::string_view kind, const ListTable& table,
               RecordView view) {
  FOEHN_CHECK_OK(check_parameters(request, {"namespace", "fields"}));
  FOEHN_TRY(const auth::Principal principal, admin(request, services));
  FOEHN_TRY(const RecordRow row, find(services, kind, principal.project_id, request.parameter("identifier"),
                                      request.query_value("namespace").value_or("")));
  FOEHN_TRY(const Value shown, pick_fields(request, table, view(row)));
  return json_response(200, shown);
}

// The code that the body of a dynamic action names by id or name; `required` when it is a new one.
Status set_source(Services& services, const auth::Principal& principal, const Value& body, bool required,
                  RecordRow& row) {
  FOEHN_TRY(const auto id, text_attribute(body, "code_source_id"));
  FOEHN_TRY(const auto name, text_attribute(body, "code_source_name"));
  if (!id && !name) {
    if (!required) return {};
    return fail(ErrorCode::kInvalidArgument,
                "Either 'code_source_id' or 'code_source_name' must be provided for a dynamic action.");
  }
  FOEHN_TRY(const RecordRow source,
            find(services, kSource, principal.project_id, id ? *id : *name, row.record_namespace));
  row.body["code_source_id"] = to_string(source.id);
  row.body["code_source_name"] = source.name;
  return {};
}

Status set_class(const Value& body, bool required, RecordRow& row) {
  FOEHN_TRY(const auto class_name, text_attribute(body, "class_name"));
  if (class_name) row.body["class_name"] = *class_name;
  if (required && !class_name)
    return fail(ErrorCode::kInvalidArgument, "The 'class_name' of the dynamic action must be provided.");
  return {};
}

Status set_scope(const Value& body, const auth::Principal& principal, RecordRow& row) {
  FOEHN_TRY(const auto scope, text_attribute(body, "scope"));
  if (!scope) return {};
  FOEHN_CHECK_OK(check_scope_attribute(*scope, principal));
  row.scope = *scope;
  return {};
}

}  // namespace

Answer list_code_sources(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(admin(request, services));
  return list_records(request, services, source_table(), kSource, source_view);
}

Answer get_code_source(const http::Request& request, Services& services) {
  return get_one(request, services, kSource, source_table(), source_view);
}

Answer create_code_source(const http::Request& request, Services& services) {
  FOEHN_TRY(const auth::Principal principal, admin(request, services));
  FOEHN_CHECK_OK(check_parameters(request, {"name", "scope", "namespace"}));
  const std::string name(request.query_value("name").value_or(""));
  if (name.empty()) return fail(ErrorCode::kInvalidArgument, "The name of the code source is not provided.");
  RecordRow row = new_record(services, kSource, name, principal.project_id);
  row.record_namespace = request.query_value("namespace").value_or("");
  row.scope = request.query_value("scope").value_or("private");
  FOEHN_CHECK_OK(check_scope(row.scope, principal));
  row.body["content"] = request.body;
  row.body["version"] = 1;
  FOEHN_CHECK_OK(named_code(services.catalog.create_record(row), row));
  return json_response(201, source_view(row));
}

Answer update_code_source(const http::Request& request, Services& services) {
  FOEHN_TRY(const auth::Principal principal, admin(request, services));
  FOEHN_CHECK_OK(check_parameters(request, {"identifier", "scope", "namespace"}));
  const auto scope = request.query_value("scope");
  if (scope) FOEHN_CHECK_OK(check_scope(*scope, principal));
  FOEHN_TRY(RecordRow row, find(services, kSource, principal.project_id, request.query_value("identifier").value_or(""),
                                request.query_value("namespace").value_or("")));
  FOEHN_TRY(row, change_record(services, std::move(row), [&](RecordRow& now) -> Status {
              if (scope) now.scope = *scope;
              if (text_or(now.body, "content") == request.body) return {};
              now.body["content"] = request.body;
              now.body["version"] = now.body.value("version", 1) + 1;
              return {};
            }));
  return json_response(200, source_view(row));
}

// With the actions in it, as in Mistral. They go first, so that a server that is killed in between leaves none without
// its code.
Answer delete_code_source(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {"namespace"}));
  FOEHN_TRY(const auth::Principal principal, admin(request, services));
  FOEHN_TRY(const RecordRow row, find(services, kSource, principal.project_id, request.parameter("identifier"),
                                      request.query_value("namespace").value_or("")));
  store::ListQuery query;
  query.filters = {{"body.code_source_id", store::FilterOp::kEq, {to_string(row.id)}}};
  query.limit = limits::kPageMax;
  for (bool more = true; more;) {
    FOEHN_TRY(const auto page, services.catalog.records(kAction, query));
    for (const RecordRow& action : page.rows) {
      const Status removed = services.catalog.remove_record(kAction, action.id);
      if (!removed && removed.error().code != ErrorCode::kNotFound) return fail(removed.error());
    }
    more = page.more;
  }
  FOEHN_CHECK_OK(services.catalog.remove_record(kSource, row.id));
  return http::Response{204, "", {}, ""};
}

Answer list_dynamic_actions(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(admin(request, services));
  return list_records(request, services, dynamic_action_table(), kAction, action_view_of);
}

Answer get_dynamic_action(const http::Request& request, Services& services) {
  return get_one(request, services, kAction, dynamic_action_table(), action_view_of);
}

Answer create_dynamic_action(const http::Request& request, Services& services) {
  FOEHN_TRY(const auth::Principal principal, admin(request, services));
  FOEHN_TRY(const Value body, json_object(request, "dyn_action", kDynamicActionFields));
  FOEHN_TRY(const auto name, text_attribute(body, "name"));
  FOEHN_TRY(const auto space, text_attribute(body, "namespace"));
  if (!name) return fail(ErrorCode::kInvalidArgument, "The 'name' of the dynamic action must be provided.");
  RecordRow row = new_record(services, kAction, *name, principal.project_id);
  row.record_namespace = space.value_or("");
  FOEHN_CHECK_OK(set_class(body, true, row));
  FOEHN_CHECK_OK(set_scope(body, principal, row));
  FOEHN_CHECK_OK(set_source(services, principal, body, true, row));
  FOEHN_CHECK_OK(named_code(services.catalog.create_record(row), row));
  return json_response(201, action_view_of(row));
}

Answer update_dynamic_action(const http::Request& request, Services& services) {
  FOEHN_TRY(const auth::Principal principal, admin(request, services));
  FOEHN_TRY(const Value body, json_object(request, "dyn_action", kDynamicActionFields));
  FOEHN_TRY(const auto id, text_attribute(body, "id"));
  FOEHN_TRY(const auto name, text_attribute(body, "name"));
  FOEHN_TRY(const auto space, text_attribute(body, "namespace"));
  if (!id && !name)
    return fail(ErrorCode::kInvalidArgument, "Either 'id' or 'name' of the dynamic action must be provided.");
  FOEHN_TRY(RecordRow row, find(services, kAction, principal.project_id, id ? *id : *name, space.value_or("")));
  FOEHN_TRY(row, change_record(services, std::move(row), [&](RecordRow& now) -> Status {
              if (id && name) now.name = *name;
              FOEHN_CHECK_OK(set_class(body, false, now));
              FOEHN_CHECK_OK(set_scope(body, principal, now));
              return set_source(services, principal, body, false, now);
            }));
  return json_response(200, action_view_of(row));
}

Answer delete_dynamic_action(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {"namespace"}));
  FOEHN_TRY(const auth::Principal principal, admin(request, services));
  FOEHN_TRY(const RecordRow row, find(services, kAction, principal.project_id, request.parameter("identifier"),
                                      request.query_value("namespace").value_or("")));
  FOEHN_CHECK_OK(services.catalog.remove_record(kAction, row.id));
  return http::Response{204, "", {}, ""};
}

}  // namespace foehn::rest
