// Calling functions: binding arguments to parameters and choosing the overload.
#pragma once

#include "dsl/expr/yaql/ast.h"
#include "dsl/expr/yaql/functions.h"

namespace foehn::yaql {

// `name(…)`: a function of a frame, of the library, of the host, or of std_functions, in this order.
Datum call_function(Evaluation& evaluation, const Node& node, const expr::Ref<Frame>& frame);
// `receiver.name(…)`
Datum call_method(Evaluation& evaluation, const Node& node, const Datum& receiver, const expr::Ref<Frame>& frame);

}  // namespace foehn::yaql
