// Jinja2 as Mistral uses it: compiled templates and expressions. Immutable; any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dsl/expr/place.h"
#include "dsl/expr/scope.h"
#include "dsl/expr/syntax.h"

namespace foehn::jinja {

struct Program;

// The inside of `{{ … }}`: evaluates to a value of its own type (jinja2's compile_expression).
expr::Parsed<std::shared_ptr<const Program>> compile_expression(std::string_view text);
// A whole template: evaluates to text.
expr::Parsed<std::shared_ptr<const Program>> compile_template(std::string_view text);

expr::Evaluated evaluate(const Program& program, const dsl::Scope& scope, const dsl::Budget& budget);

// Names read directly below `_`: `_.a.b` and `_['a']` read "a".
void add_roots(const Program& program, std::vector<std::string>& names);

}  // namespace foehn::jinja
