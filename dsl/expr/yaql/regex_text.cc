#include "dsl/expr/yaql/regex_text.h"

#include <cctype>

namespace foehn::yaql {
namespace {

constexpr std::string_view kWord = "\\pL\\pN_";
constexpr std::string_view kDigit = "\\p{Nd}";
constexpr std::string_view kSpace =
    "\\t-\\r\\x1c-\\x20\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}";

// What class `c` stands for inside […]; empty when it is none.
std::string_view members_of(char c) {
  return c == 'w' ? kWord : c == 'd' ? kDigit : c == 's' ? kSpace : std::string_view();
}

bool hexadecimal(std::string_view text, std::size_t digits) {
  if (text.size() < digits) return false;
  for (const char c : text.substr(0, digits))
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0) return false;
  return true;
}

// The escape at `at` (a backslash); moves `at` behind it.
void append_escape(std::string_view pattern, std::size_t& at, bool inside, std::string& out) {
  const char c = at + 1 < pattern.size() ? pattern[at + 1] : '\0';
  const std::size_t digits = c == 'u' ? 4 : c == 'U' ? 8 : 0;
  if (const std::string_view members = members_of(c); !members.empty()) {
    out += inside ? std::string(members) : "[" + std::string(members) + "]";
    at += 2;
  } else if (const auto lower = static_cast<char>(c + 32); !inside && (c == 'W' || c == 'D' || c == 'S')) {
    out += "[^" + std::string(members_of(lower)) + "]";
    at += 2;
  } else if (digits != 0 && hexadecimal(pattern.substr(at + 2), digits)) {
    out += "\\x{" + std::string(pattern.substr(at + 2, digits)) + "}";
    at += 2 + digits;
  } else if (c == 'Z' && !inside) {
    out += "\\z";
    at += 2;
  } else {
    const std::size_t size = c == '\0' ? 1 : 2;
    out += pattern.substr(at, size);
    at += size;
  }
}

}  // namespace

std::string to_re2(std::string_view pattern) {
  std::string out;
  bool inside = false;  // […]
  std::size_t first = 0;
  for (std::size_t at = 0; at < pattern.size();) {
    const char c = pattern[at];
    if (c == '\\') {
      append_escape(pattern, at, inside, out);
      continue;
    }
    if (!inside && c == '[') {
      inside = true;
      first = at + 1 < pattern.size() && pattern[at + 1] == '^' ? at + 2 : at + 1;
    } else if (inside && c == ']' && at != first) {
      inside = false;
    } else if (inside && c == '[') {
      out += "\\";  // RE2 takes [: for the name of a class
    } else if (!inside && pattern.substr(at).starts_with("{,") && at + 2 < pattern.size() &&
               std::isdigit(static_cast<unsigned char>(pattern[at + 2])) != 0) {
      out += "{0";
      ++at;
      continue;
    }
    out.push_back(c);
    ++at;
  }
  return out;
}

}  // namespace foehn::yaql
