#include "engine/runtime/lookup.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/base/limits.h"
#include "engine/core/eval_scope.h"

namespace foehn::runtime {
namespace {

constexpr std::uint32_t kMost = limits::kPageMax;

Value optional_text(const std::optional<std::string>& text) { return text ? Value(*text) : Value(); }
Value optional_time(const std::optional<WallTime>& time) { return time ? Value(to_mistral_time(*time)) : Value(); }

bool flag(const Value& filter, std::string_view key) {
  const Value* value = find(filter, key);
  return value != nullptr && is_truthy(*value);
}

Value execution_object(const core::Execution& execution) {
  Value object = Value::object();
  object["id"] = to_string(execution.id);
  object["name"] = execution.workflow_name;
  object["workflow_id"] = to_string(execution.workflow_id);
  object["workflow_name"] = execution.workflow_name;
  object["workflow_namespace"] = execution.workflow_namespace;
  object["description"] = execution.description;
  object["tags"] = execution.tags;
  object["state"] = std::string(to_string(execution.state));
  object["state_info"] = optional_text(execution.state_info);
  object["input"] = execution.input;
  object["output"] = execution.output;
  object["params"] = execution.params;
  object["task_execution_id"] = execution.parent ? Value(to_string(execution.parent->task_id)) : Value();
  object["root_execution_id"] = execution.root_id ? Value(to_string(*execution.root_id)) : Value();
  object["project_id"] = execution.project_id;
  object["created_at"] = to_mistral_time(execution.created_at);
  object["updated_at"] = optional_time(execution.updated_at);
  return object;
}

Value run_result(const core::ActionRun& run) {
  if (run.kind == core::RunKind::kWorkflow) return run.output;
  const Value* result = find(run.output, "result");
  return result != nullptr ? *result : Value();
}

// Mistral: mistral/workflow/data_flow.py get_task_execution_result.
Value task_result(const core::Task& task, const std::vector<core::ActionRun>& runs) {
  std::vector<const core::ActionRun*> accepted;
  for (const core::ActionRun& run : runs) {
    if (run.accepted) accepted.push_back(&run);
  }
  std::stable_sort(accepted.begin(), accepted.end(),
                   [](const core::ActionRun* a, const core::ActionRun* b) { return a->index < b->index; });
  if (!task.with_items && accepted.size() == 1) return run_result(*accepted.front());
  Value list = Value::array();
  for (const core::ActionRun* run : accepted) list.push_back(run_result(*run));
  return list;
}

bool state_fits(const Value& filter, core::State state) {
  const Value* wanted = find(filter, "state");
  return wanted == nullptr || wanted->is_null() || to_python_str(*wanted) == to_string(state);
}

void add_filter(store::ListQuery& query, const Value& filter, std::string_view key, std::string column,
                store::FilterOp op) {
  const Value* value = find(filter, key);
  if (value == nullptr || value->is_null()) return;
  query.filters.push_back({std::move(column), op, {to_python_str(*value)}});
}

}  // namespace

Result<core::AdhocSpecPtr> RuntimeLookup::adhoc_action(std::string_view name, std::string_view workflow_name,
                                                       std::string_view action_namespace) const {
  return definitions_.adhoc(name, workflow_name, action_namespace, project_id_);
}

std::optional<core::ActionTraits> RuntimeLookup::action_traits(std::string_view action) const {
  return actions_.traits(action);
}

Status RuntimeLookup::check_action_input(std::string_view action, const Value& input) const {
  return actions_.check_input(action, input);
}

Result<Value> RuntimeLookup::executions(const Value& filter) const {
  store::ListQuery query;
  query.limit = kMost;
  query.filters.push_back({"project_id", store::FilterOp::kEq, {project_id_}});
  add_filter(query, filter, "id", "id", store::FilterOp::kEq);
  add_filter(query, filter, "root_execution_id", "root_execution_id", store::FilterOp::kEq);
  add_filter(query, filter, "from_time", "created_at", store::FilterOp::kGte);
  add_filter(query, filter, "to_time", "created_at", store::FilterOp::kLt);
  FOEHN_TRY(const auto page, query_.executions(query));
  Value list = Value::array();
  for (const store::ExecutionRow& row : page.rows) {
    const core::ExecutionState* state = resident(row.execution.id);
    const core::Execution& execution = state != nullptr ? state->execution() : row.execution;
    if (state_fits(filter, execution.state)) list.push_back(execution_object(execution));
  }
  return list;
}

Result<Value> RuntimeLookup::tasks(const Value& filter) const {
  std::vector<SeenTask> seen;
  const Value* wanted = find(filter, "workflow_execution_id");
  if (wanted != nullptr && !wanted->is_null()) {
    const auto id = ExecutionId::parse(to_python_str(*wanted));
    if (!id) return Value::array();
    FOEHN_TRY(seen, tasks_of(*id, flag(filter, "recursive"), 0));
  } else {
    FOEHN_TRY(seen, all_tasks());
  }
  Value list = Value::array();
  for (const SeenTask& task : seen) {
    if (list.size() >= kMost) break;
    if (!state_fits(filter, task.task.state)) continue;
    if (flag(filter, "flat")) {
      FOEHN_TRY(const bool wanted_flat, is_flat(task));
      if (!wanted_flat) continue;
    }
    list.push_back(to_object(task));
  }
  return list;
}

Result<std::vector<RuntimeLookup::SeenTask>> RuntimeLookup::tasks_of(ExecutionId id, bool recursive,
                                                                     std::size_t depth) const {
  std::vector<SeenTask> all;
  if (const core::ExecutionState* state = resident(id)) {
    if (state->execution().project_id != project_id_) return all;
    for (const auto& task : state->tasks()) {
      all.push_back({*task, {}, state->execution().definition_hash, state->execution().workflow_name});
    }
  } else {
    FOEHN_TRY(const auto row, query_.execution(id));
    if (!row || row->execution.project_id != project_id_) return all;
    store::ListQuery query;
    query.limit = kMost;
    query.filters.push_back({"workflow_execution_id", store::FilterOp::kEq, {to_string(id)}});
    FOEHN_TRY(auto page, query_.tasks(query));
    for (store::TaskRow& task : page.rows) {
      all.push_back({std::move(task.task), {}, row->execution.definition_hash, row->execution.workflow_name});
    }
  }
  for (SeenTask& seen : all) FOEHN_CHECK_OK(fill(seen));
  if (!recursive || depth >= limits::kSubworkflowDepthMax) return all;
  std::vector<SeenTask> below;
  for (const SeenTask& seen : all) {
    for (const core::ActionRun& run : seen.runs) {
      if (run.kind != core::RunKind::kWorkflow || below.size() >= kMost) continue;
      FOEHN_TRY(auto nested, tasks_of(ExecutionId{run.id.uuid}, true, depth + 1));
      for (SeenTask& task : nested) below.push_back(std::move(task));
    }
  }
  for (SeenTask& task : below) all.push_back(std::move(task));
  return all;
}

Result<std::vector<RuntimeLookup::SeenTask>> RuntimeLookup::all_tasks() const {
  store::ListQuery query;
  query.limit = kMost;
  query.filters.push_back({"project_id", store::FilterOp::kEq, {project_id_}});
  FOEHN_TRY(auto page, query_.tasks(query));
  std::vector<SeenTask> all;
  for (store::TaskRow& row : page.rows) {
    SeenTask seen{std::move(row.task), {}, "", std::move(row.workflow_name)};
    if (const core::ExecutionState* state = resident(seen.task.execution_id)) {
      if (const core::Task* now = state->task(seen.task.id)) seen.task = *now;
      seen.definition_hash = state->execution().definition_hash;
    } else {
      FOEHN_TRY(const auto execution, query_.execution(seen.task.execution_id));
      if (execution) seen.definition_hash = execution->execution.definition_hash;
    }
    FOEHN_CHECK_OK(fill(seen));
    all.push_back(std::move(seen));
  }
  return all;
}

Status RuntimeLookup::fill(SeenTask& seen) const {
  if (const core::ExecutionState* state = resident(seen.task.execution_id)) {
    for (const core::ActionRun* run : state->runs_of(seen.task.id)) seen.runs.push_back(*run);
    return {};
  }
  FOEHN_TRY(seen.runs, query_.runs_of_task(seen.task.id, limits::kWithItemsMax));
  return {};
}

Result<bool> RuntimeLookup::is_flat(const SeenTask& seen) const {
  if (seen.task.type == core::TaskType::kAction) return true;
  for (const core::ActionRun& run : seen.runs) {
    if (run.state == seen.task.state) return false;
  }
  return true;
}

Value RuntimeLookup::to_object(const SeenTask& seen) const {
  const core::Task& task = seen.task;
  if (const core::ExecutionState* state = resident(task.execution_id)) {
    if (const core::Task* now = state->task(task.id)) return core::task_dict(*state, *now).copy();
  }
  Value object = Value::object();
  object["id"] = to_string(task.id);
  object["name"] = task.name;
  object["spec"] = Value();
  const auto definition = definitions_.by_hash(seen.definition_hash, seen.workflow_name);
  if (definition) {
    const Value* specs = find((*definition)->spec.raw, "tasks");
    const Value* spec = specs != nullptr ? find(*specs, task.name) : nullptr;
    if (spec != nullptr) object["spec"] = *spec;
  }
  object["state"] = std::string(to_string(task.state));
  object["state_info"] = optional_text(task.state_info);
  object["result"] = task_result(task, seen.runs);
  object["published"] = task.published;
  object["type"] = task.type == core::TaskType::kAction ? "ACTION" : "WORKFLOW";
  object["workflow_execution_id"] = to_string(task.execution_id);
  object["created_at"] = to_mistral_time(task.created_at);
  object["updated_at"] = to_mistral_time(task.updated_at.value_or(task.created_at));
  return object;
}

const core::ExecutionState* RuntimeLookup::resident(ExecutionId id) const {
  const Resident* resident = table_.peek(id);
  return resident != nullptr ? resident->state.get() : nullptr;
}

}  // namespace foehn::runtime
