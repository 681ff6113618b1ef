// Evaluates a YAQL syntax tree. Reentrant: all state is in Evaluation.
#pragma once

#include "dsl/expr/evaluation.h"
#include "dsl/expr/yaql/ast.h"

namespace foehn::yaql {

// The value of the whole expression; failed() when the evaluation failed.
expr::Datum evaluate(expr::Evaluation& evaluation, const Node& root);

}  // namespace foehn::yaql
