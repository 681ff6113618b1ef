// Filters on lists and dicts that look at all of them at once.
#include <algorithm>
#include <optional>
#include <vector>

#include "dsl/expr/jinja/functions.h"
#include "dsl/expr/text.h"

namespace foehn::jinja {
namespace {

using expr::ListStyle;

Datum fn_length(Arguments& arguments, const Datum& subject) {
  const auto length = length_of(arguments.evaluation, subject);
  return length ? Datum::integer(*length) : Datum::failure();
}

Datum list_of(Arguments& arguments, std::vector<Datum> items) { return arguments.evaluation.list(std::move(items)); }

Datum fn_list(Arguments& arguments, const Datum& subject) {
  std::vector<Datum> items;
  return iterate(arguments.evaluation, subject, items) ? list_of(arguments, std::move(items)) : Datum::failure();
}

Datum fn_first(Arguments& arguments, const Datum& subject) {
  Iterator items(arguments.evaluation, subject);
  Datum item;
  if (items.next(item)) return item;
  if (arguments.evaluation.failed()) return Datum::failure();
  return undefined(arguments.evaluation, "No first item, sequence was empty.");
}

// Python's reversed(): lists, texts, dicts, ranges and views have an end.
bool reversible(const Datum& subject) {
  return is_iterable(subject) && !is_a(subject, ObjectType::kGenerator) && !is_a(subject, ObjectType::kLoop);
}

Datum fn_last(Arguments& arguments, const Datum& subject) {
  std::vector<Datum> items;
  if (!usable(arguments.evaluation, subject)) return Datum::failure();
  if (!reversible(subject)) return arguments.fail(expr::a_name_of(subject) + " is not reversible");
  if (!iterate(arguments.evaluation, subject, items)) return Datum::failure();
  return items.empty() ? undefined(arguments.evaluation, "No last item, sequence was empty.") : items.back();
}

// The attribute path that the argument `index` is, if it is given.
std::optional<AttributePath> path_of(Arguments& arguments, std::size_t index) {
  const Datum* written = arguments.get(index);
  if (!written) return std::nullopt;
  return AttributePath(arguments.evaluation, *written);
}

Datum fn_join(Arguments& arguments, const Datum& subject) {
  Evaluation& evaluation = arguments.evaluation;
  const auto by = path_of(arguments, 1);
  std::string separator;
  if (arguments.get(0) && !append_str(evaluation, *arguments.get(0), separator)) return Datum::failure();
  Iterator items(evaluation, subject);
  Datum item;
  std::string out;
  for (bool first = true; items.next(item); first = false) {
    if (!first && !evaluation.append(out, separator)) return Datum::failure();
    if (!append_str(evaluation, by ? by->of(item) : item, out)) return Datum::failure();
  }
  return evaluation.failed() ? Datum::failure() : evaluation.text(std::move(out));
}

// What sorting and comparing look at: attributes, and texts in lower case unless case matters.
class KeyOf {
 public:
  // `by`: a path of attributes, nullptr for the items themselves; `several`: or some with commas between them.
  KeyOf(Arguments& arguments, const Datum* by, bool case_sensitive, const Datum* fallback = nullptr,
        bool several = false)
      : arguments_(arguments), case_sensitive_(case_sensitive), fallback_(fallback) {
    Evaluation& evaluation = arguments.evaluation;
    if (!by) return;
    if (!several || !by->is_text()) {
      paths_.emplace_back(evaluation, *by);
      return;
    }
    const std::string_view comma = ",";
    for (const std::string_view part : expr::split(by->text(), &comma, -1)) {
      if (!evaluation.charge(3 * sizeof(AttributePath))) return;
      paths_.emplace_back(evaluation, text_of(evaluation, part), by->is_literal());
    }
  }
  // Of several attributes a list.
  Datum operator()(const Datum& item) const {
    if (paths_.empty()) return folded(item);
    if (paths_.size() == 1) return folded(paths_[0].of(item, fallback_));
    std::vector<Datum> keys;
    for (const AttributePath& path : paths_) keys.push_back(folded(path.of(item, fallback_)));
    return arguments_.evaluation.failed() ? Datum::failure() : list_of(arguments_, std::move(keys));
  }
  Datum folded(const Datum& key) const {
    return key.is_text() && !case_sensitive_ ? text_like(arguments_.evaluation, key, expr::to_lower(key.text())) : key;
  }

