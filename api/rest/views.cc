#include "api/rest/views.h"

#include <algorithm>
#include <array>

#include "api/rest/masking.h"
#include "engine/store/columns.h"

namespace foehn::rest {
namespace {

constexpr std::array<std::string_view, 12> kWorkflow = {
    "id",   "name",  "namespace",  "input",      "interface",  "definition", "checksum",
    "tags", "scope", "project_id", "created_at", "updated_at"};
constexpr std::array<std::string_view, 18> kExecution = {
    "id",         "workflow_id", "workflow_name", "workflow_namespace", "description", "tags",
    "params",     "task_execution_id", "root_execution_id", "source_execution_id", "state", "state_info",
    "input",      "output",      "created_at",    "updated_at",         "project_id",  "published_global"};
constexpr std::array<std::string_view, 22> kTask = {
    "id",         "name",       "type",       "workflow_name", "workflow_namespace", "workflow_id",
    "workflow_execution_id",    "tags",       "state",         "state_info",         "project_id",
    "runtime_context",          "result",     "published",     "published_global",   "processed",
    "created_at", "updated_at", "started_at", "finished_at",   "reset",              "env"};
constexpr std::array<std::string_view, 17> kActionExecution = {
    "id",    "workflow_name", "workflow_namespace", "task_name", "task_execution_id", "state",
    "state_info", "tags",     "name",               "description", "project_id",      "accepted",
    "input", "output",        "created_at",         "updated_at", "params"};

Value json_text(const Value& value) { return to_python_json(value); }

template <class Tag>
Value id_view(const std::optional<Id<Tag>>& id) {
  return id ? Value(to_string(*id)) : Value();
}

// Mistral keeps the links to the parent in the parameters as well, and always a namespace and an environment.
Value params_view(const core::Execution& execution) {
  Value params = Value::object();
  if (execution.parent) {
    params["root_execution_id"] = id_view(execution.root_id);
    params["task_execution_id"] = to_string(execution.parent->task_id);
    params["index"] = execution.parent->index;
  }
  for (const auto& [key, value] : execution.params.items()) params[key] = value;
  if (!params.contains("namespace")) params["namespace"] = execution.workflow_namespace;
  if (!params.contains("env")) params["env"] = Value::object();
  return params;
}

Value runtime_context_view(const core::Task& task) {
  Value context = Value::object();
  if (!task.triggered_by.empty()) {
    Value& triggers = context["triggered_by"] = Value::array();
    for (const core::TriggeredBy& trigger : task.triggered_by)
      triggers.push_back(Value{{"task_id", to_string(trigger.task_id)}, {"event", trigger.event}});
  }
  if (task.retry_count > 0) context["retry_task_policy"] = Value{{"retry_no", task.retry_count}};
  if (task.with_items) {
    const core::WithItemsState& items = *task.with_items;
    const bool bounded = items.concurrency > 0;
    const std::uint32_t free = items.concurrency - std::min(items.concurrency, items.active);
    context["with_items"] = Value{{"capacity", bounded ? Value(free) : Value()}, {"count", items.count}};
  }
  return context;
}

}  // namespace

const std::span<const std::string_view> kWorkflowFields = kWorkflow;
const std::span<const std::string_view> kExecutionFields = kExecution;
const std::span<const std::string_view> kTaskFields = kTask;
const std::span<const std::string_view> kActionExecutionFields = kActionExecution;

std::string_view state_view(core::State state) { return core::to_string(store::shown_state(state)); }
Value precise_time_view(const std::optional<WallTime>& time) { return time ? Value(to_rfc3339(*time)) : Value(); }
Value text_view(const std::optional<std::string>& text) { return text ? Value(*text) : Value(); }
Value time_view(WallTime time) { return to_mistral_time(time); }
Value time_view(const std::optional<WallTime>& time) { return time ? time_view(*time) : Value(); }

Value workflow_view(const store::WorkflowRow& row, WorkflowForm form) {
  Value view = Value::object();
  view["id"] = to_string(row.id);
  view["name"] = row.name;
  view["namespace"] = row.workflow_namespace;
  view["input"] = row.input;
  view["interface"] = form == WorkflowForm::kRead ? json_text(row.interface_) : row.interface_;
  view["definition"] = row.definition;
  view["checksum"] = row.hash;
  view["tags"] = row.tags;
  view["scope"] = row.scope;
  view["project_id"] = row.project_id;
  view["created_at"] = time_view(row.created_at);
  if (form == WorkflowForm::kRead || row.updated_at) view["updated_at"] = time_view(row.updated_at);
  return view;
}

Value execution_view(const Services& services, const core::Execution& execution, ExecutionParts parts) {
  Value view = Value::object();
  view["id"] = to_string(execution.id);
  view["workflow_id"] = to_string(execution.workflow_id);
  view["workflow_name"] = execution.workflow_name;
  view["workflow_namespace"] = execution.workflow_namespace;
  view["description"] = execution.description;
  view["tags"] = execution.tags;
  view["params"] = masked_json(services, params_view(execution));
  view["task_execution_id"] = execution.parent ? Value(to_string(execution.parent->task_id)) : Value();
  view["root_execution_id"] = id_view(execution.root_id);
  if (execution.source_id) view["source_execution_id"] = id_view(execution.source_id);
  view["state"] = state_view(execution.state);
  view["state_info"] = text_view(execution.state_info);
  view["input"] = masked_json(services, execution.input);
  if (parts.output) view["output"] = json_text(execution.output.is_null() ? Value::object() : execution.output);
  view["created_at"] = time_view(execution.created_at);
  view["updated_at"] = time_view(execution.updated_at);
  view["project_id"] = execution.project_id;
  if (parts.globals) view["published_global"] = json_text(execution.globals);
  return view;
}

Value task_view(const store::TaskRow& row, const std::optional<Value>& result) {
  const core::Task& task = row.task;
  Value view = Value::object();
  view["id"] = to_string(task.id);
  view["name"] = task.name;
  view["type"] = store::to_string(task.type);
  view["workflow_name"] = row.workflow_name;
  view["workflow_namespace"] = row.workflow_namespace;
  view["workflow_id"] = to_string(row.workflow_id);
  view["workflow_execution_id"] = to_string(task.execution_id);
  view["tags"] = task.tags;
  view["state"] = state_view(task.state);
  view["state_info"] = text_view(task.state_info);
  view["project_id"] = row.project_id;
  view["runtime_context"] = json_text(runtime_context_view(task));
  if (result) view["result"] = json_text(*result);
  view["published"] = json_text(task.published.is_null() ? Value::object() : task.published);
  const bool decided = task.state == core::State::kSuccess || task.state == core::State::kError;
  if (result && decided && is_truthy(task.published_global))
    view["published_global"] = json_text(task.published_global);
  view["processed"] = task.processed;
  view["created_at"] = time_view(task.created_at);
  view["updated_at"] = time_view(task.updated_at);
  view["started_at"] = time_view(task.started_at);
  view["finished_at"] = time_view(task.finished_at);
  return view;
}

Value task_result(const core::Task& task, std::vector<core::ActionRun> runs) {
  std::stable_sort(runs.begin(), runs.end(), [](const core::ActionRun& a, const core::ActionRun& b) {
    return a.index < b.index;
  });
  Value results = Value::array();
  for (core::ActionRun& run : runs) {
    if (!run.accepted) continue;
    if (run.kind == core::RunKind::kWorkflow) {
      results.push_back(std::move(run.output));
    } else {
      const Value* result = find(run.output, "result");
      results.push_back(result ? *result : Value());
    }
  }
  if (task.with_items) return results;
  return results.size() == 1 ? results.front() : results;
}

Value action_execution_view(const Services& services, const store::RunRow& row, bool with_output) {
  const core::ActionRun& run = row.run;
  Value view = Value::object();
  view["id"] = to_string(run.id);
  const bool direct = run.task_id.is_nil();
  view["workflow_name"] = direct ? Value() : Value(row.workflow_name);
  view["workflow_namespace"] = row.workflow_namespace;
  if (!direct) view["task_name"] = row.task_name;
  view["task_execution_id"] = direct ? Value() : Value(to_string(run.task_id));
  view["state"] = state_view(run.state);
  view["state_info"] = text_view(run.state_info);
  view["tags"] = nullptr;
  view["name"] = run.name;
  view["description"] = "";
  view["project_id"] = row.project_id;
  view["accepted"] = run.accepted;
  view["input"] = masked_input_json(services, run);
  if (with_output) view["output"] = run.output.is_null() ? Value() : json_text(run.output);
  view["created_at"] = time_view(run.created_at);
  view["updated_at"] = time_view(run.updated_at);
  return view;
}

// Built-in actions as Mistral shows them: the id is the name, times are empty texts.
Value action_view(const ActionInfo& action) {
  Value view = Value::object();
  view["id"] = action.name;
  view["name"] = action.name;
  view["is_system"] = false;
  view["input"] = action.input;
  view["description"] = action.description;
  view["tags"] = nullptr;
  view["definition"] = "";
  view["scope"] = nullptr;
  view["project_id"] = nullptr;
  view["created_at"] = "";
  view["updated_at"] = "";
  view["namespace"] = "";
  return view;
}

Value diagnostics_view(const Diagnostics& diagnostics) {
  Value list = Value::array();
  for (const Diagnostic& diagnostic : diagnostics) {
    Value view = Value::object();
    view["code"] = diagnostic.code;
    view["severity"] = diagnostic.severity == Severity::kError ? "error" : "warning";
    view["line"] = diagnostic.mark.line;
    view["column"] = diagnostic.mark.column;
    view["message"] = diagnostic.message;
    view["hint"] = diagnostic.hint;
    list.push_back(std::move(view));
  }
  return list;
}

Value legacy_overcloud_view(const Value& record) {
  Value view = Value::object();
  for (const std::string_view key :
       {"overcloud_ID", "devops_post", "logical_cluster", "ssh", "weave_url", "chronograf_url", "rook_url",
        "prometheus_url", "smartx-multiview", "grafana_url"}) {
    const Value* found = find(record, key);
    view[std::string(key)] = found ? *found : Value();
  }
  return view;
}

}  // namespace foehn::rest
