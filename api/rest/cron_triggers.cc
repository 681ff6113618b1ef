// /v2/cron_triggers: workflows at times. Found by id or name; there is no PUT.
#include "workflows/triggers/cron_trigger.h"

#include <array>

#include "api/rest/body.h"
#include "api/rest/faults.h"
#include "api/rest/handlers.h"
#include "api/rest/masking.h"
#include "api/rest/record_lists.h"
#include "api/rest/trigger_requests.h"
#include "api/rest/views.h"
#include "workflows/triggers/triggers.h"

namespace foehn::rest {
namespace {

using store::RecordRow;
using triggers::CronTrigger;
using triggers::kCronTriggerKind;

constexpr std::array<std::string_view, 14> kCronTriggerFields = {
    "id",         "name",  "workflow_name", "workflow_id",          "workflow_input",       "workflow_params",
    "project_id", "scope", "pattern",       "remaining_executions", "first_execution_time", "next_execution_time",
    "created_at", "updated_at"};
// What a request may set; time_zone is ours.
constexpr std::array<std::string_view, 15> kCronTriggerAttributes = {
    "id",         "name",  "workflow_name", "workflow_id",          "workflow_input",       "workflow_params",
    "project_id", "scope", "pattern",       "remaining_executions", "first_execution_time", "next_execution_time",
    "created_at", "updated_at", "time_zone"};
constexpr std::array kCronTriggerParameters = {
    Parameter{"name"},
    Parameter{"workflow_name"},
    Parameter{"workflow_id", ParameterKind::kUuid},
    Parameter{"workflow_input", ParameterKind::kJson},
    Parameter{"workflow_params", ParameterKind::kJson},
    Parameter{"scope", ParameterKind::kScope},
    Parameter{"pattern"},
    Parameter{"remaining_executions"},
    Parameter{"first_execution_time"},
    Parameter{"next_execution_time"},
    Parameter{"created_at", ParameterKind::kTime},
    Parameter{"updated_at", ParameterKind::kTime},
    Parameter{"project_id"},
    Parameter{"all_projects", ParameterKind::kSwitch},
};
ListTable cron_trigger_table() {
  return {"cron_triggers", kCronTriggerFields, kCronTriggerParameters, "CronTrigger not found [id="};
}

Value cron_trigger_view(const Services& services, const RecordRow& row) {
  const auto member = [&row](const char* name) { return member_of(row, name); };
  Value view = Value::object();
  view["id"] = to_string(row.id);
  view["name"] = row.name;
  view["workflow_name"] = member("workflow_name");
  view["workflow_id"] = member("workflow_id");
  for (const char* name : {"workflow_input", "workflow_params"}) view[name] = masked_json(services, member(name));
  view["project_id"] = row.project_id;
  view["scope"] = row.scope;
  for (const char* name : {"pattern", "remaining_executions", "first_execution_time", "next_execution_time"})
    view[name] = member(name);
  if (row.body.contains("time_zone")) view["time_zone"] = member("time_zone");
  view["created_at"] = time_view(row.created_at);
  view["updated_at"] = time_view(row.updated_at);
  return view;
}

Result<std::optional<std::int64_t>> count_in(const Value& body) {
  const Value* count = find(body, "remaining_executions");
  if (!count || count->is_null()) return std::optional<std::int64_t>();
  if (count->is_number_integer()) return std::optional(count->get<std::int64_t>());
  return fail(ErrorCode::kInvalidArgument, "Invalid input for field/attribute remaining_executions. Value: '" +
                                               to_python_str(*count) + "'. Value should be an integer.");
}

Result<CronTrigger> read_cron_trigger(const Value& body, Services& services, const auth::Principal& principal) {
  CronTrigger trigger;
  FOEHN_TRY(const auto name, text_attribute(body, "name"));
  FOEHN_TRY(const auto workflow_id, text_attribute(body, "workflow_id"));
  FOEHN_TRY(const auto workflow_name, text_attribute(body, "workflow_name"));
  FOEHN_TRY(const auto pattern, text_attribute(body, "pattern"));
  FOEHN_TRY(const auto first_time, text_attribute(body, "first_execution_time"));
  FOEHN_TRY(const auto scope, text_attribute(body, "scope"));
  FOEHN_TRY(const auto zone, text_attribute(body, "time_zone"));
  FOEHN_TRY(trigger.workflow_input, json_attribute(body, "workflow_input"));
  FOEHN_TRY(trigger.workflow_params, json_attribute(body, "workflow_params"));
  FOEHN_TRY(trigger.remaining, count_in(body));
  if (!name) return fail(ErrorCode::kInvalidArgument, "Name of the cron trigger is not provided.");
  if (scope) FOEHN_CHECK_OK(check_scope_attribute(*scope, principal));
  if (first_time) {
    FOEHN_TRY(trigger.first_time, triggers::parse_first_time(*first_time));
  }
  trigger.id = store::RecordId::random();
  trigger.name = *name;
  trigger.project_id = principal.project_id;
  trigger.scope = scope.value_or("private");
  trigger.pattern = pattern.value_or("");
  trigger.time_zone = zone.value_or("");
  trigger.created_at = services.clock.wall();
  FOEHN_CHECK_OK(triggers::plan(trigger, trigger.created_at));
  FOEHN_TRY(const store::WorkflowRow workflow,
            workflow_of_trigger(services, workflow_id ? *workflow_id : workflow_name.value_or(""), trigger.project_id));
  FOEHN_CHECK_OK(check_trigger_input(workflow, trigger.workflow_input));
  trigger.workflow_id = to_string(workflow.id);
  trigger.workflow_name = workflow.name;
  return trigger;
}

// Mistral prints the project before it is known.
Error duplicate_cron_trigger(const CronTrigger& trigger) {
  return {ErrorCode::kAlreadyExists,
          "Duplicate entry for cron trigger ['name', 'project_id']: " + trigger.name + ", None"};
}

// Mistral's second unique key; as in SQL, nulls are never equal.
Result<bool> has_twin(Services& services, const CronTrigger& trigger) {
  if (!trigger.remaining || !trigger.first_time || trigger.pattern.empty()) return false;
  store::ListQuery query;
  query.filters = {{"project_id", store::FilterOp::kEq, {trigger.project_id}},
                   {"body.workflow_name", store::FilterOp::kEq, {trigger.workflow_name}},
                   {"body.pattern", store::FilterOp::kEq, {trigger.pattern}},
                   {"body.first_execution_time", store::FilterOp::kEq, {to_mistral_time(*trigger.first_time)}},
                   {"body.remaining_executions", store::FilterOp::kEq, {std::to_string(*trigger.remaining)}},
                   {"body.workflow_input", store::FilterOp::kEq, {to_json(trigger.workflow_input)}},
                   {"body.workflow_params", store::FilterOp::kEq, {to_json(trigger.workflow_params)}}};
  query.limit = 1;
  FOEHN_TRY(const auto page, services.catalog.records(kCronTriggerKind, query));
  return !page.rows.empty();
}

Result<RecordRow> find_cron_trigger(const http::Request& request, Services& services) {
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  const std::string_view identifier = request.parameter("identifier");
  std::optional<RecordRow> row;
  if (const auto id = store::RecordId::parse(identifier)) {
    FOEHN_TRY(row, services.catalog.record(kCronTriggerKind, *id));
    if (row && row->project_id != principal.project_id && row->scope != "public" && !principal.is_admin) row.reset();
  }
  if (!row) {
    FOEHN_TRY(row, services.catalog.record_for(principal.project_id, kCronTriggerKind, identifier, ""));
  }
  if (!row)
    return fail(ErrorCode::kNotFound, "Cron trigger not found [identifier=" + std::string(identifier) + "]");
  return std::move(*row);
}

}  // namespace

Answer list_cron_triggers(const http::Request& request, Services& services) {
  return list_records(request, services, cron_trigger_table(), kCronTriggerKind,
                      [&services](const RecordRow& row) { return cron_trigger_view(services, row); });
}

Answer get_cron_trigger(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {"fields"}));
  FOEHN_TRY(const RecordRow row, find_cron_trigger(request, services));
  FOEHN_TRY(const Value view, pick_fields(request, cron_trigger_table(), cron_trigger_view(services, row)));
  return json_response(200, view);
}

