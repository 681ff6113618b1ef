// fail-on: turns SUCCESS into ERROR when a condition holds; evaluated after publish, before retry. Mistral looks at
// what came to the task and not at what it publishes, and takes any value as a condition (policies.py, FailOnPolicy).
// Here a name that only the task publishes is known, too.
#include "engine/core/context.h"
#include "engine/core/eval_scope.h"
#include "engine/core/policy/policy.h"

namespace foehn::core {
namespace {

Context with_own_names(Stepper& step, const Task& task) {
  if (!task.published.is_object()) return task.in_context;
  const EvalScope before = EvalScope::of_task(step, task);
  Value own = Value::object();
  for (const auto& [name, value] : task.published.items())
    if (before.variable(name) == nullptr) own[name] = value;
  return task.in_context.with(own);
}

Result<Verdict> after(Stepper& step, const Task& task) {
  const dsl::Template* source =
      effective(step.spec_of(task).policies.fail_on, step.spec().task_defaults.policies.fail_on);
  if (source == nullptr || task.state != State::kSuccess) return Verdict{};
  const Context ahead = with_own_names(step, task);
  FOEHN_TRY(const Value failed, source->evaluate(EvalScope::of_task(step, task, ahead)));
  if (!is_truthy(failed)) return Verdict{};
  return Verdict{.kind = Verdict::Kind::kFail, .info = "Failed by 'fail-on' policy"};
}

}  // namespace

const Policy kFailOn = {"fail-on", nullptr, nullptr, after};

}  // namespace foehn::core
