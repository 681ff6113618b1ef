// /v2/executions: start, look at, steer and delete workflow executions.
#include <algorithm>
#include <array>
#include <optional>

#include "api/rest/body.h"
#include "api/rest/faults.h"
#include "api/rest/handlers.h"
#include "api/rest/paging.h"
#include "api/rest/reading.h"
#include "api/rest/views.h"
#include "api/rest/visibility.h"
#include "engine/runtime/start_request.h"
#include "engine/store/environments.h"

namespace foehn::rest {
namespace {

using core::State;

constexpr std::array kExecutionParameters = {
    Parameter{"workflow_name"},
    Parameter{"workflow_id", ParameterKind::kUuid},
    Parameter{"workflow_namespace"},
    Parameter{"description"},
    Parameter{"tags", ParameterKind::kTags},
    Parameter{"params", ParameterKind::kJson},
    Parameter{"task_execution_id", ParameterKind::kUuid},
    Parameter{"root_execution_id", ParameterKind::kUuid},
    Parameter{"state", ParameterKind::kState},
    Parameter{"state_info"},
    Parameter{"input", ParameterKind::kJson},
    Parameter{"output", ParameterKind::kJson},
    Parameter{"created_at", ParameterKind::kTime},
    Parameter{"updated_at", ParameterKind::kTime},
    Parameter{"project_id"},
    Parameter{"nulls", ParameterKind::kSwitch},
    Parameter{"include_output", ParameterKind::kSwitch},
    Parameter{"all_projects", ParameterKind::kSwitch},
};
ListTable execution_table() {
  return {"executions", kExecutionFields, kExecutionParameters, "WorkflowExecution not found [id="};
}

Answer list_executions_of(const http::Request& request, Services& services, const std::vector<store::Filter>& fixed) {
  FOEHN_TRY(const bool all_projects, bool_parameter(request, "all_projects", false));
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  if (all_projects && !principal.is_admin) return fail(ErrorCode::kPermissionDenied, std::string(kForbidden));
  const bool elsewhere = request.query_value("project_id").has_value();
  if (elsewhere && !principal.is_admin) return fail(ErrorCode::kPermissionDenied, std::string(kForbidden));
  FOEHN_TRY(ListRequest wanted, parse_list(request, execution_table(), fixed));
  restrict_to(principal, wanted.query);
  FOEHN_TRY(const bool include_output, bool_parameter(request, "include_output", false));
  const bool names_output =
      std::find(wanted.fields.begin(), wanted.fields.end(), "output") != wanted.fields.end();
  wanted.query.with_output = include_output || names_output;
  const auto page = services.query.executions(wanted.query);
  if (!page) return fail(list_error(execution_table(), wanted, page.error()));
  std::vector<Value> items;
  for (const store::ExecutionRow& row : page->rows)
    items.push_back(execution_view(services, row.execution, {.output = wanted.query.with_output}));
  return json_response(200, list_body(request, services, execution_table(), wanted, std::move(items)));
}

// A start does nothing with a state, but one that is none is a mistake, as in Mistral.
Status check_state_attribute(const Value& body) {
  FOEHN_TRY(const auto state, text_attribute(body, "state"));
  constexpr std::string_view kStates[] = {"CANCELLED", "ERROR", "IDLE", "PAUSED", "RUNNING", "SUCCESS"};
  if (!state || std::find(std::begin(kStates), std::end(kStates), *state) != std::end(kStates)) return {};
  return fail(ErrorCode::kInvalidArgument, "Invalid input for field/attribute state. Value: '" + *state +
                                               "'. Value should be one of: CANCELLED, ERROR, IDLE, PAUSED, RUNNING, "
                                               "SUCCESS");
}

Result<runtime::StartRequest> read_start(const Value& body, const std::string& project_id) {
  runtime::StartRequest start;
  start.project_id = project_id;
  FOEHN_TRY(const auto id, text_attribute(body, "id"));
  if (id) {
    FOEHN_TRY(const Uuid uuid, require_uuid(*id));
    start.id = ExecutionId{uuid};
  }
  FOEHN_TRY(const auto workflow_id, text_attribute(body, "workflow_id"));
  FOEHN_TRY(const auto workflow_name, text_attribute(body, "workflow_name"));
  FOEHN_TRY(const auto workflow_namespace, text_attribute(body, "workflow_namespace"));
  FOEHN_TRY(const auto description, text_attribute(body, "description"));
  FOEHN_TRY(const auto source, text_attribute(body, "source_execution_id"));
  FOEHN_TRY(start.input, json_attribute(body, "input"));
  FOEHN_TRY(start.params, json_attribute(body, "params"));
  start.workflow_namespace = workflow_namespace.value_or("");
  start.description = description.value_or("");
  // Mistral takes either field as "the identifier": an id or a name.
  const std::string identifier = workflow_id ? *workflow_id : workflow_name.value_or("");
  start.workflow_id = DefinitionId::parse(identifier);
  if (!start.workflow_id) start.workflow_name = identifier;
  if (source) {
    FOEHN_TRY(const Uuid uuid, require_uuid(*source));
    start.source_id = ExecutionId{uuid};
  }
  return start;
}

// The execution that a start copies from, and the one that has its id already, must be the caller's.
Status check_own(Services& services, const auth::Principal& principal, const runtime::StartRequest& start) {
  if (principal.is_admin || !services.options.auth.enabled()) return {};
  for (const auto& id : {start.source_id, start.id}) {
    if (!id) continue;
    FOEHN_TRY(const auto row, services.query.execution(*id));
    if (!row || row->execution.project_id == principal.project_id) continue;
    if (id == start.source_id) 
      return fail(ErrorCode::kNotFound, "WorkflowExecution not found [id=" + to_string(*id) + "]");
    return fail(ErrorCode::kAlreadyExists, "The id " + to_string(*id) + " is taken; leave it out, or draw another.");
  }
  return {};
}

struct Update {
  std::optional<State> state;
  std::optional<std::string> state_info;
  std::optional<std::string> description;
  Value env;  // null = not given
};

// The rules of PUT, in Mistral's order.
Result<Update> read_execution_update(const Value& body, Services& services, const std::string& project_id) {
  Update update;
  FOEHN_TRY(const auto state, text_attribute(body, "state"));
  FOEHN_TRY(update.state_info, text_attribute(body, "state_info"));
  FOEHN_TRY(update.description, text_attribute(body, "description"));
  FOEHN_TRY(Value params, json_attribute(body, "params"));
  FOEHN_CHECK_OK(store::use_stored_environment(services.catalog, project_id, params));
  const Value* env = find(params, "env");
  if (env && is_truthy(*env)) {
    FOEHN_TRY(update.env, runtime::resolve_environment(params));
  }
  if (!state && !update.description && update.env.is_null())
    return fail(ErrorCode::kInvalidArgument,
                "The property state, description, or env is not provided for update.");
  if (state && update.description)
    return fail(ErrorCode::kInvalidArgument, "The property description must be updated separately from state.");
  if (state && !update.env.is_null() && *state != "RUNNING")
    return fail(ErrorCode::kInvalidArgument,
                "The property env can only be updated when workflow execution is not running or on resume from "
                "pause.");
  if (!state) return update;
  update.state = core::parse_state(*state);
  const bool allowed = update.state && (*update.state == State::kRunning || *update.state == State::kPaused ||
                                        core::is_complete(*update.state));
  if (!allowed)
    return fail(ErrorCode::kInvalidArgument, "Cannot change state to " + *state +
                                                 ". Allowed states are: 'RUNNING, PAUSED, SUCCESS, ERROR, CANCELLED");
  return update;
}

// Mistral: workflow_service.update_workflow_execution_env. A re-run gives its environment to running trees too, so the
// core does not ask.
Status check_environment_update(const core::Execution& execution, const Update& update) {
  const bool allowed = execution.state == State::kIdle || execution.state == State::kPaused ||
                       execution.state == State::kError;
  if (update.state || !update.env.is_object() || allowed) return {};
  return fail(ErrorCode::kPermissionDenied,
              "Updating env to workflow execution is only permitted if it is in IDLE, PAUSED, or ERROR state.");
}

core::Event event_of(const Update& update) {
  if (!update.state) return core::UpdateExecution{update.description, update.env};
  if (*update.state == State::kPaused) return core::PauseExecution{};
  if (*update.state == State::kRunning) return core::ResumeExecution{update.env};
  return core::StopExecution{*update.state, update.state_info};
}

}  // namespace

Answer list_executions(const http::Request& request, Services& services) {
  return list_executions_of(request, services, {});
}

Answer list_task_executions(const http::Request& request, Services& services) {
  FOEHN_TRY(const Uuid task, require_uuid(request.parameter("id")));
  return list_executions_of(request, services, {{"task_execution_id", store::FilterOp::kEq, {to_string(task)}}});
}

Answer get_execution(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {"fields"}));
  FOEHN_TRY(const core::Execution execution, read_execution(services, request.parameter("id")));
  FOEHN_TRY(const Value view,
            pick_fields(request, execution_table(), execution_view(services, execution, {.globals = true})));
  return json_response(200, view);
}

