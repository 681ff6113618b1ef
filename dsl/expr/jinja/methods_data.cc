// Methods of Python's list, tuple, dict, int, float and range, and of Jinja2's objects. What belongs to the context is
// read-only: only lists and dicts that the template made itself can be changed.
#include <algorithm>
#include <cmath>

#include "dsl/expr/jinja/renderer.h"

namespace foehn::jinja {
namespace {

using What = ViewObject::What;

expr::ListObject* own_list(Arguments& arguments, const Datum& self) {
  auto* list = self.as<expr::ListObject>();
  if (list && !list->read_only) return list;
  arguments.fail("lists of the context are read-only here; change a copy, as copy() or |list give it");
  return nullptr;
}

expr::DictObject* own_dict(Arguments& arguments, const Datum& self) {
  auto* dict = self.as<expr::DictObject>();
  if (dict && !dict->read_only) return dict;
  arguments.fail("dicts of the context are read-only here; change a copy, as copy() or dict() give it");
  return nullptr;
}

// To be asked before `inner` is put into a container that others may hold.
bool accepts(Arguments& arguments, const Datum& self, const Datum& inner) {
  return !inner.failed() && arguments.evaluation.charge(expr::kItemBytes) &&
         arguments.evaluation.deepen(*self.object(), inner) && arguments.renderer.touch(self);
}

std::size_t insert_position(std::int64_t index, std::size_t size) {
  const auto count = static_cast<std::int64_t>(size);
  return static_cast<std::size_t>(std::clamp<std::int64_t>(index < 0 ? index + count : index, 0, count));
}

Datum list_append(Arguments& arguments, const Datum& self) {
  auto* list = own_list(arguments, self);
  if (!list || !accepts(arguments, self, arguments.positional[0])) return Datum::failure();
  list->items.push_back(arguments.positional[0]);
  return Datum();
}

Datum list_extend(Arguments& arguments, const Datum& self) {
  auto* list = own_list(arguments, self);
  std::vector<Datum> items;
  if (!list || !iterate(arguments.evaluation, arguments.positional[0], items)) return Datum::failure();
  for (const Datum& item : items)
    if (!accepts(arguments, self, item)) return Datum::failure();
  list->items.insert(list->items.end(), items.begin(), items.end());
  return Datum();
}

Datum list_insert(Arguments& arguments, const Datum& self) {
  auto* list = own_list(arguments, self);
  std::int64_t index = 0;
  if (!list || !arguments.integer(0, index) || !accepts(arguments, self, arguments.positional[1]))
    return Datum::failure();
  if (!arguments.evaluation.step(list->items.size() / 64)) return Datum::failure();
  const auto at = static_cast<std::ptrdiff_t>(insert_position(index, list->items.size()));
  list->items.insert(list->items.begin() + at, arguments.positional[1]);
  return Datum();
}

Datum list_pop(Arguments& arguments, const Datum& self) {
  auto* list = own_list(arguments, self);
  std::int64_t index = -1;
  if (!list || !arguments.integer(0, index)) return Datum::failure();
  const auto count = static_cast<std::int64_t>(list->items.size());
  if (count == 0) return arguments.fail("pop from empty list");
  if (index < 0) index += count;
  if (index < 0 || index >= count) return arguments.fail("pop index out of range");
  if (!arguments.evaluation.step(list->items.size() / 64)) return Datum::failure();
  Datum popped = list->items[static_cast<std::size_t>(index)];
  list->items.erase(list->items.begin() + index);
  return popped;
}

// Position of argument 0 in [start, stop); -1 when it is not there, nullopt when failed.
std::optional<std::int64_t> position_of(Arguments& arguments, const std::vector<Datum>& items) {
  std::int64_t start = 0;
  std::int64_t stop = INT64_MAX;
  if (!arguments.integer(1, start) || !arguments.integer(2, stop)) return std::nullopt;
  const std::size_t end = insert_position(stop, items.size());
  for (std::size_t i = insert_position(start, items.size()); i < end; ++i) {
    const Datum& mine = items[i];
    const bool identical = mine.object() && mine.object() == arguments.positional[0].object();
    const auto same = identical ? std::optional(true) : equals(arguments.evaluation, mine, arguments.positional[0]);
    if (!same) return std::nullopt;
    if (*same) return static_cast<std::int64_t>(i);
  }
  return -1;
}

Datum list_remove(Arguments& arguments, const Datum& self) {
  auto* list = own_list(arguments, self);
  const auto at = list ? position_of(arguments, list->items) : std::nullopt;
  if (!at) return Datum::failure();
  if (*at < 0) return arguments.fail("list.remove(x): x not in list");
  list->items.erase(list->items.begin() + *at);
  return Datum();
}

Datum list_clear(Arguments& arguments, const Datum& self) {
  auto* list = own_list(arguments, self);
  if (!list) return Datum::failure();
  list->items.clear();
  return Datum();
}

Datum list_reverse(Arguments& arguments, const Datum& self) {
  auto* list = own_list(arguments, self);
  if (!list || !arguments.evaluation.step(list->items.size() / 8)) return Datum::failure();
  std::reverse(list->items.begin(), list->items.end());
  return Datum();
}

Datum list_copy(Arguments& arguments, const Datum& self) {
  std::vector<Datum> items;
  return iterate(arguments.evaluation, self, items) ? arguments.evaluation.list(std::move(items)) : Datum::failure();
}

// list.sort(*, key=None, reverse=False)
Datum list_sort(Arguments& arguments, const Datum& self) {
  Evaluation& evaluation = arguments.evaluation;
  auto* list = own_list(arguments, self);
  if (!list) return Datum::failure();
  if (!arguments.positional.empty()) return arguments.fail("sort() takes no positional arguments");
  for (const auto& keyword : arguments.keywords)
    if (keyword.first != "key" && keyword.first != "reverse")
      return arguments.fail("invalid keyword argument" + arguments.shown(keyword.first) + " for sort()");
  const Datum* key = arguments.keyword("key");
  const Datum* reverse = arguments.keyword("reverse");
  const auto backwards = reverse ? truth(evaluation, *reverse) : std::optional(false);
  if (!backwards) return Datum::failure();
  std::vector<std::pair<Datum, Datum>> rows;
  for (const Datum& item : list->items) {
    Arguments given{evaluation, arguments.renderer, {item}, {}};
    const Datum by = key && !key->is_null() ? arguments.renderer.call(*key, given) : item;
    if (by.failed() || !evaluation.charge(expr::kItemBytes)) return Datum::failure();
    rows.emplace_back(by, item);
  }
  std::stable_sort(rows.begin(), rows.end(), [&](const auto& a, const auto& b) {
    if (evaluation.failed()) return false;
    return (*backwards ? relate(evaluation, Operator::kLess, b.first, a.first)
                       : relate(evaluation, Operator::kLess, a.first, b.first))
        .value_or(false);
  });
  if (evaluation.failed()) return Datum::failure();
  for (std::size_t i = 0; i < rows.size(); ++i) list->items[i] = rows[i].second;
  return Datum();
}

Datum sequence_index(Arguments& arguments, const Datum& self) {
  std::vector<Datum> items;
  const auto at = iterate(arguments.evaluation, self, items) ? position_of(arguments, items) : std::nullopt;
  if (!at) return Datum::failure();
  return *at < 0 ? arguments.fail("the value is not in the list") : Datum::integer(*at);
}

Datum sequence_count(Arguments& arguments, const Datum& self) {
  Iterator items(arguments.evaluation, self);
  Datum item;
  std::size_t count = 0;
  while (items.next(item)) {
    const auto same = equals(arguments.evaluation, item, arguments.positional[0]);
    if (!same) return Datum::failure();
    count += *same;
  }
  return arguments.evaluation.failed() ? Datum::failure() : Datum::integer(count);
}

// ---- Dicts.

// Looks `key` up; false when failed.
bool find_key(Arguments& arguments, const Datum& self, const Datum& key, Datum& value, bool& found) {
  found = false;
  if (!hashable(arguments.evaluation, key)) return false;
  found = expr::lookup(self, key, value);
  return true;
}

Datum dict_get(Arguments& arguments, const Datum& self) {
  Datum value;
  bool found = false;
  if (!find_key(arguments, self, arguments.positional[0], value, found)) return Datum::failure();
  if (found) return value;
  const Datum* otherwise = arguments.get(1);
  return otherwise ? *otherwise : Datum();
}

template <What kWhat>
Datum dict_view(Arguments& arguments, const Datum& self) {
  if (!arguments.evaluation.charge(sizeof(ViewObject) + expr::kBlockBytes)) return Datum::failure();
  auto* made = new ViewObject(self, kWhat);
  const Datum result = Datum::of(made);
  return arguments.evaluation.nest(*made, self) ? result : Datum::failure();
}

Datum dict_copy(Arguments& arguments, const Datum& self) {
  const expr::Ref<expr::DictObject> made(new expr::DictObject());
  expr::Members members(self);
  Datum key;
  Datum value;
  while (members.next(key, value))
    if (!arguments.evaluation.step() || !put(arguments.evaluation, *made, key, value)) return Datum::failure();
  return Datum::of(made);
}

Datum dict_pop(Arguments& arguments, const Datum& self) {
  auto* dict = own_dict(arguments, self);
  Datum value;
  bool found = false;
  if (!dict || !find_key(arguments, self, arguments.positional[0], value, found)) return Datum::failure();
  if (!found && arguments.get(1)) return *arguments.get(1);
  if (!found) return arguments.fail("pop(): no such key");
  if (!arguments.evaluation.step(dict->entries().size() / 8)) return Datum::failure();
  dict->erase(arguments.positional[0]);
  return value;
}

Datum dict_popitem(Arguments& arguments, const Datum& self) {
  auto* dict = own_dict(arguments, self);
  if (!dict) return Datum::failure();
  if (dict->entries().empty()) return arguments.fail("popitem(): dictionary is empty");
  if (!arguments.evaluation.step(dict->entries().size() / 8)) return Datum::failure();
  const auto [key, value] = dict->entries().back();
  dict->erase(key);
  return tuple(arguments.evaluation, {key, value});
}

Datum dict_clear(Arguments& arguments, const Datum& self) {
  auto* dict = own_dict(arguments, self);
  if (!dict) return Datum::failure();
  dict->clear();
  return Datum();
}

Datum dict_setdefault(Arguments& arguments, const Datum& self) {
  auto* dict = own_dict(arguments, self);
  Datum value;
  bool found = false;
  if (!dict || !find_key(arguments, self, arguments.positional[0], value, found)) return Datum::failure();
  if (found) return value;
  value = arguments.get(1) ? *arguments.get(1) : Datum();
  if (!accepts(arguments, self, value) || !put(arguments.evaluation, *dict, arguments.positional[0], value))
    return Datum::failure();
  return value;
}

Datum dict_update(Arguments& arguments, const Datum& self) {
  auto* dict = own_dict(arguments, self);
  if (!dict) return Datum::failure();
  const Datum made =
      static_cast<FunctionObject*>(object_of(global_function(arguments.evaluation, "dict")))->run(arguments);
  if (made.failed()) return made;
  expr::Members members(made);
  Datum key;
  Datum value;
  while (members.next(key, value))
    if (!accepts(arguments, self, value) || !put(arguments.evaluation, *dict, key, value)) return Datum::failure();
  return Datum();
}

Datum dict_fromkeys(Arguments& arguments, const Datum&) {
  const expr::Ref<expr::DictObject> made(new expr::DictObject());
  const Datum value = arguments.get(1) ? *arguments.get(1) : Datum();
  Iterator keys(arguments.evaluation, arguments.positional[0]);
  Datum key;
  while (keys.next(key))
    if (!put(arguments.evaluation, *made, key, value)) return Datum::failure();
  return arguments.evaluation.failed() ? Datum::failure() : Datum::of(made);
}

// ---- Numbers.

std::uint64_t magnitude(const Datum& self) {
  const std::int64_t value = self.integer();
  return value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
}

Datum int_bit_length(Arguments&, const Datum& self) {
  const std::uint64_t value = magnitude(self);
  return Datum::integer(value == 0 ? std::int64_t{0} : std::int64_t{64 - __builtin_clzll(value)});
}
Datum int_bit_count(Arguments&, const Datum& self) {
  return Datum::integer(std::int64_t{__builtin_popcountll(magnitude(self))});
}
Datum number_conjugate(Arguments&, const Datum& self) {
  return self.kind() == Kind::kNumber ? self : Datum::integer(self.integer());
}
Datum int_ratio(Arguments& arguments, const Datum& self) {
  return tuple(arguments.evaluation, {Datum::integer(self.integer()), Datum::integer(std::int64_t{1})});
}
Datum float_ratio(Arguments& arguments, const Datum& self) {
  double number = self.number();
  if (!std::isfinite(number)) return arguments.fail("cannot convert this number to an integer ratio");
  std::int64_t below = 1;
  while (number != std::floor(number) && below < (std::int64_t{1} << 61)) {
    number *= 2;
    below *= 2;
  }
  if (number != std::floor(number) || std::fabs(number) >= 9.2e18) return overflow(arguments.evaluation);
  return tuple(arguments.evaluation, {Datum::integer(static_cast<std::int64_t>(number)), Datum::integer(below)});
}
Datum float_is_integer(Arguments&, const Datum& self) {
  return Datum::boolean(std::isfinite(self.number()) && self.number() == std::floor(self.number()));
}

// ---- Jinja2's objects.

Datum loop_cycle(Arguments& arguments, const Datum& self) {
  if (arguments.positional.empty()) return arguments.fail("no items for cycling given");
  const auto* loop = static_cast<const LoopObject*>(object_of(self));
  return arguments.positional[loop->index % arguments.positional.size()];
}

Datum loop_changed(Arguments& arguments, const Datum& self) {
  auto* loop = static_cast<LoopObject*>(object_of(self));
  const Datum now = tuple(arguments.evaluation, arguments.positional);
  if (now.failed() || !arguments.renderer.touch(self)) return Datum::failure();
  const auto same =
      loop->changed.is_missing() ? std::optional(false) : equals(arguments.evaluation, loop->changed, now);
  if (!same) return Datum::failure();
  loop->changed = now;
  return Datum::boolean(!*same);
}

Datum cycler_next(Arguments&, const Datum& self) {
  auto* cycler = static_cast<CyclerObject*>(object_of(self));
  const Datum current = cycler->current();
  cycler->position = (cycler->position + 1) % expr::length(cycler->items);
  return current;
}
Datum cycler_reset(Arguments&, const Datum& self) {
  static_cast<CyclerObject*>(object_of(self))->position = 0;
  return {};
}

constexpr Method kList[] = {{"append", "/object!", list_append},
                            {"extend", "/iterable!", list_extend},
                            {"insert", "/index! object!", list_insert},
                            {"pop", "/index", list_pop},
                            {"remove", "/value!", list_remove},
                            {"clear", "", list_clear},
                            {"reverse", "", list_reverse},
                            {"copy", "", list_copy},
                            {"sort", "*", list_sort},
                            {"index", "/value! start stop", sequence_index},
                            {"count", "/value!", sequence_count}};
constexpr Method kTuple[] = {{"index", "/value! start stop", sequence_index}, {"count", "/value!", sequence_count}};
constexpr Method kRange[] = {{"index", "/value!", sequence_index}, {"count", "/value!", sequence_count}};
constexpr Method kDict[] = {{"get", "/key! default", dict_get},
                            {"keys", "", dict_view<What::kKeys>},
                            {"values", "", dict_view<What::kValues>},
                            {"items", "", dict_view<What::kItems>},
                            {"copy", "", dict_copy},
                            {"pop", "/key! default", dict_pop},
                            {"popitem", "", dict_popitem},
                            {"clear", "", dict_clear},
                            {"setdefault", "/key! default", dict_setdefault},
                            {"update", "*", dict_update},
                            {"fromkeys", "/iterable! value", dict_fromkeys}};
constexpr Method kInteger[] = {{"bit_length", "", int_bit_length},
                               {"bit_count", "", int_bit_count},
                               {"conjugate", "", number_conjugate},
                               {"as_integer_ratio", "", int_ratio}};
constexpr Method kNumber[] = {
    {"is_integer", "", float_is_integer}, {"conjugate", "", number_conjugate}, {"as_integer_ratio", "", float_ratio}};
constexpr Method kLoop[] = {{"cycle", "*", loop_cycle}, {"changed", "*", loop_changed}};
constexpr Method kCycler[] = {{"next", "", cycler_next}, {"reset", "", cycler_reset}};

}  // namespace

std::span<const Method> list_methods() { return kList; }
std::span<const Method> tuple_methods() { return kTuple; }
std::span<const Method> dict_methods() { return kDict; }
std::span<const Method> number_methods(bool floating) {
  return floating ? std::span<const Method>(kNumber) : std::span<const Method>(kInteger);
}

std::span<const Method> object_methods(ObjectType type) {
  switch (type) {
    case ObjectType::kRange: return kRange;
    case ObjectType::kLoop: return kLoop;
    case ObjectType::kCycler: return kCycler;
    default: return {};
  }
}

}  // namespace foehn::jinja
