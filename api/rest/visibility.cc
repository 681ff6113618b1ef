#include "api/rest/visibility.h"

namespace foehn::rest {
namespace {

// nullopt: there is no such row.
Result<std::optional<std::string>> project_of(Services& services, Object object, const Uuid& id) {
  std::optional<std::string> project;
  if (object == Object::kTask) {
    FOEHN_TRY(const auto row, services.query.task(TaskId{id}));
    if (row) project = row->project_id;
  } else if (object == Object::kRun) {
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

Status check_objects(const http::Request& request, Access access, Services& services) {
  const auto objects = objects_of(access);
  if (objects.empty() || !services.options.auth.enabled()) return {};
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  if (principal.is_admin) return {};
  for (const ObjectInPath& one : objects) {
    const std::string_view text = request.parameter(one.parameter);
    const auto id = parse_uuid(text);
    if (!id) continue;  // the handler knows what to say
    FOEHN_TRY(const auto project, project_of(services, one.object, *id));
    if (project && *project != principal.project_id)
      return fail(ErrorCode::kNotFound, std::string(one.before) + std::string(text) + std::string(one.after));
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