Answer create_execution(const http::Request& request, Services& services) {
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  FOEHN_TRY(const Value body, json_object(request, "wf_ex", kExecutionFields));
  FOEHN_CHECK_OK(check_state_attribute(body));
  FOEHN_TRY(runtime::StartRequest start, read_start(body, principal.project_id));
  FOEHN_CHECK_OK(store::use_stored_environment(services.catalog, principal.project_id, start.params));
  FOEHN_CHECK_OK(check_own(services, principal, start));
  FOEHN_TRY(const runtime::Answer answer, services.engine.start(std::move(start)));
  return json_response(201, execution_view(services, answer.execution, {}));
}

Answer update_execution(const http::Request& request, Services& services) {
  FOEHN_TRY(const Value body, json_object(request, "wf_ex", kExecutionFields));
  FOEHN_TRY(const core::Execution execution, read_execution(services, request.parameter("id")));
  FOEHN_TRY(const Update update, read_execution_update(body, services, execution.project_id));
  FOEHN_CHECK_OK(check_environment_update(execution, update));
  FOEHN_TRY(const runtime::Answer answer, services.engine.submit(execution.id, event_of(update)));
  return json_response(200, execution_view(services, answer.execution, {}));
}

Answer delete_execution(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {"force"}));
  FOEHN_TRY(const bool force, bool_parameter(request, "force", false));
  FOEHN_TRY(const core::Execution execution, read_execution(services, request.parameter("id")));
  const Status removed = remove_execution(services, execution.id, force);
  if (removed) return http::Response{204, "", {}, ""};
  if (removed.error().code != ErrorCode::kFailedPrecondition) return fail(removed.error());
  return fail(ErrorCode::kPermissionDenied,
              "Only completed executions can be deleted. Use --force to override this. Execution " +
                  to_string(execution.id) + " is in " + std::string(state_view(execution.state)) + " state");
}

}  // namespace foehn::rest
