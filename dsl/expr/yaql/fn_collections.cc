// Lists and sets: making them, changing positions, set algebra.
#include "dsl/expr/yaql/support.h"

namespace foehn::yaql {
namespace {

// list() and set() take iterators apart, lists stay items.
bool spread(Evaluation& evaluation, const Datum& value, std::vector<Datum>& out) {
  if (type_of(value) != kIteratorType) {
    out.push_back(value);
    return evaluation.step() && evaluation.charge(expr::kItemBytes);
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

// Reads nested collections one item at a time.
Datum fn_flatten(Call& call) {
  std::vector<Items> open;
  open.emplace_back(call.evaluation, call[0]);
  return lazy(call.evaluation, deepest(call), [open = std::move(open)](Evaluation& evaluation, Datum& out) mutable {
    while (!open.empty()) {
      if (!open.back().next(out)) {
        if (evaluation.failed()) return false;
        open.pop_back();
      } else if (out.is_sequence()) {
        if (!evaluation.charge(sizeof(Items) + expr::kBlockBytes)) return false;
        open.emplace_back(evaluation, out);
      } else {
        return true;
      }
    }
    return false;
  });
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
  __extension__ typedef __int128 Wide;
  return i >= position && (count < 0 || static_cast<Wide>(i) - position < count);
}

// Replaces positions [position, position + count) by `values`, put where the first of them was.
Datum replace_range(Call& call, std::int64_t position, std::int64_t count, const Datum& values) {
  return lazy(call.evaluation, deepest(call),
              [items = Items(call.evaluation, call[0]), news = Items(call.evaluation, values), at = std::int64_t{-1},
               position, count, placing = false, placed = false](Evaluation& evaluation, Datum& out) mutable {
                for (;;) {
                  if (placing && news.next(out)) return true;
                  placing = false;
                  if (evaluation.failed() || !items.next(out)) return false;
                  if (!covers(++at, position, count)) return true;
                  placing = !std::exchange(placed, true);
                }
              });
}

Datum one(Call& call, const Datum& value) { return call.evaluation.list({value}); }

Datum fn_delete(Call& call) {
  return replace_range(call, call[1].integer(), call.integer_or(2, 1), call.evaluation.list({}));
}
Datum fn_replace(Call& call) {
  return replace_range(call, call[1].integer(), call.integer_or(3, 1), one(call, call[2]));
}
Datum fn_replace_many(Call& call) { return replace_range(call, call[1].integer(), call.integer_or(3, 1), call[2]); }

// `values` before position `position`, at the end when the collection is shorter; `first`: before anything of the
// collection is asked for.
Datum insert_lazily(Call& call, std::int64_t position, const Datum& values, bool first = false) {
  return lazy(call.evaluation, deepest(call),
              [items = Items(call.evaluation, call[0]), news = Items(call.evaluation, values), held = Datum::missing(),
               at = std::int64_t{0}, position, placing = first](Evaluation& evaluation, Datum& out) mutable {
                for (;;) {
                  if (placing && news.next(out)) return true;
                  if (evaluation.failed()) return false;
                  placing = false;
                  if (!held.is_missing()) {
                    out = std::exchange(held, Datum::missing());
                    return true;
                  }
                  const bool more = items.next(out);
                  if (evaluation.failed()) return false;
                  const bool here = position == at++ || (!more && position >= at);
                  if (here) {
                    placing = true;
                    position = -1;
                    if (more) held = out;
                  } else if (!more) {
                    return false;
                  } else {
                    return true;
                  }
                }
              });
}

Datum fn_insert(Call& call) {
  const std::int64_t position = call[1].integer();
  if (type_of(call[0]) != kListType) return insert_lazily(call, position, one(call, call[2]));
  std::vector<Datum> items;
  if (!gather(call.evaluation, call[0], items)) return Datum::failure();
  const auto count = static_cast<std::int64_t>(items.size());
  const std::int64_t at = position < 0 ? std::max<std::int64_t>(position + count, 0) : std::min(position, count);
  items.insert(items.begin() + static_cast<std::ptrdiff_t>(at), call[2]);
  return call.evaluation.list(std::move(items), ListStyle::kOther);
}

Datum fn_insert_many(Call& call) {
  return insert_lazily(call, call[1].integer(), call[2], /*first=*/call[1].integer() < 0);
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
      if (!call.evaluation.weigh(item)) return Datum::failure();
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
    both("len", fn_len, {{"sequence", kListType | kIteratorType | kAnySetArg | kDictType | kTextType}}),
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
    method("insert", fn_insert,
           {{"collection", kIterableArg & ~kAnySetArg}, {"position", kIntegerArg}, {"value", kAnyArg}}),
    method("insertMany", fn_insert_many,
           {{"collection", kIterableArg}, {"position", kIntegerArg}, {"values", kIterableArg}}),
    method("union", fn_union, {{"left", kSetArg}, {"right", kAnySetArg}}),
    method("intersect", fn_intersect, {{"left", kSetArg}, {"right", kAnySetArg}}),
    method("difference", fn_difference, {{"left", kSetArg}, {"right", kAnySetArg}}),
    method("symmetricDifference", fn_symmetric_difference, {{"left", kSetArg}, {"right", kAnySetArg}}),
    method("add", fn_add, {{"set", kSetArg}, {"values", kAnyArg | kVariadic}}),
    method("remove", fn_remove, {{"set", kSetArg}, {"values", kAnyArg | kVariadic}}),
};

}  // namespace

std::span<const Overload> collection_table() { return kTable; }

}  // namespace foehn::yaql
