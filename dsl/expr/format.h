// Python's text formatting: str.format() and %-formatting.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dsl/expr/evaluation.h"

namespace foehn::expr {

using Keywords = std::vector<std::pair<std::string_view, Datum>>;

// What stands between the braces of a format: `path!conversion:spec`.
struct FormatField {
  std::string_view path;
  char conversion = 0;  // 0: none
  std::string_view spec;
};
// Walks over a pattern of str.format(): its text goes to `out`, its fields to `put`. False, and failed, when the
// pattern is malformed or `put` says so.
bool walk_format(Evaluation& evaluation, std::string_view pattern, std::string& out,
                 const std::function<bool(const FormatField&)>& put);

// format(value, spec); the failed datum's reason is in `evaluation`.
bool format_value(Evaluation& evaluation, const Datum& value, std::string_view spec, std::string& out);
// pattern.format(*arguments, **keywords)
Datum format_text(Evaluation& evaluation, const Datum& pattern, const std::vector<Datum>& arguments,
                  const Keywords& keywords);

}  // namespace foehn::expr
