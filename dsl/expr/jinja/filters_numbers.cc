// Filters on numbers.
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "dsl/expr/jinja/functions.h"
#include "dsl/expr/text.h"

namespace foehn::jinja {

using expr::name_of;

namespace {

// Digits with single `_` between them, which are left out; nullopt when they stand elsewhere.
std::optional<std::string> without_bars(std::string_view text) {
  std::string out;
  const auto word = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      out.push_back(text[i]);
    } else if (i == 0 || i + 1 == text.size() || !word(text[i - 1]) || !word(text[i + 1])) {
      return std::nullopt;
    }
  }
  return out;
}

}  // namespace

bool parse_float(std::string_view text, double& out) {
  const auto plain = without_bars(expr::strip(text, nullptr, expr::Ends::kBoth));
  if (!plain || plain->empty()) return false;
  std::string_view digits = *plain;
  const bool minus = digits[0] == '-';
  if (minus || digits[0] == '+') digits.remove_prefix(1);
  const std::string lower = expr::to_lower(digits);
  const bool named = lower == "inf" || lower == "infinity" || lower == "nan";
  const bool number = !digits.empty() && digits.find_first_not_of("0123456789.eE+-") == std::string_view::npos &&
                      ((digits[0] >= '0' && digits[0] <= '9') || digits[0] == '.');
  if (!named && !number) return false;
  char* end = nullptr;
  const std::string copy(digits);
  out = std::strtod(copy.c_str(), &end);
  if (end != copy.c_str() + copy.size()) return false;
  if (minus) out = -out;
  return true;
}

bool parse_integer(Evaluation& evaluation, std::string_view text, std::int64_t base, Datum& out) {
  auto plain = without_bars(expr::strip(text, nullptr, expr::Ends::kBoth));
  if (base != 0 && (base < 2 || base > 36)) return false;
  if (!plain || plain->empty()) return false;
  std::string_view digits = *plain;
  const bool minus = digits[0] == '-';
  if (minus || digits[0] == '+') digits.remove_prefix(1);
  const char mark = digits.size() > 2 && digits[0] == '0' ? static_cast<char>(digits[1] | 0x20) : ' ';
  const std::int64_t marked = mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 0;
  if (marked != 0 && (base == 0 || base == marked)) {
    digits.remove_prefix(2);
    base = marked;
  } else if (base == 0) {
    if (digits.size() > 1 && digits[0] == '0' && digits.find_first_not_of('0') != std::string_view::npos) return false;
    base = 10;
  }
  if (digits.empty() || digits[0] == '-' || digits[0] == '+') return false;
  std::uint64_t magnitude = 0;
  const char* const last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, magnitude, static_cast<int>(base));
  if (end != last) return false;
  const std::uint64_t most = static_cast<std::uint64_t>(INT64_MAX) + (minus ? 1 : 0);
  if (error != std::errc() || magnitude > most) {
    out = overflow(evaluation);
    return true;
  }
  out = Datum::integer(static_cast<std::int64_t>(minus ? 0 - magnitude : magnitude));
  return true;
}

