// retry: runs the task again after a delay, at most `count` times, while it fails (or while continue-on holds).
#include "engine/core/data_flow.h"
#include "engine/core/eval_scope.h"
#include "engine/core/policy/policy.h"

namespace foehn::core {
namespace {

const dsl::RetrySpec* effective_retry(const dsl::PolicySpec& own, const dsl::PolicySpec& defaults) {
  if (own.retry) return &*own.retry;
  return defaults.retry ? &*defaults.retry : nullptr;
}

Status evaluate(const dsl::PolicySpec& own, const dsl::PolicySpec& defaults, const dsl::Scope& scope, Value& values) {
  const dsl::RetrySpec* retry = effective_retry(own, defaults);
  if (retry == nullptr) return {};
  FOEHN_CHECK_OK(put_number(&retry->count, scope, {"retry-count", "RetryPolicy"}, values));
  return put_number(&retry->delay, scope, {"retry-delay", "RetryPolicy"}, values);
}

// An action may say that repeating it cannot help: its error is an object with {"error": {"retry": false}} (ssh:
// refused logins and changed host keys). Ours, not Mistral's. Holds when every failed run says so.
bool is_hopeless(const Stepper& step, const Task& task) {
  bool found = false;
  for (const ActionRun* run : step.state.runs_of(task.id)) {
    if (!run->accepted || run->state != State::kError) continue;
    const Value* result = find(run->output, "result");
    const Value* error = result ? find(*result, "error") : nullptr;
    const Value* retry = error ? find(*error, "retry") : nullptr;
    if (!retry || !retry->is_boolean() || retry->get<bool>()) return false;
    found = true;
  }
  return found;
}

// Mistral: RetryPolicy.after_task_complete.
Result<Verdict> after(Stepper& step, const Task& task) {
  const dsl::RetrySpec* retry = effective_retry(step.spec_of(task).policies, step.spec().task_defaults.policies);
  if (retry == nullptr || (task.state != State::kSuccess && task.state != State::kError)) return Verdict{};
  const std::int64_t count = policy_number(task, "retry-count");
  const std::int64_t made = task.retrying ? task.retry_count : 0;
  if (made >= count) return Verdict{};
  if (task.state == State::kSuccess && !retry->continue_on) return Verdict{};
  if (task.state == State::kError && is_hopeless(step, task)) return Verdict{};
  const Context ahead = outbound(task);
  const EvalScope scope = EvalScope::of_task(step, task, ahead);
  if (retry->break_on && task.state == State::kError) {
    FOEHN_TRY(const Value stop, retry->break_on->evaluate(scope));
    if (is_truthy(stop)) return Verdict{};
  }
  if (retry->continue_on) {
    FOEHN_TRY(const Value go_on, retry->continue_on->evaluate(scope));
    if (!is_truthy(go_on)) return Verdict{};
  }
  const std::int64_t seconds = policy_number(task, "retry-delay");
  return Verdict{.kind = Verdict::Kind::kDelay,
                 .seconds = seconds,
                 .reason = DelayReason::kRetry,
                 .info = "Delayed by 'retry' policy [delay=" + std::to_string(seconds) + "]"};
}

}  // namespace

const Policy kRetry = {"retry", evaluate, nullptr, after};

}  // namespace foehn::core
