// fail-on: turns SUCCESS into ERROR when a condition holds; evaluated after publish, before retry.
#include "engine/core/data_flow.h"
#include "engine/core/eval_scope.h"
#include "engine/core/policy/policy.h"

namespace foehn::core {
namespace {

Result<Verdict> after(Stepper& step, const Task& task) {
  const dsl::Template* source =
      effective(step.spec_of(task).policies.fail_on, step.spec().task_defaults.policies.fail_on);
  if (source == nullptr || task.state != State::kSuccess) return Verdict{};
  const Context ahead = outbound(task);
  FOEHN_TRY(const bool failed,
            evaluate_flag(*source, EvalScope::of_task(step, task, ahead), {"fail-on", "FailOnPolicy"}));
  if (!failed) return Verdict{};
  return Verdict{.kind = Verdict::Kind::kFail, .info = "Failed by 'fail-on' policy"};
}

}  // namespace

const Policy kFailOn = {"fail-on", nullptr, nullptr, after};

}  // namespace foehn::core
