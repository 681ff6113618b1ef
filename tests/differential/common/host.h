// The functions that ask an engine, as mistral_functions.py has them: each answers what the context has under "host".
#pragma once

#include "tests/unit/dsl/expr/fake_scope.h"

namespace foehn::differential {

inline void answer_host(test::FakeScope& scope, const Value& context) {
  const Value* host = find(context, "host");
  if (host == nullptr || !host->is_object()) return;
  for (const auto& [name, answer] : host->items()) scope.reply(name, answer);
}

}  // namespace foehn::differential
