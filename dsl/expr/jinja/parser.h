// Jinja2 text → syntax tree.
#pragma once

#include <string_view>

#include "dsl/expr/jinja/ast.h"
#include "dsl/expr/syntax.h"

namespace foehn::jinja {

// The inside of `{{ … }}`.
expr::Parsed<Tree> parse_expression(std::string_view text);
// A whole template.
expr::Parsed<Tree> parse_template(std::string_view text);

}  // namespace foehn::jinja
