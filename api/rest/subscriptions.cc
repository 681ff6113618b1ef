// /foehn/v1/subscriptions: webhooks that are told of every transition of the project's executions, as CloudEvents.
#include <array>

#include "api/rest/body.h"
#include "api/rest/faults.h"
#include "api/rest/handlers.h"
#include "api/rest/record_lists.h"
#include "api/rest/views.h"
#include "engine/base/limits.h"
#include "workflows/triggers/triggers.h"
#include "workflows/triggers/notification.h"

namespace foehn::rest {
namespace {

using store::RecordRow;
using triggers::kSubscriptionKind;

constexpr std::array<std::string_view, 5> kAttributes = {"name", "url", "event_types", "workflow_name", "headers"};

// Values of headers are secrets: they go in and never come out.
Value view_of(const RecordRow& row) {
  Value view = Value::object();
  view["id"] = to_string(row.id);
  view["name"] = row.name;
  for (const char* name : {"url", "event_types", "workflow_name"}) {
    const Value* member = find(row.body, name);
    view[name] = member ? *member : Value();
  }
  Value& headers = view["headers"] = Value::array();
  if (const Value* given = find(row.body, "headers"); given && given->is_object())
    for (const auto& [name, value] : given->items()) headers.push_back(name);
  view["delivered_until"] = text_or(row.body, "delivered_until").empty() ? Value() : row.body["delivered_until"];
  view["created_at"] = to_rfc3339(row.created_at);
  return view;
}

tl::unexpected<Error> bad(std::string message) { return fail(ErrorCode::kInvalidArgument, std::move(message)); }

Status check_event_types(const Value& types) {
  if (!types.is_array()) return bad("event_types: a list of names such as WORKFLOW_FAILED.");
  for (const Value& type : types)
    if (!type.is_string() || !triggers::is_event_name(type.get<std::string>()))
      return bad("event_types: " + to_python_repr(type) +
                 " is none of WORKFLOW_ or TASK_ with LAUNCHED, SUCCEEDED, FAILED, CANCELLED, PAUSED, RESUMED, RERUN, "
                 "nor TASK_SKIPPED.");
  return {};
}

// RFC 9110 §5.1, §5.5: a token, and a value without line breaks.
Status check_headers(const Value& headers) {
  if (!headers.is_object()) return bad("headers: an object of names and texts.");
  for (const auto& [name, value] : headers.items()) {
    constexpr std::string_view kBad = " \t\r\n:()<>@,;\\\"/[]?={}";
    if (name.empty() || name.find_first_of(kBad) != std::string::npos)
      return bad("headers: '" + name + "' is no name.");
    if (!value.is_string() || value.get<std::string>().find_first_of("\r\n") != std::string::npos)
      return bad("headers: the value of '" + name + "' must be a text of one line.");
  }
  return {};
}

Result<RecordRow> read_subscription(const Value& body, Services& services, const auth::Principal& principal) {
  FOEHN_TRY(const auto name, text_attribute(body, "name"));
  FOEHN_TRY(const auto url, text_attribute(body, "url"));
  FOEHN_TRY(const auto workflow, text_attribute(body, "workflow_name"));
  if (!name) return bad("name: give the subscription a name.");
  if (!url || !(url->starts_with("http://") || url->starts_with("https://")))
    return bad("url: an http:// or https:// address that takes POST requests.");
  RecordRow row = new_record(services, kSubscriptionKind, *name, principal.project_id);
  row.body["url"] = *url;
  row.body["workflow_name"] = workflow ? Value(*workflow) : Value();
  row.body["event_types"] = Value::array();
  row.body["headers"] = Value::object();
  if (const Value* types = find(body, "event_types"); types && !types->is_null()) {
    FOEHN_CHECK_OK(check_event_types(*types));
    row.body["event_types"] = *types;
  }
  if (const Value* headers = find(body, "headers"); headers && !headers->is_null()) {
    FOEHN_CHECK_OK(check_headers(*headers));
    row.body["headers"] = *headers;
  }
  return row;
}

Result<RecordRow> find_subscription(const http::Request& request, Services& services) {
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  const std::string_view identifier = request.parameter("identifier");
  std::optional<RecordRow> row;
  if (const auto id = store::RecordId::parse(identifier)) {
    FOEHN_TRY(row, services.catalog.record(kSubscriptionKind, *id));
  } else {
    FOEHN_TRY(row, services.catalog.record_for(principal.project_id, kSubscriptionKind, identifier, ""));
  }
  if (!row || row->project_id != principal.project_id)
    return fail(ErrorCode::kNotFound, "There is no subscription '" + std::string(identifier) + "'.");
  return std::move(*row);
}

}  // namespace

Answer list_subscriptions(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {}));
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  store::ListQuery query;
  query.filters = {{"project_id", store::FilterOp::kEq, {principal.project_id}}};
  query.limit = limits::kPageMax;
  FOEHN_TRY(const auto page, services.catalog.records(kSubscriptionKind, query));
  Value list = Value::array();
  for (const RecordRow& row : page.rows) list.push_back(view_of(row));
  Value body = Value::object();
  body["subscriptions"] = std::move(list);
  return json_response(200, body);
}

Answer get_subscription(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {}));
  FOEHN_TRY(const RecordRow row, find_subscription(request, services));
  return json_response(200, view_of(row));
}

Answer create_subscription(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {}));
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  FOEHN_TRY(const Value body, json_object(request, "subscription", kAttributes));
  FOEHN_TRY(const RecordRow row, read_subscription(body, services, principal));
  store::ListQuery query;
  query.limit = limits::kSubscriptionsMax;
  FOEHN_TRY(const auto known, services.catalog.records(kSubscriptionKind, query));
  if (known.rows.size() >= limits::kSubscriptionsMax)
    return bad("There are " + std::to_string(known.rows.size()) + " subscriptions; no more are taken.");
  const Status stored = services.catalog.create_record(row);
  if (!stored && stored.error().code == ErrorCode::kAlreadyExists)
    return fail(ErrorCode::kAlreadyExists, "A subscription '" + row.name + "' exists.");
  FOEHN_CHECK_OK(stored);
  if (services.triggers) services.triggers->subscriptions_changed();
  return json_response(201, view_of(row));
}

Answer delete_subscription(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {}));
  FOEHN_TRY(const RecordRow row, find_subscription(request, services));
  FOEHN_CHECK_OK(services.catalog.remove_record(row.kind, row.id));
  if (services.triggers) services.triggers->subscriptions_changed();
  return http::Response{204, "", {}, ""};
}

}  // namespace foehn::rest
