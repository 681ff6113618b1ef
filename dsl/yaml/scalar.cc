#include "dsl/yaml/scalar.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace foehn::dsl {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_number_part(char c) { return is_digit(c) || c == '_'; }

// [-+]? removed; -1 or +1.
int take_sign(std::string_view& text) {
  if (text.empty() || (text[0] != '-' && text[0] != '+')) return 1;
  const int sign = text[0] == '-' ? -1 : 1;
  text.remove_prefix(1);
  return sign;
}

std::string without_underscores(std::string_view text) {
  std::string digits;
  digits.reserve(text.size());
  for (const char c : text)
    if (c != '_') digits.push_back(c);
  return digits;
}

Value signed_value(std::uint64_t magnitude, int sign) {
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (magnitude <= kMax) return Value(static_cast<std::int64_t>(magnitude) * sign);
  if (sign < 0 && magnitude == kMax + 1) return Value(std::numeric_limits<std::int64_t>::min());
  if (sign > 0) return Value(magnitude);
  return Value(-static_cast<double>(magnitude));
}

Value integer(std::string_view text, int base, int sign) {
  const std::string digits = without_underscores(text);
  std::uint64_t magnitude = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, magnitude, base);
  if (error == std::errc()) return signed_value(magnitude, sign);
  double number = 0;  // more than 64 bits: Python has no bound, JSON's number is the nearest
  for (const char c : digits) {
    const int digit = is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
    number = number * base + digit;
  }
  return Value(number * sign);
}

template <class Accept>
bool all_of(std::string_view text, Accept accept) {
  for (const char c : text)
    if (!accept(c)) return false;
  return !text.empty();
}

// [0-9][0-9_]*(:[0-5]?[0-9])+ — the parts, or nothing.
std::optional<std::vector<double>> sexagesimal(std::string_view text) {
  if (text.empty() || !is_digit(text[0])) return std::nullopt;
  std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || !all_of(text.substr(0, colon), is_number_part)) return std::nullopt;
  std::vector<double> parts{integer(text.substr(0, colon), 10, 1).get<double>()};
  while (colon != std::string_view::npos) {
    const std::size_t next = text.find(':', colon + 1);
    const std::string_view part = text.substr(colon + 1, next == std::string_view::npos ? next : next - colon - 1);
    const bool two = part.size() == 2 && part[0] >= '0' && part[0] <= '5' && is_digit(part[1]);
    if (!two && !(part.size() == 1 && is_digit(part[0]))) return std::nullopt;
    parts.push_back(part.size() == 1 ? part[0] - '0' : (part[0] - '0') * 10 + part[1] - '0');
    colon = next;
  }
  return parts;
}

double sum_sexagesimal(const std::vector<double>& parts) {
  double total = 0;
  for (const double part : parts) total = total * 60 + part;
  return total;
}

std::optional<Value> resolve_integer(std::string_view text) {
  const int sign = take_sign(text);
  if (text.empty() || !is_digit(text[0])) return std::nullopt;
  if (text == "0") return Value(0);
  const auto has_digits = [](std::string_view digits) {
    return digits.find_first_not_of('_') != std::string_view::npos;
  };
  if (text[0] == '0') {
    const auto binary = [](char c) { return c == '0' || c == '1' || c == '_'; };
    const auto octal = [](char c) { return (c >= '0' && c <= '7') || c == '_'; };
    const auto hexadecimal = [](char c) {
      const char lower = static_cast<char>(c | 0x20);
      return is_number_part(c) || (lower >= 'a' && lower <= 'f');
    };
    const std::string_view rest = text.substr(2);
    if (text[1] == 'b' && all_of(rest, binary) && has_digits(rest)) return integer(rest, 2, sign);
    if (text[1] == 'x' && all_of(rest, hexadecimal) && has_digits(rest)) return integer(rest, 16, sign);
    if (all_of(text.substr(1), octal)) return integer(text, 8, sign);
    return std::nullopt;
  }
  if (all_of(text, is_number_part)) return integer(text, 10, sign);
  if (const auto parts = sexagesimal(text)) {
    const double total = sum_sexagesimal(*parts);
    if (total < 9e15) return Value(static_cast<std::int64_t>(total) * sign);
    return Value(total * sign);
  }
  return std::nullopt;
}

