// timeout: a timer set when the task starts; when it fires and the task is not complete, the task is ERROR
// (on_timer.cc). It covers wait-before and all retries. The executor gets the same figure for each run.
#include "engine/core/policy/policy.h"

namespace foehn::core {
namespace {

Status evaluate(const dsl::PolicySpec& own, const dsl::PolicySpec& defaults, const dsl::Scope& scope, Value& values) {
  return put_number(effective(own.timeout, defaults.timeout), scope, {"timeout", "TimeoutPolicy"}, values);
}

}  // namespace

const Policy kTimeout = {"timeout", evaluate, nullptr, nullptr};

}  // namespace foehn::core
