// Queries that look at a whole collection: folding, searching, ordering, grouping, cutting.
#include <algorithm>
#include <numeric>
#include <optional>

#include "dsl/expr/yaql/support.h"

namespace foehn::yaql {
namespace {

// Whether any (kWanted) or all (!kWanted) items are true.
template <bool kWanted>
Datum fn_quantifier(Call& call) {
  Lambda predicate = call.has(1) ? Lambda(call[1], call.frame) : Lambda();
  Items items(call.evaluation, call[0]);
  Datum item;
  while (items.next(item)) {
    Datum holds = Datum::boolean(true);  // any() without a predicate asks for an item only
    if (predicate) {
      holds = predicate(call.evaluation, item);
    } else if (!kWanted) {
      holds = item;
    }
    if (holds.failed()) return holds;
    if (expr::truthy(holds) == kWanted) return Datum::boolean(kWanted);
  }
  return call.evaluation.failed() ? Datum::failure() : Datum::boolean(!kWanted);
}

// Folds with `step(total, item)`; `seed` may be missing.
template <class Step>
Datum fold(Call& call, Datum seed, Step step) {
  Items items(call.evaluation, call[0]);
  Datum item;
  if (seed.is_missing() && !items.next(seed))
    return call.evaluation.failed() ? Datum::failure()
                                    : call.fail("the sequence is empty and there is no initial value");
  while (items.next(item)) {
    seed = step(seed, item);
    if (seed.failed()) return seed;
  }
  return call.evaluation.failed() ? Datum::failure() : seed;
}

Datum fn_sum(Call& call) {
  return fold(call, call[1], [&call](const Datum& total, const Datum& item) {
    return binary(call.evaluation, Operator::kAdd, total, item);
  });
}

template <bool kBigger>
Datum fn_extreme(Call& call) {
  return fold(call, call[1], [&call](const Datum& best, const Datum& item) {
    const Datum bigger = binary(call.evaluation, Operator::kGreater, item, best);
    return bigger.failed() ? bigger : expr::truthy(bigger) == kBigger ? item : best;
  });
}

Datum fn_aggregate(Call& call) {
  Lambda selector(call[1], call.frame);
  return fold(call, call[2],
              [&](const Datum& total, const Datum& item) { return selector(call.evaluation, total, item); });
}

Datum fn_first(Call& call) {
  Items items(call.evaluation, call[0]);
  Datum item;
  if (items.next(item)) return item;
  if (call.evaluation.failed()) return Datum::failure();
  return call.has(1) ? call[1] : call.fail("first() of an empty collection; give a default: first(null)");
}

Datum fn_last(Call& call) {
  Items items(call.evaluation, call[0]);
  Datum item = call[1];
  while (items.next(item)) {
  }
  if (call.evaluation.failed()) return Datum::failure();
  return item.is_missing() ? call.fail("last() of an empty collection; give a default: last(null)") : item;
}

Datum fn_single(Call& call) {
  Items items(call.evaluation, call[0]);
  Datum item;
  Datum other;
  const bool one = items.next(item);
  if (one && !items.next(other) && !call.evaluation.failed()) return item;
  if (call.evaluation.failed()) return Datum::failure();
  return call.fail(one ? "Collection contains more than one item" : "single() of an empty collection");
}

template <bool kLast, bool kPredicate>
Datum fn_index(Call& call) {
  Lambda predicate = kPredicate ? Lambda(call[1], call.frame) : Lambda();
  std::int64_t found = -1;
  std::int64_t index = 0;
  Items items(call.evaluation, call[0]);
  for (Datum item; items.next(item); ++index) {
    const Datum fits =
        kPredicate ? predicate(call.evaluation, item) : Datum::boolean(same(call.evaluation, item, call[1]));
    if (fits.failed()) return fits;
    if (!expr::truthy(fits)) continue;
    found = index;
    if (!kLast) break;
  }
  return call.evaluation.failed() ? Datum::failure() : Datum::integer(found);
}

struct SortKey {
  Lambda selector;
  bool ascending;
};

// Sorts when first read, so that thenBy() can still add keys.
class OrderedSource final : public expr::Source {
 public:
  OrderedSource(Datum collection, std::vector<SortKey> keys)
      : collection_(std::move(collection)), keys_(std::move(keys)) {}
  OrderedSource with(SortKey key) const {
    std::vector<SortKey> keys = keys_;
    keys.push_back(std::move(key));
    return {collection_, std::move(keys)};
  }
  bool next(Evaluation& evaluation, Datum& item) override {
    if (!sorted_ && !sort(evaluation)) return false;
    if (at_ >= rows_.size()) return false;
    item = rows_[at_++].item;
    return true;
  }

