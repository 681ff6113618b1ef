// Expectations against what happened: a line per difference. Pure.
#pragma once

#include <string>
#include <vector>

#include "engine/base/value.h"

namespace foehn::scenario {

// "output.total: expected 66, got 60", "output.list[2]: missing", "output.x: not expected, is 1". Nothing when equal;
// at most kDifferencesMax lines. `subset`: members of objects that are not expected do not matter.
inline constexpr std::size_t kDifferencesMax = 20;
void compare_values(const std::string& where, const Value& expected, const Value& actual, bool subset,
                    std::vector<std::string>& differences);

// `parts` (a text or a list of texts) must all occur in `actual`.
void compare_text_has(const std::string& where, const Value& parts, const std::string& actual,
                      std::vector<std::string>& differences);

// `expected` (list of names) must occur in `actual` in that order, others in between.
void compare_order(const Value& expected, const std::vector<std::string>& actual,
                   std::vector<std::string>& differences);

// JSON, cut when long.
std::string shown(const Value& value);

}  // namespace foehn::scenario
