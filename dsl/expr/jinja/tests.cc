// Tests (`x is odd`), and finding filters and tests by name.
#include <algorithm>
#include <cmath>

#include "dsl/expr/jinja/functions.h"
#include "dsl/expr/jinja/globals.h"
#include "dsl/expr/text.h"

namespace foehn::jinja {
namespace {

Datum fn_defined(Arguments&, const Datum& subject) { return Datum::boolean(!is_undefined(subject)); }
Datum fn_undefined(Arguments&, const Datum& subject) { return Datum::boolean(is_undefined(subject)); }
Datum fn_none(Arguments&, const Datum& subject) { return Datum::boolean(subject.is_null()); }
Datum fn_boolean(Arguments&, const Datum& subject) { return Datum::boolean(subject.kind() == Kind::kBoolean); }
Datum fn_true(Arguments&, const Datum& subject) {
  return Datum::boolean(subject.kind() == Kind::kBoolean && subject.boolean());
}
Datum fn_false(Arguments&, const Datum& subject) {
  return Datum::boolean(subject.kind() == Kind::kBoolean && !subject.boolean());
}
Datum fn_integer(Arguments&, const Datum& subject) { return Datum::boolean(subject.is_integer()); }
Datum fn_float(Arguments&, const Datum& subject) { return Datum::boolean(subject.kind() == Kind::kNumber); }
Datum fn_number(Arguments&, const Datum& subject) {
  return Datum::boolean(subject.is_number() || subject.kind() == Kind::kBoolean);
}
Datum fn_string(Arguments&, const Datum& subject) { return Datum::boolean(subject.is_text()); }
Datum fn_mapping(Arguments&, const Datum& subject) { return Datum::boolean(subject.kind() == Kind::kDict); }
Datum fn_sequence(Arguments&, const Datum& subject) {
  return Datum::boolean(subject.is_text() || subject.kind() == Kind::kList || subject.kind() == Kind::kDict);
}
Datum fn_iterable(Arguments&, const Datum& subject) {
  return Datum::boolean(subject.is_text() || subject.is_sequence() || subject.kind() == Kind::kDict);
}
Datum fn_callable(Arguments&, const Datum& subject) {
  return Datum::boolean(subject.as<MethodObject>() != nullptr || subject.as<CallableObject>() != nullptr);
}

template <std::int64_t kRest>
Datum fn_parity(Arguments& arguments, const Datum& subject) {
  if (subject.kind() == Kind::kNumber) return Datum::boolean(std::fmod(std::fabs(subject.number()), 2) == kRest);
  if (!subject.is_integer() && subject.kind() != Kind::kBoolean)
    return arguments.fail("odd and even take a number, not " + std::string(expr::name_of(subject)));
  return Datum::boolean((subject.integer() & 1) == kRest);
}

Datum fn_divisible(Arguments& arguments, const Datum& subject) {
  const Datum* by = arguments.get(0, "num");
  if (!by || !by->is_number() || !subject.is_number()) return arguments.fail("divisibleby takes numbers");
  const Datum rest = arithmetic(arguments.evaluation, Operator::kModulo, subject, *by);
  return rest.failed() ? rest : Datum::boolean(rest.number() == 0);
}

template <Operator kOp>
Datum fn_compare(Arguments& arguments, const Datum& subject) {
  if (arguments.positional.size() != 1) return arguments.fail("this test takes one value to compare with");
  const Datum& other = arguments.positional[0];
  if (!usable(arguments.evaluation, other)) return Datum::failure();
  if (kOp == Operator::kEqual || kOp == Operator::kNotEqual)
    return Datum::boolean(expr::equal(subject, other) == (kOp == Operator::kEqual));
  int relation = 0;
  if (!order(arguments.evaluation, subject, other, relation)) return Datum::failure();
  switch (kOp) {
    case Operator::kLess:
      return Datum::boolean(relation < 0);
    case Operator::kLessEqual:
      return Datum::boolean(relation <= 0);
    case Operator::kGreater:
      return Datum::boolean(relation > 0);
    default:
      return Datum::boolean(relation >= 0);
  }
}

Datum fn_in(Arguments& arguments, const Datum& subject) {
  if (arguments.positional.size() != 1) return arguments.fail("the test in takes one collection");
  return contains(arguments.evaluation, subject, arguments.positional[0]);
}

Datum fn_same(Arguments& arguments, const Datum& subject) {
  if (arguments.positional.size() != 1) return arguments.fail("sameas takes one value");
  const Datum& other = arguments.positional[0];
  return Datum::boolean(subject.kind() == other.kind() && expr::equal(subject, other));
}

template <bool kUpper>
Datum fn_case(Arguments& arguments, const Datum& subject) {
  const std::string text = expr::str(arguments.evaluation, subject);
  const std::string same = kUpper ? expr::to_upper(text) : expr::to_lower(text);
  const std::string other = kUpper ? expr::to_lower(text) : expr::to_upper(text);
  return Datum::boolean(text == same && text != other);
}

template <bool kFilter>
Datum fn_exists(Arguments&, const Datum& subject) {
  if (!subject.is_text()) return Datum::boolean(false);
  return Datum::boolean(kFilter ? find_filter(subject.text()) != nullptr : find_test(subject.text()) != nullptr);
}

constexpr Test kTests[] = {
    {"defined", fn_defined, true},
    {"undefined", fn_undefined, true},
    {"none", fn_none},
    {"boolean", fn_boolean},
    {"true", fn_true},
    {"false", fn_false},
    {"integer", fn_integer},
    {"float", fn_float},
    {"number", fn_number},
    {"string", fn_string},
    {"mapping", fn_mapping},
    {"sequence", fn_sequence},
    {"iterable", fn_iterable},
    {"callable", fn_callable},
    {"odd", fn_parity<1>},
    {"even", fn_parity<0>},
    {"divisibleby", fn_divisible},
    {"eq", fn_compare<Operator::kEqual>},
    {"equalto", fn_compare<Operator::kEqual>},
    {"==", fn_compare<Operator::kEqual>},
    {"ne", fn_compare<Operator::kNotEqual>},
    {"!=", fn_compare<Operator::kNotEqual>},
    {"lt", fn_compare<Operator::kLess>},
    {"lessthan", fn_compare<Operator::kLess>},
    {"<", fn_compare<Operator::kLess>},
    {"le", fn_compare<Operator::kLessEqual>},
    {"<=", fn_compare<Operator::kLessEqual>},
    {"gt", fn_compare<Operator::kGreater>},
    {"greaterthan", fn_compare<Operator::kGreater>},
    {">", fn_compare<Operator::kGreater>},
    {"ge", fn_compare<Operator::kGreaterEqual>},
    {">=", fn_compare<Operator::kGreaterEqual>},
    {"in", fn_in},
    {"sameas", fn_same},
    {"upper", fn_case<true>},
    {"lower", fn_case<false>},
    {"filter", fn_exists<true>},
    {"test", fn_exists<false>},
};

template <class Row>
const Row* find_row(std::span<const Row> rows, std::string_view name) {
  const auto found = std::find_if(rows.begin(), rows.end(), [name](const Row& row) { return row.name == name; });
  return found == rows.end() ? nullptr : &*found;
}

}  // namespace

const Filter* find_filter(std::string_view name) {
  const Filter* found = find_row(text_filters(), name);
  return found ? found : find_row(collection_filters(), name);
}

const Test* find_test(std::string_view name) { return find_row(std::span<const Test>(kTests), name); }

std::vector<std::string> filter_names() {
  std::vector<std::string> names;
  for (const auto rows : {text_filters(), collection_filters()})
    for (const Filter& row : rows) names.emplace_back(row.name);
  return names;
}

std::vector<std::string> test_names() {
  std::vector<std::string> names;
  for (const Test& row : kTests) names.emplace_back(row.name);
  return names;
}

Datum apply_filter(Arguments& arguments, std::string_view name, const Datum& subject) {
  const Filter* filter = find_filter(name);
  if (!filter) return arguments.fail("No filter named '" + std::string(name) + "'.");
  if (!filter->undefined && !usable(arguments.evaluation, subject)) return Datum::failure();
  return filter->run(arguments, subject);
}

Datum apply_test(Arguments& arguments, std::string_view name, const Datum& subject) {
  const Test* test = find_test(name);
  if (!test) return arguments.fail("No test named '" + std::string(name) + "'.");
  if (!test->undefined && !usable(arguments.evaluation, subject)) return Datum::failure();
  return test->run(arguments, subject);
}

}  // namespace foehn::jinja
