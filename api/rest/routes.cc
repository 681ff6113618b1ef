#include "api/rest/routes.h"

#include <algorithm>
#include <utility>

#include "api/rest/faults.h"
#include "api/rest/handlers.h"
#include "api/rest/maintenance.h"
#include "api/rest/metrics.h"
#include "api/rest/openapi.h"
#include "api/rest/route_details.h"
#include "api/rest/visibility.h"
#include "engine/base/limits.h"
#include "engine/base/value.h"

namespace foehn::rest {
namespace {

using enum Access;
using Function = Answer (*)(const http::Request&, Services&);
using Fault = http::Response (*)(const Error&);

// The three styles of error bodies (faults.h).
http::Response wsme(const Error& error) { return wsme_fault(error); }
http::Response pecan(const Error& error) { return pecan_fault(error); }
http::Response service(const Error& error) { return service_fault(error); }

struct Row {
  std::string_view method;
  std::string_view pattern;
  Function function;
  Fault fault;
  Access access;  // has no default: what is left out does not compile
  std::string_view doc;
};

// clang-format off
constexpr Row kRows[] = {
    {"GET", "/", get_root, wsme, kPublic, "API versions."},
    {"GET", "/v2", get_v2, wsme, kPublic, "Address of the API."},
    {"GET", "/healthz", get_health, service, kPublic, "Is the process alive?"},
    {"GET", "/readyz", get_ready, service, kPublic, "Does the server take work?"},
    {"GET", "/metrics", get_metrics, service, kPublic, "Metrics in Prometheus' text format."},
    {"GET", "/openapi.json", get_openapi, service, kPublic, "This API described for machines: OpenAPI 3.1."},
    {"GET", "/docs/api", get_api_page, service, kPublic, "This API described for people: a page of the browser."},

    {"GET", "/v3", get_identity, wsme, kPublic, "For clients of OpenStack: there is an identity service."},
    {"POST", "/v3/auth/tokens", create_identity_token, wsme, kPublic,
     "For clients of OpenStack: whose a token is, and where the API is."},

    {"GET", "/v2/workflows", list_workflows, wsme, kOwn, "Lists workflow definitions."},
    {"POST", "/v2/workflows", create_workflows, pecan, kOwn, "Creates the workflows of a YAML text."},
    {"PUT", "/v2/workflows", update_workflows, pecan, kOwn, "Replaces the workflows of a YAML text, by name."},
    {"POST", "/v2/workflows/validate", validate_workflows, pecan, kOwn, "Checks a YAML text."},
    {"GET", "/v2/workflows/{identifier}", get_workflow, wsme, kOwn, "One workflow by id or name."},
    {"PUT", "/v2/workflows/{identifier}", update_workflows, pecan, kOwn, "Replaces one workflow."},
    {"DELETE", "/v2/workflows/{identifier}", delete_workflow, wsme, kOwn, "Deletes a workflow."},
    {"GET", "/v2/workflows/{identifier}/members", list_members, pecan, kOwn, "The projects it is shared with."},
    {"POST", "/v2/workflows/{identifier}/members", create_member, pecan, kOwn, "Shares a private workflow."},
    {"GET", "/v2/workflows/{identifier}/members/{member_id}", get_member, pecan, kOwn, "One member."},
    {"PUT", "/v2/workflows/{identifier}/members/{member_id}", update_member, pecan, kOwn,
     "Accepts or rejects, by the member."},
    {"DELETE", "/v2/workflows/{identifier}/members/{member_id}", delete_member, pecan, kOwn, "Shares no longer."},

    {"GET", "/v2/workbooks", list_workbooks, wsme, kOwn, "Lists workbooks."},
    {"POST", "/v2/workbooks", create_workbook, pecan, kOwn, "Stores a workbook and what it defines."},
    {"PUT", "/v2/workbooks", update_workbook, pecan, kOwn, "Replaces a workbook, by the name in it."},
    {"POST", "/v2/workbooks/validate", validate_workbook, pecan, kOwn, "Checks a YAML text."},
    {"GET", "/v2/workbooks/{name}", get_workbook, wsme, kOwn, "One workbook by name."},
    {"DELETE", "/v2/workbooks/{name}", delete_workbook, wsme, kOwn, "Deletes a workbook; what it defined stays."},

    {"GET", "/v2/environments", list_environments, wsme, kOwn, "Lists environments."},
    {"POST", "/v2/environments", create_environment, wsme, kOwn, "Stores an environment."},
    {"PUT", "/v2/environments", update_environment, wsme, kOwn, "Changes the environment named in the body."},
    {"GET", "/v2/environments/{name}", get_environment, wsme, kOwn, "One environment by name."},
    {"DELETE", "/v2/environments/{name}", delete_environment, wsme, kOwn, "Deletes an environment."},

    {"GET", "/v2/actions", list_actions, wsme, kOwn, "Lists actions."},
    {"POST", "/v2/actions", create_actions, pecan, kOwn, "Stores the ad-hoc actions of a YAML text."},
    {"PUT", "/v2/actions", update_actions, pecan, kOwn, "Replaces ad-hoc actions, by the names in the text."},
    {"POST", "/v2/actions/validate", validate_actions, pecan, kOwn, "Checks a YAML text."},
    {"PUT", "/v2/actions/{identifier}", update_actions, pecan, kOwn, "Replaces one ad-hoc action."},
    {"DELETE", "/v2/actions/{identifier}", delete_action, wsme, kOwn, "Deletes an ad-hoc action."},
    {"DELETE", "/v2/actions/{identifier}/{namespace}", delete_action, wsme, kOwn,
     "Deletes an ad-hoc action of a namespace."},
    {"GET", "/v2/actions/{identifier}", get_action, wsme, kOwn, "One action by name."},
    {"GET", "/v2/actions/{identifier}/{namespace}", get_action, wsme, kOwn, "One action by name and namespace."},

    {"GET", "/v2/executions", list_executions, wsme, kOwn, "Lists executions."},
    {"POST", "/v2/executions", create_execution, wsme, kOwn, "Starts a workflow."},
    {"GET", "/v2/executions/{id}", get_execution, wsme, kExecution, "One execution with its output."},
    {"PUT", "/v2/executions/{id}", update_execution, wsme, kExecution,
     "Pauses, resumes, stops or describes an execution."},
    {"DELETE", "/v2/executions/{id}", delete_execution, wsme, kExecution, "Deletes an execution and all below it."},
    {"GET", "/v2/executions/{id}/tasks", list_execution_tasks, wsme, kExecution, "The tasks of an execution."},
    {"GET", "/v2/executions/{id}/report", get_report, wsme, kExecution, "Tree and statistics of an execution."},
    {"GET", "/v2/executions/{id}/executions", list_sub_executions, wsme, kExecution, "An execution and all below it."},

    {"GET", "/v2/tasks", list_tasks, wsme, kOwn, "Lists tasks."},
    {"GET", "/v2/tasks/{id}", get_task, wsme, kTask, "One task with its result."},
    {"PUT", "/v2/tasks/{id}", update_task, wsme, kTask, "Re-runs or skips a failed task."},
    {"GET", "/v2/tasks/{id}/action_executions", list_task_action_executions, wsme, kTask,
     "The action runs of a task."},
    {"GET", "/v2/tasks/{id}/action_executions/{run_id}", get_action_execution, wsme, kTaskRun,
     "One action run of a task."},
    {"GET", "/v2/tasks/{id}/workflow_executions", list_task_executions, wsme, kTask,
     "The direct sub-executions of a task."},
    {"GET", "/v2/tasks/{id}/executions", list_task_sub_executions, wsme, kTask, "All executions below a task."},

    {"GET", "/v2/action_executions", list_action_executions, wsme, kOwn, "Lists action runs."},
    {"POST", "/v2/action_executions", create_action_execution, wsme, kOwn, 
     "Runs an action without a workflow."},
    {"GET", "/v2/action_executions/{run_id}", get_action_execution, wsme, kRun, "One action run with its output."},
    {"PUT", "/v2/action_executions/{run_id}", update_action_execution, wsme, kRun,
     "Reports the result of an asynchronous action."},
    {"DELETE", "/v2/action_executions/{run_id}", delete_action_execution, wsme, kRun,
     "Deletes an ended run that has no task, if the operator allows it."},

    {"GET", "/v2/services", no_service_api, wsme, kOwn, "Refused: there is one process."},
    {"GET", "/v2/code_sources", list_code_sources, wsme, kOwn, "Lists uploaded code."},
    {"POST", "/v2/code_sources", create_code_source, pecan, kOwn, "Stores code (admins)."},
    {"PUT", "/v2/code_sources", update_code_source, pecan, kOwn, "Replaces code (admins)."},
    {"GET", "/v2/code_sources/{identifier}", get_code_source, wsme, kOwn, "Code by id or name."},
    {"DELETE", "/v2/code_sources/{identifier}", delete_code_source, pecan, kOwn, "Deletes code (admins)."},
    {"GET", "/v2/dynamic_actions", list_dynamic_actions, wsme, kOwn, "Lists the actions in uploaded code."},
    {"POST", "/v2/dynamic_actions", create_dynamic_action, pecan, kOwn, "Names a class in code an action (admins)."},
    {"PUT", "/v2/dynamic_actions", update_dynamic_action, pecan, kOwn, "Changes such an action (admins)."},
    {"GET", "/v2/dynamic_actions/{identifier}", get_dynamic_action, wsme, kOwn, "One by id or name."},
    {"DELETE", "/v2/dynamic_actions/{identifier}", delete_dynamic_action, pecan, kOwn, "Deletes one (admins)."},

    {"GET", "/maintenance", get_maintenance, wsme, kPublic, "RUNNING, PAUSING or PAUSED."},
    {"PUT", "/maintenance", put_maintenance, wsme, kAdmin, "Pauses everything and takes nothing new, or goes on."},
    {"GET", "/info", get_info, pecan, kPublic, "What the operator says about this server."},

    {"GET", "/v2/cron_triggers", list_cron_triggers, wsme, kOwn, "Lists cron triggers."},
    {"POST", "/v2/cron_triggers", create_cron_trigger, wsme, kOwn, "Creates a cron trigger."},
    {"GET", "/v2/cron_triggers/{identifier}", get_cron_trigger, wsme, kOwn, "One cron trigger by id or name."},
    {"DELETE", "/v2/cron_triggers/{identifier}", delete_cron_trigger, wsme, kOwn, "Deletes a cron trigger."},
    {"GET", "/v2/event_triggers", list_event_triggers, wsme, kOwn, "Lists event triggers."},
    {"POST", "/v2/event_triggers", create_event_trigger, wsme, kOwn, "Creates an event trigger."},
    {"GET", "/v2/event_triggers/{id}", get_event_trigger, wsme, kOwn, "One event trigger."},
    {"PUT", "/v2/event_triggers/{id}", update_event_trigger, wsme, kOwn, "Changes what an event trigger starts."},
    {"DELETE", "/v2/event_triggers/{id}", delete_event_trigger, wsme, kOwn, "Deletes an event trigger."},

    {"POST", "/foehn/v1/events", take_events, service, kOwn,
     "Takes CloudEvents (binary, structured, batched) for event triggers."},
    {"GET", "/foehn/v1/subscriptions", list_subscriptions, service, kOwn, "Lists webhook subscriptions."},
    {"POST", "/foehn/v1/subscriptions", create_subscription, service, kOwn, "Creates a webhook subscription."},
    {"GET", "/foehn/v1/subscriptions/{identifier}", get_subscription, service, kOwn,
     "One subscription by id or name."},
    {"PUT", "/foehn/v1/subscriptions/{identifier}", update_subscription, service, kOwn,
     "Changes what the body names of a subscription."},
    {"DELETE", "/foehn/v1/subscriptions/{identifier}", delete_subscription, service, kOwn,
     "Deletes a subscription."},
    {"GET", "/foehn/v1/events", get_events, service, kOwn,
     "Committed transitions as they happen: server-sent events, resumable by Last-Event-ID."},
    {"GET", "/foehn/v1/executions/{id}/tree", get_tree, service, kOurExecution,
     "Everything a live view of an execution needs."},
    {"GET", "/foehn/v1/executions/{id}/wait", wait_for_execution, service, kOurExecution,
     "Answers when the execution has ended, or with its state when the time is over."},
    {"GET", "/foehn/v1/executions/{id}/log", get_execution_log, service, kOurExecution,
     "The last output of all its action runs."},
    {"GET", "/foehn/v1/executions/{id}/log/stream", stream_execution_log, service, kOurExecution,
     "What all runs of an execution and below it write, as server-sent events, resumable by Last-Event-ID."},
    {"POST", "/foehn/v1/executions/{id}/eval", evaluate_expression, service, kOurExecution,
     "An expression in the context of an execution or a task."},
    {"POST", "/foehn/v1/action_runs/{id}/complete", complete_action_run, service, kRunByHand,
     "Ends a stuck action run with a result, for a reason."},
    {"POST", "/foehn/v1/action_runs/{id}/fail", fail_action_run, service, kRunByHand,
     "Ends a stuck action run as an error, for a reason."},
    {"GET", "/foehn/v1/action_runs/{id}/log", get_run_log, service, kOurRun,
     "Live output of an action run from an offset on."},
    {"GET", "/foehn/v1/action_runs/{id}/log/stream", stream_run_log, service, kOurRun,
     "The same as server-sent events until the run ends, resumable by Last-Event-ID."},

    {"POST", "/foehn/v1/executions/{id}/rerun", rerun_execution, service, kOurExecution,
     "Re-runs what failed in an execution and below it, or from a task on, or everything; or previews that."},
    {"POST", "/foehn/v1/executions/{id}/clone", clone_execution, service, kOurExecution,
     "Starts the same revision again with the same input, or an edited one."},
    {"POST", "/foehn/v1/executions/bulk", operate_on_many, service, kOwn,
     "Cancels, pauses, resumes, re-runs or deletes the executions that a query selects."},
    {"GET", "/foehn/v1/executions/{id}/definition", get_pinned_definition, service, kOurExecution,
     "The text that an execution runs, whatever has become of its workflow."},
    {"GET", "/foehn/v1/executions/{id}/why", explain_execution, service, kOurExecution,
     "What everything unfinished waits for, and the leaves that failed."},
    {"POST", "/foehn/v1/tasks/{id}/rerun", rerun_task, service, kOurTask,
     "Re-runs one task: single items, edited input, another revision, with what is behind it."},
    {"GET", "/foehn/v1/workflows/{id}/revisions", list_revisions, service, kOwn, "The revisions of a workflow."},
    {"GET", "/foehn/v1/workflows/{id}/revisions/{revision}", get_revision, service, kOwn,
     "One revision with its text, by number or hash."},
    {"POST", "/foehn/v1/workflows/{id}/rollback", rollback_workflow, service, kOwn,
     "Makes the text of an earlier revision the newest one."},

    {"GET", "/overclouds", list_overclouds, service, kAdmin, "Lists OverClouds."},
    {"POST", "/overclouds", create_overcloud, service, kAdmin, "Creates an OverCloud."},
    {"DELETE", "/overclouds", delete_overcloud, service, kAdmin, "Removes the OverCloud named in the body."},
    {"GET", "/overclouds/{id}", get_overcloud, service, kAdmin, "One OverCloud."},
    {"DELETE", "/overclouds/{id}", delete_overcloud, service, kAdmin, "Removes an OverCloud."},
    {"POST", "/overclouds/{id}/rollback", rollback_overcloud, service, kAdmin, "Removes what a failed creation left."},
    {"GET", "/overclouds/{id}/executions", list_overcloud_executions, service, kAdmin,
     "The executions that worked on an OverCloud."},
    {"GET", "/overclouds/{id}/ssh-key", get_overcloud_ssh_key, service, kAdmin, "The private key to its boxes."},
};
// clang-format on

// A path that names an execution, a task or a run is one whose rule compares the project of that.
constexpr bool names_what_its_path_does(const Row& row) {
  const auto in_path = [&](std::string_view text) { return row.pattern.find(text) != std::string_view::npos; };
  bool execution = false, task = false, run = false;
  for (const ObjectInPath& one : objects_of(row.access)) {
    if (!in_path(one.parameter == "id" ? "{id}" : "{run_id}")) return false;
    execution |= one.object == Object::kExecution;
    task |= one.object == Object::kTask;
    run |= one.object == Object::kRun;
  }
  return execution == in_path("/executions/{id}") && task == in_path("/tasks/{id}") &&
         run == (in_path("{run_id}") || in_path("/action_runs/{id}"));
}
static_assert(std::all_of(std::begin(kRows), std::end(kRows), names_what_its_path_does));

std::string_view policy_of(Access access) {
  if (access == kPublic) return "public";
  return access == kAdmin ? "admin" : "user";
}

// Whose errors are told in our own form.
bool is_ours(std::string_view path) {
  return path.starts_with("/overclouds") || path.starts_with("/foehn") || path.starts_with("/readyz");
}

http::Response error_page(const http::Request& request, int status, std::string_view message) {
  if (!is_ours(request.path)) return wsme_fault(status, message);
  std::string code(status == 400   ? "invalid_argument"
                   : status == 401 ? "unauthorized"
                   : status == 403 ? "permission_denied"
                   : status == 404 ? "not_found"
                   : status == 405 ? "method_not_allowed"
                   : status == 415 ? "unsupported_media_type"
                   : status == 423 ? "maintenance"
                                   : "internal_error");
  return service_fault(status, code, message);
}

bool is_xml(std::string_view type) {
  return type == "text/xml" || type == "application/xml" || type.ends_with("+xml");
}

// What is wrong with the target whatever the route; nullopt: nothing.
std::optional<std::string> target_fault(const http::Request& request) {
  if (request.query.size() > limits::kQueryParametersMax)
    return "The request has more than " + std::to_string(limits::kQueryParametersMax) + " query parameters.";
  for (const auto& [name, value] : request.query)
    if (!http::is_utf8(name) || !http::is_utf8(value))
      return "The query parameter \"" + name + "\" is not valid UTF-8.";
  for (const auto& [name, value] : request.path_parameters)
    if (!http::is_utf8(value)) return "The {" + name + "} in the path is not valid UTF-8.";
  return std::nullopt;
}

// Query parameters that the route does not know. The lists of /v2 say so themselves: their tables decide.
std::optional<http::Response> unknown_parameter(const http::Request& request, const http::Route& route) {
  const bool is_list_of_v2 = route.method == "GET" && !is_ours(route.pattern) && route.policy != "public";
  if (request.query.empty() || is_list_of_v2) return std::nullopt;
  const auto known = query_names(details_of(route.method, route.pattern));
  std::string allowed;
  for (const std::string_view one : known) allowed += (allowed.empty() ? ". Allowed: " : ", ") + std::string(one);
  for (const auto& [name, value] : request.query) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string text = "Unknown argument: \"" + name + "\"";  // as Mistral says it, where it does
    return error_page(request, 400, is_ours(route.pattern) && !allowed.empty() ? text + allowed + "." : text);
  }
  return std::nullopt;
}

// Refusals that do not depend on the route's work: broken targets, XML bodies, maintenance and missing tokens.
std::optional<http::Response> guard(const http::Request& request, const http::Route& route, Services& services) {
  if (const auto fault = target_fault(request)) return error_page(request, 400, *fault);
  if (is_xml(request.content_type())) {
    constexpr std::string_view kMessage = "XML request bodies are not supported.";
    http::Response response = error_page(request, 415, kMessage);
    response.headers.set("Server-Error-Message", std::string(kMessage));
    return response;
  }
  if (const auto refusal = maintenance_refusal(request, services)) {
    http::Response response = error_page(request, 423, *refusal);
    response.headers.set("Server-Error-Message", *refusal);
    return response;
  }
  if (route.policy == "public") return unknown_parameter(request, route);
  const auto principal = auth::authenticate(request, services.options.auth);
  if (!principal) {
    http::Response response = error_page(request, 401, principal.error().message);
    response.headers.set("WWW-Authenticate", "Bearer");
    response.headers.set("Server-Error-Message", principal.error().message);
    return response;
  }
  if (route.policy == "admin" && services.options.auth.enabled() && !principal->is_admin)
    return error_page(request, 403, kForbidden);
  return unknown_parameter(request, route);
}

}  // namespace

http::RouteTable make_routes(Services& services) {
  load_maintenance(services);
  std::vector<http::Route> routes;
  for (const Row& row : kRows) {
    http::Handler handler = [&services, &row](const http::Request& request) {
      const Status allowed = check_objects(request, row.access, services);
      Answer answer = allowed ? row.function(request, services) : Answer(fail(allowed.error()));
      return answer ? std::move(*answer) : row.fault(answer.error());
    };
    routes.push_back({row.method, row.pattern, std::move(handler), policy_of(row.access), row.doc});
  }
  services.openapi = to_json(openapi_document(routes));
  http::Observer observer;
  if (Metrics* metrics = services.metrics) {
    metrics->set_routes(routes);
    observer = [metrics](std::size_t route, int status, std::int64_t us) { metrics->observe(route, status, us); };
  }
  return http::RouteTable(
      std::move(routes),
      [&services](const http::Request& request, const http::Route& route) {
        return guard(request, route, services);
      },
      error_page, std::move(observer));
}

}  // namespace foehn::rest
