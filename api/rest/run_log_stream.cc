// /foehn/v1/action_runs/{id}/log/stream and /foehn/v1/executions/{id}/log/stream: logs as they grow.
#include "api/rest/body.h"
#include "api/rest/faults.h"
#include "api/rest/handlers.h"
#include "api/rest/reading.h"
#include "engine/base/limits.h"

namespace foehn::rest {
namespace {

// Where to begin: a client that comes back says what it has seen, which wins over where it once began.
Result<std::uint64_t> read_offset(const http::Request& request) {
  const std::string last(request.headers.get("Last-Event-ID"));
  FOEHN_TRY(std::int64_t offset, int_parameter(request, "offset", 0));
  if (!last.empty()) {
    http::Request resumed;
    resumed.query = {{"Last-Event-ID", last}};
    FOEHN_TRY(offset, int_parameter(resumed, "Last-Event-ID", 0));
  }
  if (offset < 0) return fail(ErrorCode::kInvalidArgument, "The offset must not be negative.");
  return static_cast<std::uint64_t>(offset);
}

http::Response streamed(std::shared_ptr<http::BodyStream> stream) {
  http::Response response{200, "text/event-stream", {}, ""};
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("X-Accel-Buffering", "no");  // nginx would collect the stream
  response.stream = std::move(stream);
  return response;
}

}  // namespace

Answer stream_run_log(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {"offset"}));
  FOEHN_TRY(const std::uint64_t offset, read_offset(request));
  const std::string text(request.parameter("id"));
  const auto id = ActionRunId::parse(text);
  std::optional<store::RunRow> row;
  if (id) {
    FOEHN_TRY(row, services.query.run(*id));
  }
  if (!row) return fail(ErrorCode::kNotFound, "There is no action run " + text + ".");
  if (!services.logs) return fail(ErrorCode::kUnsupported, "This process has no log streams.");
  FOEHN_TRY(auto stream, services.logs->follow(*id, offset));
  return streamed(std::move(stream));
}

Answer stream_execution_log(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {"last_event_id", "since"}));
  FOEHN_TRY(const std::int64_t seconds, int_parameter(request, "since", -1));
  if (request.query_value("since") && (seconds < 0 || seconds > limits::kPolicySecondsMax))
    return fail(ErrorCode::kInvalidArgument, "since must be a number of seconds: how old output may be.");
  const std::string text(request.parameter("id"));
  const auto id = ExecutionId::parse(text);
  std::optional<store::ExecutionRow> row;
  if (id) {
    FOEHN_TRY(row, services.query.execution(*id));
  }
  if (!row) return fail(ErrorCode::kNotFound, "There is no execution " + text + ".");
  if (!services.execution_logs) return fail(ErrorCode::kUnsupported, "This process has no log streams.");
  std::string last(request.headers.get("Last-Event-ID"));
  if (last.empty()) last = std::string(request.query_value("last_event_id").value_or(""));
  const WallTime since = seconds < 0 ? WallTime{} : services.clock.wall().plus_ms(-1'000 * seconds);
  FOEHN_TRY(auto stream, services.execution_logs->follow(*id, last, since));
  return streamed(std::move(stream));
}

}  // namespace foehn::rest
