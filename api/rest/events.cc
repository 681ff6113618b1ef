// /foehn/v1/events: every committed transition as it happens.
#include "api/rest/faults.h"
#include "api/rest/handlers.h"
#include "api/rest/reading.h"

namespace foehn::rest {
namespace {

Result<EventFilter> filter_of(const http::Request& request) {
  EventFilter filter;
  for (const auto& [name, value] : request.query) {
    if (name == "execution") {
      filter.execution_id = ExecutionId::parse(value);
      if (!filter.execution_id)
        return fail(ErrorCode::kInvalidArgument, "execution: '" + value + "' is not an execution's id.");
    } else if (name == "workflow") {
      filter.workflow_name = value;
    } else if (name == "type") {
      if (value != "execution" && value != "task")
        return fail(ErrorCode::kInvalidArgument, "type: '" + value + "' is not one of execution, task.");
      filter.kind = value;
    } else if (name == "project") {
      filter.project_id = value;
    } else if (name != "last_event_id") {
      return fail(ErrorCode::kInvalidArgument,
                  "Unknown argument: \"" + name + "\". Allowed: execution, workflow, project, type, last_event_id.");
    }
  }
  return filter;
}

}  // namespace

Answer get_events(const http::Request& request, Services& services) {
  FOEHN_TRY(EventFilter filter, filter_of(request));
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  if (!principal.is_admin) {
    if (!filter.project_id.empty() && filter.project_id != principal.project_id)
      return fail(ErrorCode::kPermissionDenied, "project: only admins see the events of other projects.");
    filter.project_id = principal.project_id;
  }
  std::string last_id(request.headers.get("Last-Event-ID"));
  if (last_id.empty()) last_id = request.query_value("last_event_id").value_or("");
  FOEHN_TRY(auto stream, services.events.listen(std::move(filter), last_id));
  http::Response response{200, "text/event-stream", {}, ""};
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("X-Accel-Buffering", "no");  // nginx would collect the stream
  response.stream = std::move(stream);
  return response;
}

}  // namespace foehn::rest
