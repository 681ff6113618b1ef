#include "engine/core/eval_scope.h"

#include <set>
#include <utility>

namespace foehn::core {
namespace {
constexpr std::string_view kTaskInfoName = "__task_execution";
constexpr std::string_view kEnvironmentName = "__env";
constexpr std::string_view kExecutionName = "__execution";
}  // namespace

EvalScope& EvalScope::add_workflow() {
  const Execution& execution = step_.execution();
  add(&execution.globals).add(&execution.vars).add(Kind::kWorkflow);
  return add(&execution.input);
}

EvalScope EvalScope::of_task(Stepper& step, const Task& task) {
  EvalScope scope(step, &task);
  scope.add(Kind::kTaskInfo).add(Kind::kEnvironment).add(task.in_context).add_workflow();
  return scope;
}

EvalScope EvalScope::of_task(Stepper& step, const Task& task, const Context& ahead) {
  EvalScope scope(step, &task);
  scope.add(Kind::kTaskInfo).add(Kind::kEnvironment).add(ahead).add(task.in_context).add_workflow();
  return scope;
}

// Mistral: WithItemsTask._get_action_input merges the task's context over the item variables, so the context wins.
EvalScope EvalScope::of_item(Stepper& step, const Task& task, const Value& item) {
  EvalScope scope(step, &task);
  scope.add(Kind::kTaskInfo).add(Kind::kEnvironment).add(task.in_context).add(&item).add_workflow();
  return scope;
}

EvalScope EvalScope::of_target(Stepper& step, const Task& task, const Value& input, const Value* item) {
  EvalScope scope(step, &task);
  scope.add(&input).add(Kind::kTaskInfo).add(task.in_context).add(item).add(Kind::kEnvironment).add_workflow();
  return scope;
}

// The input of the workflow is not among them: an ad-hoc action says itself what it takes.
EvalScope EvalScope::of_adhoc(Stepper& step, const Task& task, const Value& input) {
  EvalScope scope(step, &task);
  scope.add(&input).add(Kind::kTaskInfo).add(task.in_context).add(Kind::kEnvironment);
  scope.add(&step.execution().globals).add(&step.execution().vars).add(Kind::kWorkflow);
  return scope;
}

EvalScope EvalScope::of_publish(Stepper& step, const Task& task) {
  EvalScope scope(step, &task);
  scope.add(Kind::kTaskInfo).add(task.in_context).add(Kind::kEnvironment).add_workflow();
  return scope;
}

EvalScope EvalScope::of_transition(Stepper& step, const Task& task, const Context& outbound) {
  EvalScope scope(step, &task);
  scope.add(Kind::kTaskInfo).add(outbound).add(Kind::kEnvironment).add_workflow();
  return scope;
}

EvalScope EvalScope::of_output(Stepper& step, const Context& final_context) {
  EvalScope scope(step, nullptr);
  scope.add(final_context).add(Kind::kEnvironment).add_workflow();
  return scope;
}

EvalScope EvalScope::of_vars(Stepper& step) {
  EvalScope scope(step, nullptr);
  scope.add(Kind::kEnvironment).add_workflow();
  return scope;
}

const Value* EvalScope::internal(std::string_view name) const {
  const auto found = made_.find(name);
  if (found != made_.end()) return found->second.get();
  auto made = std::make_unique<Value>(Value::object());
  if (name == kExecutionName) {
    (*made)["id"] = to_string(step_.execution().id);
  } else {
    (*made)["id"] = to_string(task_->id);
    (*made)["name"] = task_->name;
  }
  return made_.emplace(std::string(name), std::move(made)).first->second.get();
}

const Value* EvalScope::find_in(const Layer& layer, std::string_view name) const {
  switch (layer.kind) {
    case Kind::kObject:
      return find(*layer.object, name);
    case Kind::kContext:
      return layer.context->find(name);
    case Kind::kTaskInfo:
      return name == kTaskInfoName ? internal(name) : nullptr;
    case Kind::kEnvironment:
      return name == kEnvironmentName ? &step_.environment() : nullptr;
    case Kind::kWorkflow:
      return name == kExecutionName ? internal(name) : nullptr;
  }
  return nullptr;
}

const Value* EvalScope::variable(std::string_view name) const {
  for (const Layer& layer : layers_)
    if (const Value* found = find_in(layer, name)) return found;
  return nullptr;
}

dsl::HostValue EvalScope::root() const {
  dsl::HostValue all = dsl::HostValue::dict();
  std::set<std::string, std::less<>> taken;
  const auto put = [&](const std::string& name, const Value& value) {
    if (taken.insert(name).second) all.add(name, dsl::HostValue::hold(value));
  };
  for (const Layer& layer : layers_) {
    switch (layer.kind) {
      case Kind::kObject:
        for (auto item = layer.object->begin(); item != layer.object->end(); ++item) put(item.key(), item.value());
        break;
      case Kind::kContext:
        for (const auto& [name, value] : layer.context->all()) put(name, *value);
        break;
      case Kind::kTaskInfo:
        put(std::string(kTaskInfoName), *internal(kTaskInfoName));
        break;
      case Kind::kEnvironment:
        put(std::string(kEnvironmentName), step_.environment());
        break;
      case Kind::kWorkflow:
        put(std::string(kExecutionName), *internal(kExecutionName));
        break;
    }
  }
  return all;
}

Result<dsl::HostValue> EvalScope::call(std::string_view function, const dsl::CallArguments& arguments) const {
  return call_host(step_, task_, function, arguments);
}

std::vector<std::string> EvalScope::function_names() const { return host_function_names(); }

}  // namespace foehn::core
