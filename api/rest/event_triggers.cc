// /v2/event_triggers: workflows when something has happened elsewhere. Found by id only.
#include <array>

#include "api/rest/body.h"
#include "api/rest/faults.h"
#include "api/rest/handlers.h"
#include "api/rest/masking.h"
#include "api/rest/record_lists.h"
#include "api/rest/trigger_requests.h"
#include "api/rest/views.h"
#include "workflows/triggers/event_service.h"

namespace foehn::rest {
namespace {

using store::RecordRow;
using triggers::kEventTriggerKind;

constexpr std::array<std::string_view, 12> kEventTriggerFields = {
    "id",       "created_at", "updated_at", "project_id",     "name", "workflow_id", "workflow_params",
    "exchange", "topic",      "event",      "workflow_input", "scope"};
constexpr std::array<std::string_view, 4> kNeededOfEventTrigger = {"exchange", "topic", "event", "workflow_id"};
constexpr std::array<std::string_view, 3> kFixedOfEventTrigger = {"exchange", "topic", "event"};
constexpr std::array kEventTriggerParameters = {
    Parameter{"name"},
    Parameter{"workflow_id", ParameterKind::kUuid},
    Parameter{"workflow_input", ParameterKind::kJson},
    Parameter{"workflow_params", ParameterKind::kJson},
    Parameter{"exchange"},
    Parameter{"topic"},
    Parameter{"event"},
    Parameter{"scope", ParameterKind::kScope},
    Parameter{"created_at", ParameterKind::kTime},
    Parameter{"updated_at", ParameterKind::kTime},
    Parameter{"project_id"},
    Parameter{"all_projects", ParameterKind::kSwitch},
};
ListTable event_trigger_table() {
  return {"event_triggers", kEventTriggerFields, kEventTriggerParameters, "EventTrigger not found [id="};
}

Value event_trigger_view(const Services& services, const RecordRow& row) {
  const auto member = [&row](const char* name) { return member_of(row, name); };
  Value view = Value::object();
  view["id"] = to_string(row.id);
  view["created_at"] = time_view(row.created_at);
  view["updated_at"] = time_view(row.updated_at);
  view["project_id"] = row.project_id;
  for (const char* name : {"name", "workflow_id"}) view[name] = member(name);
  for (const char* name : {"workflow_input", "workflow_params"}) view[name] = masked_json(services, member(name));
  for (const char* name : {"exchange", "topic", "event"}) view[name] = member(name);
  view["scope"] = row.scope;
  return view;
}

// Triggers have no unique name; the record's name is what must be unique.
std::string event_trigger_key(const Value& body) {
  Value key = Value::array();
  for (const char* name : {"exchange", "topic", "event", "workflow_id"}) key.push_back(text_or(body, name));
  return to_json(key);
}

// What may change: name, workflow_id, workflow_input, workflow_params, scope.
Status apply_to_event_trigger(const Value& body, Services& services, const auth::Principal& principal, RecordRow& row) {
  FOEHN_TRY(const auto name, text_attribute(body, "name"));
  FOEHN_TRY(const auto workflow, text_attribute(body, "workflow_id"));
  FOEHN_TRY(const auto scope, text_attribute(body, "scope"));
  if (body.contains("name")) row.body["name"] = name ? Value(*name) : Value();
  if (scope) {
    FOEHN_CHECK_OK(check_scope_attribute(*scope, principal));
    row.scope = *scope;
  }
  for (const char* key : {"workflow_input", "workflow_params"})
    if (body.contains(key)) {
      FOEHN_TRY(Value given, json_attribute(body, key));
      unmask(given, member_of(row, key));
      row.body[key] = std::move(given);
    }
  if (!workflow && !body.contains("workflow_input")) return {};
  const std::string identifier = workflow ? *workflow : text_or(row.body, "workflow_id");
  FOEHN_TRY(const store::WorkflowRow meant, workflow_of_trigger(services, identifier, row.project_id));
  FOEHN_CHECK_OK(check_trigger_input(meant, row.body["workflow_input"]));
  row.body["workflow_id"] = to_string(meant.id);
  row.name = event_trigger_key(row.body);
  return {};
}

Error named_event_trigger(const RecordRow& row, Error error) {
  if (error.code == ErrorCode::kAlreadyExists)
    error.message =
        "Duplicate entry for EventTrigger ['exchange', 'topic', 'event', 'workflow_id', 'project_id']: " +
        text_or(row.body, "exchange") + ", " + text_or(row.body, "topic") + ", " + text_or(row.body, "event") + ", " +
        text_or(row.body, "workflow_id") + ", " + row.project_id;
  return error;
}

Result<RecordRow> find_event_trigger(const http::Request& request, Services& services, bool to_change) {
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  const std::string_view text = request.parameter("id");
  std::optional<RecordRow> row;
  if (const auto id = store::RecordId::parse(text)) {
    FOEHN_TRY(row, services.catalog.record(kEventTriggerKind, *id));
  }
  const bool own = row && (row->project_id == principal.project_id || principal.is_admin);
  if (!row || (!own && row->scope != "public"))
    return fail(ErrorCode::kNotFound, "Event trigger not found [id=" + std::string(text) + "]");
  if (to_change && !own) return fail(ErrorCode::kPermissionDenied, std::string(kForbidden));
  return std::move(*row);
}

}  // namespace

Answer list_event_triggers(const http::Request& request, Services& services) {
  return list_records(request, services, event_trigger_table(), kEventTriggerKind,
                      [&services](const RecordRow& row) { return event_trigger_view(services, row); });
}

Answer get_event_trigger(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {"fields"}));
  FOEHN_TRY(const RecordRow row, find_event_trigger(request, services, false));
  FOEHN_TRY(const Value view, pick_fields(request, event_trigger_table(), event_trigger_view(services, row)));
  return json_response(200, view);
}

