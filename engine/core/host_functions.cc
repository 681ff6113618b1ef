// The functions that expressions may ask of the engine: env execution executions global task tasks uuid. What each
// returns stands in Mistral's documentation of its expression functions; json_dump and its like live in dsl/expr.
#include <utility>

#include "dsl/expr/random.h"
#include "engine/base/clock.h"
#include "engine/core/data_flow.h"
#include "engine/core/eval_scope.h"

namespace foehn::core {
namespace {

using dsl::HostValue;

Value optional_text(const std::optional<std::string>& text) { return text ? Value(*text) : Value(); }

HostValue hold_or_null(const Value* value) { return value != nullptr ? HostValue::hold(*value) : Value(); }

const Value& argument(const dsl::CallArguments& arguments, std::size_t index, std::string_view name) {
  static const Value null;
  const Value* found = arguments.get(index, name);
  return found != nullptr ? *found : null;
}

Result<HostValue> call_task(Stepper& step, const Task* current, const dsl::CallArguments& arguments) {
  const Value& name = argument(arguments, 0, "task_name");
  if (name.is_null()) {
    if (current == nullptr) return fail(ErrorCode::kInvalidArgument, "task() needs a task name outside of a task");
    return task_dict(step.state, *current);
  }
  if (!name.is_string())
    return fail(ErrorCode::kInvalidArgument, "task() needs a text, not " + std::string(type_name(name)));
  const auto& text = name.get_ref<const std::string&>();
  if (current != nullptr && current->name == text) return task_dict(step.state, *current);
  const std::vector<Task*>& tasks = step.state.tasks_named(text);
  if (tasks.empty()) return Value();
  return task_dict(step.state, *tasks.back());
}

// Mistral: _flat filter – action tasks, and workflow tasks none of whose children is in the task's own state.
bool is_flat(const ExecutionState& state, const Task& task) {
  if (task.type == TaskType::kAction) return true;
  for (const ActionRun* run : state.runs_of(task.id))
    if (run->state == task.state) return false;
  return true;
}

// The tasks of this very execution come from the state: the stored rows may be older than this step.
Result<HostValue> own_tasks(Stepper& step, const Value& recursive, const Value& wanted, const Value& flat) {
  HostValue list = HostValue::list();
  HostValue nested = HostValue::list();
  const auto fits = [&](const Value& state) { return wanted.is_null() || state == wanted; };
  for (const auto& task : step.state.tasks()) {
    const bool taken =
        fits(Value(std::string(to_string(task->state)))) && (!is_truthy(flat) || is_flat(step.state, *task));
    if (taken) list.add(task_dict(step.state, *task));
    if (!is_truthy(recursive) || task->type != TaskType::kWorkflow) continue;
    for (const ActionRun* run : step.state.runs_of(task->id)) {
      Value filter = Value::object();
      filter["workflow_execution_id"] = to_string(run->id);
      filter["recursive"] = true;
      filter["state"] = wanted;
      filter["flat"] = flat;
      FOEHN_TRY(Value found, step.input.lookup->tasks(filter));
      for (Value& one : found) nested.add(std::move(one));
    }
  }
  for (HostValue& one : nested.items) list.add(std::move(one));
  return list;
}

Result<HostValue> call_tasks(Stepper& step, const dsl::CallArguments& arguments) {
  const Value& execution = argument(arguments, 0, "workflow_execution_id");
  const Value& recursive = argument(arguments, 1, "recursive");
  const Value& state = argument(arguments, 2, "state");
  const Value& flat = argument(arguments, 3, "flat");
  if (execution.is_string() && execution == to_string(step.execution().id))
    return own_tasks(step, recursive, state, flat);
  Value filter = Value::object();
  filter["workflow_execution_id"] = execution;
  filter["recursive"] = recursive;
  filter["state"] = state;
  filter["flat"] = flat;
  return step.input.lookup->tasks(filter);
}

Result<Value> call_executions(Stepper& step, const dsl::CallArguments& arguments) {
  static constexpr std::string_view kNames[] = {"id", "root_execution_id", "state", "from_time", "to_time"};
  Value filter = Value::object();
  std::size_t index = 0;
  for (const std::string_view name : kNames) filter[std::string(name)] = argument(arguments, index++, name);
  return step.input.lookup->executions(filter);
}

HostValue call_global(const Stepper& step, const dsl::CallArguments& arguments) {
  const Value& name = argument(arguments, 0, "var_name");
  if (!name.is_string()) return Value();
  const auto& text = name.get_ref<const std::string&>();
  const Value* found = find(step.execution().globals, text);
  if (found == nullptr) found = find(step.execution().vars, text);
  return hold_or_null(found);
}

// Python's random() and randint(): drawn from the execution and a serial number: a replayed step draws the same.
}  // namespace

HostValue task_dict(const ExecutionState& state, const Task& task) {
  const Value* tasks = find(state.definition().spec.raw, "tasks");
  HostValue dict = HostValue::dict();
  dict.add("id", Value(to_string(task.id)));
  dict.add("name", Value(task.name));
  dict.add("spec", hold_or_null(tasks != nullptr ? find(*tasks, task.name) : nullptr));
  dict.add("state", Value(std::string(to_string(task.state))));
  dict.add("state_info", optional_text(task.state_info));
  dict.add("result", held_task_result(state, task));
  dict.add("published", HostValue::hold(task.published));
  dict.add("type", Value(task.type == TaskType::kWorkflow ? "WORKFLOW" : "ACTION"));
  dict.add("workflow_execution_id", Value(to_string(task.execution_id)));
  dict.add("created_at", Value(to_mistral_time(task.created_at)));
  dict.add("updated_at", Value(to_mistral_time(task.updated_at.value_or(task.created_at))));
  return dict;
}

HostValue execution_dict(const ExecutionState& state) {
  const Execution& execution = state.execution();
  HostValue dict = HostValue::dict();
  dict.add("id", Value(to_string(execution.id)));
  dict.add("name", Value(execution.workflow_name));
  dict.add("spec", HostValue::hold(state.definition().spec.raw));
  dict.add("input", HostValue::hold(execution.input));
  dict.add("params", HostValue::hold(execution.params));
  dict.add("created_at", Value(to_mistral_time(execution.created_at)));
  dict.add("updated_at", Value(to_mistral_time(execution.updated_at.value_or(execution.created_at))));
  dict.add("root_execution_id", execution.root_id ? Value(to_string(*execution.root_id)) : Value());
  return dict;
}

Result<HostValue> call_host(Stepper& step, const Task* current, std::string_view function,
                            const dsl::CallArguments& arguments) {
  if (function == "env") return HostValue::hold(step.environment());
  if (function == "execution") return execution_dict(step.state);
  if (function == "executions") return call_executions(step, arguments);
  if (function == "task") return call_task(step, current, arguments);
  if (function == "tasks") return call_tasks(step, arguments);
  if (function == "global") return call_global(step, arguments);
  if (function == "uuid") return Value(to_string(derive_uuid(step.execution().id.uuid, step.state.next_serial())));
  // Not Mistral's but the languages' own: what they draw and what time it is must be the same in a replay.
  if (function == "random")
    return dsl::random_number(derive_uuid(step.execution().id.uuid, step.state.next_serial()), arguments);
  if (function == "now") return Value(step.input.now.us);
  return fail(ErrorCode::kNotFound, "no host function '" + std::string(function) + "'");
}

std::vector<std::string> host_function_names() {
  return {"env", "execution", "executions", "global", "task", "tasks", "uuid"};
}

}  // namespace foehn::core
