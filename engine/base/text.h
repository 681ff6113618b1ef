// Small things about texts that several libraries need. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace foehn {

// ASCII letters only; everything else, UTF-8 above all, stays.
std::string to_lower(std::string_view text);

// Length of `text` without a UTF-8 sequence that it breaks off, which is at most three bytes long.
std::size_t whole_characters(std::string_view text);

}  // namespace foehn
