// GET /foehn/v1/executions/{id}/wait: answers when the execution has ended or the time is over. No thread is held.
#include <algorithm>
#include <optional>
#include <utility>

#include "api/rest/body.h"
#include "api/rest/faults.h"
#include "api/rest/handlers.h"
#include "engine/base/limits.h"

namespace foehn::rest {
namespace {

Error no_execution(std::string_view id) {
  return {ErrorCode::kNotFound, "There is no execution " + std::string(id) + "."};
}

// Its state now.
http::Response shown(store::Query& query, ExecutionId id) {
  const auto row = query.execution(id);
  if (!row) return service_fault(row.error());
  if (!*row) return service_fault(no_execution(to_string(id)));
  const core::Execution& execution = (*row)->execution;
  Value view = Value::object();
  view["id"] = to_string(id);
  view["state"] = core::to_string(execution.state);
  view["state_info"] = execution.state_info ? Value(*execution.state_info) : Value();
  view["over"] = core::is_complete(execution.state);
  return json_response(200, view);
}

bool goes_on(store::Query& query, ExecutionId id) {
  const auto row = query.execution(id);
  return row && *row && !core::is_complete((*row)->execution.state);
}

}  // namespace

Answer wait_for_execution(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {"timeout"}));
  FOEHN_TRY(const std::int64_t seconds, int_parameter(request, "timeout", limits::kExecutionWaitMs / 1000));
  if (seconds < 0) return fail(ErrorCode::kInvalidArgument, "timeout must be a number of seconds, 0 or more.");
  const auto id = ExecutionId::parse(request.parameter("id"));
  if (!id) return fail(no_execution(request.parameter("id")));
  if (seconds == 0 || !goes_on(services.query, *id)) return shown(services.query, *id);
  Wait wait;
  wait.execution_id = *id;
  wait.timeout_ms = std::min(seconds, limits::kExecutionWaitMs / 1000) * 1000;
  wait.look = [&query = services.query, id = *id]() -> std::optional<http::Response> {
    if (goes_on(query, id)) return std::nullopt;
    return shown(query, id);
  };
  wait.give_up = [&query = services.query, id = *id](GivenUp why) {
    if (why == GivenUp::kDeadline) return shown(query, id);
    return service_fault({ErrorCode::kUnavailable, "The server is shutting down; the execution goes on."});
  };
  return services.waits->wait(std::move(wait));
}

}  // namespace foehn::rest
