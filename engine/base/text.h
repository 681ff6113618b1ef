// Small things about texts that several libraries need. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace foehn {

// ASCII letters only; everything else, UTF-8 above all, stays.
std::string to_lower(std::string_view text);

}  // namespace foehn
