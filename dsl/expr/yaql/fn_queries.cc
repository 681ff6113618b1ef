// Queries that give a new collection; lazy where an endless source makes sense.
#include <algorithm>
#include <deque>
#include <optional>

#include "dsl/expr/text.h"
#include "dsl/expr/yaql/support.h"

namespace foehn::yaql {

Datum chain(Evaluation& evaluation, std::uint32_t depth, std::vector<Datum> collections) {
  return lazy(evaluation, depth,
              [collections = std::move(collections), at = std::size_t{0}, items = std::optional<Items>()](
                  Evaluation& state, Datum& out) mutable {
                for (; at < collections.size(); ++at, items.reset()) {
                  if (!items) items.emplace(state, collections[at]);
                  if (items->next(out)) return true;
                  if (state.failed()) return false;
                }
                return false;
              });
}

namespace {

// Runs `f` on the items of the first argument, one at a time and only when asked.
template <class Visit>
Datum each(Call& call, Visit visit) {
  return lazy(call.evaluation, deepest(call),
              [items = Items(call.evaluation, call[0]), visit](Evaluation& evaluation, Datum& out) mutable {
                Datum item;
                while (items.next(item)) {
                  switch (visit(evaluation, item, out)) {
                    case 0: break;          // not this one
                    case 1: return true;    // out is the next
                    default: return false;  // end, or failed
                  }
                }
                return false;
              });
}

Datum fn_where(Call& call) {
  return each(call,
              [predicate = Lambda(call[1], call.frame)](Evaluation& evaluation, const Datum& item, Datum& out) mutable {
                const Datum fits = predicate(evaluation, item);
                if (fits.failed()) return -1;
                out = item;
                return expr::truthy(fits) ? 1 : 0;
              });
}

Datum fn_select(Call& call) {
  return each(call,
              [selector = Lambda(call[1], call.frame)](Evaluation& evaluation, const Datum& item, Datum& out) mutable {
                out = selector(evaluation, item);
                return out.failed() ? -1 : 1;
              });
}

Datum fn_skip(Call& call) {
  if (call[1].integer() < 0) return call.fail("skip() takes no negative count");
  return each(call, [left = call[1].integer()](Evaluation&, const Datum& item, Datum& out) mutable {
    out = item;
    return left > 0 ? (--left, 0) : 1;
  });
}

Datum fn_limit(Call& call) {
  if (call[1].integer() < 0) return call.fail("limit() takes no negative count");
  return lazy(call.evaluation, deepest(call),
              [items = Items(call.evaluation, call[0]), left = call[1].integer()](Evaluation&, Datum& out) mutable {
                return left-- > 0 && items.next(out);
              });
}

Datum fn_take_while(Call& call) {
  return each(call,
              [predicate = Lambda(call[1], call.frame)](Evaluation& evaluation, const Datum& item, Datum& out) mutable {
                const Datum fits = predicate(evaluation, item);
                out = item;
                return fits.failed() || !expr::truthy(fits) ? -1 : 1;
              });
}

Datum fn_skip_while(Call& call) {
  return each(call, [predicate = Lambda(call[1], call.frame), skipping = true](Evaluation& evaluation,
                                                                               const Datum& item, Datum& out) mutable {
    out = item;
    if (!skipping) return 1;
    const Datum fits = predicate(evaluation, item);
    if (fits.failed()) return -1;
    skipping = expr::truthy(fits);
    return skipping ? 0 : 1;
  });
}

Datum fn_enumerate(Call& call) {
  return each(call, [index = call.integer_or(1, 0)](Evaluation& evaluation, const Datum& item, Datum& out) mutable {
    out = evaluation.list({Datum::integer(index++), item}, ListStyle::kOther);
    return out.failed() ? -1 : 1;
  });
}

Datum fn_distinct(Call& call) {
  return each(call, [key_of = call.has(1) ? Lambda(call[1], call.frame) : Lambda(), seen = new_dict(Kind::kSet)](
                        Evaluation& evaluation, const Datum& item, Datum& out) mutable {
    const Datum key = key_of ? key_of(evaluation, item) : item;
    if (key.failed() || !evaluation.charge(expr::kEntryBytes)) return -1;
    if (!can_hash(evaluation, key)) return -1;
    out = item;
    return seen->set(key, {}) ? 1 : 0;
  });
}

Datum fn_select_many(Call& call) {
  return lazy(call.evaluation, deepest(call),
              [items = Items(call.evaluation, call[0]), selector = Lambda(call[1], call.frame),
               inner = std::optional<Items>()](Evaluation& evaluation, Datum& out) mutable {
                for (;;) {
                  if (inner && inner->next(out)) return true;
                  inner.reset();
                  Datum item;
                  if (evaluation.failed() || !items.next(item)) return false;
                  out = selector(evaluation, item);
                  if (out.failed()) return false;
                  if (!out.is_sequence()) return true;
                  inner.emplace(evaluation, out);
                }
              });
}

Datum fn_concat(Call& call) { return chain(call.evaluation, deepest(call), call.rest); }
Datum fn_append(Call& call) {
  const Datum more = call.evaluation.list(call.rest);
  return more.failed() ? more : chain(call.evaluation, deepest(call), {call[0], more});
}

Datum fn_range(Call& call) {
  const bool single = call.overload.parameters[1].type == 0;
  const std::int64_t start = single ? 0 : call[0].integer();
  const std::int64_t stop = single ? call[0].integer() : call[1].integer();
  const std::int64_t step = single ? 1 : call.integer_or(2, 1);
  if (step == 0) return call.fail("range() arg 3 must not be zero");
  return lazy(call.evaluation, 0, [at = start, stop, step, ended = false](Evaluation&, Datum& out) mutable {
    if (ended || (step > 0 ? at >= stop : at <= stop)) return false;
    out = Datum::integer(at);
    ended = __builtin_add_overflow(at, step, &at);
    return true;
  });
}

Datum fn_sequence(Call& call) {
  return lazy(call.evaluation, 0,
              [at = call.integer_or(0, 0), step = call.integer_or(1, 1)](Evaluation& evaluation, Datum& out) mutable {
                out = Datum::integer(at);
                if (!__builtin_add_overflow(at, step, &at)) return true;
                evaluation.fail("the sequence leaves the 64-bit integers");
                return false;
              });
}

Datum fn_repeat(Call& call) {
  return lazy(call.evaluation, deepest(call),
              [value = call[0], left = call.integer_or(1, -1)](Evaluation&, Datum& out) mutable {
                if (left == 0) return false;
                if (left > 0) --left;
                out = value;
                return true;
              });
}

Datum fn_cycle(Call& call) {
  return lazy(call.evaluation, deepest(call),
              [collection = call[0], items = Items(call.evaluation, call[0]), fresh = true](Evaluation& evaluation,
                                                                                            Datum& out) mutable {
                while (!items.next(out)) {
                  if (fresh || evaluation.failed()) return false;
                  items.restart();
                  fresh = true;
                }
                fresh = false;
                return true;
              });
}

Datum fn_zip(Call& call) {
  const bool longest = call.overload.any_keywords;
  Datum filler;
  for (const auto& [name, value] : call.keywords)
    if (name == "default") filler = value;
  std::vector<Items> all;
  for (const Datum& collection : call.rest) all.emplace_back(call.evaluation, collection);
  return lazy(call.evaluation, deepest(call),
              [all = std::move(all), longest, filler](Evaluation& evaluation, Datum& out) mutable {
                std::vector<Datum> row(all.size());
                std::size_t ended = 0;
                for (std::size_t i = 0; i < all.size(); ++i) {
                  if (all[i].next(row[i])) continue;
                  if (!longest || evaluation.failed()) return false;
                  row[i] = filler;
                  ++ended;
                }
                if (ended == all.size()) return false;
                out = evaluation.list(std::move(row));
                return !out.failed();
              });
}

Datum fn_join(Call& call) {
  return lazy(call.evaluation, deepest(call),
              [items = Items(call.evaluation, call[0]), others = Items(call.evaluation, call[1]),
               predicate = Lambda(call[2], call.frame), selector = Lambda(call[3], call.frame),
               item = Datum::missing()](Evaluation& evaluation, Datum& out) mutable {
                for (;;) {
                  if (item.is_missing()) {
                    if (!items.next(item)) return false;
                    others.restart();
                  }
                  Datum other;
                  while (others.next(other)) {
                    const Datum fits = predicate(evaluation, item, other);
                    if (fits.failed()) return false;
                    if (!expr::truthy(fits)) continue;
                    out = selector(evaluation, item, other);
                    return !out.failed();
                  }
                  if (evaluation.failed()) return false;
                  item = Datum::missing();
                }
              });
}

Datum fn_accumulate(Call& call) {
  return lazy(call.evaluation, deepest(call),
              [items = Items(call.evaluation, call[0]), selector = Lambda(call[1], call.frame),
               total = call.has(2) ? call[2] : Datum::missing(),
               given = call.has(2)](Evaluation& evaluation, Datum& out) mutable {
                Datum item;
                if (given) {
                  given = false;
                } else if (!items.next(item)) {
                  if (total.is_missing() && !evaluation.failed())
                    evaluation.fail("accumulate() of empty sequence with no initial value");
                  return false;
                } else {
                  total = total.is_missing() ? item : selector(evaluation, total, item);
                }
                out = total;
                return !out.failed();
              });
}

// The items of whatever Python can iterate over, also of texts and dicts.
bool gather_any(Evaluation& evaluation, const Datum& what, std::vector<Datum>& out) {
  if (what.is_text()) {
    for (const std::string_view point : expr::Points(what.text())) {
      out.push_back(evaluation.text(std::string(point)));
      if (out.back().failed() || !evaluation.step()) return false;
    }
    return true;
  }
  if (what.is_sequence() || what.kind() == Kind::kDict) return gather(evaluation, what, out);
  return !evaluation.fail(expr::a_name_of(what) + " has no items").failed();
}

// Whether `item` is new to `seen`; false also when it cannot be remembered (the evaluation then failed).
bool fresh(Evaluation& evaluation, expr::DictObject& seen, const Datum& item) {
  if (!can_hash(evaluation, item)) return false;
  return evaluation.charge(expr::kEntryBytes) && seen.set(item, {});
}

Datum fn_generate(Call& call) {
  return lazy(call.evaluation, deepest(call),
              [at = call[0], predicate = Lambda(call[1], call.frame), producer = Lambda(call[2], call.frame),
               selector = call.has(3) ? Lambda(call[3], call.frame) : Lambda(), started = false,
               seen = call.flag(4) ? new_dict(Kind::kSet) : expr::Ref<expr::DictObject>()](Evaluation& evaluation,
                                                                                           Datum& out) mutable {
                if (std::exchange(started, true)) at = producer(evaluation, at);
                const Datum goes_on = at.failed() ? at : predicate(evaluation, at);
                if (goes_on.failed() || !expr::truthy(goes_on)) return false;
                if (seen && !fresh(evaluation, *seen, at)) return false;
                out = selector ? selector(evaluation, at) : at;
                return !out.failed();
              });
}

Datum fn_generate_many(Call& call) {
  return lazy(call.evaluation, deepest(call),
              [queue = std::deque<Datum>{call[0]}, producer = Lambda(call[1], call.frame),
               selector = call.has(2) ? Lambda(call[2], call.frame) : Lambda(), depth_first = call.flag(4),
               seen = call.flag(3) ? new_dict(Kind::kSet) : expr::Ref<expr::DictObject>(),
               current = Datum::missing()](Evaluation& evaluation, Datum& out) mutable {
                if (!current.is_missing()) {
                  const Datum produced = producer(evaluation, current);
                  std::vector<Datum> more;
                  if (produced.failed() || !gather_any(evaluation, produced, more)) return false;
                  queue.insert(depth_first ? queue.begin() : queue.end(), more.begin(), more.end());
                }
                while (!queue.empty()) {
                  current = queue.front();
                  queue.pop_front();
                  if (!evaluation.step()) return false;
                  if (seen && !fresh(evaluation, *seen, current)) {
                    if (evaluation.failed()) return false;
                    continue;
                  }
                  out = selector ? selector(evaluation, current) : current;
                  return !out.failed();
                }
                return false;
              });
}

Datum fn_memorize(Call& call) {
  const bool view = (type_of(call[0]) & (kViewType | kOrderedType)) != 0;  // becomes an iterator, as in YAQL
  return view ? chain(call.evaluation, deepest(call), {call[0]}) : call[0];
}

// What is passed through is an iterator then, as YAQL's conversion of parameters makes it of dict.values().
Datum fn_default_if_empty(Call& call) {
  const auto passed = [&call](const Datum& collection) {
    return (type_of(collection) & kViewType) != 0 ? chain(call.evaluation, deepest(call), {collection}) : collection;
  };
  Items items(call.evaluation, call[0]);
  Datum first;
  if (items.next(first)) return passed(call[0]);
  return call.evaluation.failed() ? Datum::failure() : passed(call[1]);
}

constexpr Parameter kCollection{"collection", kIterableArg};
constexpr Parameter kPredicate{"predicate", kLambdaArg};
constexpr Parameter kSelector{"selector", kLambdaArg};
constexpr Parameter kCount{"count", kIntegerArg};

constexpr Overload any_keywords(Overload overload) {
  overload.any_keywords = true;
  return overload;
}

constexpr Overload kTable[] = {
    method("where", fn_where, {kCollection, kPredicate}),
    method("filter", fn_where, {kCollection, kPredicate}),
    method("select", fn_select, {kCollection, kSelector}),
    method("map", fn_select, {kCollection, kSelector}),
    method("skip", fn_skip, {kCollection, kCount}),
    method("limit", fn_limit, {kCollection, kCount}),
    method("take", fn_limit, {kCollection, kCount}),
    method("takeWhile", fn_take_while, {kCollection, kPredicate}),
    method("skipWhile", fn_skip_while, {kCollection, kPredicate}),
    both("enumerate", fn_enumerate, {kCollection, {"start", kIntegerArg | kOptional}}),
    both("distinct", fn_distinct, {kCollection, {"keySelector", kLambdaArg | kOptional}}),
    method("selectMany", fn_select_many, {kCollection, kSelector}),
    both("concat", fn_concat, {{"collections", kIterableArg | kVariadic}}),
    both("append", fn_append, {kCollection, {"args", kAnyArg | kVariadic}}),
    function("range", fn_range, {{"stop", kIntegerArg}}),
    function("range", fn_range, {{"start", kIntegerArg}, {"stop", kIntegerArg}, {"step", kIntegerArg | kOptional}}),
    function("sequence", fn_sequence, {{"start", kIntegerArg | kOptional}, {"step", kIntegerArg | kOptional}}),
    method("repeat", fn_repeat, {{"value", kAnyArg}, {"times", kIntegerArg | kOptional}}),
    method("cycle", fn_cycle, {kCollection}),
    method("zip", fn_zip, {{"collections", kIterableArg | kVariadic}}),
    any_keywords(method("zipLongest", fn_zip, {{"collections", kIterableArg | kVariadic}})),
    method("join", fn_join,
           {{"collection1", kIterableArg},
            {"collection2", kIterableArg},
            {"predicate", kLambdaArg},
            {"selector", kLambdaArg}}),
    method("accumulate", fn_accumulate, {kCollection, kSelector, {"seed", kAnyArg | kOptional}}),
    function("generate", fn_generate,
             {{"initial", kAnyArg},
              {"predicate", kLambdaArg},
              {"producer", kLambdaArg},
              {"selector", kLambdaArg | kOptional},
              {"decycle", kBooleanType | kOptional}}),
    function("generateMany", fn_generate_many,
             {{"initial", kAnyArg},
              {"producer", kLambdaArg},
              {"selector", kLambdaArg | kOptional},
              {"decycle", kBooleanType | kOptional},
              {"depthFirst", kBooleanType | kOptional}}),
    method("memorize", fn_memorize, {kCollection}),
    method("defaultIfEmpty", fn_default_if_empty, {kCollection, {"default", kIterableArg}}),
};

}  // namespace

std::span<const Overload> query_table() { return kTable; }

}  // namespace foehn::yaql
