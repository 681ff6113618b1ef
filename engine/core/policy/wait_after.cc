// wait-after: a task that is complete waits in DELAYED before its transitions. It has published by then and completes a
// second time afterwards, which is when fail-on and retry look at it.
#include "engine/core/policy/policy.h"

namespace foehn::core {
namespace {

Status evaluate(const dsl::PolicySpec& own, const dsl::PolicySpec& defaults, const dsl::Scope& scope, Value& values) {
  return put_number(effective(own.wait_after, defaults.wait_after), scope, {"wait-after", "WaitAfterPolicy"}, values);
}

Result<Verdict> after(Stepper&, const Task& task) {
  const std::int64_t seconds = policy_number(task, "wait-after");
  // kWaitAfter: it has waited. A cancelled task is not worth waiting for.
  if (seconds == 0 || task.delay == DelayReason::kWaitAfter || task.state == State::kCancelled) return Verdict{};
  return Verdict{.kind = Verdict::Kind::kDelay,
                 .seconds = seconds,
                 .reason = DelayReason::kWaitAfter,
                 .info = "Delayed by 'wait-after' policy [delay=" + std::to_string(seconds) + "]"};
}

}  // namespace

const Policy kWaitAfter = {"wait-after", evaluate, nullptr, after};

}  // namespace foehn::core
