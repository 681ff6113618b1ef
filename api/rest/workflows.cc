// /v2/workflows: definitions as text in, rows out. The text is compiled here and stored; the engine is not visited.
#include <array>
#include <optional>

#include "api/rest/body.h"
#include "api/rest/faults.h"
#include "api/rest/handlers.h"
#include "api/rest/paging.h"
#include "api/rest/views.h"
#include "dsl/compile.h"

namespace foehn::rest {
namespace {

using store::WorkflowRow;

constexpr std::array kParameters = {
    Parameter{"name"},
    Parameter{"namespace"},
    Parameter{"input"},
    Parameter{"definition"},
    Parameter{"checksum"},
    Parameter{"tags", ParameterKind::kTags},
    Parameter{"scope"},
    Parameter{"project_id"},
    Parameter{"created_at", ParameterKind::kTime},
    Parameter{"updated_at", ParameterKind::kTime},
    Parameter{"all_projects", ParameterKind::kSwitch},
};
ListTable table() { return {"workflows", kWorkflowFields, kParameters, "Workflow not found [workflow_id="}; }

// "who, n="1"": names, and defaults as Python's str() in double quotes (Mistral: resources.Workflow._set_input).
std::string input_summary(const std::vector<dsl::InputSpec>& input) {
  std::string text;
  for (const dsl::InputSpec& one : input) {
    text += (text.empty() ? "" : ", ") + one.name;
    if (one.default_value) text += "=\"" + to_python_str(*one.default_value) + "\"";
  }
  return text;
}

Value interface_of(const dsl::WorkflowSpec& spec) {
  Value input = Value::array();
  for (const dsl::InputSpec& one : spec.input) {
    if (!one.default_value) {
      input.push_back(one.name);
      continue;
    }
    Value with_default = Value::object();
    with_default[one.name] = *one.default_value;
    input.push_back(std::move(with_default));
  }
  Value output = Value::array();
  if (const Value* declared = find(spec.raw, "output"); declared && declared->is_object())
    for (const auto& [name, value] : declared->items()) output.push_back(name);
  Value interface = Value::object();
  interface["input"] = std::move(input);
  interface["output"] = std::move(output);
  return interface;
}

// What the request says about all workflows of its text.
struct Wanted {
  std::string scope;
  std::string workflow_namespace;
  std::string project_id;
};

Result<Wanted> read_parameters(const http::Request& request, const Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {"scope", "namespace", "skip_validation"}));
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  Wanted wanted{std::string(request.query_value("scope").value_or("private")),
                std::string(request.query_value("namespace").value_or("")), principal.project_id};
  if (wanted.scope != "private" && wanted.scope != "public")
    return fail(ErrorCode::kInvalidArgument,
                "Scope must be one of the following: {'private', 'public'}; actual: " + wanted.scope);
  if (wanted.scope == "public" && !principal.is_admin)
    return fail(ErrorCode::kPermissionDenied, std::string(kForbidden));
  return wanted;
}

void apply(const dsl::Definition& definition, const Wanted& wanted, WorkflowRow& row) {
  row.name = definition.spec.name;
  row.workflow_namespace = wanted.workflow_namespace;
  row.scope = wanted.scope;
  row.definition = definition.source;
  row.hash = definition.hash;
  row.input = input_summary(definition.spec.input);
  row.interface_ = interface_of(definition.spec);
  row.tags = definition.spec.tags;
}

// 400 with all mistakes as text (line, column, caret, hint) and as data.
http::Response compile_fault(const dsl::Compiled& compiled, std::string_view source) {
  Value body = Value::object();
  body["faultstring"] = dsl::fault_text(compiled, source);
  body["diagnostics"] = diagnostics_view(compiled.diagnostics);
  return json_response(400, body);
}

Value written(const std::vector<WorkflowRow>& rows) {
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

// By id, or by name in exactly that namespace.
Result<WorkflowRow> find_workflow(Services& services, std::string_view identifier,
                                  std::string_view workflow_namespace) {
  if (const auto id = DefinitionId::parse(identifier)) {
    FOEHN_TRY(auto by_id, services.catalog.workflow(*id));
    if (by_id) return std::move(*by_id);
  }
  FOEHN_TRY(auto by_name, services.catalog.workflow(identifier, workflow_namespace, false));
  if (!by_name) return fail(not_found(identifier, workflow_namespace));
  return std::move(*by_name);
}

Status check_writable(const WorkflowRow& row) {
  if (!row.is_system) return {};
  return fail(ErrorCode::kInvalidArgument,
              "Can not modify a system WorkflowDefinition resource, ID: " + to_string(row.id));
}

}  // namespace

