// What random() answers, for every host of expressions. Pure; any thread.
#pragma once

#include "dsl/expr/scope.h"
#include "engine/base/id.h"

namespace foehn::dsl {

// random(): [0, 1). random(from, to): an integer, both ends included. `drawn` decides; fails when they are no integers
// in order.
Result<Value> random_number(const Uuid& drawn, const CallArguments& arguments);

}  // namespace foehn::dsl
