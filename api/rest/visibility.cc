#include "api/rest/visibility.h"

namespace foehn::rest {
namespace {

enum class Named { kNothing, kExecution, kTask, kRun };

struct Rule {
  std::string_view prefix;     // of the route's pattern
  std::string_view parameter;  // of its path
  Named named;
  std::string_view before, after;  // text of the handler's 404
};
// "/v2/tasks/{id}/action_executions/{run_id}" names two objects.
constexpr Rule kRules[] = {
    {"/v2/executions/{id}", "id", Named::kExecution, "WorkflowExecution not found [id=", "]"},
    {"/v2/tasks/{id}", "id", Named::kTask, "Task execution not found [id=", "]"},
    {"/v2/tasks/{id}/action_executions/{run_id}", "run_id", Named::kRun, "ActionExecution not found [id=", "]"},
    {"/v2/action_executions/{run_id}", "run_id", Named::kRun, "ActionExecution not found [id=", "]"},
    {"/foehn/v1/executions/{id}", "id", Named::kExecution, "There is no execution ", "."},
    {"/foehn/v1/tasks/{id}", "id", Named::kTask, "There is no task ", "."},
    {"/foehn/v1/action_runs/{id}/complete", "id", Named::kRun, "ActionExecution not found [id=", "]"},
    {"/foehn/v1/action_runs/{id}/fail", "id", Named::kRun, "ActionExecution not found [id=", "]"},
    {"/foehn/v1/action_runs/{id}/log", "id", Named::kRun, "There is no action run ", "."},
};

// nullopt: there is no such row.
Result<std::optional<std::string>> project_of(Services& services, Named named, const Uuid& id) {
  std::optional<std::string> project;
  if (named == Named::kTask) {
    FOEHN_TRY(const auto row, services.query.task(TaskId{id}));
    if (row) project = row->project_id;
  } else if (named == Named::kRun) {
    FOEHN_TRY(const auto row, services.query.run(ActionRunId{id}));
    if (row) project = row->project_id;
  } else {
    FOEHN_TRY(const auto row, services.query.execution(ExecutionId{id}));
    if (row) project = row->execution.project_id;
  }
  return project;
}

}  // namespace

void restrict_to(const auth::Principal& principal, store::ListQuery& query) {
  if (!principal.is_admin) query.visible_to = principal.project_id;
}

Status check_path_object(const http::Request& request, std::string_view pattern, Services& services) {
  if (!services.options.auth.enabled()) return {};
  for (const Rule& rule : kRules) {
    if (!pattern.starts_with(rule.prefix)) continue;
    FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
    if (principal.is_admin) return {};
    const std::string_view text = request.parameter(rule.parameter);
    const auto id = parse_uuid(text);
    if (!id) continue;  // the handler knows what to say
    FOEHN_TRY(const auto project, project_of(services, rule.named, *id));
    if (project && *project != principal.project_id)
      return fail(ErrorCode::kNotFound, std::string(rule.before) + std::string(text) + std::string(rule.after));
  }
  return {};
}

Result<std::optional<store::WorkflowRow>> find_visible_workflow(Services& services, const auth::Principal& principal,
                                                                std::string_view identifier,
                                                                std::string_view workflow_namespace) {
  std::optional<store::WorkflowRow> row;
  if (const auto id = DefinitionId::parse(identifier)) {
    if (principal.is_admin) {
      FOEHN_TRY(row, services.catalog.workflow(*id));
    } else {
      FOEHN_TRY(row, services.catalog.workflow_for(principal.project_id, *id));
    }
    if (row) return row;
  }
  FOEHN_TRY(row, services.catalog.workflow_for(principal.project_id, identifier, workflow_namespace, false));
  if (!row && principal.is_admin) {
    FOEHN_TRY(row, services.catalog.workflow(identifier, workflow_namespace, false));
  }
  return row;
}

}  // namespace foehn::rest
