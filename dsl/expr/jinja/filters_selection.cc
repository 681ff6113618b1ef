// Filters that give generators: map, select, batch and their kin. What they compute, they compute when it is asked for.
#include <algorithm>
#include <functional>
#include <optional>

#include "dsl/expr/jinja/renderer.h"
#include "dsl/expr/text.h"

namespace foehn::jinja {
namespace {

// A generator over the items of another value.
class Derived final : public GeneratorObject {
 public:
  // Gives one item, or false at the end.
  using Step = std::function<bool(Arguments& arguments, Iterator& items, Datum& out)>;

  Derived(std::string_view function, Arguments& arguments, const Datum& subject, Step step)
      : GeneratorObject(function),
        arguments_{arguments.evaluation, arguments.renderer, arguments.positional, arguments.keywords},
        subject_(subject),
        step_(std::move(step)) {}

  bool next(Evaluation& evaluation, Datum& item) override {
    if (done_ || !evaluation.enter()) return false;
    if (!items_) {
      const auto any = jinja::truth(evaluation, subject_);
      if (any && *any) items_.emplace(evaluation, subject_);
    }
    const bool found = items_ && !evaluation.failed() && step_(arguments_, *items_, item);
    done_ = !found;
    evaluation.leave();
    return found && !evaluation.failed();
  }

