// YAML 1.1 types of plain scalars, as PyYAML's SafeLoader resolves them; dates stay text. Pure.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/value.h"

namespace foehn::dsl {

// The value of a plain (unquoted) scalar: null, boolean, integer, number, or the text itself. Integers beyond 64 bits
// become numbers.
Value resolve_plain(std::string_view text);

// Whether the text, written plainly, would be read as something else than itself.
bool resolves_to_text(std::string_view text);

// The key of a mapping as JSON has it: a plain `on` is "true", `~` is "null", `012` is "10".
std::string resolve_key(std::string_view text, bool plain);

}  // namespace foehn::dsl
