#include "dsl/expr/yaql/operators.h"

#include <cmath>
#include <limits>

#include "dsl/expr/yaql/support.h"
#include "engine/base/diagnostic.h"

namespace foehn::yaql {
namespace {

using expr::Kind;
__extension__ typedef __int128 Wide;  // wide enough for any sum or product of two integers

Datum mismatch(Evaluation& evaluation, Operator op, const Datum& left, const Datum& right) {
  return evaluation.fail("No function \"#operator_" + std::string(symbol_of(op)) +
                         "\" matches supplied arguments: " + std::string(expr::name_of(left)) + " " +
                         std::string(symbol_of(op)) + " " + std::string(expr::name_of(right)));
}

Datum whole(Evaluation& evaluation, Wide value) {
  if (value > std::numeric_limits<std::int64_t>::max() || value < std::numeric_limits<std::int64_t>::min())
    return evaluation.fail("the result does not fit into a 64-bit integer");
  return Datum::integer(static_cast<std::int64_t>(value));
}

Datum divide(Evaluation& evaluation, Operator op, const Datum& left, const Datum& right) {
  if (right.number() == 0)
    return evaluation.fail(op == Operator::kModulo || !left.is_integer() || !right.is_integer()
                               ? left.is_integer() && right.is_integer() ? "integer division or modulo by zero"
                                                                         : "float division by zero"
                               : "integer division or modulo by zero");
  if (left.is_integer() && right.is_integer()) {
    const Wide a = left.integer();
    const Wide b = right.integer();
    const bool round_down = (a % b != 0) && ((a < 0) != (b < 0));  // Python rounds towards minus infinity
    if (op == Operator::kDivide) return whole(evaluation, a / b - (round_down ? 1 : 0));
    return whole(evaluation, a % b + (round_down ? b : 0));
  }
  if (op == Operator::kDivide) return Datum::number(left.number() / right.number());
  double rest = std::fmod(left.number(), right.number());
  if (rest != 0 && (rest < 0) != (right.number() < 0)) rest += right.number();
  return Datum::number(rest == 0 ? std::copysign(0.0, right.number()) : rest);
}

Datum arithmetic(Evaluation& evaluation, Operator op, const Datum& left, const Datum& right) {
  if (op == Operator::kDivide || op == Operator::kModulo) return divide(evaluation, op, left, right);
  if (left.is_integer() && right.is_integer()) {
    const Wide a = left.integer();
    const Wide b = right.integer();
    return whole(evaluation, op == Operator::kAdd ? a + b : op == Operator::kSubtract ? a - b : a * b);
  }
  const double a = left.number();
  const double b = right.number();
  return Datum::number(op == Operator::kAdd ? a + b : op == Operator::kSubtract ? a - b : a * b);
}

Datum merge_dicts(Evaluation& evaluation, const Datum& left, const Datum& right) {
  auto* made = new expr::DictObject();
  const Datum dict = Datum::of(made);
  Datum key;
  Datum value;
  for (const Datum* side : {&left, &right}) {
    expr::Members members(*side);
    while (members.next(key, value)) {
      if (!evaluation.step() || !put(evaluation, *made, key, value)) return Datum::failure();
    }
  }
  return dict;
}

// Sequences: a list when both are, a set when both are, an iterator otherwise.
Datum concatenate(Evaluation& evaluation, const Datum& left, const Datum& right) {
  if (type_of(left) == kSetType && type_of(right) == kSetType) {
    auto* made = new expr::DictObject(Kind::kSet);
    const Datum set = Datum::of(made);
    for (const Datum* side : {&left, &right}) {
      expr::Items items(evaluation, *side);
      Datum item;
      while (items.next(item)) {
        if (!evaluation.step() || !evaluation.charge(expr::kEntryBytes)) return Datum::failure();
        made->set(item, {});
      }
    }
    return set;
  }
  const auto tuple = [](const Datum& list) {
    return type_of(list) == kListType && expr::style_of(list) == expr::ListStyle::kContext;
  };
  if (!tuple(left) || !tuple(right))
    return chain(evaluation, std::max(expr::depth_of(left), expr::depth_of(right)), {left, right});
  std::vector<Datum> all;
  for (const Datum* side : {&left, &right})
    if (!gather(evaluation, *side, all)) return Datum::failure();
  return evaluation.list(std::move(all));
}

Datum add(Evaluation& evaluation, const Datum& left, const Datum& right) {
  if (left.is_text() && right.is_text()) {
    std::string joined;
    if (!evaluation.affords(1, left.text().size() + right.text().size())) return Datum::failure();
    joined.reserve(left.text().size() + right.text().size());
    joined += left.text();
    joined += right.text();
    return evaluation.text(std::move(joined));
  }
  if (left.is_sequence() && right.is_sequence()) return concatenate(evaluation, left, right);
  if (left.kind() == Kind::kDict && right.kind() == Kind::kDict) return merge_dicts(evaluation, left, right);
  return mismatch(evaluation, Operator::kAdd, left, right);
}

// Text or list, so many times.
Datum repeat(Evaluation& evaluation, const Datum& what, std::int64_t count) {
  const auto times = static_cast<std::uint64_t>(std::max<std::int64_t>(count, 0));
  if (what.is_text()) {
    const std::string_view text = what.text();
    if (!evaluation.affords(times, text.size())) return Datum::failure();
    std::string out;
    out.reserve(times * text.size());
    for (std::uint64_t i = 0; i < times && !text.empty(); ++i) out += text;
    return evaluation.text(std::move(out));
  }
  std::vector<Datum> items;
  expr::Items each(evaluation, what);
  Datum item;
  while (each.next(item) && evaluation.charge(expr::kItemBytes)) items.push_back(item);
  if (evaluation.failed() || !evaluation.affords(times, items.size() * sizeof(Datum))) return Datum::failure();
  std::vector<Datum> out;
  out.reserve(times * items.size());
  for (std::uint64_t i = 0; i < times && !items.empty(); ++i) out.insert(out.end(), items.begin(), items.end());
  return evaluation.list(std::move(out), expr::style_of(what));
}

Datum multiply(Evaluation& evaluation, const Datum& left, const Datum& right) {
  const auto repeats = [](const Datum& what) { return what.is_text() || type_of(what) == kListType; };
  const auto counts = [](const Datum& what) { return (type_of(what) & kIntegerArg) != 0; };
  if (repeats(left) && counts(right)) return repeat(evaluation, left, right.integer());
  if (repeats(right) && counts(left)) return repeat(evaluation, right, left.integer());
  return mismatch(evaluation, Operator::kMultiply, left, right);
}

Datum contains(Evaluation& evaluation, const Datum& item, const Datum& collection) {
  if (item.is_text() && collection.is_text()) {
    if (!evaluation.weigh(collection)) return Datum::failure();
    return Datum::boolean(collection.text().find(item.text()) != std::string_view::npos);
  }
  if (!collection.is_sequence()) return mismatch(evaluation, Operator::kIn, item, collection);
  Datum found;
  if (collection.kind() == Kind::kSet)
    return can_hash(evaluation, item) ? Datum::boolean(expr::lookup(collection, item, found)) : Datum::failure();
  expr::Items items(evaluation, collection);
  while (items.next(found)) {
    if (same(evaluation, found, item)) return Datum::boolean(true);
  }
  return evaluation.failed() ? Datum::failure() : Datum::boolean(false);
}

bool subset(const Datum& left, const Datum& right) {
  expr::Members members(left);
  Datum key;
  Datum value;
  while (members.next(key, value))
    if (!expr::lookup(right, key, value)) return false;
  return true;
}

Datum compare_sets(Operator op, const Datum& left, const Datum& right) {
  const bool below = op == Operator::kLess || op == Operator::kLessEqual;
  const bool strict = op == Operator::kLess || op == Operator::kGreater;
  const Datum& small = below ? left : right;
  const Datum& big = below ? right : left;
  return Datum::boolean(subset(small, big) && (!strict || expr::length(small) < expr::length(big)));
}

Datum compare(Evaluation& evaluation, Operator op, const Datum& left, const Datum& right) {
  const bool numbers = left.is_number() && right.is_number();
  const bool texts = left.is_text() && right.is_text();
  int order = 0;
  if (!numbers && !evaluation.weigh(left, right)) return Datum::failure();
  if (numbers || texts) {
    expr::compare(left, right, order);
  } else if (left.is_null() || right.is_null()) {  // null is below everything
    order = left.is_null() ? (right.is_null() ? 0 : -1) : 1;
  } else if (left.kind() == Kind::kSet && right.kind() == Kind::kSet) {
    return compare_sets(op, left, right);
  } else {
    const Datum time = time_operator(evaluation, op, left, right);
    return time.is_missing() ? mismatch(evaluation, op, left, right) : time;
  }
  switch (op) {
    case Operator::kLess: return Datum::boolean(order < 0);
    case Operator::kLessEqual: return Datum::boolean(order <= 0);
    case Operator::kGreater: return Datum::boolean(order > 0);
    default: return Datum::boolean(order >= 0);
  }
}

Datum set_difference(Evaluation& evaluation, const Datum& left, const Datum& right) {
  auto* made = new expr::DictObject(Kind::kSet);
  const Datum set = Datum::of(made);
  expr::Items items(evaluation, left);
  Datum item;
  Datum unused;
  while (items.next(item)) {
    if (!evaluation.step() || !evaluation.charge(expr::kEntryBytes)) return Datum::failure();
    if (!expr::lookup(right, item, unused)) made->set(item, {});
  }
  return set;
}

// Every arithmetic operator where not both operands are numbers.
Datum other_arithmetic(Evaluation& evaluation, Operator op, const Datum& left, const Datum& right) {
  if (left.kind() == Kind::kObject || right.kind() == Kind::kObject) {
    const Datum time = time_operator(evaluation, op, left, right);
    return time.is_missing() ? mismatch(evaluation, op, left, right) : time;
  }
  if (op == Operator::kAdd) return add(evaluation, left, right);
  if (op == Operator::kMultiply) return multiply(evaluation, left, right);
  if (op == Operator::kSubtract && type_of(left) == kSetType && (type_of(right) & kAnySetArg) != 0)
    return set_difference(evaluation, left, right);
  return mismatch(evaluation, op, left, right);
}

// The items of `list`, each replaced by its member.
class MemberSource final : public expr::Source {
 public:
  MemberSource(Evaluation& evaluation, const Datum& list, std::string name)
      : items_(evaluation, list), name_(std::move(name)) {}
  bool next(Evaluation& evaluation, Datum& item) override {
    Datum owner;
    if (!items_.next(owner)) return false;
    item = member(evaluation, owner, name_);
    return !item.failed();
  }