 private:
  struct Row {
    Datum item;
    std::vector<Datum> keys;  // those that comparing has needed
  };

  bool sort(Evaluation& evaluation) {
    sorted_ = true;
    std::vector<Datum> items;
    if (!gather(evaluation, collection_, items)) return false;
    // Rows twice, their places, and the array that sorting takes.
    if (!evaluation.charge(items.size() * (2 * sizeof(Row) + 2 * sizeof(std::size_t)))) return false;
    rows_.reserve(items.size());
    for (Datum& item : items) rows_.push_back({std::move(item), {}});
    std::vector<std::size_t> places(rows_.size());
    std::iota(places.begin(), places.end(), std::size_t{0});
    std::stable_sort(places.begin(), places.end(),
                     [&](std::size_t a, std::size_t b) { return before(evaluation, rows_[a], rows_[b]); });
    std::vector<Row> sorted;
    sorted.reserve(places.size());
    for (const std::size_t place : places) sorted.push_back(std::move(rows_[place]));
    rows_ = std::move(sorted);
    return !evaluation.failed();
  }

  // The key `index` of a row, computed once; false when that failed.
  bool need(Evaluation& evaluation, Row& row, std::size_t index) {
    if (index < row.keys.size()) return true;
    row.keys.push_back(keys_[index].selector(evaluation, row.item));
    return !row.keys.back().failed() && evaluation.charge(expr::kItemBytes);
  }

  // False for everything once the evaluation has failed: a merge sort then still ends.
  bool before(Evaluation& evaluation, Row& a, Row& b) {
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      int result = 0;
      if (evaluation.failed() || !evaluation.step() || !need(evaluation, a, i) || !need(evaluation, b, i) ||
          !order(evaluation, a.keys[i], b.keys[i], result))
        return false;
      if (result != 0) return (result < 0) == keys_[i].ascending;
    }
    return false;
  }

  const Datum collection_;
  std::vector<SortKey> keys_;
  std::vector<Row> rows_;
  bool sorted_ = false;
  std::size_t at_ = 0;
};

Datum ordered(Call& call, std::unique_ptr<OrderedSource> source) {
  const Datum made = call.evaluation.lazy(std::move(source), deepest(call), sizeof(OrderedSource));
  if (auto* list = made.as<expr::ListObject>()) list->style = ListStyle::kOrdered;
  return made;
}

template <bool kAscending>
Datum fn_order_by(Call& call) {
  std::vector<SortKey> keys;
  keys.push_back({Lambda(call[1], call.frame), kAscending});
  return ordered(call, std::make_unique<OrderedSource>(call[0], std::move(keys)));
}

template <bool kAscending>
Datum fn_then_by(Call& call) {
  const auto* list = call[0].as<expr::ListObject>();
  const auto* source = list ? dynamic_cast<const OrderedSource*>(list->source.get()) : nullptr;
  if (!source) return call.fail("thenBy() must directly follow orderBy()");
  return ordered(call, std::make_unique<OrderedSource>(source->with({Lambda(call[1], call.frame), kAscending})));
}

// groupBy's aggregator gets the values of a group. One written for old YAQL gets [key, values] and returns such a pair;
// YAQL takes it for an old one when it fails on values, unless it has worked for an earlier group.
class Aggregator {
 public:
  explicit Aggregator(Lambda code) : code_(std::move(code)) {}

  Datum operator()(Evaluation& evaluation, const Datum& key, const Datum& values) {
    if (!code_) return evaluation.list({key, values});
    if (!reason_) {
      const Datum result = code_(evaluation, values);
      if (!result.failed()) {
        old_allowed_ = old_allowed_ && looks_old(evaluation, values, result);
        return evaluation.list({key, result});
      }
      if (!is_mismatch(evaluation.error())) return result;
      reason_ = evaluation.error();
      evaluation.recover();
    }
    if (old_allowed_) {
      const Datum pair = evaluation.list({key, values});
      Datum old = pair.failed() ? pair : code_(evaluation, pair);
      const bool sized = old.is_text() || old.kind() == Kind::kDict || old.is_sequence();
      if (sized && type_of(old) != kIteratorType && expr::length(old) == 2) return old;
      evaluation.recover();
    }
    return evaluation.fail(reason_->message, reason_->code);
  }

