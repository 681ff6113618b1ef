// Calling functions: binding arguments to parameters and choosing the overload.
#pragma once

#include "dsl/expr/yaql/ast.h"
#include "dsl/expr/yaql/functions.h"

namespace foehn::yaql {

// `name(…)`: a function of a frame, of the library, of the host, or of std_functions, in this order.
Datum call_function(Evaluation& evaluation, const Node& node, const expr::Ref<Frame>& frame);
// `receiver` is null for functions; `node.children` then are all arguments, else those from the second on.
Datum call_overloads(Evaluation& evaluation, const Node& node, const Overloads& overloads, const Datum* receiver,
                     const expr::Ref<Frame>& frame);

}  // namespace foehn::yaql
