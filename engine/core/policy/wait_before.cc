// wait-before: the task waits in DELAYED before its action is made.
#include "engine/core/policy/policy.h"

namespace foehn::core {
namespace {

Status evaluate(const dsl::PolicySpec& own, const dsl::PolicySpec& defaults, const dsl::Scope& scope, Value& values) {
  return put_number(effective(own.wait_before, defaults.wait_before), scope, {"wait-before", "WaitBeforePolicy"},
                    values);
}

Verdict before(const Task& task) {
  const std::int64_t seconds = policy_number(task, "wait-before");
  if (seconds == 0) return {};
  return {.kind = Verdict::Kind::kDelay,
          .seconds = seconds,
          .reason = DelayReason::kWaitBefore,
          .info = "Delayed by 'wait-before' policy [delay=" + std::to_string(seconds) + "]"};
}

}  // namespace

const Policy kWaitBefore = {"wait-before", evaluate, before, nullptr};

}  // namespace foehn::core