Answer list_workflows(const http::Request& request, Services& services) {
  FOEHN_TRY(const ListRequest list, parse_list(request, table()));
  const auto page = services.catalog.workflows(list.query);
  if (!page) return fail(list_error(table(), list, page.error()));
  std::vector<Value> items;
  for (const WorkflowRow& row : page->rows) items.push_back(workflow_view(row, WorkflowForm::kRead));
  return json_response(200, list_body(request, services, table(), list, std::move(items)));
}

Answer get_workflow(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {"namespace", "fields"}));
  FOEHN_TRY(const WorkflowRow row,
            find_workflow(services, request.parameter("identifier"), request.query_value("namespace").value_or("")));
  FOEHN_TRY(const Value view, pick_fields(request, table(), workflow_view(row, WorkflowForm::kRead)));
  return json_response(200, view);
}

Answer create_workflows(const http::Request& request, Services& services) {
  FOEHN_TRY(const Wanted wanted, read_parameters(request, services));
  const dsl::Compiled compiled =
      dsl::compile(request.body, dsl::DocumentKind::kWorkflows, &services.action_catalog);
  if (!compiled.ok()) return compile_fault(compiled, request.body);
  std::vector<WorkflowRow> rows;
  for (const dsl::DefinitionPtr& definition : compiled.workflows) {
    WorkflowRow row;
    row.id = DefinitionId::random();
    row.project_id = wanted.project_id;
    row.created_at = services.clock.wall();
    apply(*definition, wanted, row);
    rows.push_back(std::move(row));
  }
  FOEHN_CHECK_OK(services.catalog.create_workflows(rows));
  return json_response(201, written(rows));
}

Answer update_workflows(const http::Request& request, Services& services) {
  const std::string identifier(request.parameter("identifier"));
  FOEHN_TRY(const Wanted wanted, read_parameters(request, services));
  const dsl::Compiled compiled =
      dsl::compile(request.body, dsl::DocumentKind::kWorkflows, &services.action_catalog);
  if (!compiled.ok()) return compile_fault(compiled, request.body);
  if (!identifier.empty() && compiled.workflows.size() > 1)
    return fail(ErrorCode::kInvalidArgument,
                "More than one workflows are not supported for update with identifier. [identifier: " + identifier +
                    "]");
  std::vector<WorkflowRow> rows;
  for (const dsl::DefinitionPtr& definition : compiled.workflows) {
    const std::string& name = identifier.empty() ? definition->spec.name : identifier;
    FOEHN_TRY(WorkflowRow row, find_workflow(services, name, wanted.workflow_namespace));
    FOEHN_CHECK_OK(check_writable(row));
    // Mistral: an update that changes nothing leaves the time of the last update alone.
    if (row.definition != definition->source || row.scope != wanted.scope) row.updated_at = services.clock.wall();
    apply(*definition, wanted, row);
    rows.push_back(std::move(row));
  }
  FOEHN_CHECK_OK(services.catalog.update_workflows(rows));
  if (identifier.empty()) return json_response(200, written(rows));
  return json_response(200, workflow_view(rows.front(), WorkflowForm::kWritten));
}

Answer delete_workflow(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {"namespace"}));
  FOEHN_TRY(const WorkflowRow row,
            find_workflow(services, request.parameter("identifier"), request.query_value("namespace").value_or("")));
  FOEHN_CHECK_OK(check_writable(row));
  FOEHN_CHECK_OK(services.catalog.remove_workflow(row.id));
  return http::Response{204, "", {}, ""};
}

Answer validate_workflows(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {"scope", "namespace", "skip_validation"}));
  const dsl::Compiled compiled =
      dsl::compile(request.body, dsl::DocumentKind::kWorkflows, &services.action_catalog);
  Value body = Value::object();
  body["valid"] = compiled.ok();
  if (!compiled.ok()) body["error"] = dsl::fault_text(compiled, request.body);
  if (!compiled.diagnostics.empty()) body["diagnostics"] = diagnostics_view(compiled.diagnostics);
  return json_response(200, body);
}

}  // namespace foehn::rest
