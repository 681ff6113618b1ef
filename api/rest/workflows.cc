// /v2/workflows: definitions as text in, rows out. The text is compiled here and stored; the engine is not visited.
#include <array>
#include <mutex>
#include <optional>

#include "api/rest/body.h"
#include "api/rest/definitions.h"
#include "api/rest/faults.h"
#include "api/rest/handlers.h"
#include "api/rest/paging.h"
#include "api/rest/revisions.h"
#include "api/rest/views.h"
#include "api/rest/visibility.h"

namespace foehn::rest {
namespace {

using store::WorkflowRow;

constexpr std::array kWorkflowParameters = {
    Parameter{"name"},
    Parameter{"namespace"},
    Parameter{"input"},
    Parameter{"definition"},
    Parameter{"checksum"},
    Parameter{"tags", ParameterKind::kTags},
    Parameter{"scope", ParameterKind::kScope},
    Parameter{"project_id"},
    Parameter{"created_at", ParameterKind::kTime},
    Parameter{"updated_at", ParameterKind::kTime},
    Parameter{"all_projects", ParameterKind::kSwitch},
};
ListTable workflow_table() {
  return {"workflows", kWorkflowFields, kWorkflowParameters, "Workflow not found [workflow_id="};
}

Value written_workflows(const std::vector<WorkflowRow>& rows) {
  Value list = Value::array();
  for (const WorkflowRow& row : rows) list.push_back(workflow_view(row, WorkflowForm::kWritten));
  Value body = Value::object();
  body["workflows"] = std::move(list);
  return body;
}

Error not_found(std::string_view identifier, std::string_view workflow_namespace) {
  return {ErrorCode::kNotFound, "Workflow not found [workflow_identifier=" + std::string(identifier) +
                                    ", namespace=" + std::string(workflow_namespace) + "]"};
}

// By id, or by name in exactly that namespace, as the caller sees it.
Result<WorkflowRow> find_workflow(const http::Request& request, Services& services, std::string_view identifier,
                                  std::string_view workflow_namespace) {
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  FOEHN_TRY(auto row, find_visible_workflow(services, principal, identifier, workflow_namespace));
  if (!row) return fail(not_found(identifier, workflow_namespace));
  return std::move(*row);
}

Status check_writable(const WorkflowRow& row, const std::string& project_id) {
  if (row.is_system)
    return fail(ErrorCode::kInvalidArgument,
                "Can not modify a system WorkflowDefinition resource, ID: " + to_string(row.id));
  if (row.project_id != project_id) return fail(ErrorCode::kPermissionDenied, std::string(kForbidden));
  return {};
}

// What starts the workflow by itself: records of both kinds name it by its id.
constexpr std::string_view kTriggerKinds[] = {"cron", "event"};
Result<std::vector<store::RecordRow>> triggers_of(Services& services, const WorkflowRow& row, std::string_view kind) {
  store::ListQuery query;
  query.filters = {{"body.workflow_id", store::FilterOp::kEq, {to_string(row.id)}}};
  FOEHN_TRY(auto page, services.catalog.records(std::string(kind) + "_trigger", query));
  return std::move(page.rows);
}

Status check_no_triggers(Services& services, const WorkflowRow& row, std::string_view identifier) {
  for (const std::string_view kind : kTriggerKinds) {
    FOEHN_TRY(const auto triggers, triggers_of(services, row, kind));
    std::string ids;
    for (const store::RecordRow& trigger : triggers) ids += (ids.empty() ? "" : ", ") + to_string(trigger.id);
    if (!ids.empty())
      return fail(ErrorCode::kInvalidArgument,
                  "Can't delete workflow that has " + std::string(kind) +
                      " triggers associated. [workflow_identifier=" + std::string(identifier) +
                      ", namespace=" + row.workflow_namespace + "], [" + std::string(kind) + "_trigger_id(s)=" + ids +
                      "]");
  }
  return {};
}

// A public workflow that others' triggers start stays public.
Status check_scope_change(Services& services, const WorkflowRow& row, const std::string& scope) {
  if (row.scope != "public" || scope != "private") return {};
  for (const std::string_view kind : kTriggerKinds) {
    FOEHN_TRY(const auto triggers, triggers_of(services, row, kind));
    for (const store::RecordRow& trigger : triggers)
      if (trigger.project_id != row.project_id)
        return fail(ErrorCode::kPermissionDenied, "Can not update scope of workflow that has " + std::string(kind) +
                                                      " triggers associated in other tenants. [workflow_identifier=" +
                                                      to_string(row.id) + "]");
  }
  return {};
}

}  // namespace

Answer list_workflows(const http::Request& request, Services& services) {
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  FOEHN_TRY(ListRequest list, parse_list(request, workflow_table()));
  FOEHN_TRY(const bool all_projects, bool_parameter(request, "all_projects", false));
  if (all_projects && !principal.is_admin) return fail(ErrorCode::kPermissionDenied, std::string(kForbidden));
  restrict_to(principal, list.query);
  const auto page = services.catalog.workflows(list.query);
  if (!page) return fail(list_error(workflow_table(), list, page.error()));
  std::vector<Value> items;
  for (const WorkflowRow& row : page->rows) items.push_back(workflow_view(row, WorkflowForm::kRead));
  return json_response(200, list_body(request, services, workflow_table(), list, std::move(items)));
}

Answer get_workflow(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {"namespace", "fields"}));
  FOEHN_TRY(const WorkflowRow row, find_workflow(request, services, request.parameter("identifier"),
                                             request.query_value("namespace").value_or("")));
  FOEHN_TRY(const Value view, pick_fields(request, workflow_table(), workflow_view(row, WorkflowForm::kRead)));
  return json_response(200, view);
}

