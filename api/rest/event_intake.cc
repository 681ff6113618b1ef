// POST /foehn/v1/events: CloudEvents over HTTP in binary, structured and batched mode, and OpenStack notifications.
#include <algorithm>
#include <cctype>

#include "api/rest/body.h"
#include "api/rest/faults.h"
#include "api/rest/handlers.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "workflows/triggers/triggers.h"

namespace foehn::rest {
namespace {

using triggers::CloudEvent;

constexpr std::string_view kPrefix = "ce-";

// Headers "ce-…" without their prefix.
std::vector<std::pair<std::string, std::string>> attributes_of(const http::Request& request) {
  std::vector<std::pair<std::string, std::string>> attributes;
  for (const auto& [name, value] : request.headers.all())
    if (const std::string lowered = to_lower(name); lowered.starts_with(kPrefix))
      attributes.emplace_back(lowered.substr(kPrefix.size()), value);
  return attributes;
}

Result<Value> json_of(const http::Request& request) {
  auto parsed = parse_json(request.body);
  if (!parsed) return fail(ErrorCode::kInvalidArgument, "The body is not valid JSON: " + parsed.error().message);
  return parsed;
}

Result<std::vector<CloudEvent>> read_batch(const http::Request& request, const triggers::EventAddress& address) {
  FOEHN_TRY(const Value body, json_of(request));
  if (!body.is_array()) return fail(ErrorCode::kInvalidArgument, "A batch of CloudEvents is a JSON array.");
  if (body.size() > limits::kEventsPerRequestMax)
    return fail(ErrorCode::kInvalidArgument, "A batch has at most " + std::to_string(limits::kEventsPerRequestMax) +
                                                 " events, this one has " + std::to_string(body.size()) + ".");
  std::vector<CloudEvent> events;
  for (const Value& one : body) {
    auto event = triggers::event_from_json(one, address);
    if (!event)
      return fail(ErrorCode::kInvalidArgument,
                  "Event " + std::to_string(events.size()) + " of the batch: " + event.error().message);
    events.push_back(std::move(*event));
  }
  return events;
}

Result<std::vector<CloudEvent>> read_events(const http::Request& request) {
  const triggers::EventAddress address{std::string(request.query_value("exchange").value_or("")),
                                       std::string(request.query_value("topic").value_or(""))};
  const std::string type = request.content_type();
  if (type == "application/cloudevents-batch+json") return read_batch(request, address);
  const auto attributes = attributes_of(request);
  if (type.starts_with("application/cloudevents") && type != "application/cloudevents+json")
    return fail(ErrorCode::kInvalidArgument, "CloudEvents are taken as JSON: application/cloudevents+json.");
  std::vector<CloudEvent> events;
  if (type != "application/cloudevents+json" && !attributes.empty()) {
    FOEHN_TRY(CloudEvent event, triggers::event_from_binary(attributes, request.headers.get("Content-Type"),
                                                            request.body, address));
    events.push_back(std::move(event));
    return events;
  }
  FOEHN_TRY(const Value body, json_of(request));
  FOEHN_TRY(CloudEvent event, triggers::event_from_json(body, address));
  events.push_back(std::move(event));
  return events;
}

Value fired_view(const triggers::Fired& fired, const CloudEvent& event) {
  Value view = Value::object();
  view["event_id"] = event.id;
  view["trigger_id"] = to_string(fired.trigger);
  view["trigger_name"] = fired.trigger_name.empty() ? Value() : Value(fired.trigger_name);
  view["execution_id"] = fired.error ? Value() : Value(to_string(fired.execution));
  view["existed"] = fired.existed;
  view["error"] = fired.error ? Value(fired.error->message) : Value();
  return view;
}

}  // namespace

Answer take_events(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {"exchange", "topic"}));
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  if (!services.triggers) return fail(ErrorCode::kUnavailable, "This server takes no events.");
  FOEHN_TRY(const auto events, read_events(request));  // all of them are looked at before the first starts something
  Value started = Value::array();
  for (const CloudEvent& event : events) {
    FOEHN_TRY(const auto fired, services.triggers->take(event, principal.project_id));
    for (const triggers::Fired& one : fired) started.push_back(fired_view(one, event));
  }
  Value body = Value::object();
  body["events"] = events.size();
  body["triggered"] = std::move(started);
  return json_response(200, body);
}

}  // namespace foehn::rest