namespace {

// int(float); nullopt for what is no number, the failed datum for what is infinite.
std::optional<Datum> truncated(Arguments& arguments, double number) {
  if (std::isnan(number)) return std::nullopt;
  if (std::isinf(number)) return arguments.fail("cannot convert float infinity to integer");
  if (std::fabs(number) >= 9.223372036854775e18) return overflow(arguments.evaluation);
  return Datum::integer(static_cast<std::int64_t>(number));
}

Datum fn_int(Arguments& arguments, const Datum& subject) {
  const Datum* given = arguments.get(0);
  const Datum otherwise = given ? *given : Datum::integer(std::int64_t{0});
  if (is_undefined(subject)) return usable(arguments.evaluation, subject) ? subject : Datum::failure();
  std::int64_t whole = 0;
  if (as_index(subject, whole)) return Datum::integer(whole);
  double number = 0;
  if (subject.is_text()) {
    std::int64_t base = 10;
    Datum parsed;
    const Datum* base_given = arguments.get(1);
    const bool has_base = !base_given || as_index(*base_given, base);
    if (has_base && parse_integer(arguments.evaluation, subject.text(), base, parsed)) return parsed;
    if (!parse_float(subject.text(), number)) return otherwise;
  } else if (subject.kind() == Kind::kNumber) {
    number = subject.number();
  } else {
    return otherwise;
  }
  return truncated(arguments, number).value_or(otherwise);
}

Datum fn_float(Arguments& arguments, const Datum& subject) {
  if (is_undefined(subject)) return usable(arguments.evaluation, subject) ? subject : Datum::failure();
  const Datum* given = arguments.get(0);
  if (subject.is_number() || subject.kind() == Kind::kBoolean) return Datum::number(subject.number());
  double number = 0;
  if (subject.is_text() && parse_float(subject.text(), number)) return Datum::number(number);
  return given ? *given : Datum::number(0);
}

Datum fn_abs(Arguments& arguments, const Datum& subject) {
  if (!usable(arguments.evaluation, subject)) return Datum::failure();
  if (subject.kind() == Kind::kNumber) return Datum::number(std::fabs(subject.number()));
  std::int64_t whole = 0;
  if (!as_index(subject, whole)) return arguments.fail("bad operand type for abs(): " + std::string(name_of(subject)));
  return whole == INT64_MIN ? overflow(arguments.evaluation) : Datum::integer(whole < 0 ? -whole : whole);
}

// Half to even, at a power of ten.
Datum round_whole(Arguments& arguments, std::int64_t value, std::int64_t precision) {
  if (precision >= 0) return Datum::integer(value);
  if (precision < -18) return Datum::integer(std::int64_t{0});
  std::int64_t unit = 1;
  for (std::int64_t i = precision; i < 0; ++i) unit *= 10;
  std::int64_t rest = value % unit;
  std::int64_t base = value - rest;
  if (rest < 0) {
    rest += unit;
    if (__builtin_sub_overflow(base, unit, &base)) return overflow(arguments.evaluation);
  }
  const bool up = rest > unit - rest || (rest == unit - rest && (base / unit) % 2 != 0);
  if (up && __builtin_add_overflow(base, unit, &base)) return overflow(arguments.evaluation);
  return Datum::integer(base);
}

Datum round_common(Arguments& arguments, const Datum& subject, const Datum* given) {
  std::int64_t precision = 0;
  std::int64_t whole = 0;
  if (given && given->is_null()) {  // round(value, None) gives an integer
    if (as_index(subject, whole)) return Datum::integer(whole);
    if (std::isnan(subject.number())) return arguments.fail("cannot convert float NaN to integer");
    return *truncated(arguments, std::nearbyint(subject.number()));
  }
  if (!arguments.integer(0, precision)) return Datum::failure();
  if (as_index(subject, whole)) return round_whole(arguments, whole, precision);
  const double number = subject.number();
  if (!std::isfinite(number) || precision > 308) return subject;
  if (precision < -308) return Datum::number(std::copysign(0.0, number));
  std::string text(1100, '\0');
  if (precision >= 0) {
    text.resize(static_cast<std::size_t>(
        std::snprintf(text.data(), text.size(), "%.*f", static_cast<int>(precision), number)));
    return Datum::number(std::strtod(text.c_str(), nullptr));
  }
  // The decimal digits are exact, so that half a unit is found as such.
  const double unit = std::pow(10.0, static_cast<double>(-precision));
  const double rest = std::fmod(std::fabs(number), unit);
  const double base = std::fabs(number) - rest;
  const bool up = rest > unit / 2 || (rest == unit / 2 && std::fmod(base / unit, 2) != 0);
  return Datum::number(std::copysign(up ? base + unit : base, number));
}

Datum fn_round(Arguments& arguments, const Datum& subject) {
  if (!usable(arguments.evaluation, subject)) return Datum::failure();
  const Datum* method = arguments.get(1);
  const std::string_view name = !method ? "common" : method->is_text() ? method->text() : "";
  if (name != "common" && name != "ceil" && name != "floor")
    return arguments.fail("method must be common, ceil or floor");
  const bool number = subject.is_number() || subject.kind() == Kind::kBoolean;
  if (!number) return arguments.fail("round takes a number, not " + std::string(name_of(subject)));
  if (name == "common") return round_common(arguments, subject, arguments.get(0));
  std::int64_t precision = 0;
  if (!arguments.integer(0, precision)) return Datum::failure();
  if (precision > 300 || precision < -300) return arguments.fail("the precision is too large");
  std::int64_t whole = 0;
  if (as_index(subject, whole) && precision >= 0) return Datum::number(static_cast<double>(whole));
  const double unit = std::pow(10.0, static_cast<double>(precision));
  const double scaled = subject.number() * unit;
  if (!std::isfinite(scaled)) return arguments.fail("the number is too large to be rounded");
  // Python goes over an integer here, which has no negative zero.
  return Datum::number(((name == "ceil" ? std::ceil(scaled) : std::floor(scaled)) + 0.0) / unit);
}

Datum fn_filesizeformat(Arguments& arguments, const Datum& subject) {
  if (!usable(arguments.evaluation, subject)) return Datum::failure();
  const auto binary = arguments.flag(0);
  double bytes = 0;
  if (subject.is_text()) {
    if (!parse_float(subject.text(), bytes)) return arguments.fail("filesizeformat takes a number");
  } else if (subject.is_number() || subject.kind() == Kind::kBoolean) {
    bytes = subject.number();
  } else {
    return arguments.fail("filesizeformat takes a number, not " + std::string(name_of(subject)));
  }
  if (!binary) return Datum::failure();
  if (std::isnan(bytes)) return arguments.evaluation.text(std::string(*binary ? "nan YiB" : "nan YB"));
  const double base = *binary ? 1024 : 1000;
  if (bytes == 1) return arguments.evaluation.text("1 Byte");
  if (bytes < base) {
    const auto whole = truncated(arguments, bytes);
    if (!whole || whole->failed()) return Datum::failure();
    return arguments.evaluation.text(std::to_string(whole->integer()) + " Bytes");
  }
  static constexpr std::string_view kUnits = "kMGTPEZY";
  double unit = base * base;
  std::size_t at = 0;
  while (bytes >= unit && at + 1 < kUnits.size()) {
    unit *= base;
    ++at;
  }
  std::string text(400, '\0');
  text.resize(static_cast<std::size_t>(std::snprintf(text.data(), text.size(), "%.1f ", base * bytes / unit)));
  if (*binary) {
    text += static_cast<char>(kUnits[at] == 'k' ? 'K' : kUnits[at]);
    return arguments.evaluation.text(text + "iB");
  }
  return arguments.evaluation.text(text + kUnits[at] + "B");
}

constexpr Filter kTable[] = {
    {"int", "default base", fn_int},
    {"float", "default", fn_float},
    {"abs", "", fn_abs},
    {"round", "precision method", fn_round},
    {"filesizeformat", "binary", fn_filesizeformat},
};

}  // namespace

std::span<const Filter> number_filters() { return kTable; }

}  // namespace foehn::jinja