 private:
  Arguments& arguments_;
  const bool case_sensitive_;
  const Datum* const fallback_;
  std::vector<AttributePath> paths_;
};

using Rows = std::vector<std::pair<Datum, Datum>>;

// `listed`: as lists of this one item are compared, which need no order when they are equal.
bool before(Evaluation& evaluation, const Datum& a, const Datum& b, bool listed) {
  if (a.is_integer() && b.is_integer()) return evaluation.step() && a.integer() < b.integer();
  if (listed) {
    const auto same = same_or_equal(evaluation, a, b);
    if (!same || *same) return false;
  }
  return relate(evaluation, Operator::kLess, a, b).value_or(false);
}

bool sort_rows(Arguments& arguments, Rows& rows, bool reverse, bool listed = false) {
  Evaluation& evaluation = arguments.evaluation;
  // False for everything once the evaluation has failed: a merge sort then still ends.
  std::stable_sort(rows.begin(), rows.end(), [&](const auto& a, const auto& b) {
    if (evaluation.failed()) return false;
    return reverse ? before(evaluation, b.first, a.first, listed) : before(evaluation, a.first, b.first, listed);
  });
  return !evaluation.failed();
}

bool keyed(Arguments& arguments, const Datum& subject, const KeyOf& key_of, Rows& rows) {
  Iterator items(arguments.evaluation, subject);
  Datum item;
  while (items.next(item)) {
    Datum key = key_of(item);
    if (key.failed() || !arguments.evaluation.charge(expr::kEntryBytes)) return false;
    rows.emplace_back(std::move(key), std::move(item));
  }
  return !arguments.evaluation.failed();
}

Datum values_of(Arguments& arguments, const Rows& rows) {
  std::vector<Datum> items;
  items.reserve(rows.size());
  for (const auto& row : rows) items.push_back(row.second);
  return list_of(arguments, std::move(items));
}

Datum fn_sort(Arguments& arguments, const Datum& subject) {
  const auto reverse = arguments.flag(0);
  const auto sensitive = arguments.flag(1);
  if (!reverse || !sensitive) return Datum::failure();
  Rows rows;
  const KeyOf key_of(arguments, arguments.get(2), *sensitive, nullptr, true);
  if (!keyed(arguments, subject, key_of, rows)) return Datum::failure();
  return sort_rows(arguments, rows, *reverse, true) ? values_of(arguments, rows) : Datum::failure();
}

Datum fn_dictsort(Arguments& arguments, const Datum& subject) {
  if (!usable(arguments.evaluation, subject)) return Datum::failure();
  const auto sensitive = arguments.flag(0);
  const auto reverse = arguments.flag(2);
  const Datum* by = arguments.get(1);
  const std::string_view part = !by ? "key" : by->is_text() ? by->text() : "";
  if (!sensitive || !reverse) return Datum::failure();
  if (part != "key" && part != "value") return arguments.fail("You can only sort by either \"key\" or \"value\"");
  if (subject.kind() != Kind::kDict)
    return arguments.fail("dictsort takes an object, not " + std::string(expr::name_of(subject)));
  const KeyOf key_of(arguments, nullptr, *sensitive);
  Rows rows;
  expr::Members members(subject);
  Datum key;
  Datum value;
  while (members.next(key, value)) {
    const Datum folded = key_of.folded(part == "key" ? key : value);
    if (!arguments.evaluation.step() || !arguments.evaluation.charge(expr::kEntryBytes)) return Datum::failure();
    rows.emplace_back(folded, tuple(arguments.evaluation, {key, value}));
  }
  return sort_rows(arguments, rows, *reverse) ? values_of(arguments, rows) : Datum::failure();
}

template <bool kMax>
Datum fn_extreme(Arguments& arguments, const Datum& subject) {
  const auto sensitive = arguments.flag(0);
  if (!sensitive) return Datum::failure();
  const KeyOf key_of(arguments, arguments.get(1), *sensitive);
  Iterator items(arguments.evaluation, subject);
  Datum best;
  if (!items.next(best))
    return arguments.evaluation.failed() ? Datum::failure()
                                         : undefined(arguments.evaluation, "No aggregated item, sequence was empty.");
  Datum best_key = key_of(best);
  Datum item;
  while (!best_key.failed() && items.next(item)) {
    const Datum key = key_of(item);
    if (key.failed()) return key;
    const auto better = relate(arguments.evaluation, kMax ? Operator::kGreater : Operator::kLess, key, best_key);
    if (!better) return Datum::failure();
    if (!*better) continue;
    best = item;
    best_key = key;
  }
  return arguments.evaluation.failed() ? Datum::failure() : best;
}

Datum fn_sum(Arguments& arguments, const Datum& subject) {
  const auto by = path_of(arguments, 0);
  const Datum* start = arguments.get(1);
  if (start && start->is_text()) return arguments.fail("sum() can't sum strings [use ''.join(seq) instead]");
  Datum total = start ? *start : Datum::integer(std::int64_t{0});
  Iterator items(arguments.evaluation, subject);
  Datum item;
  while (items.next(item)) {
    if (by) item = by->of(item);
    total = item.failed() ? item : arithmetic(arguments.evaluation, Operator::kAdd, total, item);
    if (total.failed()) return total;
  }
  return arguments.evaluation.failed() ? Datum::failure() : total;
}

Datum fn_groupby(Arguments& arguments, const Datum& subject) {
  Evaluation& evaluation = arguments.evaluation;
  const auto sensitive = arguments.flag(2);
  if (!sensitive) return Datum::failure();
  const Datum* by = arguments.get(0);
  const KeyOf key_of(arguments, by, *sensitive, arguments.get(1));
  Rows rows;
  if (!keyed(arguments, subject, key_of, rows) || !sort_rows(arguments, rows, false)) return Datum::failure();
  std::vector<Datum> out;
  for (std::size_t at = 0; at < rows.size();) {
    const Datum key = rows[at].first;
    const Datum first = rows[at].second;
    std::vector<Datum> group;
    group.push_back(rows[at++].second);
    for (; at < rows.size(); ++at) {
      const auto same = equals(evaluation, rows[at].first, key);
      if (!same) return Datum::failure();
      if (!*same) break;
      group.push_back(rows[at].second);
    }
    const Datum shown = *sensitive ? key : AttributePath(evaluation, *by).of(first, arguments.get(1));
    const Datum row = tuple(evaluation, {shown, list_of(arguments, std::move(group))});
    if (row.failed()) return row;
    row.as<expr::ListObject>()->grouped = true;
    out.push_back(row);
  }
  return list_of(arguments, std::move(out));
}

Datum fn_attr(Arguments& arguments, const Datum& subject) {
  std::string_view name;
  if (!usable(arguments.evaluation, subject) || !arguments.text(0, name)) return Datum::failure();
  const std::string text(name);
  const bool written = arguments.get(0)->is_literal();
  // Attributes only: the items of a dict are none.
  const bool none = subject.kind() == Kind::kDict && !find_method(subject, text);
  const Datum found = none ? Datum() : attribute(arguments.evaluation, subject, text, written);
  if (!none) return found;
  return undefined(arguments.evaluation,
                   "'dict object' has no " + (written ? "attribute '" + text + "'" : "such attribute"));
}

Datum fn_random(Arguments& arguments, const Datum& subject) {
  Evaluation& evaluation = arguments.evaluation;
  const auto length = length_of(evaluation, subject);
  if (!length) return Datum::failure();
  if (*length == 0) return undefined(evaluation, "No random item, sequence was empty.");
  // The host decides what is random, so that a replayed step draws the same item.
  dsl::CallArguments bounds;
  bounds.positional = {Value(0), Value(static_cast<std::int64_t>(*length - 1))};
  auto drawn = evaluation.scope().call("random", bounds);
  if (!drawn || !drawn->made.is_number()) return arguments.fail("random is not available here");
  const auto index = std::min<std::size_t>(drawn->made.get<std::size_t>(), *length - 1);
  const Datum found = item(evaluation, subject, Datum::integer(index));
  return usable(evaluation, found) ? found : Datum::failure();
}

constexpr Filter kTable[] = {
    {"length", "", fn_length},
    {"count", "", fn_length},
    {"list", "", fn_list},
    {"first", "", fn_first},
    {"last", "", fn_last},
    {"join", "d attribute", fn_join},
    {"sort", "reverse case_sensitive attribute", fn_sort},
    {"dictsort", "case_sensitive by reverse", fn_dictsort},
    {"max", "case_sensitive attribute", fn_extreme<true>},
    {"min", "case_sensitive attribute", fn_extreme<false>},
    {"sum", "attribute start", fn_sum},
    {"groupby", "attribute! default case_sensitive", fn_groupby},
    {"attr", "name!", fn_attr},
    {"random", "", fn_random},
};

}  // namespace

std::span<const Filter> collection_filters() { return kTable; }

}  // namespace foehn::jinja
