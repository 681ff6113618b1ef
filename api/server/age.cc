#include "api/server/age.h"

#include <cstdlib>

namespace foehn::server {

Result<std::int64_t> parse_age(std::string_view option, const std::string& text) {
  char* end = nullptr;
  const long long number = std::strtoll(text.c_str(), &end, 10);
  const std::string unit(end);
  const std::int64_t unit_s = unit == "s" ? 1 : unit == "m" ? 60 : unit == "h" ? 3'600 : unit == "d" ? 86'400 : 0;
  if (text.empty() || unit_s == 0 || number < 1 || number > 1'000'000'000 / unit_s)
    return fail(ErrorCode::kInvalidArgument,
                std::string(option) + " must be as in 90s, 30m, 12h or 7d, not '" + text + "'");
  return number * unit_s * 1'000;
}

}  // namespace foehn::server
