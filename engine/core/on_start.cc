#include <utility>

#include "engine/base/limits.h"
#include "engine/core/eval_scope.h"
#include "engine/core/flow.h"
#include "engine/core/handlers.h"

namespace foehn::core {
namespace {

// Checks `given` against the declared input and fills defaults (raw: never evaluated). What a parent gives beyond that
// goes into params, what a user gives beyond that is a mistake.
Status take_input(const dsl::WorkflowSpec& spec, const Value& given, bool is_child, Execution& execution) {
  std::vector<std::string> missing;
  std::vector<std::string> unexpected;
  execution.input = given.is_object() ? given : Value::object();
  Value extra = Value::object();
  for (auto item = execution.input.begin(); item != execution.input.end(); ++item) {
    bool declared = false;
    for (const dsl::InputSpec& input : spec.input) declared = declared || input.name == item.key();
    if (!declared) extra[item.key()] = item.value();
  }
  for (const dsl::InputSpec& input : spec.input) {
    if (find(execution.input, input.name) != nullptr) continue;
    if (!input.default_value) {
      missing.push_back(input.name);
    } else {
      execution.input[input.name] = *input.default_value;
    }
  }
  for (auto item = extra.begin(); item != extra.end(); ++item) {
    if (!is_child) unexpected.push_back(item.key());
    execution.input.erase(item.key());
    if (find(execution.params, item.key()) == nullptr) execution.params[item.key()] = item.value();
  }
  if (missing.empty() && unexpected.empty()) return {};
  const bool reverse = spec.type == dsl::WorkflowType::kReverse;
  std::string text = "Invalid input [name=" + spec.name +
                     ", class=" + (reverse ? "ReverseWorkflowSpec" : "DirectWorkflowSpec");
  if (!missing.empty()) text += ", missing=" + python_list(missing);
  if (!unexpected.empty()) text += ", unexpected=" + python_list(unexpected);
  return fail(ErrorCode::kInvalidArgument, text + "]");
}

Status check_target_task(const Stepper& step) {
  if (step.spec().type != dsl::WorkflowType::kReverse) return {};
  const Value* name = find(step.execution().params, "task_name");
  if (name != nullptr && name->is_string() && step.graph().find(name->get_ref<const std::string&>())) return {};
  return fail(ErrorCode::kInvalidArgument, "Invalid task name [wf_spec=" + step.spec().name + ", task_name=" +
                                               (name != nullptr ? to_python_str(*name) : "None") + "]");
}

}  // namespace

Status on(Stepper& step, const StartExecution& event) {
  if (step.execution().state != State::kIdle)
    return fail(ErrorCode::kAlreadyExists, "execution " + to_string(event.id) + " has been started already");
  if (event.depth > limits::kSubworkflowDepthMax)
    return fail(ErrorCode::kResourceExhausted,
                "Sub-workflows are nested deeper than " + std::to_string(limits::kSubworkflowDepthMax) +
                    "; a workflow probably calls itself [name=" + step.spec().name + "]");
  Execution& execution = step.state.change_execution();
  execution.params = event.params.is_object() ? event.params : Value::object();
  FOEHN_CHECK_OK(take_input(step.spec(), event.input, event.parent.has_value(), execution));
  if (find(execution.params, "namespace") == nullptr) execution.params["namespace"] = event.workflow_namespace;
  if (!event.root_id && find(execution.params, "env") == nullptr) execution.params["env"] = Value::object();
  FOEHN_CHECK_OK(check_size(execution.input, "WorkflowExecution", "input"));
  FOEHN_CHECK_OK(check_size(execution.params, "WorkflowExecution", "params"));
  FOEHN_CHECK_OK(check_target_task(step));
  if (step.spec().vars) {
    FOEHN_TRY(Value vars, step.spec().vars->evaluate(EvalScope::of_vars(step)));
    if (vars.is_object()) execution.vars = std::move(vars);
    FOEHN_CHECK_OK(check_size(execution.vars, "WorkflowExecution", "context"));
  }
  step.set_execution(State::kRunning, std::nullopt);
  step.work.push_back({Work::Kind::kDispatch, TaskId{}, flow_of(step).first(step)});
  return {};
}

}  // namespace foehn::core
