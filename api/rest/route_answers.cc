#include "api/rest/route_answers.h"

namespace foehn::rest {
namespace {

#define FOEHN_OWNED \
  "id: string, name: string, scope: string?, project_id: string?, created_at: string?, updated_at: string?, "

// clang-format off
constexpr AnswerSchema kSchemas[] = {
    {"Versions", "versions: [object]"},
    {"Address", "uri: string"},
    {"Status", "status: string"},
    {"Identity", "version: object"},
    {"IdentityToken", "token: object"},
    {"IdentityError", "error: object"},
    {"Verdict", "valid: boolean, error: string, diagnostics: [object]"},

    {"Workflow", FOEHN_OWNED "namespace: string, input: string, interface: json, definition: string, checksum: string, "
                             "tags: array?"},
    {"WorkflowPage", "workflows: [Workflow], next: string"},
    {"WrittenWorkflow", FOEHN_OWNED "namespace: string, input: string, interface: object, definition: string, "
                                    "checksum: string, tags: array?"},
    {"WrittenWorkflows", "workflows: [WrittenWorkflow]"},
    {"Member", "id: uuid, resource_id: uuid, resource_type: string, project_id: string, member_id: string, "
               "status: string, created_at: string, updated_at: string?"},
    {"Members", "members: [Member]"},
    {"Workbook", FOEHN_OWNED "namespace: string, definition: string, tags: array?"},
    {"WorkbookPage", "workbooks: [Workbook], next: string"},
    {"Environment", FOEHN_OWNED "description: string?, variables: json"},
    {"EnvironmentPage", "environments: [Environment], next: string"},
    {"Action", FOEHN_OWNED "is_system: boolean, input: string, description: string?, tags: array?, definition: string, "
                           "namespace: string"},
    {"ActionPage", "actions: [Action], next: string"},

    {"Execution", "id: uuid, workflow_id: uuid, workflow_name: string, workflow_namespace: string, "
                  "description: string, tags: array?, params: json, task_execution_id: uuid?, "
                  "root_execution_id: uuid?, source_execution_id: uuid?, state: string, state_info: string?, "
                  "input: json, output: json, created_at: string, "
                  "updated_at: string?, project_id: string, published_global: json"},
    {"ExecutionPage", "executions: [Execution], next: string"},
    {"Task", "id: uuid, name: string, type: string, workflow_name: string, workflow_namespace: string, "
             "workflow_id: uuid, workflow_execution_id: uuid, tags: array?, state: string, state_info: string?, "
             "project_id: string, runtime_context: json, result: json, published: json, published_global: json, "
             "processed: boolean, created_at: string, updated_at: string?, started_at: string?, finished_at: string?"},
    {"TaskPage", "tasks: [Task], next: string"},
    {"ActionExecution", "id: uuid?, workflow_name: string?, workflow_namespace: string, task_name: string, "
                        "task_execution_id: uuid?, state: string, state_info: string?, tags: array?, name: string, "
                        "description: string?, project_id: string?, accepted: boolean?, input: json, output: json?, "
                        "created_at: string?, updated_at: string?"},
    {"ActionExecutionPage", "action_executions: [ActionExecution], next: string"},
    {"Report", "statistics: object, root_workflow_execution: object"},

    {"CodeSource", FOEHN_OWNED "namespace: string, content: string, version: integer, actions: array?"},
    {"CodeSourcePage", "code_sources: [CodeSource], next: string"},
    {"DynamicAction",
     FOEHN_OWNED "namespace: string, code_source_id: uuid, code_source_name: string, class_name: string"},
    {"DynamicActionPage", "dynamic_actions: [DynamicAction], next: string"},
    {"CronTrigger", FOEHN_OWNED "workflow_name: string, workflow_id: uuid, workflow_input: json, "
                                "workflow_params: json, pattern: string?, time_zone: string, "
                                "remaining_executions: integer?, first_execution_time: string?, "
                                "next_execution_time: string?"},
    {"CronTriggerPage", "cron_triggers: [CronTrigger], next: string"},
    {"EventTrigger", "id: uuid, name: string?, scope: string, project_id: string, created_at: string, "
                     "updated_at: string?, workflow_id: uuid, workflow_input: json, workflow_params: json, "
                     "exchange: string, topic: string, event: string"},
    {"EventTriggerPage", "event_triggers: [EventTrigger], next: string"},

    {"TriggeredEvents", "events: integer, triggered: [object]"},
    {"Subscription", "id: uuid, name: string, url: string, event_types: array, workflow_name: string?, headers: array, "
                     "signed: boolean, delivered_until: string?, created_at: string"},
    {"Subscriptions", "subscriptions: [Subscription]"},
    {"Tree", "now: string, execution: object, truncated: boolean"},
    {"Waited", "id: uuid, state: string, state_info: string?, over: boolean"},
    {"ExecutionLog", "execution_id: uuid, runs: [object], truncated: boolean"},
    {"RunLog", "id: uuid, state: string, offset: integer, end: integer, text: string"},
    {"Evaluated", "result: any"},
    {"Rerun", "execution_id: uuid, preview: boolean, executions: [object], may_follow: array"},
    {"Bulk", "operation: string, preview: boolean, more: boolean, executions: [object]"},
    {"Why",
     "execution: object, now: string, stuck: any, failed: array, more_failed: any, rerun: any, truncated: boolean, "
     "maintenance: boolean"},
    {"Revision", "revision: integer, hash: string, created_at: string, current: boolean, definition: string"},
    {"Revisions", "workflow_id: uuid, workflow_name: string, revisions: [Revision]"},
    {"PinnedDefinition",
     "workflow_id: uuid, workflow_name: string, workflow_namespace: string, revision: any, hash: string, "
     "current: boolean, definition: string"},
};

constexpr RouteAnswer kAnswers[] = {
    {"GET", "/", "Versions"},
    {"GET", "/v2", "Address"},
    {"GET", "/healthz", "Status"},
    {"GET", "/readyz", "Status"},
    {"GET", "/metrics", "string"},
    {"GET", "/openapi.json", "object"},
    {"GET", "/docs/api", "string"},

    {"GET", "/v3", "Identity"},
    {"POST", "/v3/auth/tokens", "IdentityToken", "401:IdentityError"},

    {"GET", "/v2/workflows", "WorkflowPage", "403 404"},
    {"POST", "/v2/workflows", "WrittenWorkflows", "403 409"},
    {"PUT", "/v2/workflows", "WrittenWorkflows", "403 404 409"},
    {"POST", "/v2/workflows/validate", "Verdict"},
    {"GET", "/v2/workflows/{identifier}", "Workflow", "404"},
    {"PUT", "/v2/workflows/{identifier}", "any", "403 404 409"},
    {"DELETE", "/v2/workflows/{identifier}", "", "403 404"},
    {"GET", "/v2/workflows/{identifier}/members", "Members", "404"},
    {"POST", "/v2/workflows/{identifier}/members", "Member", "403 404 409"},
    {"GET", "/v2/workflows/{identifier}/members/{member_id}", "Member", "404"},
    {"PUT", "/v2/workflows/{identifier}/members/{member_id}", "Member", "403 404"},
    {"DELETE", "/v2/workflows/{identifier}/members/{member_id}", "", "403 404"},

    {"GET", "/v2/workbooks", "WorkbookPage", "404"},
    {"POST", "/v2/workbooks", "Workbook", "403 409"},
    {"PUT", "/v2/workbooks", "Workbook", "403 404 409"},
    {"POST", "/v2/workbooks/validate", "Verdict"},
    {"GET", "/v2/workbooks/{name}", "Workbook", "404"},
    {"DELETE", "/v2/workbooks/{name}", "", "403 404"},

    {"GET", "/v2/environments", "EnvironmentPage", "404"},
    {"POST", "/v2/environments", "Environment", "403 409"},
    {"PUT", "/v2/environments", "Environment", "403 404"},
    {"GET", "/v2/environments/{name}", "Environment", "404"},
    {"DELETE", "/v2/environments/{name}", "", "403 404"},

    {"GET", "/v2/actions", "ActionPage"},
    {"POST", "/v2/actions", "ActionPage", "403 409"},
    {"PUT", "/v2/actions", "ActionPage", "403 404"},
    {"POST", "/v2/actions/validate", "Verdict"},
    {"GET", "/v2/actions/{identifier}", "Action", "404"},
    {"GET", "/v2/actions/{identifier}/{namespace}", "Action", "404"},
    {"PUT", "/v2/actions/{identifier}", "ActionPage", "403 404"},
    {"DELETE", "/v2/actions/{identifier}", "", "403 404"},
    {"DELETE", "/v2/actions/{identifier}/{namespace}", "", "403 404"},

    {"GET", "/v2/executions", "ExecutionPage", "403 404"},
    {"POST", "/v2/executions", "Execution", "403 404 409"},
    {"GET", "/v2/executions/{id}", "Execution", "404"},
    {"PUT", "/v2/executions/{id}", "Execution", "403 404"},
    {"DELETE", "/v2/executions/{id}", "", "403 404"},
    {"GET", "/v2/executions/{id}/tasks", "TaskPage", "404"},
    {"GET", "/v2/executions/{id}/report", "Report", "404"},
    {"GET", "/v2/executions/{id}/executions", "ExecutionPage", "404"},

    {"GET", "/v2/tasks", "TaskPage", "404"},
    {"GET", "/v2/tasks/{id}", "Task", "404"},
    {"PUT", "/v2/tasks/{id}", "Task", "403 404"},
    {"GET", "/v2/tasks/{id}/action_executions", "ActionExecutionPage", "404"},
    {"GET", "/v2/tasks/{id}/action_executions/{run_id}", "ActionExecution", "404"},
    {"GET", "/v2/tasks/{id}/workflow_executions", "ExecutionPage", "403 404"},
    {"GET", "/v2/tasks/{id}/executions", "ExecutionPage", "404"},

    {"GET", "/v2/action_executions", "ActionExecutionPage", "404"},
    {"POST", "/v2/action_executions", "ActionExecution", "403 404"},
    {"GET", "/v2/action_executions/{run_id}", "ActionExecution", "404"},
    {"PUT", "/v2/action_executions/{run_id}", "ActionExecution", "403 404"},
    {"DELETE", "/v2/action_executions/{run_id}", "", "403 404"},

    {"GET", "/v2/services", "any", "406"},
    {"GET", "/v2/code_sources", "CodeSourcePage", "403 404"},
    {"POST", "/v2/code_sources", "CodeSource", "403 409"},
    {"PUT", "/v2/code_sources", "CodeSource", "403 404"},
    {"GET", "/v2/code_sources/{identifier}", "CodeSource", "403 404"},
    {"DELETE", "/v2/code_sources/{identifier}", "", "403 404"},
    {"GET", "/v2/dynamic_actions", "DynamicActionPage", "403 404"},
    {"POST", "/v2/dynamic_actions", "DynamicAction", "403 404 409"},
    {"PUT", "/v2/dynamic_actions", "DynamicAction", "403 404 409"},
    {"GET", "/v2/dynamic_actions/{identifier}", "DynamicAction", "403 404"},
    {"DELETE", "/v2/dynamic_actions/{identifier}", "", "403 404"},

    {"GET", "/maintenance", "Status"},
    {"PUT", "/maintenance", "Status"},
    {"GET", "/info", "any"},

    {"GET", "/v2/cron_triggers", "CronTriggerPage", "403 404"},
    {"POST", "/v2/cron_triggers", "CronTrigger", "403 404 409"},
    {"GET", "/v2/cron_triggers/{identifier}", "CronTrigger", "404"},
    {"DELETE", "/v2/cron_triggers/{identifier}", "", "403 404"},
    {"GET", "/v2/event_triggers", "EventTriggerPage", "403 404"},
    {"POST", "/v2/event_triggers", "EventTrigger", "403 404 409"},
    {"GET", "/v2/event_triggers/{id}", "EventTrigger", "404"},
    {"PUT", "/v2/event_triggers/{id}", "EventTrigger", "403 404 409"},
    {"DELETE", "/v2/event_triggers/{id}", "", "403 404"},

    {"POST", "/foehn/v1/events", "TriggeredEvents"},
    {"GET", "/foehn/v1/subscriptions", "Subscriptions"},
    {"POST", "/foehn/v1/subscriptions", "Subscription", "403 409"},
    {"GET", "/foehn/v1/subscriptions/{identifier}", "Subscription", "404"},
    {"PUT", "/foehn/v1/subscriptions/{identifier}", "Subscription", "404 409"},
    {"DELETE", "/foehn/v1/subscriptions/{identifier}", "", "404"},
    {"GET", "/foehn/v1/events", "string", "403"},
    {"GET", "/foehn/v1/executions/{id}/tree", "Tree", "404"},
    {"GET", "/foehn/v1/executions/{id}/wait", "Waited", "404"},
    {"GET", "/foehn/v1/executions/{id}/log", "ExecutionLog", "404"},
    {"GET", "/foehn/v1/executions/{id}/log/stream", "string", "404"},
    {"POST", "/foehn/v1/executions/{id}/eval", "Evaluated", "404 409"},
    {"POST", "/foehn/v1/action_runs/{id}/complete", "ActionExecution", "403 404 409"},
    {"POST", "/foehn/v1/action_runs/{id}/fail", "ActionExecution", "403 404 409"},
    {"GET", "/foehn/v1/action_runs/{id}/log", "RunLog", "404"},
    {"GET", "/foehn/v1/action_runs/{id}/log/stream", "string", "404"},

    {"POST", "/foehn/v1/executions/{id}/rerun", "Rerun", "403 404 409"},
    {"POST", "/foehn/v1/executions/{id}/clone", "Execution", "403 404 409"},
    {"POST", "/foehn/v1/executions/bulk", "Bulk", "403"},
    {"GET", "/foehn/v1/executions/{id}/definition", "PinnedDefinition", "404"},
    {"GET", "/foehn/v1/executions/{id}/why", "Why", "404"},
    {"POST", "/foehn/v1/tasks/{id}/rerun", "any", "403 404 409"},
    {"GET", "/foehn/v1/workflows/{id}/revisions", "Revisions", "404"},
    {"GET", "/foehn/v1/workflows/{id}/revisions/{revision}", "Revision", "404"},
    {"POST", "/foehn/v1/workflows/{id}/rollback", "Revision", "403 404 409"},

    {"GET", "/overclouds", "[object]", "404"},
    {"POST", "/overclouds", "object", "409 429", "200"},
    {"DELETE", "/overclouds", "object", "404 409", "200"},
    {"GET", "/overclouds/{id}", "object", "404"},
    {"DELETE", "/overclouds/{id}", "object", "404 409", "200"},
    {"POST", "/overclouds/{id}/rollback", "object", "404 409"},
    {"GET", "/overclouds/{id}/executions", "array", "404"},
    {"GET", "/overclouds/{id}/ssh-key", "string", "404 409"},
};
// clang-format on

#undef FOEHN_OWNED

}  // namespace

std::span<const AnswerSchema> answer_schemas() { return kSchemas; }

const RouteAnswer* answer_of(std::string_view method, std::string_view pattern) {
  for (const RouteAnswer& row : kAnswers)
    if (row.method == method && row.pattern == pattern) return &row;
  return nullptr;
}

}  // namespace foehn::rest
