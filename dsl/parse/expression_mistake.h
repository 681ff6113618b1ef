// Where in a text the first expression that cannot be parsed goes wrong. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace foehn::dsl {

// The byte in `text`, or nothing when every expression in it can be parsed.
std::optional<std::size_t> find_mistake(std::string_view text);

}  // namespace foehn::dsl
