// The function tables, one per subject; and operators on the values they introduce.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dsl/expr/yaql/ast.h"
#include "dsl/expr/yaql/functions.h"
#include "dsl/expr/yaql/objects.h"

namespace foehn::yaql {

std::span<const Overload> common_table();
std::span<const Overload> system_table();
std::span<const Overload> math_table();
std::span<const Overload> string_table();
std::span<const Overload> collection_table();
std::span<const Overload> dict_table();
std::span<const Overload> query_table();
std::span<const Overload> search_table();
std::span<const Overload> regex_table();
std::span<const Overload> datetime_table();

inline std::vector<std::span<const Overload>> all_tables() {
  return {common_table(), system_table(), math_table(),   string_table(), collection_table(),
          dict_table(),   query_table(),  search_table(), regex_table(),  datetime_table()};
}

// string =~ pattern, the pattern being a text or a PatternObject.
Datum matches(Evaluation& evaluation, const Datum& text, const Datum& pattern);
// The named groups of a match of the whole text that took part in it; nothing when it does not match. For a pattern of
// the program's own.
std::optional<std::map<std::string, std::string>> match_whole(const std::string& pattern, std::string_view text);
// + - * / < <= > >= where an operand is a date or a span; kMissing when they do not go together.
Datum time_operator(Evaluation& evaluation, Operator op, const Datum& left, const Datum& right);
// value.year and the like; kMissing when there is no such property.
Datum time_property(Evaluation& evaluation, const Datum& value, std::string_view name);

}  // namespace foehn::yaql
