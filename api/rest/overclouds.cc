// /overclouds: create, look at and remove OverClouds. The service in workflows/overcloud checks and acts; here requests
// are read, and `wait=true` gives the original API's behaviour of answering only when the work is done.
#include <algorithm>
#include <optional>
#include <utility>

#include "api/rest/body.h"
#include "api/rest/faults.h"
#include "api/rest/handlers.h"
#include "api/rest/masking.h"
#include "api/rest/views.h"
#include "engine/base/limits.h"

namespace foehn::rest {
namespace {

Result<workflows::OvercloudService*> service_of(Services& services) {
  if (services.overclouds) return services.overclouds;
  return fail(ErrorCode::kUnsupported, "This server keeps no OverClouds.");
}

struct Waiting {
  bool wanted = false;
  std::int64_t timeout_ms = limits::kOvercloudWaitMs;
};

// From the query or from the body, whose keys are taken out.
Result<Waiting> read_waiting(const http::Request& request, Value& body) {
  Waiting waiting;
  std::int64_t seconds = limits::kOvercloudWaitMs / 1000;
  if (const Value* wait = find(body, "wait")) {
    FOEHN_TRY(waiting.wanted, parse_bool("wait", to_python_str(*wait)));
    body.erase("wait");
  }
  if (const Value* timeout = find(body, "timeout")) {
    if (!timeout->is_number_integer()) return fail(ErrorCode::kInvalidArgument, "timeout must be seconds, an integer.");
    seconds = timeout->get<std::int64_t>();
    body.erase("timeout");
  }
  FOEHN_TRY(waiting.wanted, bool_parameter(request, "wait", waiting.wanted));
  FOEHN_TRY(seconds, int_parameter(request, "timeout", seconds));
  if (seconds <= 0) return fail(ErrorCode::kInvalidArgument, "timeout must be a positive number of seconds.");
  waiting.timeout_ms = std::min(seconds, limits::kOvercloudWaitMs / 1000) * 1000;
  return waiting;
}

// The state alone does not tell: an ACTIVE OverCloud stays so until its removal has begun.
bool is_settled(const Value& record) {
  if (const std::string execution = text_or(record, "execution_state"); !execution.empty())
    return execution == "SUCCESS" || execution == "ERROR" || execution == "CANCELLED";
  const std::string state = text_or(record, "state");
  for (const std::string_view settled : {"ACTIVE", "DEGRADED", "DESTROYED", "DESTROY_FAILED"})
    if (state == settled) return true;
  return state.starts_with("FAILED");
}

using Shown = http::Response (*)(const Value& record);

// Answers with `shown` when the OverCloud is settled, which happens when the execution that works on it ends;
// kTimeout when the time is over, kUnavailable when the server stops.
Answer wait_until_settled(Services& services, const std::string& id, const Value& started, std::int64_t timeout_ms,
                          Shown shown) {
  Wait wait;
  wait.execution_id = ExecutionId::parse(text_or(started, "execution_id")).value_or(ExecutionId{});
  wait.timeout_ms = timeout_ms;
  wait.look = [&service = *services.overclouds, id, shown]() -> std::optional<http::Response> {
    const auto record = service.get(id);
    if (!record) return service_fault(record.error());
    if (!is_settled(*record)) return std::nullopt;
    return shown(*record);
  };
  wait.give_up = [&service = *services.overclouds, id, timeout_ms](GivenUp why) {
    if (why == GivenUp::kStopping)
      return service_fault({ErrorCode::kUnavailable, "The server is shutting down; the work goes on."});
    const auto record = service.get(id);
    if (!record) return service_fault(record.error());
    return service_fault({ErrorCode::kTimeout, "OverCloud " + id + " is still " + text_or(*record, "state") +
                                                   " after " + std::to_string(timeout_ms / 1000) +
                                                   " s; the work goes on."});
  };
  return services.waits->wait(std::move(wait));
}

http::Response accepted(const Value& started) {
  http::Response response = json_response(202, started);
  response.headers.set("Location", "/overclouds/" + text_or(started, "overcloud_ID"));
  return response;
}

http::Response failed(const Value& record) {
  return service_fault(500, text_or(record, "state"), text_or(record, "state_reason", "The OverCloud failed."));
}

Result<workflows::DestroyOptions> read_destroy(const http::Request& request, Value& body) {
  workflows::DestroyOptions options;
  options.preserve = text_or(body, "preserve", options.preserve);
  if (const auto preserve = request.query_value("preserve")) options.preserve = std::string(*preserve);
  if (const Value* force = find(body, "force")) {
    FOEHN_TRY(options.force, parse_bool("force", to_python_str(*force)));
  }
  FOEHN_TRY(options.force, bool_parameter(request, "force", options.force));
  return options;
}

Result<Value> optional_body(const http::Request& request) {
  if (request.body.empty()) return Value::object();
  return json_object(request, "overcloud", {});
}

}  // namespace

Answer list_overclouds(const http::Request& request, Services& services) {
  FOEHN_TRY(workflows::OvercloudService * service, service_of(services));
  workflows::OvercloudFilter filter;
  filter.state = std::string(request.query_value("state").value_or(""));
  filter.tenant = std::string(request.query_value("tenant").value_or(""));
  FOEHN_TRY(filter.deleted, bool_parameter(request, "deleted", false));
  if (const auto marker = request.query_value("marker")) filter.marker = std::string(*marker);
  FOEHN_TRY(const std::int64_t limit, int_parameter(request, "limit", limits::kPageMax));
  if (limit <= 0) return fail(ErrorCode::kInvalidArgument, "Limit must be positive.");
  filter.limit = static_cast<std::uint32_t>(std::min<std::int64_t>(limit, limits::kPageMax));
  FOEHN_TRY(const Value records, service->list(filter));
  return json_response(200, masked(services, records));
}

Answer get_overcloud(const http::Request& request, Services& services) {
  FOEHN_TRY(workflows::OvercloudService * service, service_of(services));
  FOEHN_TRY(const Value record, service->get(request.parameter("id")));
  return json_response(200, masked(services, record));
}

Answer create_overcloud(const http::Request& request, Services& services) {
  FOEHN_TRY(workflows::OvercloudService * service, service_of(services));
  FOEHN_TRY(Value body, json_object(request, "overcloud", {}));
  FOEHN_TRY(const Waiting waiting, read_waiting(request, body));
  FOEHN_TRY(const Value started, service->create(body));
  if (!waiting.wanted) return accepted(started);
  const auto made = [](const Value& record) {
    const std::string state = text_or(record, "state");
    if (state != "ACTIVE" && state != "DEGRADED") return failed(record);
    return json_response(200, legacy_overcloud_view(record));
  };
  return wait_until_settled(services, text_or(started, "overcloud_ID"), started, waiting.timeout_ms, made);
}

Answer delete_overcloud(const http::Request& request, Services& services) {
  FOEHN_TRY(workflows::OvercloudService * service, service_of(services));
  FOEHN_TRY(Value body, optional_body(request));
  FOEHN_TRY(const Waiting waiting, read_waiting(request, body));
  FOEHN_TRY(const workflows::DestroyOptions options, read_destroy(request, body));
  std::string id(request.parameter("id"));
  if (id.empty()) id = text_or(body, "overcloud_id", text_or(body, "overcloud_ID"));
  if (id.empty())
    return fail(ErrorCode::kInvalidArgument, "The body must name the OverCloud: {\"overcloud_id\": …}.");
  FOEHN_TRY(const Value started, service->destroy(id, options));
  if (!waiting.wanted) return accepted(started);
  const auto removed = [](const Value& record) {
    if (text_or(record, "state") != "DESTROYED") return failed(record);
    return http::Response{200, "text/plain", {}, "Success\n"};
  };
  return wait_until_settled(services, id, started, waiting.timeout_ms, removed);
}

Answer rollback_overcloud(const http::Request& request, Services& services) {
  FOEHN_TRY(workflows::OvercloudService * service, service_of(services));
  FOEHN_TRY(const Value started, service->rollback(request.parameter("id")));
  return accepted(started);
}

Answer list_overcloud_executions(const http::Request& request, Services& services) {
  FOEHN_TRY(workflows::OvercloudService * service, service_of(services));
  FOEHN_TRY(const Value record, service->get(request.parameter("id")));
  const Value* executions = find(record, "executions");
  return json_response(200, executions ? *executions : Value::array());
}

Answer get_overcloud_ssh_key(const http::Request& request, Services& services) {
  FOEHN_TRY(workflows::OvercloudService * service, service_of(services));
  FOEHN_TRY(std::string key, service->ssh_key(request.parameter("id")));
  http::Response response{200, "application/x-pem-file", {}, std::move(key)};
  response.headers.set("Cache-Control", "no-store");
  return response;
}

}  // namespace foehn::rest