Answer create_event_trigger(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {}));
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  FOEHN_TRY(const Value body, json_object(request, "event_trigger", kEventTriggerFields));
  bool complete = true;
  for (const std::string_view name : kNeededOfEventTrigger) complete = complete && !text_or(body, name).empty();
  if (!complete)
    return fail(ErrorCode::kInvalidArgument, "Params {'topic', 'workflow_id', 'exchange', 'event'} must be provided "
                                             "for creating event trigger.");
  RecordRow row = new_record(services, kEventTriggerKind, "", principal.project_id);
  row.body["name"] = nullptr;
  row.body["workflow_input"] = Value::object();
  row.body["workflow_params"] = Value::object();
  for (const std::string_view name : kFixedOfEventTrigger) row.body[std::string(name)] = text_or(body, name);
  FOEHN_CHECK_OK(apply_to_event_trigger(body, services, principal, row));
  const Status stored = services.catalog.create_record(row);
  if (!stored) return fail(named_event_trigger(row, stored.error()));
  return json_response(201, event_trigger_view(services, row));
}

Answer update_event_trigger(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {}));
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  FOEHN_TRY(const Value body, json_object(request, "event_trigger", kEventTriggerFields));
  for (const std::string_view name : kFixedOfEventTrigger)
    if (!text_or(body, name).empty())
      return fail(ErrorCode::kInvalidArgument,
                  "Can not update fields ['exchange', 'topic', 'event'] of event trigger.");
  FOEHN_TRY(RecordRow row, find_event_trigger(request, services, true));
  const auto changed = change_record(
      services, row, [&](RecordRow& now) { return apply_to_event_trigger(body, services, principal, now); });
  if (!changed) return fail(named_event_trigger(row, changed.error()));
  return json_response(200, event_trigger_view(services, *changed));
}

Answer delete_event_trigger(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {}));
  FOEHN_TRY(const RecordRow row, find_event_trigger(request, services, true));
  FOEHN_CHECK_OK(services.catalog.remove_record(row.kind, row.id));
  return http::Response{204, "", {}, ""};
}

}  // namespace foehn::rest
