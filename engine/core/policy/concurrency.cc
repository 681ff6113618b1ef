// concurrency: how many items of with-items run at once (with_items.cc).
#include "engine/core/policy/policy.h"

namespace foehn::core {
namespace {

Status evaluate(const dsl::PolicySpec& own, const dsl::PolicySpec& defaults, const dsl::Scope& scope, Value& values) {
  return put_number(effective(own.concurrency, defaults.concurrency), scope, {"concurrency", "ConcurrencyPolicy"},
                    values);
}

}  // namespace

const Policy kConcurrency = {"concurrency", evaluate, nullptr, nullptr};

}  // namespace foehn::core
