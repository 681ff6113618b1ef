// Tests: `x is odd`.
#include <algorithm>
#include <cmath>

#include "dsl/expr/jinja/functions.h"
#include "dsl/expr/text.h"

namespace foehn::jinja {
namespace {

Datum answer(std::optional<bool> yes) { return yes ? Datum::boolean(*yes) : Datum::failure(); }

Datum fn_defined(Arguments&, const Datum& subject) { return Datum::boolean(!is_undefined(subject)); }
Datum fn_undefined(Arguments&, const Datum& subject) { return Datum::boolean(is_undefined(subject)); }
Datum fn_none(Arguments&, const Datum& subject) { return Datum::boolean(subject.is_null()); }
Datum fn_boolean(Arguments&, const Datum& subject) { return Datum::boolean(subject.kind() == Kind::kBoolean); }
template <bool kValue>
Datum fn_constant(Arguments&, const Datum& subject) {
  return Datum::boolean(subject.kind() == Kind::kBoolean && subject.boolean() == kValue);
}
Datum fn_integer(Arguments&, const Datum& subject) { return Datum::boolean(subject.is_integer()); }
Datum fn_float(Arguments&, const Datum& subject) { return Datum::boolean(subject.kind() == Kind::kNumber); }
Datum fn_number(Arguments&, const Datum& subject) {
  return Datum::boolean(subject.is_number() || subject.kind() == Kind::kBoolean);
}
Datum fn_string(Arguments&, const Datum& subject) { return Datum::boolean(subject.is_text()); }
Datum fn_mapping(Arguments&, const Datum& subject) { return Datum::boolean(subject.kind() == Kind::kDict); }
Datum fn_sequence(Arguments&, const Datum& subject) {
  const bool sized = subject.is_text() || subject.kind() == Kind::kList || subject.kind() == Kind::kDict;
  const auto* missing = is_undefined(subject) ? subject.as<UndefinedObject>() : nullptr;
  return Datum::boolean(sized || is_a(subject, ObjectType::kRange) || (missing && !missing->strict));
}
Datum fn_iterable(Arguments& arguments, const Datum& subject) {
  if (!is_undefined(subject)) return Datum::boolean(is_iterable(subject));
  if (subject.as<UndefinedObject>()->strict && !usable(arguments.evaluation, subject)) return Datum::failure();
  return Datum::boolean(true);
}
Datum fn_callable(Arguments&, const Datum& subject) {
  const PythonObject* object = object_of(subject);
  if (!object) return Datum::boolean(false);
  switch (object->what) {
    case ObjectType::kUndefined:
    case ObjectType::kMethod:
    case ObjectType::kFunction:
    case ObjectType::kMacro:
    case ObjectType::kLoop:
    case ObjectType::kJoiner: return Datum::boolean(true);
    default: return Datum::boolean(false);
  }
}

// value % number == rest
Datum remainder_is(Arguments& arguments, const Datum& subject, const Datum& number, std::int64_t rest) {
  const Datum found = arithmetic(arguments.evaluation, Operator::kModulo, subject, number);
  return found.failed() ? found : answer(equals(arguments.evaluation, found, Datum::integer(rest)));
}
template <std::int64_t kRest>
Datum fn_parity(Arguments& arguments, const Datum& subject) {
  return remainder_is(arguments, subject, Datum::integer(std::int64_t{2}), kRest);
}
Datum fn_divisible(Arguments& arguments, const Datum& subject) {
  return remainder_is(arguments, subject, arguments.positional[0], 0);
}

template <Operator kOp>
Datum fn_relate(Arguments& arguments, const Datum& subject) {
  return answer(relate(arguments.evaluation, kOp, subject, arguments.positional[0]));
}
Datum fn_equal(Arguments& arguments, const Datum& subject) {
  return answer(equals(arguments.evaluation, subject, arguments.positional[0]));
}
Datum fn_unequal(Arguments& arguments, const Datum& subject) {
  const auto same = equals(arguments.evaluation, subject, arguments.positional[0]);
  return same ? Datum::boolean(!*same) : Datum::failure();
}

Datum fn_in(Arguments& arguments, const Datum& subject) {
  return answer(contains(arguments.evaluation, subject, arguments.positional[0]));
}

// Python's `is`: small integers and constants are one object each, other values are where they came from.
Datum fn_same(Arguments& arguments, const Datum& subject) {
  const Datum& other = arguments.positional[0];
  if (subject.kind() != other.kind()) return Datum::boolean(false);
  if (subject.object() || other.object()) return Datum::boolean(subject.object() == other.object());
  if (subject.value() || other.value()) return Datum::boolean(subject.value() == other.value());
  return Datum::boolean(expr::equal(subject, other));
}

template <bool kUpper>
Datum fn_case(Arguments& arguments, const Datum& subject) {
  const std::string text = python_str(arguments.evaluation, subject);
  if (arguments.evaluation.failed()) return Datum::failure();
  const std::string same = kUpper ? expr::to_upper(text) : expr::to_lower(text);
  const std::string other = kUpper ? expr::to_lower(text) : expr::to_upper(text);
  return Datum::boolean(text == same && text != other);
}

Datum fn_escaped(Arguments&, const Datum& subject) { return Datum::boolean(is_markup(subject)); }

template <bool kFilter>
Datum fn_exists(Arguments& arguments, const Datum& subject) {
  if (!hashable(arguments.evaluation, subject)) return Datum::failure();
  if (!subject.is_text()) return Datum::boolean(false);
  return Datum::boolean(kFilter ? find_filter(subject.text()) != nullptr : find_test(subject.text()) != nullptr);
}

constexpr Test kTests[] = {
    {"defined", "", fn_defined},
    {"undefined", "", fn_undefined},
    {"none", "", fn_none},
    {"boolean", "", fn_boolean},
    {"true", "", fn_constant<true>},
    {"false", "", fn_constant<false>},
    {"integer", "", fn_integer},
    {"float", "", fn_float},
    {"number", "", fn_number},
    {"string", "", fn_string},
    {"mapping", "", fn_mapping},
    {"sequence", "", fn_sequence},
    {"iterable", "", fn_iterable},
    {"callable", "", fn_callable},
    {"escaped", "", fn_escaped},
    {"odd", "", fn_parity<1>},
    {"even", "", fn_parity<0>},
    {"divisibleby", "num!", fn_divisible},
    {"eq", "/other!", fn_equal},
    {"equalto", "/other!", fn_equal},
    {"==", "/other!", fn_equal},
    {"ne", "/other!", fn_unequal},
    {"!=", "/other!", fn_unequal},
    {"lt", "/other!", fn_relate<Operator::kLess>},
    {"lessthan", "/other!", fn_relate<Operator::kLess>},
    {"<", "/other!", fn_relate<Operator::kLess>},
    {"le", "/other!", fn_relate<Operator::kLessEqual>},
    {"<=", "/other!", fn_relate<Operator::kLessEqual>},
    {"gt", "/other!", fn_relate<Operator::kGreater>},
    {"greaterthan", "/other!", fn_relate<Operator::kGreater>},
    {">", "/other!", fn_relate<Operator::kGreater>},
    {"ge", "/other!", fn_relate<Operator::kGreaterEqual>},
    {">=", "/other!", fn_relate<Operator::kGreaterEqual>},
    {"in", "seq!", fn_in},
    {"sameas", "other!", fn_same},
    {"upper", "", fn_case<true>},
    {"lower", "", fn_case<false>},
    {"filter", "", fn_exists<true>},
    {"test", "", fn_exists<false>},
};

}  // namespace

const Test* find_test(std::string_view name) {
  const auto* found =
      std::find_if(std::begin(kTests), std::end(kTests), [name](const Test& row) { return row.name == name; });
  return found == std::end(kTests) ? nullptr : found;
}

std::vector<std::string> test_names() {
  std::vector<std::string> names;
  for (const Test& row : kTests) names.emplace_back(row.name);
  return names;
}

}  // namespace foehn::jinja
