// /v2/action_executions: look at action runs and report the results of asynchronous ones.
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

namespace foehn::rest {
namespace {

using core::State;

constexpr std::array kActionExecutionParameters = {
    Parameter{"name"},
    Parameter{"task_name"},
    Parameter{"task_execution_id", ParameterKind::kUuid},
    Parameter{"workflow_name"},
    Parameter{"workflow_execution_id", ParameterKind::kUuid},
    Parameter{"state"},
    Parameter{"state_info"},
    Parameter{"accepted", ParameterKind::kBool},
    Parameter{"tags", ParameterKind::kTags},
    Parameter{"input", ParameterKind::kJson},
    Parameter{"output", ParameterKind::kJson},
    Parameter{"description"},
    Parameter{"created_at", ParameterKind::kTime},
    Parameter{"updated_at", ParameterKind::kTime},
    Parameter{"include_output", ParameterKind::kSwitch},
};
ListTable action_execution_table() {
  return {"action_executions", kActionExecutionFields, kActionExecutionParameters, "ActionExecution not found [id="};
}

Answer list_action_executions_of(const http::Request& request, Services& services,
                                 const std::vector<store::Filter>& fixed) {
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  FOEHN_TRY(ListRequest wanted, parse_list(request, action_execution_table(), fixed));
  restrict_to(principal, wanted.query);
  FOEHN_TRY(const bool include_output, bool_parameter(request, "include_output", false));
  const bool names_output =
      std::find(wanted.fields.begin(), wanted.fields.end(), "output") != wanted.fields.end();
  wanted.query.with_output = include_output || names_output;
  const auto page = services.query.runs(wanted.query);
  if (!page) return fail(list_error(action_execution_table(), wanted, page.error()));
  std::vector<Value> items;
  for (const store::RunRow& row : page->rows)
    items.push_back(action_execution_view(services, row, wanted.query.with_output));
  return json_response(200, list_body(request, services, action_execution_table(), wanted, std::move(items)));
}

// `output` as reported: an object or a JSON text of one; absent counts as no output.
Result<Value> read_output(const Value& body) {
  const Value* output = find(body, "output");
  if (!output || output->is_null()) return Value();
  return json_attribute(body, "output");
}

// Which reports are taken, in the order Mistral checks them.
Result<core::Event> read_report(const Value& body, const store::RunRow& row) {
  FOEHN_TRY(const auto word, text_attribute(body, "state"));
  FOEHN_TRY(Value output, read_output(body));
  const std::string text = word.value_or("None");
  const auto state = core::parse_state(text);
  const bool allowed = state && (*state == State::kSuccess || *state == State::kError ||
                                 *state == State::kCancelled || *state == State::kPaused ||
                                 *state == State::kRunning);
  if (!allowed)
    return fail(ErrorCode::kInvalidArgument,
                "Error. Expected one of ['SUCCESS', 'ERROR', 'CANCELLED', 'PAUSED', 'RUNNING'], actual: " + text);
  if (core::is_complete(row.run.state))
    return fail(ErrorCode::kFailedPrecondition, "Action " + to_string(row.run.id) + " is already completed");
  if (*state == State::kPaused || *state == State::kRunning)
    return core::Event(core::ActionUpdated{row.run.id, *state});
  core::ActionOutcome outcome = core::ActionOutcome::cancelled();
  if (*state == State::kSuccess) outcome = core::ActionOutcome::success(std::move(output));
  if (*state == State::kError)
    outcome = core::ActionOutcome::error(is_truthy(output) ? std::move(output) : Value("Unknown error"));
  return core::Event(core::ActionFinished{row.run.id, 0, std::move(outcome)});
}

}  // namespace

Answer list_action_executions(const http::Request& request, Services& services) {
  return list_action_executions_of(request, services, {});
}

Answer list_task_action_executions(const http::Request& request, Services& services) {
  FOEHN_TRY(const Uuid task, require_uuid(request.parameter("id")));
  return list_action_executions_of(request, services, {{"task_execution_id", store::FilterOp::kEq, {to_string(task)}}});
}

Answer get_action_execution(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {"fields"}));
  FOEHN_TRY(const store::RunRow row, read_run(services, request.parameter("run_id")));
  FOEHN_TRY(const Value view,
            pick_fields(request, action_execution_table(), action_execution_view(services, row, true)));
  return json_response(200, view);
}

Answer update_action_execution(const http::Request& request, Services& services) {
  FOEHN_TRY(const Value body, json_object(request, "action_ex", kActionExecutionFields));
  FOEHN_TRY(store::RunRow row, read_run(services, request.parameter("run_id")));
  FOEHN_TRY(core::Event event, read_report(body, row));
  FOEHN_TRY(runtime::Answer answer, services.engine.submit(row.run.execution_id, std::move(event)));
  if (answer.run) row.run = std::move(*answer.run);
  return json_response(200, action_execution_view(services, row, true));
}

}  // namespace foehn::rest