Answer create_cron_trigger(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {}));
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  FOEHN_TRY(const Value body, json_object(request, "cron_trigger", kCronTriggerAttributes));
  FOEHN_TRY(const CronTrigger trigger, read_cron_trigger(body, services, principal));
  FOEHN_TRY(const bool twin, has_twin(services, trigger));
  if (twin) return fail(duplicate_cron_trigger(trigger));
  const RecordRow row = triggers::to_row(trigger);
  const Status stored = services.catalog.create_record(row);
  if (!stored && stored.error().code == ErrorCode::kAlreadyExists) return fail(duplicate_cron_trigger(trigger));
  FOEHN_CHECK_OK(stored);
  if (services.triggers) services.triggers->cron_changed();
  Value view = cron_trigger_view(services, row);
  view.erase("updated_at");  // never set yet
  return json_response(201, view);
}

Answer delete_cron_trigger(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {}));
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  FOEHN_TRY(const RecordRow row, find_cron_trigger(request, services));
  if (row.project_id != principal.project_id && !principal.is_admin)
    return fail(ErrorCode::kPermissionDenied, std::string(kForbidden));
  FOEHN_CHECK_OK(services.catalog.remove_record(row.kind, row.id));
  return http::Response{204, "", {}, ""};
}

}  // namespace foehn::rest
