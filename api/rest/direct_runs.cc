// Action runs that people start, end and delete themselves: POST and DELETE of /v2/action_executions (Mistral's
// `run-action`), and /foehn/v1/action_runs/{id}/complete and /fail for a run that is stuck.
#include <array>
#include <optional>
#include <utility>

#include "api/rest/body.h"
#include "api/rest/faults.h"
#include "api/rest/handlers.h"
#include "api/rest/reading.h"
#include "api/rest/views.h"
#include "engine/base/limits.h"

namespace foehn::rest {
namespace {

struct DirectRequest {
  core::StartAction start;
  bool save_result = false;
  bool run_sync = false;
};

bool is_set(const Value& params, std::string_view name) {
  const Value* value = find(params, name);
  return value && is_truthy(*value);
}

Result<std::int64_t> read_timeout(const Value& params) {
  const Value* seconds = find(params, "timeout");
  if (!seconds || seconds->is_null()) return 0;
  const double most = static_cast<double>(limits::kPolicySecondsMax);
  if (!seconds->is_number() || seconds->get<double>() < 0 || seconds->get<double>() > most)
    return fail(ErrorCode::kInvalidArgument,
                "Invalid timeout '" + to_python_str(*seconds) + "': a number of seconds is expected.");
  return static_cast<std::int64_t>(seconds->get<double>() * 1000);
}

Result<DirectRequest> read_request(const Value& body, const std::string& project_id) {
  DirectRequest request;
  FOEHN_TRY(const auto name, text_attribute(body, "name"));
  if (!name) return fail(ErrorCode::kInvalidArgument, "Please provide at least action name to run action.");
  FOEHN_TRY(const auto space, text_attribute(body, "workflow_namespace"));
  FOEHN_TRY(const Value params, json_attribute(body, "params"));
  request.start.id = ExecutionId::random();
  request.start.project_id = project_id;
  request.start.name = *name;
  request.start.action_namespace = space.value_or("");
  FOEHN_TRY(request.start.input, json_attribute(body, "input"));
  FOEHN_TRY(request.start.timeout_ms, read_timeout(params));
  FOEHN_TRY(const auto target, text_attribute(params, "target"));
  request.start.target = target.value_or("");
  request.start.safe_rerun = is_set(params, "safe_rerun");
  request.save_result = is_set(params, "save_result");
  request.run_sync = is_set(params, "run_sync");
  return request;
}

store::RunRow row_of(core::ActionRun run, const core::StartAction& start) {
  return {std::move(run), "", "", start.action_namespace, start.project_id};
}

// A run that nobody keeps: Mistral never gave it what only rows have.
Value unstored_view(const Services& services, const store::RunRow& row) {
  Value view = action_execution_view(services, row, true);
  for (const char* key : {"id", "description", "project_id", "accepted", "created_at", "updated_at"})
    view[key] = nullptr;
  return view;
}

Answer run_unstored(const core::StartAction& start, Services& services) {
  auto run = services.unstored_runs->run(start, services.stopping);
  if (run) return json_response(201, unstored_view(services, row_of(std::move(*run), start)));
  if (run.error().code == ErrorCode::kTimeout) return wsme_fault(500, run.error().message);
  return fail(run.error());
}

// Answers when a stored run has ended.
Answer wait_for_end(Services& services, const core::ActionRun& run) {
  Wait wait;
  wait.execution_id = run.execution_id;
  wait.timeout_ms = limits::kDirectRunWaitMs;
  wait.look = [&services, id = run.id]() -> std::optional<http::Response> {
    const auto row = services.query.run(id);
    if (!row) return wsme_fault(row.error());
    if (!*row) return wsme_fault({ErrorCode::kNotFound, "ActionExecution not found [id=" + to_string(id) + "]"});
    if (!core::is_complete((*row)->run.state)) return std::nullopt;
    return json_response(201, action_execution_view(services, **row, true));
  };
  wait.give_up = [](GivenUp why) {
    if (why == GivenUp::kStopping) return wsme_fault({ErrorCode::kUnavailable, "The server is shutting down"});
    return wsme_fault(500, "This rpc call \"start_action\" took longer than configured " +
                               std::to_string(limits::kDirectRunWaitMs / 1000) + " seconds.");
  };
  return services.waits->wait(std::move(wait));
}

Answer run_stored(const DirectRequest& wanted, Services& services) {
  FOEHN_TRY(runtime::Answer answer, services.engine.start_action(wanted.start));
  core::ActionRun& run = *answer.run;
  if (wanted.run_sync) {
    // When too many wait it runs all the same, and its row tells how it ends.
    if (Answer ended = wait_for_end(services, run)) return ended;
    return json_response(201, action_execution_view(services, row_of(std::move(run), wanted.start), true));
  }
  run.updated_at.reset();  // Mistral answers before it looks at the run again
  return json_response(201, action_execution_view(services, row_of(std::move(run), wanted.start), true));
}

// A run ended by hand. Its own result, when it comes after all, is late and dropped.
Answer end_by_hand(const http::Request& request, Services& services, bool success) {
  constexpr std::array<std::string_view, 2> kKnown = {"result", "reason"};
  FOEHN_TRY(Value body, json_object(request, success ? "complete" : "fail", kKnown));
  FOEHN_TRY(const auto reason, text_attribute(body, "reason"));
  if (!reason)
    return fail(ErrorCode::kInvalidArgument, "Please give the reason for which this run is ended by hand.");
  FOEHN_TRY(store::RunRow row, read_run(services, request.parameter("id")));
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  const Value* given = find(body, "result");
  const std::string verb = success ? "Completed" : "Failed";
  core::ActionFinished event{.run_id = row.run.id, .attempt = 0, .outcome = {}, .reason = {}};
  event.reason = verb + " by hand: " + *reason;
  event.outcome = success ? core::ActionOutcome::success(given ? *given : Value())
                          : core::ActionOutcome::error(given && is_truthy(*given) ? *given : Value(event.reason));
  auto answer = services.engine.submit(row.run.execution_id, std::move(event));
  if (!answer) {
    Error error = answer.error();
    if (core::is_complete(row.run.state)) error.code = ErrorCode::kFailedPrecondition;
    return fail(std::move(error));
  }
  if (services.log)
    services.log->info("action_run_ended_by_hand", {{"action_run", to_string(row.run.id)},
                                                    {"action", row.run.name},
                                                    {"state", success ? "SUCCESS" : "ERROR"},
                                                    {"project", principal.project_id},
                                                    {"reason", *reason}});
  if (answer->run) row.run = std::move(*answer->run);
  return json_response(200, action_execution_view(services, row, true));
}

}  // namespace

Answer create_action_execution(const http::Request& request, Services& services) {
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  FOEHN_TRY(const Value body, json_object(request, "action_ex", kActionExecutionFields));
  FOEHN_TRY(const DirectRequest wanted, read_request(body, principal.project_id));
  FOEHN_TRY(const core::ActionRun checked, services.unstored_runs->check(wanted.start));
  if (!checked.is_sync && wanted.run_sync)
    return fail(ErrorCode::kInvalidArgument, "Action does not support synchronous execution.");
  if (checked.is_sync && !wanted.save_result) return run_unstored(wanted.start, services);
  return run_stored(wanted, services);
}

// The checks in Mistral's order (mistral/api/controllers/v2/action_execution.py).
Answer delete_action_execution(const http::Request& request, Services& services) {
  if (!services.options.allow_run_deletion)
    return fail(ErrorCode::kPermissionDenied, "Action execution deletion is not allowed.");
  FOEHN_TRY(const store::RunRow row, read_run(services, request.parameter("run_id")));
  if (!row.run.task_id.is_nil())
    return fail(ErrorCode::kPermissionDenied, "Only ad-hoc action execution can be deleted.");
  const Status removed = services.engine.remove(row.run.execution_id, false);
  if (removed) return http::Response{204, "", {}, ""};
  if (removed.error().code != ErrorCode::kFailedPrecondition) return fail(removed.error());
  return fail(ErrorCode::kPermissionDenied, "Only completed action execution can be deleted.");
}

Answer complete_action_run(const http::Request& request, Services& services) {
  return end_by_hand(request, services, true);
}

Answer fail_action_run(const http::Request& request, Services& services) {
  return end_by_hand(request, services, false);
}

}  // namespace foehn::rest