Answer create_workflows(const http::Request& request, Services& services) {
  FOEHN_TRY(const store::DefinitionOwner owner, definition_owner(request, services));
  const dsl::Compiled compiled = compile_request(request, services, dsl::DocumentKind::kWorkflows, owner);
  if (!compiled.ok()) return compile_fault(compiled, request.body);
  store::DefinitionWrite write;
  std::vector<WorkflowRow>& rows = write.workflows.create;
  for (const dsl::DefinitionPtr& definition : compiled.workflows) {
    WorkflowRow row;
    row.id = DefinitionId::random();
    row.project_id = owner.project_id;
    row.workflow_namespace = owner.definition_namespace;
    row.scope = owner.scope;
    row.created_at = services.clock.wall();
    store::describe_workflow(*definition, row);
    rows.push_back(std::move(row));
  }
  write.records = first_revisions(rows);
  FOEHN_CHECK_OK(services.catalog.write_definitions(write));
  return json_response(201, written_workflows(rows));
}

Answer update_workflows(const http::Request& request, Services& services) {
  const std::string identifier(request.parameter("identifier"));
  FOEHN_TRY(const store::DefinitionOwner owner, definition_owner(request, services));
  const dsl::Compiled compiled = compile_request(request, services, dsl::DocumentKind::kWorkflows, owner);
  if (!compiled.ok()) return compile_fault(compiled, request.body);
  if (!identifier.empty() && compiled.workflows.size() > 1)
    return fail(ErrorCode::kInvalidArgument,
                "More than one workflows are not supported for update with identifier. [identifier: " + identifier +
                    "]");
  const std::lock_guard lock(services.workflow_change);
  std::vector<WorkflowRow> rows;
  for (const dsl::DefinitionPtr& definition : compiled.workflows) {
    const std::string& name = identifier.empty() ? definition->spec.name : identifier;
    FOEHN_TRY(WorkflowRow row, find_workflow(request, services, name, owner.definition_namespace));
    FOEHN_CHECK_OK(check_writable(row, owner.project_id));
    FOEHN_CHECK_OK(check_scope_change(services, row, owner.scope));
    // Mistral: an update that changes nothing leaves the time of the last update alone.
    if (row.definition != definition->source || row.scope != owner.scope) row.updated_at = services.clock.wall();
    row.workflow_namespace = owner.definition_namespace;
    row.scope = owner.scope;
    store::describe_workflow(*definition, row);
    rows.push_back(std::move(row));
  }
  FOEHN_CHECK_OK(update_with_revisions(services, rows));
  if (identifier.empty()) return json_response(200, written_workflows(rows));
  return json_response(200, workflow_view(rows.front(), WorkflowForm::kWritten));
}

Answer delete_workflow(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {"namespace"}));
  FOEHN_TRY(const store::DefinitionOwner owner, named_owner(request, services));
  const std::string_view identifier = request.parameter("identifier");
  FOEHN_TRY(const WorkflowRow row, find_workflow(request, services, identifier, owner.definition_namespace));
  FOEHN_CHECK_OK(check_writable(row, owner.project_id));
  FOEHN_CHECK_OK(check_no_triggers(services, row, identifier));
  FOEHN_CHECK_OK(services.catalog.remove_workflow(row.id));
  return http::Response{204, "", {}, ""};
}

Answer validate_workflows(const http::Request& request, Services& services) {
  return validate_text(request, services, dsl::DocumentKind::kWorkflows);
}

}  // namespace foehn::rest
