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

constexpr std::array<std::string_view, 6> kSubscriptionAttributes = {"name",          "url",     "event_types",
                                                         "workflow_name", "headers", "secret"};
constexpr std::size_t kSecretBytesMax = 1'024;

// Values of headers, and the secret, go in and never come out.
Value subscription_view(const RecordRow& row) {
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
  view["signed"] = !text_or(row.body, "secret").empty();
  view["delivered_until"] = text_or(row.body, "delivered_until").empty() ? Value() : row.body["delivered_until"];
  view["created_at"] = to_rfc3339(row.created_at);
  return view;
}

tl::unexpected<Error> bad_subscription(std::string message) {
  return fail(ErrorCode::kInvalidArgument, std::move(message));
}

Status check_secret(const Value& secret) {
  if (secret.is_null() || (secret.is_string() && !secret.get_ref<const std::string&>().empty() &&
                           secret.get_ref<const std::string&>().size() <= kSecretBytesMax))
    return {};
  return bad_subscription("secret: a text of at most " + std::to_string(kSecretBytesMax) + " bytes, or null for none.");
}

// What `body` says; of an update, the rest stays.
Status apply_to_subscription(const Value& body, RecordRow& row) {
  FOEHN_TRY(const auto name, text_attribute(body, "name"));
  FOEHN_TRY(const auto url, text_attribute(body, "url"));
  FOEHN_TRY(const auto workflow, text_attribute(body, "workflow_name"));
  if (name) row.name = *name;
  if (url) row.body["url"] = *url;
  if (body.contains("workflow_name")) row.body["workflow_name"] = workflow ? Value(*workflow) : Value();
  if (const Value* types = find(body, "event_types")) {
    if (!types->is_null()) FOEHN_CHECK_OK(triggers::check_event_types(*types));
    row.body["event_types"] = types->is_null() ? Value::array() : *types;
  }
  if (const Value* headers = find(body, "headers")) {
    if (!headers->is_null()) FOEHN_CHECK_OK(triggers::check_headers(*headers));
    row.body["headers"] = headers->is_null() ? Value::object() : *headers;
  }
  if (const Value* secret = find(body, "secret")) {
    FOEHN_CHECK_OK(check_secret(*secret));
    row.body["secret"] = *secret;
  }
  const std::string address = text_or(row.body, "url");
  if (row.name.empty()) return bad_subscription("name: give the subscription a name.");
  if (!address.starts_with("http://") && !address.starts_with("https://"))
    return bad_subscription("url: an http:// or https:// address that takes POST requests.");
  return {};
}

tl::unexpected<Error> named_subscription(Error error, const std::string& name) {
  if (error.code == ErrorCode::kAlreadyExists) error.message = "A subscription '" + name + "' exists.";
  return fail(std::move(error));
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
  for (const RecordRow& row : page.rows) list.push_back(subscription_view(row));
  Value body = Value::object();
  body["subscriptions"] = std::move(list);
  return json_response(200, body);
}

Answer get_subscription(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {}));
  FOEHN_TRY(const RecordRow row, find_subscription(request, services));
  return json_response(200, subscription_view(row));
}

Answer create_subscription(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {}));
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  FOEHN_TRY(const Value body, json_object(request, "subscription", kSubscriptionAttributes));
  RecordRow row = new_record(services, kSubscriptionKind, "", principal.project_id);
  row.body = Value{{"url", nullptr}, {"workflow_name", nullptr}, {"event_types", Value::array()},
                   {"headers", Value::object()}, {"secret", nullptr}};
  FOEHN_CHECK_OK(apply_to_subscription(body, row));
  store::ListQuery query;
  query.limit = limits::kSubscriptionsMax;
  FOEHN_TRY(const auto known, services.catalog.records(kSubscriptionKind, query));
  if (known.rows.size() >= limits::kSubscriptionsMax)
    return bad_subscription("There are " + std::to_string(known.rows.size()) + " subscriptions; no more are taken.");
  const Status stored = services.catalog.create_record(row);
  if (!stored) return named_subscription(stored.error(), row.name);
  if (services.triggers) services.triggers->subscriptions_changed();
  return json_response(201, subscription_view(row));
}

// What the body does not name stays, above all a secret, which nobody can read to send it again.
Answer update_subscription(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {}));
  FOEHN_TRY(const Value body, json_object(request, "subscription", kSubscriptionAttributes));
  FOEHN_TRY(RecordRow row, find_subscription(request, services));
  const std::string name = text_or(body, "name");
  auto changed =
      change_record(services, std::move(row), [&](RecordRow& now) { return apply_to_subscription(body, now); });
  if (!changed) return named_subscription(changed.error(), name);
  if (services.triggers) services.triggers->subscriptions_changed();
  return json_response(200, subscription_view(*changed));
}

Answer delete_subscription(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {}));
  FOEHN_TRY(const RecordRow row, find_subscription(request, services));
  FOEHN_CHECK_OK(services.catalog.remove_record(row.kind, row.id));
  if (services.triggers) services.triggers->subscriptions_changed();
  return http::Response{204, "", {}, ""};
}

}  // namespace foehn::rest
