// Numbers.
#include <charconv>
#include <cmath>

#include "dsl/expr/yaql/support.h"

namespace foehn::yaql {
namespace {

Datum too_large(const Call& call) { return call.fail("the result does not fit into a 64-bit integer"); }

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n\f\v";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  return begin == std::string_view::npos ? std::string_view()
                                         : text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
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
  std::string_view text = trimmed(value.text());
  const bool plus = text.starts_with('+');
  if (plus) text.remove_prefix(1);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range) return too_large(call);
  if (error != std::errc() || end != text.data() + text.size() || (plus && text.starts_with('-')))
    return call.fail("invalid literal for int() with base 10: the string is no whole number");
  return Datum::integer(number);
}

Datum fn_float(Call& call) {
  const Datum& value = call[0];
  if (value.is_null()) return Datum::number(0);
  if (value.is_number() || value.kind() == Kind::kBoolean) return Datum::number(value.number());
  if (!value.is_text())
    return call.fail("float() takes a string or a number, not " + std::string(expr::name_of(value)));
  std::string_view text = trimmed(value.text());
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size())
    return call.fail("could not convert string to float: the string is no number");
  return Datum::number(number);
}

Datum fn_abs(Call& call) { return call[0].number() < 0 ? sign(call.evaluation, true, call[0]) : call[0]; }

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
  if (a == 0) return call[0];
  if (b > 62 || std::llabs(a) > (INT64_MAX >> b)) return too_large(call);
  return Datum::integer(static_cast<std::int64_t>(static_cast<std::uint64_t>(a) << b));
}

Datum fn_bitwise_not(Call& call) { return Datum::integer(~call[0].integer()); }

Datum modular_power(Call& call) {
  __extension__ typedef __int128 Wide;
  const Wide modulus = call[2].integer();
  std::int64_t exponent = call[1].integer();
  if (modulus == 0) return call.fail("pow() 3rd argument cannot be 0");
  if (exponent < 0) return call.fail("pow() with a modulus takes no negative exponent");
  Wide base = call[0].integer() % modulus;
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
    return std::isnan(value) || std::isinf(value) ? call.fail("the result of pow() is no finite number")
                                                  : Datum::number(value);
  }
  __extension__ typedef __int128 Wide;
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

Datum fn_round(Call& call) {
  const std::int64_t digits = call.integer_or(1, 0);
  if (call[0].is_integer() && digits >= 0) return call[0];
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
  if (digits < -18) return call[0].is_integer() ? Datum::integer(std::int64_t{0}) : Datum::number(0);
  const double unit = std::pow(10.0, static_cast<double>(-digits));
  const double value = std::nearbyint(call[0].number() / unit) * unit;
  return call[0].is_integer() ? from_double(call, value) : Datum::number(value);
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
  return Datum::of(call.evaluation.keep(std::move(*drawn)));
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
