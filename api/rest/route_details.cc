#include "api/rest/route_details.h"

#include <algorithm>

namespace foehn::rest {
namespace {

using enum BodyKind;

#define FOEHN_LIST_QUERY "limit: integer, marker, sort_keys, sort_dirs, fields, "

constexpr std::string_view kWorkflowList = FOEHN_LIST_QUERY
    "name, namespace, input, definition, checksum, tags, scope, project_id, created_at, updated_at, "
    "all_projects: boolean";
constexpr std::string_view kWorkbookList =
    FOEHN_LIST_QUERY "name, namespace, definition, tags, scope, created_at, updated_at";
constexpr std::string_view kActionList = FOEHN_LIST_QUERY
    "name, description, input, definition, is_system: boolean, namespace, tags, scope, created_at, updated_at";
constexpr std::string_view kExecutionList = FOEHN_LIST_QUERY
    "workflow_name, workflow_id, workflow_namespace, description, tags, params, task_execution_id, root_execution_id, "
    "state, state_info, input, output, created_at, updated_at, project_id, nulls, include_output: boolean, "
    "all_projects: boolean";
constexpr std::string_view kTaskList = FOEHN_LIST_QUERY
    "name, type, workflow_name, workflow_namespace, workflow_id, workflow_execution_id, tags, state, state_info, "
    "published, processed: boolean, created_at, updated_at, started_at, finished_at";
constexpr std::string_view kRunList = FOEHN_LIST_QUERY
    "name, task_name, task_execution_id, workflow_name, workflow_execution_id, state, state_info, accepted: boolean, "
    "tags, input, output, description, created_at, updated_at, include_output: boolean";
constexpr std::string_view kEnvironmentList =
    FOEHN_LIST_QUERY "name, description, variables, scope, created_at, updated_at";
constexpr std::string_view kCodeList = FOEHN_LIST_QUERY
    "name, namespace, content, version, scope, project_id, created_at, updated_at, all_projects: boolean";
constexpr std::string_view kDynamicList = FOEHN_LIST_QUERY
    "name, namespace, code_source_id, code_source_name, class_name, scope, project_id, created_at, updated_at, "
    "all_projects: boolean";
constexpr std::string_view kEnvironmentBody = "name*, description, variables: object, scope";
constexpr std::string_view kStartBody =
    "workflow_id, workflow_name, workflow_namespace, input: object, params: object, description, id, "
    "source_execution_id";
constexpr std::string_view kCronList = FOEHN_LIST_QUERY
    "name, workflow_name, workflow_id, workflow_input, workflow_params, scope, pattern, remaining_executions, "
    "first_execution_time, next_execution_time, created_at, updated_at, project_id, all_projects: boolean";
constexpr std::string_view kCronBody =
    "name*, workflow_name, workflow_id, workflow_input: object, workflow_params: object, pattern, time_zone, "
    "first_execution_time, remaining_executions: integer, scope";
constexpr std::string_view kEventTriggerList = FOEHN_LIST_QUERY
    "name, workflow_id, workflow_input, workflow_params, exchange, topic, event, scope, created_at, updated_at, "
    "project_id, all_projects: boolean";
constexpr std::string_view kEventTriggerBody =
    "name, exchange*, topic*, event*, workflow_id*, workflow_input: object, workflow_params: object, scope";
constexpr std::string_view kDefinitionQuery = "scope, namespace, skip_validation: boolean";
constexpr std::string_view kBelowQuery = "errors_only: boolean, max_depth: integer, include_output: boolean";
constexpr std::string_view kWaitQuery = "wait: boolean, timeout: integer";
constexpr std::string_view kRemoveQuery = "preserve, force: boolean, wait: boolean, timeout: integer";
constexpr std::string_view kStream = "text/event-stream";

// clang-format off
constexpr RouteDetails kDetails[] = {
    {"GET", "/docs/api", kNone, {}, {}, 200, "text/html"},
    {"GET", "/metrics", kNone, {}, {}, 200, "text/plain"},

    {"GET", "/v2/workflows", kNone, {}, kWorkflowList},
    {"POST", "/v2/workflows", kYaml, {}, kDefinitionQuery, 201},
    {"PUT", "/v2/workflows", kYaml, {}, kDefinitionQuery},
    {"POST", "/v2/workflows/validate", kYaml, {}, kDefinitionQuery},
    {"GET", "/v2/workflows/{identifier}", kNone, {}, "namespace, fields"},
    {"PUT", "/v2/workflows/{identifier}", kYaml, {}, kDefinitionQuery},
    {"DELETE", "/v2/workflows/{identifier}", kNone, {}, "namespace", 204},
    {"POST", "/v2/workflows/{identifier}/members", kJson, "member_id*", {}, 201},
    {"PUT", "/v2/workflows/{identifier}/members/{member_id}", kJson, "status*"},
    {"DELETE", "/v2/workflows/{identifier}/members/{member_id}", kNone, {}, {}, 204},

    {"GET", "/v2/workbooks", kNone, {}, kWorkbookList},
    {"POST", "/v2/workbooks", kYaml, {}, kDefinitionQuery, 201},
    {"PUT", "/v2/workbooks", kYaml, {}, kDefinitionQuery},
    {"POST", "/v2/workbooks/validate", kYaml, {}, kDefinitionQuery},
    {"GET", "/v2/workbooks/{name}", kNone, {}, "namespace, fields"},
    {"DELETE", "/v2/workbooks/{name}", kNone, {}, "namespace", 204},

    {"GET", "/v2/environments", kNone, {}, kEnvironmentList},
    {"POST", "/v2/environments", kJson, kEnvironmentBody, {}, 201},
    {"PUT", "/v2/environments", kJson, kEnvironmentBody},
    {"GET", "/v2/environments/{name}", kNone, {}, "fields"},
    {"DELETE", "/v2/environments/{name}", kNone, {}, {}, 204},

    {"GET", "/v2/actions", kNone, {}, kActionList},
    {"POST", "/v2/actions", kYaml, {}, kDefinitionQuery, 201},
    {"PUT", "/v2/actions", kYaml, {}, kDefinitionQuery},
    {"POST", "/v2/actions/validate", kYaml, {}, kDefinitionQuery},
    {"GET", "/v2/actions/{identifier}", kNone, {}, "namespace"},
    {"PUT", "/v2/actions/{identifier}", kYaml, {}, kDefinitionQuery},
    {"DELETE", "/v2/actions/{identifier}", kNone, {}, "namespace", 204},
    {"DELETE", "/v2/actions/{identifier}/{namespace}", kNone, {}, {}, 204},

    {"GET", "/v2/executions", kNone, {}, kExecutionList},
    {"POST", "/v2/executions", kJson, kStartBody, {}, 201},
    {"GET", "/v2/executions/{id}", kNone, {}, "fields"},
    {"PUT", "/v2/executions/{id}", kJson, "state, state_info, description, params: object"},
    {"DELETE", "/v2/executions/{id}", kNone, {}, "force: boolean", 204},
    {"GET", "/v2/executions/{id}/tasks", kNone, {}, kTaskList},
    {"GET", "/v2/executions/{id}/report", kNone, {},
     "errors_only: boolean, max_depth: integer, statistics_only: boolean"},
    {"GET", "/v2/executions/{id}/executions", kNone, {}, kBelowQuery},

    {"GET", "/v2/tasks", kNone, {}, kTaskList},
    {"GET", "/v2/tasks/{id}", kNone, {}, "fields"},
    {"PUT", "/v2/tasks/{id}", kJson, "id, name, workflow_name, state*, reset: boolean, env: object"},
    {"GET", "/v2/tasks/{id}/action_executions", kNone, {}, kRunList},
    {"GET", "/v2/tasks/{id}/action_executions/{run_id}", kNone, {}, "fields"},
    {"GET", "/v2/tasks/{id}/workflow_executions", kNone, {}, kExecutionList},
    {"GET", "/v2/tasks/{id}/executions", kNone, {}, kBelowQuery},

    {"GET", "/v2/action_executions", kNone, {}, kRunList},
    {"POST", "/v2/action_executions", kJson,
     "name*, input: object, params: object, description, workflow_namespace", {}, 201},
    {"GET", "/v2/action_executions/{run_id}", kNone, {}, "fields"},
    {"PUT", "/v2/action_executions/{run_id}", kJson, "state, output: any"},
    {"DELETE", "/v2/action_executions/{run_id}", kNone, {}, {}, 204},

    {"GET", "/v2/code_sources", kNone, {}, kCodeList},
    {"POST", "/v2/code_sources", kText, {}, "name, scope, namespace", 201},
    {"PUT", "/v2/code_sources", kText, {}, "identifier, scope, namespace"},
    {"GET", "/v2/code_sources/{identifier}", kNone, {}, "namespace, fields"},
    {"DELETE", "/v2/code_sources/{identifier}", kNone, {}, "namespace", 204},
    {"GET", "/v2/dynamic_actions", kNone, {}, kDynamicList},
    {"POST", "/v2/dynamic_actions", kJson,
     "name*, class_name*, code_source_id, code_source_name, namespace, scope", {}, 201},
    {"PUT", "/v2/dynamic_actions", kJson, "id, name, class_name, code_source_id, code_source_name, namespace, scope"},
    {"GET", "/v2/dynamic_actions/{identifier}", kNone, {}, "namespace, fields"},
    {"DELETE", "/v2/dynamic_actions/{identifier}", kNone, {}, "namespace", 204},

    {"GET", "/v2/cron_triggers", kNone, {}, kCronList},
    {"POST", "/v2/cron_triggers", kJson, kCronBody, {}, 201},
    {"GET", "/v2/cron_triggers/{identifier}", kNone, {}, "fields"},
    {"DELETE", "/v2/cron_triggers/{identifier}", kNone, {}, {}, 204},
    {"GET", "/v2/event_triggers", kNone, {}, kEventTriggerList},
    {"POST", "/v2/event_triggers", kJson, kEventTriggerBody, {}, 201},
    {"GET", "/v2/event_triggers/{id}", kNone, {}, "fields"},
    {"PUT", "/v2/event_triggers/{id}", kJson,
     "name, workflow_id, workflow_input: object, workflow_params: object, scope"},
    {"DELETE", "/v2/event_triggers/{id}", kNone, {}, {}, 204},

    {"PUT", "/maintenance", kJson, "status*"},
    {"POST", "/v3/auth/tokens", kJson, "auth*: object", "nocatalog", 201},

    {"POST", "/foehn/v1/events", kJson,
     "specversion*, id*, source*, type*, subject, time, data: any", "exchange, topic"},
    {"POST", "/foehn/v1/subscriptions", kJson,
     "name*, url*, event_types: array, workflow_name, headers: object, secret", {}, 201},
    {"PUT", "/foehn/v1/subscriptions/{identifier}", kJson,
     "name, url, event_types: array, workflow_name, headers: object, secret"},
    {"DELETE", "/foehn/v1/subscriptions/{identifier}", kNone, {}, {}, 204},
    {"GET", "/foehn/v1/events", kNone, {}, "execution, workflow, project, type, last_event_id", 200, kStream},
    {"POST", "/foehn/v1/executions/{id}/eval", kJson, "expression*, task"},
    {"POST", "/foehn/v1/action_runs/{id}/complete", kJson, "result: any, reason*"},
    {"POST", "/foehn/v1/action_runs/{id}/fail", kJson, "result: any, reason*"},
    {"POST", "/foehn/v1/executions/{id}/rerun", kJson,
     "set, task, reset: boolean, env: object, input: object, revision: any, preview: boolean"},
    {"POST", "/foehn/v1/executions/{id}/clone", kJson, "input: object, params: object, description, revision: any",
     {}, 201},
    {"POST", "/foehn/v1/executions/bulk", kJson,
     "operation*, query*: object, preview: boolean, limit: integer, force: boolean"},
    {"POST", "/foehn/v1/tasks/{id}/rerun", kJson,
     "reset: boolean, items: array, env: object, input: object, revision: any, downstream: boolean"},
    {"GET", "/foehn/v1/workflows/{id}/revisions", kNone, {}, "namespace"},
    {"GET", "/foehn/v1/workflows/{id}/revisions/{revision}", kNone, {}, "namespace"},
    {"POST", "/foehn/v1/workflows/{id}/rollback", kJson, "revision*: any", "namespace"},
    {"GET", "/foehn/v1/executions/{id}/wait", kNone, {}, "timeout: integer"},
    {"GET", "/foehn/v1/executions/{id}/log/stream", kNone, {}, "last_event_id, since: integer", 200, kStream},
    {"GET", "/foehn/v1/action_runs/{id}/log", kNone, {}, "offset: integer"},
    {"GET", "/foehn/v1/action_runs/{id}/log/stream", kNone, {}, "offset: integer", 200, kStream},

    {"GET", "/overclouds", kNone, {}, "state, tenant, deleted: boolean, marker, limit: integer"},
    {"POST", "/overclouds", kJson, "provider, number: integer, size, wait: boolean, timeout: integer", kWaitQuery, 202},
    {"DELETE", "/overclouds", kJson, "overcloud_id*, preserve, force: boolean, wait: boolean, timeout: integer",
     kRemoveQuery, 202},
    {"DELETE", "/overclouds/{id}", kNone, {}, kRemoveQuery, 202},
    {"POST", "/overclouds/{id}/rollback", kNone, {}, {}, 202},
    {"GET", "/overclouds/{id}/ssh-key", kNone, {}, {}, 200, "application/x-pem-file"},
};
// clang-format on

#undef FOEHN_LIST_QUERY

}  // namespace

const RouteDetails* details_of(std::string_view method, std::string_view pattern) {
  for (const RouteDetails& row : kDetails)
    if (row.method == method && row.pattern == pattern) return &row;
  return nullptr;
}

std::vector<std::string_view> query_names(const RouteDetails* details) {
  std::vector<std::string_view> names;
  std::string_view rest = details ? details->query : "";
  while (!rest.empty()) {
    std::string_view field = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), field.size() + 1));
    field.remove_prefix(std::min(field.size(), field.find_first_not_of(' ')));
    if (!field.empty()) names.push_back(field.substr(0, field.find(':')));
  }
  return names;
}

}  // namespace foehn::rest