 private:
  // What tells "not made for such values" from other failures.
  static bool is_mismatch(const Error& error) {
    return error.message.starts_with("No method") || error.message.starts_with("No function") ||
           error.message.starts_with("index ") || error.message.starts_with("the index ");
  }
  static bool looks_old(Evaluation& evaluation, const Datum& values, const Datum& result) {
    if (expr::length(values) != 2 || type_of(result) != kListType || expr::length(result) != 2) return false;
    Datum mine;
    Datum first;
    return Items(evaluation, values).next(mine) && Items(evaluation, result).next(first) &&
           same(evaluation, mine, first);
  }

  Lambda code_;
  std::optional<Error> reason_;
  bool old_allowed_ = true;
};

Datum fn_group_by(Call& call) {
  Lambda key_of(call[1], call.frame);
  Lambda value_of = call.has(2) ? Lambda(call[2], call.frame) : Lambda();
  const auto index_of = new_dict();  // key → index of its group
  std::vector<std::pair<Datum, std::vector<Datum>>> found;
  Items items(call.evaluation, call[0]);
  Datum item;
  while (items.next(item)) {
    const Datum value = value_of ? value_of(call.evaluation, item) : item;
    const Datum key = value.failed() ? value : key_of(call.evaluation, item);
    if (key.failed() || !call.evaluation.charge(expr::kItemBytes)) return Datum::failure();
    if (!can_hash(call.evaluation, key)) return Datum::failure();
    const Datum* index = index_of->find(key);
    if (!index) {
      if (!put(call.evaluation, *index_of, key, Datum::integer(found.size()))) return Datum::failure();
      found.push_back({key, {}});
      index = index_of->find(key);
    }
    found[static_cast<std::size_t>(index->integer())].second.push_back(value);
  }
  if (call.evaluation.failed()) return Datum::failure();
  std::vector<Datum> groups;
  std::uint32_t depth = deepest(call);
  for (auto& [key, values] : found) {
    groups.push_back(key);
    groups.push_back(call.evaluation.list(std::move(values), ListStyle::kOther));
    if (groups.back().failed()) return Datum::failure();
    depth = std::max(depth, expr::depth_of(groups.back()));
  }
  return lazy(call.evaluation, depth,
              [groups = std::move(groups), at = std::size_t{0},
               aggregator = Aggregator(call.has(3) ? Lambda(call[3], call.frame) : Lambda())](Evaluation& evaluation,
                                                                                              Datum& out) mutable {
                if (at >= groups.size()) return false;
                out = aggregator(evaluation, groups[at], groups[at + 1]);
                at += 2;
                return !out.failed();
              });
}

// The items [begin, end) as one list.
Datum cut(Call& call, const std::vector<Datum>& items, std::size_t begin, std::size_t end) {
  return call.evaluation.list(
      {items.begin() + static_cast<std::ptrdiff_t>(begin), items.begin() + static_cast<std::ptrdiff_t>(end)});
}

Datum fn_slice(Call& call) {
  return lazy(
      call.evaluation, deepest(call),
      [items = Items(call.evaluation, call[0]), size = call[1].integer()](Evaluation& evaluation, Datum& out) mutable {
        if (size < 0) return !evaluation.fail("slice() takes no negative length").failed();
        std::vector<Datum> part;
        for (Datum item; static_cast<std::int64_t>(part.size()) < size && items.next(item);) part.push_back(item);
        if (part.empty() || evaluation.failed()) return false;
        out = evaluation.list(std::move(part));
        return !out.failed();
      });
}

// splitWhere drops the items the predicate accepts; sliceWhere cuts where its answer changes.
template <bool kDrop>
Datum fn_cut_where(Call& call) {
  return lazy(
      call.evaluation, deepest(call),
      [items = Items(call.evaluation, call[0]), predicate = Lambda(call[1], call.frame), part = std::vector<Datum>(),
       before = Datum::missing(), ended = false](Evaluation& evaluation, Datum& out) mutable {
        for (Datum item; !ended && items.next(item);) {
          const Datum here = predicate(evaluation, item);
          if (here.failed()) return false;
          const bool border = kDrop ? expr::truthy(here) : !before.is_missing() && !same(evaluation, here, before);
          before = here;
          if (border) out = evaluation.list(std::exchange(part, {}));
          if (!kDrop || !border) part.push_back(item);
          if (border) return !out.failed();
        }
        if (evaluation.failed() || std::exchange(ended, true) || part.empty()) return false;
        out = evaluation.list(std::exchange(part, {}));
        return !out.failed();
      });
}

Datum fn_split_at(Call& call) {
  std::vector<Datum> items;
  if (!gather(call.evaluation, call[0], items)) return Datum::failure();
  const auto count = static_cast<std::int64_t>(items.size());
  std::int64_t at = call[1].integer();
  if (at < 0) at = std::max<std::int64_t>(at + count, 0);
  const auto border = static_cast<std::size_t>(std::min(at, count));
  const Datum head = cut(call, items, 0, border);
  const Datum tail = cut(call, items, border, items.size());
  return head.failed() || tail.failed() ? Datum::failure() : call.evaluation.list({head, tail}, ListStyle::kOther);
}

Datum fn_reverse(Call& call) {
  std::vector<Datum> items;
  if (!gather(call.evaluation, call[0], items)) return Datum::failure();
  std::reverse(items.begin(), items.end());
  return call.evaluation.list(std::move(items), ListStyle::kIterator);
}

constexpr Parameter kCollection{"collection", kIterableArg};
constexpr Parameter kOrdered{"collection", kOrderedType};
constexpr Parameter kOptionalPredicate{"predicate", kLambdaArg | kOptional};
constexpr Parameter kPredicate{"predicate", kLambdaArg};
constexpr Parameter kSelector{"selector", kLambdaArg};
constexpr Parameter kInitial{"initial", kAnyArg | kOptional};
constexpr Parameter kDefault{"default", kAnyArg | kOptional};

constexpr Overload kTable[] = {
    both("any", fn_quantifier<true>, {kCollection, kOptionalPredicate}),
    both("all", fn_quantifier<false>, {kCollection, kOptionalPredicate}),
    method("sum", fn_sum, {kCollection, kInitial}),
    method("max", fn_extreme<true>, {kCollection, kInitial}),
    method("min", fn_extreme<false>, {kCollection, kInitial}),
    method("aggregate", fn_aggregate, {kCollection, kSelector, {"seed", kAnyArg | kOptional}}),
    method("reduce", fn_aggregate, {kCollection, kSelector, {"seed", kAnyArg | kOptional}}),
    method("first", fn_first, {kCollection, kDefault}),
    method("last", fn_last, {kCollection, kDefault}),
    method("single", fn_single, {kCollection}),
    method("indexOf", fn_index<false, false>, {kCollection, {"item", kAnyArg}}),
    method("lastIndexOf", fn_index<true, false>, {kCollection, {"item", kAnyArg}}),
    method("indexWhere", fn_index<false, true>, {kCollection, kPredicate}),
    method("lastIndexWhere", fn_index<true, true>, {kCollection, kPredicate}),
    method("orderBy", fn_order_by<true>, {kCollection, kSelector}),
    method("orderByDescending", fn_order_by<false>, {kCollection, kSelector}),
    method("thenBy", fn_then_by<true>, {kOrdered, kSelector}),
    method("thenByDescending", fn_then_by<false>, {kOrdered, kSelector}),
    method("groupBy", fn_group_by,
           {kCollection,
            {"keySelector", kLambdaArg},
            {"valueSelector", kLambdaArg | kOptional},
            {"aggregator", kLambdaArg | kOptional}}),
    method("slice", fn_slice, {kCollection, {"length", kIntegerArg}}),
    method("splitWhere", fn_cut_where<true>, {kCollection, kPredicate}),
    method("sliceWhere", fn_cut_where<false>, {kCollection, kPredicate}),
    method("splitAt", fn_split_at, {kCollection, {"index", kIntegerArg}}),
    method("reverse", fn_reverse, {kCollection}),
};

}  // namespace

std::span<const Overload> search_table() { return kTable; }

}  // namespace foehn::yaql
