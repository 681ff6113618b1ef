// YAQL text → syntax tree, with the operators and precedences of yaql 2.0 (yaql/language/factory.py).
#pragma once

#include <string_view>

#include "dsl/expr/syntax.h"
#include "dsl/expr/yaql/ast.h"

namespace foehn::yaql {

// Nesting is bounded by limits::kExpressionDepthMax.
expr::Parsed<NodePtr> parse(std::string_view text);

}  // namespace foehn::yaql
