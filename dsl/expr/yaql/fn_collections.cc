// Lists and sets: making them, changing positions, set algebra.
#include "dsl/expr/yaql/support.h"

namespace foehn::yaql {
namespace {

// list() and set() take iterators apart, lists stay items.
bool spread(Evaluation& evaluation, const Datum& value, std::vector<Datum>& out) {
  if (type_of(value) != kIteratorType) {
    out.push_back(value);
    return evaluation.step() && evaluation.charge(sizeof(Datum));
  }
  Items items(evaluation, value);
  Datum item;
  while (items.next(item))
    if (!spread(evaluation, item, out)) return false;
  return !evaluation.failed();
}

Datum fn_list(Call& call) {
  std::vector<Datum> out;
  for (const Datum& argument : call.rest)
    if (!spread(call.evaluation, argument, out)) return Datum::failure();
  return call.evaluation.list(std::move(out));
}

Datum set_of(Evaluation& evaluation, const std::vector<Datum>& items) {
  const auto made = new_dict(Kind::kSet);
  for (const Datum& item : items)
    if (!put(evaluation, *made, item, {})) return Datum::failure();
  return Datum::of(made);
}

Datum fn_set(Call& call) {
  std::vector<Datum> out;
  for (const Datum& argument : call.rest)
    if (!spread(call.evaluation, argument, out)) return Datum::failure();
  return set_of(call.evaluation, out);
}

Datum fn_to_list(Call& call) {
  if (type_of(call[0]) == kListType && expr::style_of(call[0]) == ListStyle::kContext) return call[0];
  std::vector<Datum> out;
  return gather(call.evaluation, call[0], out) ? call.evaluation.list(std::move(out)) : Datum::failure();
}

Datum fn_to_set(Call& call) {
  std::vector<Datum> out;
  return gather(call.evaluation, call[0], out) ? set_of(call.evaluation, out) : Datum::failure();
}

bool flatten(Evaluation& evaluation, const Datum& collection, std::vector<Datum>& out) {
  Items items(evaluation, collection);
  Datum item;
  while (items.next(item)) {
    if (item.is_sequence()) {
      if (!flatten(evaluation, item, out)) return false;
    } else if (!evaluation.charge(sizeof(Datum))) {
      return false;
    } else {
      out.push_back(item);
    }
  }
  return !evaluation.failed();
}

Datum fn_flatten(Call& call) {
  std::vector<Datum> out;
  return flatten(call.evaluation, call[0], out) ? call.evaluation.list(std::move(out), ListStyle::kIterator)
                                                : Datum::failure();
}

Datum fn_len(Call& call) {
  const Datum& what = call[0];
  if (auto* list = what.as<expr::ListObject>(); list && list->source) {
    list->reaches(call.evaluation, static_cast<std::size_t>(-1));
    if (call.evaluation.failed()) return Datum::failure();
  }
  return Datum::integer(expr::length(what));
}

Datum fn_contains(Call& call) { return binary(call.evaluation, Operator::kIn, call[1], call[0]); }

// Whether position `i` is among `count` from `position` on; a negative count means all the rest.
bool covers(std::int64_t i, std::int64_t position, std::int64_t count) {
  return i >= position && (count < 0 || i - position < count);
}

// Replaces positions [position, position + count) by `values`, put where the first of them was.
Datum replace_range(Call& call, std::int64_t position, std::int64_t count, const std::vector<Datum>& values) {
  std::vector<Datum> out;
  std::vector<Datum> items;
  if (!gather(call.evaluation, call[0], items)) return Datum::failure();
  bool placed = false;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!covers(static_cast<std::int64_t>(i), position, count)) {
      out.push_back(items[i]);
    } else if (!std::exchange(placed, true)) {
      out.insert(out.end(), values.begin(), values.end());
    }
  }
  return call.evaluation.list(std::move(out), ListStyle::kIterator);
}

Datum fn_delete(Call& call) { return replace_range(call, call[1].integer(), call.integer_or(2, 1), {}); }
Datum fn_replace(Call& call) { return replace_range(call, call[1].integer(), call.integer_or(3, 1), {call[2]}); }
Datum fn_replace_many(Call& call) {
  std::vector<Datum> values;
  if (!gather(call.evaluation, call[2], values)) return Datum::failure();
  return replace_range(call, call[1].integer(), call.integer_or(3, 1), values);
}

Datum insert_at(Call& call, std::vector<Datum> items, std::int64_t position, const std::vector<Datum>& values,
                ListStyle style) {
  const auto count = static_cast<std::int64_t>(items.size());
  const std::int64_t at = std::min(position < 0 ? 0 : position, count);
  items.insert(items.begin() + static_cast<std::ptrdiff_t>(at), values.begin(), values.end());
  return call.evaluation.list(std::move(items), style);
}