 private:
  expr::Items items_;
  const std::string name_;
};

std::string nearest_key(const Datum& dict, const std::string& name) {
  constexpr std::size_t kKeysMax = 1000;
  std::vector<std::string> keys;
  expr::Members members(dict);
  Datum key;
  Datum value;
  while (keys.size() < kKeysMax && members.next(key, value))
    if (key.is_text()) keys.emplace_back(key.text());
  return nearest_name(name, keys);
}

Datum no_key(Evaluation& evaluation, const Datum& dict, const std::string& name) {
  const std::string near = nearest_key(dict, name);
  return evaluation.fail("'" + name + "' is not a key of the object" +
                         (near.empty() ? "" : "; did you mean '" + near + "'?"));
}

Datum no_property(Evaluation& evaluation, const Datum& receiver, const std::string& name) {
  static const std::vector<std::string> kDate = {"year",        "month",     "day",    "hour",     "minute", "second",
                                                 "microsecond", "timestamp", "offset", "date",      "time",
                                                 "weekday",     "utc"};
  static const std::vector<std::string> kSpan = {"days",    "hours",        "minutes",
                                                 "seconds", "milliseconds", "microseconds"};
  const std::string near = nearest_name(name, receiver.as<DateTimeObject>() ? kDate : kSpan);
  return evaluation.fail("a " + std::string(expr::name_of(receiver)) + " has no \"" + name + "\"" +
                         (near.empty() ? "" : "; did you mean \"" + near + "\"?"));
}

}  // namespace

Datum binary(Evaluation& evaluation, int op_number, const Datum& left, const Datum& right) {
  const auto op = static_cast<Operator>(op_number);
  switch (op) {
    case Operator::kEqual:
    case Operator::kNotEqual: {
      const bool equal = same(evaluation, left, right);
      if (evaluation.failed()) return Datum::failure();
      return Datum::boolean(equal == (op == Operator::kEqual));
    }
    case Operator::kLess:
    case Operator::kLessEqual:
    case Operator::kGreater:
    case Operator::kGreaterEqual: return compare(evaluation, op, left, right);
    case Operator::kIn: return contains(evaluation, left, right);
    case Operator::kAdd:
    case Operator::kSubtract:
    case Operator::kMultiply:
    case Operator::kDivide:
    case Operator::kModulo:
      return left.is_number() && right.is_number() ? arithmetic(evaluation, op, left, right)
                                                   : other_arithmetic(evaluation, op, left, right);
    case Operator::kMatches:
    case Operator::kMatchesNot: {
      const bool fits = left.is_text() && (right.is_text() || right.as<PatternObject>());
      if (!fits) return mismatch(evaluation, op, left, right);
      const Datum found = matches(evaluation, left, right);
      return found.failed() ? found : Datum::boolean(found.boolean() == (op == Operator::kMatches));
    }
    default: return mismatch(evaluation, op, left, right);
  }
}

Datum sign(Evaluation& evaluation, bool negative, const Datum& operand) {
  if (operand.is_integer()) return negative ? whole(evaluation, -static_cast<Wide>(operand.integer())) : operand;
  if (operand.is_number()) return negative ? Datum::number(-operand.number()) : operand;
  if (const auto* span = operand.as<TimeSpanObject>())
    return negative ? Datum::of(new TimeSpanObject(-span->micros)) : operand;
  return evaluation.fail("No function \"#unary_operator_" + std::string(negative ? "-" : "+") +
                         "\" matches supplied arguments: " + std::string(expr::name_of(operand)));
}

Datum member(Evaluation& evaluation, const Datum& receiver, const std::string& name) {
  if (receiver.kind() == Kind::kDict) {
    Datum value;
    return expr::lookup(receiver, name, value) ? value : no_key(evaluation, receiver, name);
  }
  if (receiver.is_sequence())
    return evaluation.lazy(std::make_unique<MemberSource>(evaluation, receiver, name), expr::depth_of(receiver),
                           sizeof(MemberSource));
  if (receiver.kind() == Kind::kObject) {
    const Datum property = time_property(evaluation, receiver, name);
    if (!property.is_missing()) return property;
    if (receiver.as<DateTimeObject>() || receiver.as<TimeSpanObject>()) return no_property(evaluation, receiver, name);
  }
  return evaluation.fail("cannot read \"" + name + "\" of " + std::string(expr::name_of(receiver)) +
                         (receiver.is_null() ? "" : ", which is no object"));
}

Datum index(Evaluation& evaluation, const Datum& receiver, const Datum& key, const Datum* otherwise, bool written) {
  if (receiver.kind() == Kind::kDict) {
    Datum value;
    if (!can_hash(evaluation, key)) return Datum::failure();
    if (expr::lookup(receiver, key, value)) return value;
    if (otherwise) return *otherwise;
    if (key.is_literal()) return no_key(evaluation, receiver, std::string(key.text()));
    return evaluation.fail((written ? expr::repr(evaluation, key) : "that " + std::string(expr::name_of(key))) +
                           " is not a key of the object");
  }
  if (type_of(receiver) == kListType && !otherwise && (key.is_integer() || key.kind() == Kind::kBoolean)) {
    std::int64_t at = key.integer();
    auto* list = receiver.as<expr::ListObject>();
    if (list && at >= 0) {
      if (list->reaches(evaluation, static_cast<std::size_t>(at))) return list->items[static_cast<std::size_t>(at)];
    } else {
      if (list) list->reaches(evaluation, std::numeric_limits<std::size_t>::max());
      const auto count = static_cast<std::int64_t>(expr::length(receiver));
      if (at < 0) at += count;
      if (at >= 0 && at < count)
        return list ? list->items[static_cast<std::size_t>(at)]
                    : receiver.part((*receiver.value())[static_cast<std::size_t>(at)]);
    }
    if (evaluation.failed()) return Datum::failure();
    return evaluation.fail((written ? "index " + std::to_string(key.integer()) : std::string("the index")) +
                           " is out of range; the list has " + std::to_string(expr::length(receiver)) + " items");
  }
  return evaluation.fail("No function \"#indexer\" matches supplied arguments: " +
                         std::string(expr::name_of(receiver)) + "[" + std::string(expr::name_of(key)) + "]");
}

bool order(Evaluation& evaluation, const Datum& left, const Datum& right, int& result) {
  const Datum below = binary(evaluation, Operator::kLess, left, right);
  if (below.failed()) return false;
  if (expr::truthy(below)) {
    result = -1;
    return true;
  }
  const Datum above = binary(evaluation, Operator::kGreater, left, right);
  result = above.failed() ? 0 : expr::truthy(above);
  return !above.failed();
}

}  // namespace foehn::yaql
