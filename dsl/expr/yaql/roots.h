// Which variables an expression reads directly below `$`.
#pragma once

#include <string>
#include <vector>

#include "dsl/expr/yaql/ast.h"

namespace foehn::yaql {

// `$.a.b`, `$.get(a)` and `$[a]` read "a". Below a lambda `$` is its argument and is not followed.
void add_roots(const Node& node, std::vector<std::string>& names);

}  // namespace foehn::yaql
