// Numbers.
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "dsl/expr/text.h"
#include "dsl/expr/yaql/support.h"

namespace foehn::yaql {
namespace {

Datum too_large(const Call& call) { return call.fail("the result does not fit into a 64-bit integer"); }

constexpr const char* kNoWholeNumber = "invalid literal for int() with base 10: the string is no whole number";

// Without blanks around and single underscores between digits, as Python reads numbers; false when there are others.
bool plain_number(std::string_view written, std::string& storage, std::string_view& text) {
  text = expr::strip(written, nullptr, expr::Ends::kBoth);
  if (text.find('_') == std::string_view::npos) return true;
  const auto digit = [&](std::size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '9'; };
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '_') storage.push_back(text[at]);
    if (text[at] == '_' && (at == 0 || !digit(at - 1) || !digit(at + 1))) return false;
  }
  text = storage;
  return true;
}

Datum from_double(const Call& call, double value) {
  if (std::isnan(value)) return call.fail("cannot convert float NaN to integer");
  if (std::isinf(value)) return call.fail("cannot convert float infinity to integer");
  if (std::fabs(value) >= 9.2e18) return too_large(call);
  return Datum::integer(static_cast<std::int64_t>(value));
}

Datum fn_int(Call& call) {
  const Datum& value = call[0];
  if (value.is_null()) return Datum::integer(std::int64_t{0});
  if (value.kind() == Kind::kNumber) return from_double(call, value.number());
  if (value.is_integer() || value.kind() == Kind::kBoolean) return Datum::integer(value.integer());
  if (!value.is_text()) return call.fail("int() takes a string or a number, not " + std::string(expr::name_of(value)));
  std::string storage;
  std::string_view text;
  if (!plain_number(value.text(), storage, text)) return call.fail(kNoWholeNumber);
  const bool plus = text.starts_with('+');
  if (plus) text.remove_prefix(1);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range) return too_large(call);
  if (error != std::errc() || end != text.data() + text.size() || (plus && text.starts_with('-')))
    return call.fail(kNoWholeNumber);
  return Datum::integer(number);
}

Datum fn_float(Call& call) {
  const Datum& value = call[0];
  if (value.is_null()) return Datum::number(0);
  if (value.is_number() || value.kind() == Kind::kBoolean) return Datum::number(value.number());
  if (!value.is_text())
    return call.fail("float() takes a string or a number, not " + std::string(expr::name_of(value)));
  std::string storage;
  std::string_view text;
  const auto bad = [&] { return call.fail("could not convert string to float: the string is no number"); };
  if (!plain_number(value.text(), storage, text)) return bad();
  const bool plus = text.starts_with('+');
  if (plus) text.remove_prefix(1);
  if ((plus && text.starts_with('-')) || text.find('(') != std::string_view::npos) return bad();
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range) number = std::strtod(std::string(text).c_str(), nullptr);
  if ((error != std::errc() && error != std::errc::result_out_of_range) || end != text.data() + text.size())
    return bad();
  return Datum::number(number);
}

Datum fn_abs(Call& call) {
  if (!call[0].is_integer()) return Datum::number(std::fabs(call[0].number()));
  return call[0].integer() < 0 ? sign(call.evaluation, true, call[0]) : call[0];
}

Datum fn_sign(Call& call) {
  const double value = call[0].number();
  return Datum::integer(static_cast<std::int64_t>(value > 0 ? 1 : value < 0 ? -1 : 0));
}

template <bool kBigger>
Datum fn_pick(Call& call) {
  const Datum bigger = binary(call.evaluation, Operator::kGreater, call[1], call[0]);
  if (bigger.failed()) return bigger;
  return expr::truthy(bigger) == kBigger ? call[1] : call[0];
}

