// Python's text formatting: str.format() and %-formatting.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dsl/expr/evaluation.h"

namespace foehn::expr {

using Keywords = std::vector<std::pair<std::string_view, Datum>>;

// format(value, spec); the failed datum's reason is in `evaluation`.
bool format_value(Evaluation& evaluation, const Datum& value, std::string_view spec, std::string& out);
// pattern.format(*arguments, **keywords)
Datum format_text(Evaluation& evaluation, const Datum& pattern, const std::vector<Datum>& arguments,
                  const Keywords& keywords);

}  // namespace foehn::expr
