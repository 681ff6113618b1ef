// /v2/tasks: look at tasks; re-run or skip failed ones.
#include <array>
#include <optional>

#include "api/rest/body.h"
#include "api/rest/faults.h"
#include "api/rest/handlers.h"
#include "api/rest/paging.h"
#include "api/rest/views.h"
#include "api/rest/visibility.h"
#include "engine/base/limits.h"

namespace foehn::rest {
namespace {

using core::State;

constexpr std::array kTaskParameters = {
    Parameter{"name"},
    Parameter{"type"},
    Parameter{"workflow_name"},
    Parameter{"workflow_namespace"},
    Parameter{"workflow_id", ParameterKind::kUuid},
    Parameter{"workflow_execution_id", ParameterKind::kUuid},
    Parameter{"tags", ParameterKind::kTags},
    Parameter{"state", ParameterKind::kState},
    Parameter{"state_info"},
    Parameter{"published", ParameterKind::kJson},
    Parameter{"processed", ParameterKind::kBool},
    Parameter{"created_at", ParameterKind::kTime},
    Parameter{"updated_at", ParameterKind::kTime},
    Parameter{"started_at", ParameterKind::kTime},
    Parameter{"finished_at", ParameterKind::kTime},
};
ListTable task_table() { return {"tasks", kTaskFields, kTaskParameters, "Task execution not found [id="}; }

Error task_not_found(std::string_view id) {
  return {ErrorCode::kNotFound, "Task execution not found [id=" + std::string(id) + "]"};
}

Result<store::TaskRow> read_task(Services& services, std::string_view text) {
  const auto id = TaskId::parse(text);
  if (!id) return fail(task_not_found(text));
  FOEHN_TRY(auto row, services.query.task(*id));
  if (!row) return fail(task_not_found(text));
  return std::move(*row);
}

Answer list_tasks_of(const http::Request& request, Services& services, const std::vector<store::Filter>& fixed) {
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  FOEHN_TRY(ListRequest wanted, parse_list(request, task_table(), fixed));
  restrict_to(principal, wanted.query);
  const auto page = services.query.tasks(wanted.query);
  if (!page) return fail(list_error(task_table(), wanted, page.error()));
  std::vector<Value> items;
  for (const store::TaskRow& row : page->rows) items.push_back(task_view(row, std::nullopt));
  return json_response(200, list_body(request, services, task_table(), wanted, std::move(items)));
}

Result<Value> view_with_result(Services& services, const store::TaskRow& row) {
  FOEHN_TRY(auto runs, services.query.runs_of_task(row.task.id, limits::kWithItemsMax));
  return task_view(row, task_result(row.task, std::move(runs)));
}

// The rules of PUT, in Mistral's order.
Result<core::Event> read_task_update(const Value& body, const store::TaskRow& row) {
  const auto bad = [](std::string message) { return fail(ErrorCode::kInvalidArgument, std::move(message)); };
  FOEHN_TRY(const auto id, text_attribute(body, "id"));
  FOEHN_TRY(const auto name, text_attribute(body, "name"));
  FOEHN_TRY(const auto workflow_name, text_attribute(body, "workflow_name"));
  FOEHN_TRY(const auto state, text_attribute(body, "state"));
  FOEHN_TRY(Value env, json_attribute(body, "env"));
  if (id && *id != to_string(row.task.id)) return bad("Task id does not match.");
  if (name && *name != row.task.name) return bad("Task name does not match.");
  if (workflow_name && *workflow_name != row.workflow_name) return bad("Workflow name does not match.");
  const bool skip = state && *state == "SKIPPED";
  if (!skip && (!state || *state != "RUNNING"))
    return bad("Invalid task state. Only updating task to RUNNING or SKIPPED is supported.");
  if (row.task.state != State::kError)
    return bad("The current task execution must be in ERROR for rerun. Only updating task to rerun is supported.");
  if (env.empty()) env = nullptr;
  if (skip) return core::Event(core::SkipTask{row.task.id, std::move(env)});
  const Value* reset = find(body, "reset");
  if (!reset || reset->is_null()) return bad("Reset field is mandatory to rerun task.");
  FOEHN_TRY(const bool from_scratch, parse_bool("reset", to_python_str(*reset)));
  if (!from_scratch && !row.task.with_items) return bad("Only with-items task has the option to not reset.");
  return core::Event(core::RerunTask{row.task.id, from_scratch, std::move(env)});
}

}  // namespace

Answer list_tasks(const http::Request& request, Services& services) { return list_tasks_of(request, services, {}); }

Answer list_execution_tasks(const http::Request& request, Services& services) {
  FOEHN_TRY(const Uuid id, require_uuid(request.parameter("id")));
  FOEHN_TRY(const auto execution, services.query.execution(ExecutionId{id}));
  if (!execution)
    return fail(ErrorCode::kNotFound, "WorkflowExecution not found [id=" + to_string(id) + "]");
  return list_tasks_of(request, services, {{"workflow_execution_id", store::FilterOp::kEq, {to_string(id)}}});
}

Answer get_task(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {"fields"}));
  FOEHN_TRY(const store::TaskRow row, read_task(services, request.parameter("id")));
  FOEHN_TRY(Value view, view_with_result(services, row));
  FOEHN_TRY(const Value picked, pick_fields(request, task_table(), std::move(view)));
  return json_response(200, picked);
}

Answer update_task(const http::Request& request, Services& services) {
  FOEHN_TRY(const Value body, json_object(request, "task", kTaskFields));
  FOEHN_TRY(store::TaskRow row, read_task(services, request.parameter("id")));
  FOEHN_TRY(core::Event event, read_task_update(body, row));
  FOEHN_TRY(runtime::Answer answer, services.engine.submit(row.task.execution_id, std::move(event)));
  if (answer.task) row.task = std::move(*answer.task);
  // A task that runs again has no result; what a read would find may be newer than the row shown here.
  if (!core::is_complete(row.task.state) && !row.task.with_items)
    return json_response(200, task_view(row, Value::array()));
  FOEHN_TRY(const Value view, view_with_result(services, row));
  return json_response(200, view);
}

}  // namespace foehn::rest
