// Jinja2 text → syntax tree, by jinja2's grammar (jinja2/parser.py). Statements: if, for, set, raw.
#pragma once

#include <string_view>

#include "dsl/expr/jinja/ast.h"
#include "dsl/expr/syntax.h"

namespace foehn::jinja {

// Nesting is bounded by limits::kExpressionDepthMax.
expr::Parsed<NodePtr> parse_expression(std::string_view text);
expr::Parsed<NodePtr> parse_template(std::string_view text);

}  // namespace foehn::jinja