Value decimal(const std::string& digits, int sign) {
  double number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return Value(number * sign);
}

// [0-9]*\.[0-9_]*([eE][-+][0-9]+)?
std::optional<Value> resolve_decimal(std::string_view text, int sign, bool signed_text) {
  const std::size_t dot = text.find('.');
  const std::string_view whole = text.substr(0, dot);
  if (!whole.empty() && (!is_digit(whole[0]) || !all_of(whole, is_number_part))) return std::nullopt;
  std::size_t at = dot + 1;
  if (whole.empty() && (signed_text || at >= text.size() || !is_digit(text[at]))) return std::nullopt;
  while (at < text.size() && is_number_part(text[at])) ++at;
  if (at < text.size()) {
    if ((text[at] | 0x20) != 'e' || at + 2 >= text.size()) return std::nullopt;
    if (text[at + 1] != '-' && text[at + 1] != '+') return std::nullopt;
    if (!all_of(text.substr(at + 2), is_digit)) return std::nullopt;
  }
  std::string digits = without_underscores(text);
  if (digits[0] == '.') digits.insert(0, 1, '0');
  const std::size_t plus = digits.find('+');
  if (plus != std::string::npos) digits.erase(plus, 1);
  const std::size_t exponent = digits.find_first_of("eE");
  if (exponent != std::string::npos && digits[exponent - 1] == '.') digits.insert(exponent, 1, '0');
  // from_chars leaves the number alone when the exponent is out of range; Python gives inf or 0.
  double number = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (result.ec == std::errc::result_out_of_range) {
    const bool small = exponent != std::string::npos && digits[exponent + 1] == '-';
    return Value(small ? 0.0 * sign : HUGE_VAL * sign);
  }
  return Value(number * sign);
}

std::optional<Value> resolve_number(std::string_view text) {
  const bool signed_text = text[0] == '-' || text[0] == '+';
  const int sign = take_sign(text);
  if (text == ".inf" || text == ".Inf" || text == ".INF") return Value(HUGE_VAL * sign);
  if (!signed_text && (text == ".nan" || text == ".NaN" || text == ".NAN"))
    return Value(std::numeric_limits<double>::quiet_NaN());
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  if (text.find(':') == std::string_view::npos) return resolve_decimal(text, sign, signed_text);
  const std::string_view tail = text.substr(dot + 1);
  if (!tail.empty() && !all_of(tail, is_number_part)) return std::nullopt;
  const auto parts = sexagesimal(text.substr(0, dot));
  if (!parts) return std::nullopt;
  const std::string fraction = "0." + without_underscores(tail) + "0";
  return Value((sum_sexagesimal(*parts) + decimal(fraction, 1).get<double>()) * sign);
}

std::optional<Value> resolve_word(std::string_view text) {
  constexpr std::string_view kTrue[] = {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"};
  constexpr std::string_view kFalse[] = {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"};
  if (text.size() > 5) return std::nullopt;
  for (const auto word : kTrue)
    if (text == word) return Value(true);
  for (const auto word : kFalse)
    if (text == word) return Value(false);
  if (text == "null" || text == "Null" || text == "NULL" || text == "~") return Value(nullptr);
  return std::nullopt;
}

// The type that YAML 1.1 gives the text; nothing when it is text.
std::optional<Value> resolve(std::string_view text) {
  if (text.empty()) return Value(nullptr);
  const char c = text[0];
  if (is_digit(c) || c == '-' || c == '+' || c == '.') {
    auto value = resolve_integer(text);
    return value ? value : resolve_number(text);
  }
  constexpr std::string_view kWordStarts = "yYnNtTfFoO~";
  if (kWordStarts.find(c) != std::string_view::npos) return resolve_word(text);
  return std::nullopt;
}

}  // namespace

Value resolve_plain(std::string_view text) {
  auto value = resolve(text);
  return value ? std::move(*value) : Value(std::string(text));
}

bool resolves_to_text(std::string_view text) { return !resolve(text).has_value(); }

std::string resolve_key(std::string_view text, bool plain) {
  if (plain) {
    if (const auto value = resolve(text)) return to_json(*value);
  }
  return std::string(text);
}

}  // namespace foehn::dsl
