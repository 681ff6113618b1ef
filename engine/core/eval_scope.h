// EvalScope: what an expression of a workflow sees – layers looked up in order without copying them, and Mistral's host
// functions. Built for one evaluation; refers to the Stepper and to the objects it was given, which must outlive it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dsl/expr/scope.h"
#include "engine/core/stepper.h"

namespace foehn::core {

class EvalScope final : public dsl::Scope {
 public:
  // The layering orders of dsl.md §3.6. `task` is the current one, for task() and `__task_execution`.
  static EvalScope of_task(Stepper& step, const Task& task);  // input, policies, names
  static EvalScope of_task(Stepper& step, const Task& task,
                           const Context& ahead);                                // fail-on, retry: what was published
  static EvalScope of_item(Stepper& step, const Task& task, const Value& item);  // with-items variables
  static EvalScope of_target(Stepper& step, const Task& task, const Value& input, const Value* item);
  static EvalScope of_adhoc(Stepper& step, const Task& task, const Value& input);  // base-input
  static EvalScope of_publish(Stepper& step, const Task& task);
  static EvalScope of_transition(Stepper& step, const Task& task, const Context& outbound);
  static EvalScope of_output(Stepper& step, const Context& final_context);
  static EvalScope of_vars(Stepper& step);

  const Value* variable(std::string_view name) const override;
  dsl::HostValue root() const override;
  Result<dsl::HostValue> call(std::string_view function, const dsl::CallArguments& arguments) const override;
  std::vector<std::string> function_names() const override;

 private:
  enum class Kind { kTaskInfo, kEnvironment, kObject, kContext, kWorkflow };
  struct Layer {
    Kind kind;
    const Value* object = nullptr;
    const Context* context = nullptr;
  };

  EvalScope(Stepper& step, const Task* task) : step_(step), task_(task) {}
  EvalScope& add(Kind kind) {
    layers_.push_back({kind});
    return *this;
  }
  EvalScope& add(const Value* object) {
    if (object != nullptr) layers_.push_back({Kind::kObject, object});
    return *this;
  }
  EvalScope& add(const Context& context) {
    layers_.push_back({Kind::kContext, nullptr, &context});
    return *this;
  }
  EvalScope& add_workflow();  // globals, vars, __execution, then the input

  const Value* find_in(const Layer& layer, std::string_view name) const;
  const Value* internal(std::string_view name) const;  // `__task_execution` and `__execution`, made on demand

  Stepper& step_;
  const Task* task_;
  std::vector<Layer> layers_;
  mutable std::map<std::string, std::unique_ptr<Value>, std::less<>> made_;
};

// task(name) of the expression language for `task`: the dict of expressions.md §2.
dsl::HostValue task_dict(const ExecutionState& state, const Task& task);
// execution(): ditto.
dsl::HostValue execution_dict(const ExecutionState& state);
// Calls env, execution, executions, task, tasks, global, uuid, random or now (microseconds); kNotFound for other names.
Result<dsl::HostValue> call_host(Stepper& step, const Task* current, std::string_view function,
                                 const dsl::CallArguments& arguments);
std::vector<std::string> host_function_names();

}  // namespace foehn::core