template <char kOperation>
Datum fn_bits(Call& call) {
  const std::int64_t a = call[0].integer();
  const std::int64_t b = call[1].integer();
  const bool flags = call[0].kind() == Kind::kBoolean && call[1].kind() == Kind::kBoolean;
  if (flags && std::string_view("&|^").find(kOperation) != std::string_view::npos)
    return Datum::boolean(kOperation == '&' ? (a & b) != 0 : kOperation == '|' ? (a | b) != 0 : a != b);
  switch (kOperation) {
    case '&':
      return Datum::integer(a & b);
    case '|':
      return Datum::integer(a | b);
    case '^':
      return Datum::integer(a ^ b);
    default:
      break;
  }
  if (b < 0) return call.fail("negative shift count");
  if (kOperation == '>') return Datum::integer(b > 63 ? (a < 0 ? std::int64_t{-1} : std::int64_t{0}) : a >> b);
  if (a == 0) return Datum::integer(a);
  if (b > 62 || std::llabs(a) > (INT64_MAX >> b)) return too_large(call);
  return Datum::integer(static_cast<std::int64_t>(static_cast<std::uint64_t>(a) << b));
}

Datum fn_bitwise_not(Call& call) { return Datum::integer(~call[0].integer()); }

__extension__ typedef __int128 Wide;

// The number that times `value` is 1 modulo `modulus`; 0 when there is none.
Wide inverse(Wide value, Wide modulus) {
  Wide rest = modulus < 0 ? -modulus : modulus;
  Wide number = value % rest;
  if (number < 0) number += rest;
  Wide before = 0;
  Wide factor = 1;
  const Wide size = rest;
  while (number > 0) {
    const Wide quotient = rest / number;
    rest = std::exchange(number, rest - quotient * number);
    before = std::exchange(factor, before - quotient * factor);
  }
  return rest == 1 ? (before % size + size) % size : 0;
}

Datum modular_power(Call& call) {
  const Wide modulus = call[2].integer();
  std::int64_t exponent = call[1].integer();
  if (modulus == 0) return call.fail("pow() 3rd argument cannot be 0");
  Wide base = call[0].integer() % modulus;
  if (exponent < 0) {
    if (exponent == INT64_MIN) return too_large(call);
    base = inverse(base, modulus);
    exponent = -exponent;
    if (base == 0 && modulus != 1 && modulus != -1) return call.fail("base is not invertible for the given modulus");
  }
  Wide result = 1 % modulus;
  for (; exponent > 0; exponent >>= 1) {
    if ((exponent & 1) != 0) result = result * base % modulus;
    base = base * base % modulus;
  }
  if (result != 0 && (result < 0) != (modulus < 0)) result += modulus;
  return Datum::integer(static_cast<std::int64_t>(result));
}

Datum fn_pow(Call& call) {
  if (call.has(2) && !call[2].is_null()) {
    const bool whole = call[0].is_integer() && call[1].is_integer() && call[2].is_integer();
    return whole ? modular_power(call) : call.fail("pow() with a modulus takes integers");
  }
  if (!call[0].is_integer() || !call[1].is_integer() || call[1].integer() < 0) {
    if (call[0].number() == 0 && call[1].number() < 0) return call.fail("0.0 cannot be raised to a negative power");
    const double value = std::pow(call[0].number(), call[1].number());
    const bool finite = std::isfinite(call[0].number()) && std::isfinite(call[1].number());
    return finite && !std::isfinite(value) ? call.fail("the result of pow() is no finite number")
                                           : Datum::number(value);
  }
  Wide result = 1;
  const Wide base = call[0].integer();
  if (base >= -1 && base <= 1)
    return Datum::integer(static_cast<std::int64_t>(base == -1 && call[1].integer() % 2 == 0 ? 1
                                                    : call[1].integer() == 0                 ? 1
                                                                                             : base));
  for (std::int64_t i = 0; i < call[1].integer(); ++i) {
    result *= base;
    if (result > INT64_MAX || result < INT64_MIN) return too_large(call);
  }
  return Datum::integer(static_cast<std::int64_t>(result));
}

