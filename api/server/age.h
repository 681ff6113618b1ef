// Spans of time as people give them to options: "90s", "30m", "12h", "7d". Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace foehn::server {

// In milliseconds; kInvalidArgument names the option.
Result<std::int64_t> parse_age(std::string_view option, const std::string& text);

}  // namespace foehn::server