 private:
  Arguments arguments_;
  const Datum subject_;
  const Step step_;
  std::optional<Iterator> items_;
  bool done_ = false;
};

Datum generator(std::string_view function, Arguments& arguments, const Datum& subject, Derived::Step step) {
  if (!arguments.evaluation.charge(sizeof(Derived) + 64)) return Datum::failure();
  auto* made = new Derived(function, arguments, subject, std::move(step));
  const Datum result = Datum::of(made);
  if (!arguments.evaluation.nest(*made, subject)) return Datum::failure();
  for (const Datum& argument : arguments.positional)
    if (!arguments.evaluation.nest(*made, argument)) return Datum::failure();
  for (const auto& keyword : arguments.keywords)
    if (!arguments.evaluation.nest(*made, keyword.second)) return Datum::failure();
  return result;
}

// A generator of items that are computed all at once, when the first is asked for.
using Compute = bool (*)(Arguments& arguments, const Datum& subject, std::vector<Datum>& out);
Datum computed(std::string_view function, Arguments& arguments, const Datum& subject, Compute compute) {
  struct State {
    bool ready = false;
    std::size_t at = 0;
    std::vector<Datum> items;
  };
  static const std::string kAny = "x";
  const Datum made =
      generator(function, arguments, Datum::of(kAny),
                [state = State(), subject, compute](Arguments& given, Iterator&, Datum& out) mutable {
                  if (!std::exchange(state.ready, true) && !compute(given, subject, state.items)) return false;
                  if (state.at >= state.items.size()) return false;
                  out = state.items[state.at++];
                  return true;
                });
  return made.failed() || arguments.evaluation.nest(*made.object(), subject) ? made : Datum::failure();
}

bool map_by_attribute(Arguments& arguments, const Datum& item, std::optional<AttributePath>& path, Datum& out) {
  for (const auto& keyword : arguments.keywords)
    if (keyword.first != "attribute" && keyword.first != "default") {
      arguments.fail("Unexpected keyword argument" + arguments.shown(keyword.first));
      return false;
    }
  if (!path) path.emplace(arguments.evaluation, *arguments.keyword("attribute"));
  out = path->of(item, arguments.keyword("default"));
  return !out.failed();
}

// Calls the filter or test named by the first positional argument.
template <bool kFilter>
bool call_first(Arguments& arguments, std::size_t first, const Datum& item, Datum& out) {
  const Datum& name = arguments.positional[first];
  if (!name.is_text()) {
    if (usable(arguments.evaluation, name)) arguments.fail("the name of a filter or test is a string");
    return false;
  }
  Arguments rest{arguments.evaluation, arguments.renderer, {}, arguments.keywords, arguments.unpacked};
  rest.positional.assign(arguments.positional.begin() + static_cast<std::ptrdiff_t>(first) + 1,
                         arguments.positional.end());
  out = kFilter ? apply_filter(rest, name, item) : apply_test(rest, name, item);
  return !out.failed();
}

Datum fn_map(Arguments& arguments, const Datum& subject) {
  const auto step = [path = std::optional<AttributePath>()](Arguments& given, Iterator& items, Datum& out) mutable {
    const bool by_attribute = given.positional.empty() && given.keyword("attribute");
    if (!by_attribute && given.positional.empty()) {
      given.fail("map requires a filter argument");
      return false;
    }
    Datum item;
    if (!items.next(item)) return false;
    return by_attribute ? map_by_attribute(given, item, path, out) : call_first<true>(given, 0, item, out);
  };
  return generator("sync_do_map", arguments, subject, step);
}

// select, reject, selectattr, rejectattr.
template <bool kKeep, bool kAttribute>
Datum fn_select(Arguments& arguments, const Datum& subject) {
  const auto step = [path = std::optional<AttributePath>()](Arguments& given, Iterator& items, Datum& out) mutable {
    if (kAttribute && given.positional.empty()) {
      given.fail("Missing parameter for attribute name");
      return false;
    }
    constexpr std::size_t kTestAt = kAttribute ? 1 : 0;
    Datum item;
    while (items.next(item)) {
      if (kAttribute && !path) path.emplace(given.evaluation, given.positional[0]);
      const Datum value = kAttribute ? path->of(item) : item;
      if (value.failed()) return false;
      Datum verdict = value;
      if (given.positional.size() > kTestAt && !call_first<false>(given, kTestAt, value, verdict)) return false;
      const auto yes = truth(given.evaluation, verdict);
      if (!yes) return false;
      if (*yes != kKeep) continue;
      out = item;
      return true;
    }
    return false;
  };
  return generator("select_or_reject", arguments, subject, step);
}

bool compute_batches(Arguments& arguments, const Datum& subject, std::vector<Datum>& out) {
  const Datum& size = arguments.positional[0];
  const Datum* filler = arguments.get(1);
  std::int64_t count = -1;
  const bool whole = as_index(size, count);
  if (!whole && size.kind() == Kind::kNumber) {
    const double number = size.number();
    if (number >= 1 && number < 1e15 && number == static_cast<double>(static_cast<std::int64_t>(number)))
      count = static_cast<std::int64_t>(number);
  }
  Iterator items(arguments.evaluation, subject);
  Datum item;
  std::vector<Datum> row;
  const auto flush = [&] {
    out.push_back(arguments.evaluation.list(std::exchange(row, {})));
    return !out.back().failed();
  };
  while (items.next(item)) {
    if (static_cast<std::int64_t>(row.size()) == count && !flush()) return false;
    row.push_back(item);
    if (!arguments.evaluation.charge(expr::kItemBytes)) return false;
  }
  if (arguments.evaluation.failed()) return false;
  if (row.empty()) return true;
  if (filler && !filler->is_null()) {
    if (!whole) {
      const auto few = relate(arguments.evaluation, Operator::kLess, Datum::integer(row.size()), size);
      if (few && *few) arguments.fail("batch takes a whole number");
      if (!few || *few) return false;
    }
    const auto missing = std::max<std::int64_t>(count - static_cast<std::int64_t>(row.size()), 0);
    if (!arguments.evaluation.affords(static_cast<std::uint64_t>(missing), sizeof(Datum))) return false;
    row.resize(row.size() + static_cast<std::size_t>(missing), *filler);
  }
  return flush();
}

Datum fn_batch(Arguments& arguments, const Datum& subject) {
  return computed("do_batch", arguments, subject, compute_batches);
}

bool compute_slices(Arguments& arguments, const Datum& subject, std::vector<Datum>& out) {
  std::vector<Datum> items;
  std::int64_t slices = 0;
  if (!iterate(arguments.evaluation, subject, items) || !arguments.integer(0, slices)) return false;
  if (slices == 0) {
    arguments.fail("integer division or modulo by zero");
    return false;
  }
  if (slices < 0) return true;
  if (!arguments.evaluation.step(static_cast<std::uint64_t>(slices)) ||
      !arguments.evaluation.affords(static_cast<std::uint64_t>(slices), sizeof(expr::ListObject)))
    return false;
  const auto count = static_cast<std::int64_t>(items.size());
  const Datum* filler = arguments.get(1);
  std::int64_t at = 0;
  for (std::int64_t i = 0; i < slices; ++i) {
    const std::int64_t size = count / slices + (i < count % slices ? 1 : 0);
    std::vector<Datum> row(items.begin() + at, items.begin() + at + size);
    at += size;
    if (filler && !filler->is_null() && i >= count % slices) row.push_back(*filler);
    out.push_back(arguments.evaluation.list(std::move(row)));
    if (out.back().failed()) return false;
  }
  return true;
}

Datum fn_slice(Arguments& arguments, const Datum& subject) {
  return computed("sync_do_slice", arguments, subject, compute_slices);
}

bool compute_unique(Arguments& arguments, const Datum& subject, std::vector<Datum>& out) {
  const auto sensitive = arguments.flag(0);
  if (!sensitive) return false;
  const expr::Ref<expr::DictObject> seen(new expr::DictObject(Kind::kSet));
  std::optional<AttributePath> by;
  if (arguments.get(1)) by.emplace(arguments.evaluation, *arguments.get(1));
  Iterator items(arguments.evaluation, subject);
  Datum item;
  while (items.next(item)) {
    Datum key = by ? by->of(item) : item;
    if (key.is_text() && !*sensitive) key = text_of(arguments.evaluation, expr::to_lower(key.text()));
    if (key.failed() || !hashable(arguments.evaluation, key) || !arguments.evaluation.charge(expr::kEntryBytes))
      return false;
    if (seen->set(key, {})) out.push_back(item);
  }
  return !arguments.evaluation.failed();
}

Datum fn_unique(Arguments& arguments, const Datum& subject) {
  return computed("do_unique", arguments, subject, compute_unique);
}

bool compute_items(Arguments& arguments, const Datum& subject, std::vector<Datum>& out) {
  if (is_undefined(subject)) return true;
  if (subject.kind() != Kind::kDict) {
    arguments.fail("Can only get item pairs from a mapping.");
    return false;
  }
  return iterate(arguments.evaluation, Datum::of(new ViewObject(subject, ViewObject::What::kItems)), out);
}

Datum fn_items(Arguments& arguments, const Datum& subject) {
  return computed("do_items", arguments, subject, compute_items);
}

bool compute_reverse(Arguments& arguments, const Datum& subject, std::vector<Datum>& out) {
  if (!iterate(arguments.evaluation, subject, out)) return false;
  std::reverse(out.begin(), out.end());
  return true;
}

Datum fn_reverse(Arguments& arguments, const Datum& subject) {
  const Datum backwards[3] = {Datum(), Datum(), Datum::integer(std::int64_t{-1})};
  if (subject.is_text()) return slice(arguments.evaluation, subject, backwards);
  if (!usable(arguments.evaluation, subject)) return Datum::failure();
  const PythonObject* object = object_of(subject);
  if (object && (object->what == ObjectType::kGenerator || object->what == ObjectType::kLoop)) {
    std::vector<Datum> items;
    return compute_reverse(arguments, subject, items) ? arguments.evaluation.list(std::move(items)) : Datum::failure();
  }
  if (!is_iterable(subject)) return arguments.fail("argument must be iterable");
  std::string_view shown = "<list_reverseiterator object at 0x0>";
  if (is_tuple(subject)) shown = "<reversed object at 0x0>";
  if (subject.kind() == Kind::kDict) shown = "<dict_reversekeyiterator object at 0x0>";
  if (is_a(subject, ObjectType::kRange)) shown = "<range_iterator object at 0x0>";
  if (is_a(subject, ObjectType::kView)) {
    const auto part = static_cast<const ViewObject*>(object)->what_part;
    shown = part == ViewObject::What::kKeys     ? "<dict_reversekeyiterator object at 0x0>"
            : part == ViewObject::What::kValues ? "<dict_reversevalueiterator object at 0x0>"
                                                : "<dict_reverseitemiterator object at 0x0>";
  }
  return computed(shown, arguments, subject, compute_reverse);
}

constexpr Filter kTable[] = {
    {"map", "*", fn_map},
    {"select", "*", fn_select<true, false>},
    {"reject", "*", fn_select<false, false>},
    {"selectattr", "*", fn_select<true, true>},
    {"rejectattr", "*", fn_select<false, true>},
    {"batch", "linecount! fill_with", fn_batch},
    {"slice", "slices! fill_with", fn_slice},
    {"unique", "case_sensitive attribute", fn_unique},
    {"items", "", fn_items},
    {"reverse", "", fn_reverse},
};

}  // namespace

std::span<const Filter> selection_filters() { return kTable; }

}  // namespace foehn::jinja
