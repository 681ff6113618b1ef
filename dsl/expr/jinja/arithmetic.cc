// Python's arithmetic: + - ~ * / // % ** and unary - +. Integers have 64 bits; what does not fit is an error.
#include <cmath>
#include <limits>

#include "dsl/expr/jinja/functions.h"

namespace foehn::jinja {
namespace {

__extension__ typedef __int128 Wide;  // wide enough for any sum or product of two integers

bool numeric(const Datum& datum) { return datum.is_number() || datum.kind() == Kind::kBoolean; }

Datum mismatch(Evaluation& evaluation, Operator op, const Datum& left, const Datum& right) {
  return evaluation.fail("unsupported operand type(s) for " + std::string(symbol_of(op)) + ": " +
                         std::string(expr::name_of(left)) + " and " + std::string(expr::name_of(right)));
}

Datum whole(Evaluation& evaluation, Wide value) {
  if (value > std::numeric_limits<std::int64_t>::max() || value < std::numeric_limits<std::int64_t>::min())
    return overflow(evaluation);
  return Datum::integer(static_cast<std::int64_t>(value));
}

Datum float_power(Evaluation& evaluation, double base, double exponent) {
  if (base == 0 && exponent < 0) return evaluation.fail("0.0 cannot be raised to a negative power");
  const double value = std::pow(base, exponent);
  if (std::isnan(value) && !std::isnan(base) && !std::isnan(exponent))
    return evaluation.fail("a negative number raised to a fraction is no real number");
  if (std::isinf(value) && !std::isinf(base) && !std::isinf(exponent))
    return evaluation.fail("the result of ** is too large");
  return Datum::number(value);
}

Datum power(Evaluation& evaluation, const Datum& left, const Datum& right) {
  const bool integers = left.kind() != Kind::kNumber && right.kind() != Kind::kNumber;
  if (!integers || right.integer() < 0) return float_power(evaluation, left.number(), right.number());
  const Wide base = left.integer();
  std::int64_t exponent = right.integer();
  if (base == 0 || base == 1 || base == -1) {
    if (base == -1 && exponent % 2 == 0) return Datum::integer(std::int64_t{1});
    return exponent == 0 ? Datum::integer(std::int64_t{1}) : Datum::integer(static_cast<std::int64_t>(base));
  }
  Wide result = 1;
  for (; exponent > 0; --exponent) {
    result *= base;
    if (result > INT64_MAX || result < INT64_MIN) break;
  }
  return whole(evaluation, result);
}

// Python's float floor division and remainder: the remainder has the divisor's sign.
void float_divmod(double a, double b, double& quotient, double& rest) {
  rest = std::fmod(a, b);
  double raw = (a - rest) / b;
  if (rest != 0) {
    if ((b < 0) != (rest < 0)) {
      rest += b;
      raw -= 1.0;
    }
  } else {
    rest = std::copysign(0.0, b);
  }
  if (raw != 0) {
    quotient = std::floor(raw);
    if (raw - quotient > 0.5) quotient += 1.0;
  } else {
    quotient = std::copysign(0.0, a / b);
  }
}

Datum quotient(Evaluation& evaluation, Operator op, const Datum& left, const Datum& right) {
  const bool integers = left.kind() != Kind::kNumber && right.kind() != Kind::kNumber;
  if (right.number() == 0)
    return evaluation.fail(op == Operator::kDivide   ? (integers ? "division by zero" : "float division by zero")
                           : integers                ? "integer division or modulo by zero"
                           : op == Operator::kModulo ? "float modulo"
                                                     : "float floor division by zero");
  if (op == Operator::kDivide) return Datum::number(left.number() / right.number());
  if (integers) {
    const Wide a = left.integer();
    const Wide b = right.integer();
    const bool down = a % b != 0 && (a < 0) != (b < 0);  // Python rounds towards minus infinity
    return whole(evaluation, op == Operator::kModulo ? a % b + (down ? b : 0) : a / b - (down ? 1 : 0));
  }
  double floored = 0;
  double rest = 0;
  float_divmod(left.number(), right.number(), floored, rest);
  return Datum::number(op == Operator::kModulo ? rest : floored);
}

Datum numbers(Evaluation& evaluation, Operator op, const Datum& left, const Datum& right) {
  switch (op) {
    case Operator::kDivide:
    case Operator::kFloorDivide:
    case Operator::kModulo:
      return quotient(evaluation, op, left, right);
    case Operator::kPower:
      return power(evaluation, left, right);
    default:
      break;
  }
  if (left.kind() != Kind::kNumber && right.kind() != Kind::kNumber) {
    const Wide a = left.integer();
    const Wide b = right.integer();
    return whole(evaluation, op == Operator::kAdd ? a + b : op == Operator::kSubtract ? a - b : a * b);
  }
  const double a = left.number();
  const double b = right.number();
  return Datum::number(op == Operator::kAdd ? a + b : op == Operator::kSubtract ? a - b : a * b);
}

Datum repeat(Evaluation& evaluation, const Datum& what, std::int64_t count) {
  const auto times = static_cast<std::uint64_t>(std::max<std::int64_t>(count, 0));
  if (what.is_text()) {
    const std::string_view text = what.text();
    if (!evaluation.affords(times, text.size())) return Datum::failure();
    std::string out;
    out.reserve(text.empty() ? 0 : times * text.size());
    for (std::uint64_t i = 0; i < times && !text.empty(); ++i) out += text;
    return text_like(evaluation, what, std::move(out));
  }
  std::vector<Datum> items;
  std::vector<Datum> out;
  if (!iterate(evaluation, what, items) || !evaluation.affords(times, items.size() * sizeof(Datum)))
    return Datum::failure();
  if (!items.empty() && !evaluation.step(times * items.size())) return Datum::failure();
  out.reserve(times * items.size());
  for (std::uint64_t i = 0; i < times && !items.empty(); ++i) out.insert(out.end(), items.begin(), items.end());
  return evaluation.list(std::move(out), expr::style_of(what));
}

// Markup + text escapes the text.
Datum join_texts(Evaluation& evaluation, const Datum& left, const Datum& right) {
  const bool safe = is_markup(left) || is_markup(right);
  const std::size_t size = left.text().size() + right.text().size();
  if (!evaluation.affords(1, size)) return Datum::failure();
  std::string text;
  text.reserve(size);
  for (const Datum* part : {&left, &right}) {
    if (evaluation.failed()) return Datum::failure();
    text += safe && !is_markup(*part) ? escaped(evaluation, part->text()) : part->text();
  }
  return safe ? markup(evaluation, std::move(text)) : evaluation.text(std::move(text));
}

Datum sequences(Evaluation& evaluation, Operator op, const Datum& left, const Datum& right) {
  const auto repeats = [](const Datum& what) { return what.is_text() || what.kind() == Kind::kList; };
  std::int64_t count = 0;
  if (op == Operator::kMultiply && repeats(left) && as_index(right, count)) return repeat(evaluation, left, count);
  if (op == Operator::kMultiply && repeats(right) && as_index(left, count)) return repeat(evaluation, right, count);
  if (op != Operator::kAdd) return mismatch(evaluation, op, left, right);
  if (left.is_text() && right.is_text()) return join_texts(evaluation, left, right);
  const bool lists = (is_list(left) && is_list(right)) || (is_tuple(left) && is_tuple(right));
  if (!lists) return mismatch(evaluation, op, left, right);
  std::vector<Datum> all;
  if (!iterate(evaluation, left, all) || !iterate(evaluation, right, all)) return Datum::failure();
  return evaluation.list(std::move(all), expr::style_of(left));
}

}  // namespace

Datum overflow(Evaluation& evaluation) {
  return evaluation.fail("the result does not fit into a 64-bit integer");
}

Datum arithmetic(Evaluation& evaluation, Operator op, const Datum& left, const Datum& right) {
  if (op == Operator::kConcat) {
    std::string text;
    if (!append_str(evaluation, left, text) || !append_str(evaluation, right, text)) return Datum::failure();
    return evaluation.text(std::move(text));
  }
  if (op == Operator::kModulo && left.is_text()) return format_percent(evaluation, left, right);
  if (!usable(evaluation, left) || !usable(evaluation, right)) return Datum::failure();
  if (numeric(left) && numeric(right)) return numbers(evaluation, op, left, right);
  return sequences(evaluation, op, left, right);
}

Datum negate(Evaluation& evaluation, Operator op, const Datum& operand) {
  if (!usable(evaluation, operand)) return Datum::failure();
  const bool minus = op == Operator::kSubtract;
  if (operand.kind() == Kind::kNumber) return Datum::number(minus ? -operand.number() : operand.number());
  std::int64_t number = 0;
  if (!as_index(operand, number))
    return evaluation.fail("bad operand type for unary " + std::string(symbol_of(op)) + ": " +
                           std::string(expr::name_of(operand)));
  if (number == INT64_MIN && minus) return overflow(evaluation);
  return Datum::integer(minus ? -number : number);
}

}  // namespace foehn::jinja
