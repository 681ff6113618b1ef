// POST /foehn/v1/executions/{id}/eval: an expression in the context of an execution or of one of its tasks, by the same
// code that the engine uses. Reads committed rows, changes nothing; bounded as every evaluation is.
#include <array>

#include "api/rest/body.h"
#include "api/rest/faults.h"
#include "api/rest/handlers.h"
#include "api/rest/masking.h"
#include "api/rest/stored_state.h"
#include "dsl/expr/template.h"
#include "engine/core/data_flow.h"
#include "engine/core/eval_scope.h"
#include "engine/core/flow.h"

namespace foehn::rest {
namespace {

// Expressions see this execution; rows of others are left to the API's lists.
class OneExecution final : public core::Lookup {
 public:
  Result<core::AdhocSpecPtr> adhoc_action(std::string_view, std::string_view, std::string_view) const override {
    return core::AdhocSpecPtr();
  }
  std::optional<core::ActionTraits> action_traits(std::string_view) const override { return std::nullopt; }
  Status check_action_input(std::string_view, const Value&) const override { return {}; }
  Result<Value> executions(const Value&) const override { return refused("executions()"); }
  Result<Value> tasks(const Value&) const override { return refused("tasks() of other executions"); }

 private:
  static Result<Value> refused(const char* what) {
    return fail(ErrorCode::kInvalidArgument, std::string(what) + " is not available here");
  }
};

// params.env of the root execution.
Result<Value> environment_of(Services& services, const core::Execution& execution) {
  if (!execution.root_id) return execution.params.value("env", Value::object());
  FOEHN_TRY(const auto root, services.query.execution(*execution.root_id));
  return root ? root->execution.params.value("env", Value::object()) : Value::object();
}

// A complete task shows what its on-clauses see, with what it has published; one under way what its input sees; without
// a task it is what `output` sees.
Result<Value> evaluate(core::Stepper& step, const dsl::Template& compiled, const core::Task* task) {
  if (task == nullptr) {
    const core::Context context = core::flow_of(step).final_context(step);
    return compiled.evaluate(core::EvalScope::of_output(step, context));
  }
  if (!core::is_complete(task->state)) return compiled.evaluate(core::EvalScope::of_task(step, *task));
  const core::Context context = core::outbound(*task);
  return compiled.evaluate(core::EvalScope::of_transition(step, *task, context));
}

}  // namespace

Answer evaluate_expression(const http::Request& request, Services& services) {
  constexpr std::array<std::string_view, 2> kKnown = {"expression", "task"};
  FOEHN_TRY(const Value body, json_object(request, "expression", kKnown));
  FOEHN_TRY(const auto expression, text_attribute(body, "expression"));
  FOEHN_TRY(const auto wanted, text_attribute(body, "task"));
  if (!expression) return fail(ErrorCode::kInvalidArgument, "The body needs an expression.");
  if (services.store == nullptr) return fail(ErrorCode::kUnsupported, "This server does not evaluate expressions.");
  FOEHN_TRY(const StatePtr state, load_state(services, request.parameter("id")));
  const core::Task* task = nullptr;
  if (wanted) {
    FOEHN_TRY(task, task_of_state(*state, *wanted));
  }
  Diagnostics diagnostics;
  const auto compiled = dsl::Template::compile(Value(*expression), Mark{1, 1}, diagnostics);
  const OneExecution lookup;
  core::StepInput input{.now = services.clock.wall(), .environment = Value::object(), .lookup = &lookup};
  FOEHN_TRY(input.environment, environment_of(services, state->execution()));
  std::vector<core::Command> commands;
  core::Stepper step(*state, input, commands);
  Value answer = Value::object();
  Value& result = answer["result"];
  FOEHN_TRY(result, evaluate(step, compiled, task));
  const core::Execution& execution = state->execution();
  const Value given{{"input", execution.input}, {"params", execution.params}, {"env", input.environment}};
  hide(result, hidden_values(services, given));  // what other answers do not show either
  return json_response(200, answer);
}

}  // namespace foehn::rest