Datum fn_insert(Call& call) {
  std::vector<Datum> items;
  if (!gather(call.evaluation, call[0], items)) return Datum::failure();
  std::int64_t position = call[1].integer();
  if (type_of(call[0]) == kListType) {
    if (position < 0) position += static_cast<std::int64_t>(items.size());
    return insert_at(call, std::move(items), position, {call[2]}, ListStyle::kOther);
  }
  if (position < 0) return call.evaluation.list(std::move(items), ListStyle::kIterator);
  return insert_at(call, std::move(items), position, {call[2]}, ListStyle::kIterator);
}

Datum fn_insert_many(Call& call) {
  std::vector<Datum> items;
  std::vector<Datum> values;
  if (!gather(call.evaluation, call[0], items) || !gather(call.evaluation, call[2], values)) return Datum::failure();
  return insert_at(call, std::move(items), call[1].integer(), values, ListStyle::kIterator);
}

// Members of both sides that `keep` accepts, given in which sides they are.
template <class Keep>
Datum combine(Call& call, const Datum& left, const Datum& right, Keep keep) {
  std::vector<Datum> out;
  Datum item;
  Datum unused;
  for (const bool first : {true, false}) {
    Items items(call.evaluation, first ? left : right);
    while (items.next(item)) {
      const bool other = expr::lookup(first ? right : left, item, unused);
      if (keep(first || other, !first || other) && (first || !other)) out.push_back(item);
    }
  }
  return call.evaluation.failed() ? Datum::failure() : set_of(call.evaluation, out);
}

Datum fn_union(Call& call) {
  return combine(call, call[0], call[1], [](bool, bool) { return true; });
}
Datum fn_intersect(Call& call) {
  return combine(call, call[0], call[1], [](bool left, bool right) { return left && right; });
}
Datum fn_difference(Call& call) {
  return combine(call, call[0], call[1], [](bool left, bool right) { return left && !right; });
}
Datum fn_symmetric_difference(Call& call) {
  return combine(call, call[0], call[1], [](bool left, bool right) { return left != right; });
}
Datum fn_add(Call& call) {
  const Datum more = set_of(call.evaluation, call.rest);
  return more.failed() ? more : combine(call, call[0], more, [](bool, bool) { return true; });
}
Datum fn_remove(Call& call) {
  const Datum less = set_of(call.evaluation, call.rest);
  return less.failed() ? less : combine(call, call[0], less, [](bool left, bool right) { return left && !right; });
}

constexpr Overload kTable[] = {
    function("list", fn_list, {{"args", kAnyArg | kVariadic}}),
    function("set", fn_set, {{"args", kAnyArg | kVariadic}}),
    method("toList", fn_to_list, {{"collection", kIterableArg}}),
    method("toSet", fn_to_set, {{"collection", kIterableArg}}),
    method("flatten", fn_flatten, {{"collection", kIterableArg}}),
    both("len", fn_len, {{"sequence", kIterableArg | kDictType | kTextType}}),
    method("count", fn_len, {{"collection", kIterableArg}}),
    method("contains", fn_contains, {{"collection", kIterableArg}, {"value", kAnyArg}}),
    method("delete", fn_delete,
           {{"collection", kIterableArg}, {"position", kIntegerArg}, {"count", kIntegerArg | kOptional}}),
    method("replace", fn_replace,
           {{"collection", kIterableArg},
            {"position", kIntegerArg},
            {"value", kAnyArg},
            {"count", kIntegerArg | kOptional}}),
    method("replaceMany", fn_replace_many,
           {{"collection", kIterableArg},
            {"position", kIntegerArg},
            {"values", kIterableArg},
            {"count", kIntegerArg | kOptional}}),
    method("insert", fn_insert, {{"collection", kIterableArg}, {"position", kIntegerArg}, {"value", kAnyArg}}),
    method("insertMany", fn_insert_many,
           {{"collection", kIterableArg}, {"position", kIntegerArg}, {"values", kIterableArg}}),
    method("union", fn_union, {{"left", kSetArg}, {"right", kSetArg}}),
    method("intersect", fn_intersect, {{"left", kSetArg}, {"right", kSetArg}}),
    method("difference", fn_difference, {{"left", kSetArg}, {"right", kSetArg}}),
    method("symmetricDifference", fn_symmetric_difference, {{"left", kSetArg}, {"right", kSetArg}}),
    method("add", fn_add, {{"set", kSetArg}, {"values", kAnyArg | kVariadic}}),
    method("remove", fn_remove, {{"set", kSetArg}, {"values", kAnyArg | kVariadic}}),
};

}  // namespace

std::span<const Overload> collection_table() { return kTable; }

}  // namespace foehn::yaql
