#include "dsl/expr/jinja/globals.h"

#include <cmath>
#include <limits>

#include "dsl/expr/format.h"

namespace foehn::jinja {
namespace {

using expr::ListStyle;
__extension__ typedef __int128 Wide;  // wide enough for any sum or product of two integers

bool numeric(const Datum& datum) { return datum.is_number() || datum.kind() == Kind::kBoolean; }

Datum mismatch(Evaluation& evaluation, Operator op, const Datum& left, const Datum& right) {
  return evaluation.fail("unsupported operand type(s) for " + std::string(symbol_of(op)) + ": " +
                         std::string(expr::name_of(left)) + " and " + std::string(expr::name_of(right)));
}

Datum whole(Evaluation& evaluation, Wide value) {
  if (value > std::numeric_limits<std::int64_t>::max() || value < std::numeric_limits<std::int64_t>::min())
    return evaluation.fail("the result does not fit into a 64-bit integer");
  return Datum::integer(static_cast<std::int64_t>(value));
}

Datum power(Evaluation& evaluation, const Datum& left, const Datum& right) {
  const bool integers = left.kind() != Kind::kNumber && right.kind() != Kind::kNumber;
  if (!integers || right.integer() < 0) {
    if (left.number() == 0 && right.number() < 0) return evaluation.fail("0.0 cannot be raised to a negative power");
    const double value = std::pow(left.number(), right.number());
    if (std::isnan(value) || std::isinf(value)) return evaluation.fail("the result of ** is no finite number");
    return Datum::number(value);
  }
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

Datum quotient(Evaluation& evaluation, Operator op, const Datum& left, const Datum& right) {
  const bool integers = left.kind() != Kind::kNumber && right.kind() != Kind::kNumber;
  if (right.number() == 0)
    return evaluation.fail(op == Operator::kDivide ? (integers ? "division by zero" : "float division by zero")
                           : integers              ? "integer division or modulo by zero"
                                                   : "float floor division by zero");
  if (op == Operator::kDivide) return Datum::number(left.number() / right.number());
  if (integers) {
    const Wide a = left.integer();
    const Wide b = right.integer();
    const bool down = a % b != 0 && (a < 0) != (b < 0);  // Python rounds towards minus infinity
    return whole(evaluation, op == Operator::kModulo ? a % b + (down ? b : 0) : a / b - (down ? 1 : 0));
  }
  if (op == Operator::kFloorDivide) return Datum::number(std::floor(left.number() / right.number()));
  double rest = std::fmod(left.number(), right.number());
  if (rest != 0 && (rest < 0) != (right.number() < 0)) rest += right.number();
  return Datum::number(rest);
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
    if (!evaluation.affords(times, what.text().size())) return Datum::failure();
    std::string out;
    for (std::uint64_t i = 0; i < times && !what.text().empty(); ++i) out += what.text();
    return evaluation.text(std::move(out));
  }
  std::vector<Datum> items;
  std::vector<Datum> out;
  if (!iterate(evaluation, what, items) || !evaluation.affords(times, items.size() * sizeof(Datum)))
    return Datum::failure();
  for (std::uint64_t i = 0; i < times && !items.empty(); ++i) out.insert(out.end(), items.begin(), items.end());
  return evaluation.list(std::move(out), expr::style_of(what));
}

Datum fn_range(Arguments& arguments) {
  std::int64_t bounds[3] = {0, 0, 1};
  const std::size_t count = arguments.positional.size();
  if (count == 0 || count > 3) return arguments.fail("range expected 1 to 3 arguments, got " + std::to_string(count));
  for (std::size_t i = 0; i < count; ++i) {
    if (!arguments.positional[i].is_integer())
      return arguments.fail("range() takes integers, not " + std::string(expr::name_of(arguments.positional[i])));
    bounds[i] = arguments.positional[i].integer();
  }
  if (count == 1) std::swap(bounds[0], bounds[1]);
  if (bounds[2] == 0) return arguments.fail("range() arg 3 must not be zero");
  // jinja2.sandbox: MAX_RANGE.
  constexpr std::int64_t kRangeMax = 100'000;
  const Wide span = bounds[2] > 0 ? Wide(bounds[1]) - bounds[0] : Wide(bounds[0]) - bounds[1];
  const Wide step = bounds[2] > 0 ? Wide(bounds[2]) : -Wide(bounds[2]);
  const Wide length = span <= 0 ? Wide(0) : (span + step - 1) / step;
  if (length > kRangeMax)
    return arguments.fail("Range too big. The sandbox blocks ranges larger than MAX_RANGE (100000).");
  std::vector<Datum> items;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(length); ++i)
    items.push_back(Datum::integer(bounds[0] + i * bounds[2]));
  return arguments.evaluation.list(std::move(items));
}

Datum fn_dict(Arguments& arguments) {
  const expr::Ref<expr::DictObject> made(new expr::DictObject());
  Evaluation& evaluation = arguments.evaluation;
  if (!arguments.positional.empty()) {
    const Datum& source = arguments.positional[0];
    expr::Members members(source);
    Datum key;
    Datum value;
    while (members.next(key, value)) made->set(key, value);
    std::vector<Datum> pairs;
    if (source.kind() != Kind::kDict && !iterate(evaluation, source, pairs)) return Datum::failure();
    for (const Datum& pair : pairs) {
      std::vector<Datum> parts;
      if (!iterate(evaluation, pair, parts) || parts.size() != 2)
        return arguments.fail("dict() takes pairs of a key and a value");
      if (!evaluation.nest(*made, parts[1])) return Datum::failure();
      made->set(parts[0], parts[1]);
    }
  }
  for (const auto& [name, value] : arguments.keywords) {
    if (!evaluation.nest(*made, value)) return Datum::failure();
    made->set(evaluation.text(std::string(name)), value);
  }
  return evaluation.charge(made->entries().size() * 4 * sizeof(Datum)) ? Datum::of(made) : Datum::failure();
}

Datum fn_namespace(Arguments& arguments) {
  const expr::Ref<NamespaceObject> made(new NamespaceObject());
  for (const auto& [name, value] : arguments.keywords) {
    if (!arguments.evaluation.nest(*made, value)) return Datum::failure();
    made->set(arguments.evaluation, std::string(name), value);
  }
  return Datum::of(made);
}

}  // namespace

