// What differs between two texts, by lines: "4- old" and "5+ new" with the numbers of the lines. Pure.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace foehn::cli {

// "" when they are equal. The shortest change, unless the texts differ in so many lines that finding it would take too
// long: then all of them count as changed. kResourceExhausted: a text of more than 20,000 lines.
Result<std::string> line_diff(std::string_view from, std::string_view to);

}  // namespace foehn::cli
