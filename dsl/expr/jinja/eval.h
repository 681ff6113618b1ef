// Evaluates Jinja2 syntax trees. All state of one evaluation is in Renderer; it lives on the stack.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "dsl/expr/evaluation.h"
#include "dsl/expr/jinja/ast.h"

namespace foehn::jinja {

// The value of an expression; undefined values are failures.
expr::Datum evaluate_expression(expr::Evaluation& evaluation, const Node& node);
// The text of a template; nothing useful when the evaluation failed.
std::string render(expr::Evaluation& evaluation, const Node& node);

}  // namespace foehn::jinja