// To `zeros` zeros at the end, a half to the even side.
Datum round_whole(const Call& call, std::int64_t zeros) {
  if (zeros > 19) return Datum::integer(std::int64_t{0});
  Wide unit = 1;
  for (std::int64_t i = 0; i < zeros; ++i) unit *= 10;
  const Wide value = call[0].integer();
  Wide below = value / unit - (value % unit < 0 ? 1 : 0);
  const Wide twice = 2 * (value - below * unit);
  if (twice > unit || (twice == unit && below % 2 != 0)) ++below;
  const Wide rounded = below * unit;
  if (rounded > INT64_MAX || rounded < INT64_MIN) return too_large(call);
  return Datum::integer(static_cast<std::int64_t>(rounded));
}

Datum fn_round(Call& call) {
  const std::int64_t digits = call.integer_or(1, 0);
  if (call[0].is_integer()) return digits >= 0 ? call[0] : round_whole(call, -digits);
  if (!std::isfinite(call[0].number())) return call[0];
  // Python rounds the exact decimal value, ties to even; printf does the same.
  if (digits > 300) return call[0];
  if (digits >= 0) {
    std::string text(700, '\0');
    text.resize(static_cast<std::size_t>(
        std::snprintf(text.data(), text.size(), "%.*f", static_cast<int>(digits), call[0].number())));
    double value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return Datum::number(value);
  }
  if (digits < -308) return Datum::number(std::copysign(0.0, call[0].number()));
  const double unit = std::pow(10.0, static_cast<double>(-digits));
  return Datum::number(std::nearbyint(call[0].number() / unit) * unit);
}

Datum fn_hex(Call& call) {
  if (!call[0].is_integer()) return call.fail("hex() takes an integer, not " + std::string(expr::name_of(call[0])));
  const std::int64_t value = call[0].integer();
  std::array<char, 20> digits{};
  const auto magnitude = value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), magnitude, 16).ptr;
  return call.evaluation.text((value < 0 ? "-0x" : "0x") + std::string(digits.data(), end));
}

// The host decides what is random, so that a replayed step draws the same number.
Datum fn_random(Call& call) {
  dsl::CallArguments bounds;
  for (std::size_t i = 0; i < 2 && call.has(i); ++i) bounds.positional.emplace_back(call[i].integer());
  auto drawn = call.evaluation.scope().call("random", bounds);
  if (!drawn) return call.fail("random() is not available here");
  return call.evaluation.keep(std::move(*drawn));
}

constexpr Overload kTable[] = {
    function("int", fn_int, {{"value", kAnyArg}}),
    function("float", fn_float, {{"value", kAnyArg}}),
    function("abs", fn_abs, {{"op", kNumberArg}}),
    function("sign", fn_sign, {{"num", kNumberArg}}),
    function("max", fn_pick<true>, {{"a", kAnyArg}, {"b", kAnyArg}}),
    function("min", fn_pick<false>, {{"a", kAnyArg}, {"b", kAnyArg}}),
    function("pow", fn_pow, {{"a", kNumberArg}, {"b", kNumberArg}, {"c", kNumberArg | kNullType | kOptional}}),
    function("round", fn_round, {{"number", kNumberArg}, {"ndigits", kIntegerArg | kOptional}}),
    function("hex", fn_hex, {{"num", kNumberArg}}),
    function("random", fn_random, {}),
    function("random", fn_random, {{"from", kIntegerArg}, {"to", kIntegerArg}}),
    function("bitwiseAnd", fn_bits<'&'>, {{"left", kIntegerArg}, {"right", kIntegerArg}}),
    function("bitwiseOr", fn_bits<'|'>, {{"left", kIntegerArg}, {"right", kIntegerArg}}),
    function("bitwiseXor", fn_bits<'^'>, {{"left", kIntegerArg}, {"right", kIntegerArg}}),
    function("bitwiseNot", fn_bitwise_not, {{"arg", kIntegerArg}}),
    function("shiftBitsRight", fn_bits<'>'>, {{"value", kIntegerArg}, {"bitsNumber", kIntegerArg}}),
    function("shiftBitsLeft", fn_bits<'<'>, {{"value", kIntegerArg}, {"bitsNumber", kIntegerArg}}),
};

}  // namespace

std::span<const Overload> math_table() { return kTable; }

}  // namespace foehn::yaql