Datum global_function(std::string_view name) {
  if (name == "range") return Datum::of(new CallableObject("range", fn_range));
  if (name == "dict") return Datum::of(new CallableObject("dict", fn_dict));
  if (name == "namespace") return Datum::of(new CallableObject("namespace", fn_namespace));
  return Datum::missing();
}

Datum LoopObject::get(Evaluation&, std::string_view name) const {
  const std::size_t count = items_.as<expr::ListObject>()->items.size();
  if (name == "index") return Datum::integer(index_ + 1);
  if (name == "index0") return Datum::integer(index_);
  if (name == "revindex") return Datum::integer(count - index_);
  if (name == "revindex0") return Datum::integer(count - index_ - 1);
  if (name == "first") return Datum::boolean(index_ == 0);
  if (name == "last") return Datum::boolean(index_ + 1 == count);
  if (name == "length") return Datum::integer(count);
  if (name == "previtem" && index_ > 0) return at(index_ - 1);
  if (name == "nextitem" && index_ + 1 < count) return at(index_ + 1);
  return Datum::missing();
}

Datum add(Evaluation& evaluation, const Datum& left, const Datum& right) {
  return usable(evaluation, left) && usable(evaluation, right) ? arithmetic(evaluation, Operator::kAdd, left, right)
                                                               : Datum::failure();
}

Datum arithmetic(Evaluation& evaluation, Operator op, const Datum& left, const Datum& right) {
  if (op == Operator::kConcat) {
    std::string text = expr::str(evaluation, left);
    text += expr::str(evaluation, right);
    return evaluation.failed() ? Datum::failure() : evaluation.text(std::move(text));
  }
  if (numeric(left) && numeric(right)) return numbers(evaluation, op, left, right);
  if (op == Operator::kModulo && left.is_text()) {
    std::vector<Datum> values{right};
    if (right.kind() == Kind::kList && expr::style_of(right) == ListStyle::kOther) {
      values.clear();
      if (!iterate(evaluation, right, values)) return Datum::failure();
    }
    return expr::format_percent(evaluation, left.text(), values);
  }
  const auto repeats = [](const Datum& what) { return what.is_text() || what.kind() == Kind::kList; };
  const auto counts = [](const Datum& what) { return what.is_integer() || what.kind() == Kind::kBoolean; };
  if (op == Operator::kMultiply && repeats(left) && counts(right)) return repeat(evaluation, left, right.integer());
  if (op == Operator::kMultiply && repeats(right) && counts(left)) return repeat(evaluation, right, left.integer());
  if (op != Operator::kAdd) return mismatch(evaluation, op, left, right);
  if (left.is_text() && right.is_text()) return evaluation.text(std::string(left.text()) + std::string(right.text()));
  const bool lists =
      left.kind() == Kind::kList && right.kind() == Kind::kList && expr::style_of(left) == expr::style_of(right);
  if (!lists) return mismatch(evaluation, op, left, right);
  std::vector<Datum> all;
  if (!iterate(evaluation, left, all) || !iterate(evaluation, right, all)) return Datum::failure();
  return evaluation.list(std::move(all), expr::style_of(left));
}

}  // namespace foehn::jinja
