// Filters on lists and dicts.
#include <algorithm>

#include "dsl/expr/jinja/functions.h"
#include "dsl/expr/text.h"

namespace foehn::jinja {
namespace {

using expr::ListStyle;

Datum fn_length(Arguments& arguments, const Datum& subject) {
  if (subject.is_text() || subject.kind() == Kind::kDict) return Datum::integer(expr::length(subject));
  std::vector<Datum> items;
  if (!subject.is_sequence())
    return arguments.fail("object of type '" + std::string(expr::name_of(subject)) + "' has no len()");
  return iterate(arguments.evaluation, subject, items) ? Datum::integer(items.size()) : Datum::failure();
}

Datum list_of(Arguments& arguments, std::vector<Datum> items) { return arguments.evaluation.list(std::move(items)); }

Datum fn_list(Arguments& arguments, const Datum& subject) {
  std::vector<Datum> items;
  return iterate(arguments.evaluation, subject, items) ? list_of(arguments, std::move(items)) : Datum::failure();
}

template <bool kLast>
Datum fn_end(Arguments& arguments, const Datum& subject) {
  std::vector<Datum> items;
  if (!iterate(arguments.evaluation, subject, items)) return Datum::failure();
  if (items.empty())
    return undefined(arguments.evaluation,
                     kLast ? "No last item, sequence was empty." : "No first item, sequence was empty.");
  return kLast ? items.back() : items.front();
}

Datum fn_join(Arguments& arguments, const Datum& subject) {
  const std::string separator = arguments.text(0, "d", "");
  const Datum* by = arguments.get(1, "attribute");
  std::vector<Datum> items;
  if (!iterate(arguments.evaluation, subject, items)) return Datum::failure();
  std::string out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::size_t before = out.size();
    if (i != 0) out += separator;
    const Datum part = by && !by->is_null() ? path(arguments.evaluation, items[i], *by) : items[i];
    if (!usable(arguments.evaluation, part)) return Datum::failure();
    out += expr::str(arguments.evaluation, part);
    if (!arguments.evaluation.charge(out.size() - before)) return Datum::failure();
  }
  return arguments.evaluation.text(std::move(out));
}

Datum fn_reverse(Arguments& arguments, const Datum& subject) {
  std::vector<Datum> items;
  if (!iterate(arguments.evaluation, subject, items)) return Datum::failure();
  std::reverse(items.begin(), items.end());
  if (!subject.is_text()) return list_of(arguments, std::move(items));
  std::string text;
  for (const Datum& item : items) text += item.text();
  return arguments.evaluation.text(std::move(text));
}

// What sorting and comparing look at: the attribute, and texts in lower case unless case matters.
struct KeyOf {
  Arguments& arguments;
  const Datum* by;
  bool case_sensitive;
  Datum operator()(const Datum& item) const {
    Datum key = by && !by->is_null() ? path(arguments.evaluation, item, *by) : item;
    if (!usable(arguments.evaluation, key)) return Datum::failure();
    return key.is_text() && !case_sensitive ? arguments.evaluation.text(expr::to_lower(key.text())) : key;
  }
};

// Keys of several attributes, "a,b", as one list.
Datum sort_key(const KeyOf& key_of, const Datum& item) {
  const std::string_view comma = ",";
  if (!key_of.by || !key_of.by->is_text() || key_of.by->text().find(comma) == std::string_view::npos)
    return key_of(item);
  std::vector<Datum> keys;
  for (const std::string_view part : expr::split(key_of.by->text(), &comma, -1)) {
    const Datum name = key_of.arguments.evaluation.text(std::string(part));
    keys.push_back(KeyOf{key_of.arguments, &name, key_of.case_sensitive}(item));
    if (keys.back().failed()) return Datum::failure();
  }
  return key_of.arguments.evaluation.list(std::move(keys));
}

bool sort_by(Arguments& arguments, const KeyOf& key_of, std::vector<Datum>& items, bool reverse) {
  std::vector<std::pair<Datum, Datum>> rows;
  for (Datum& item : items) {
    const Datum key = sort_key(key_of, item);
    if (key.failed() || !arguments.evaluation.charge(2 * sizeof(Datum))) return false;
    rows.emplace_back(key, item);
  }
  Evaluation& evaluation = arguments.evaluation;
  // False for everything once the evaluation has failed: a merge sort then still ends.
  std::stable_sort(rows.begin(), rows.end(), [&](const auto& a, const auto& b) {
    int result = 0;
    if (evaluation.failed() || !evaluation.step() || !order(evaluation, a.first, b.first, result)) return false;
    return reverse ? result > 0 : result < 0;
  });
  for (std::size_t i = 0; i < items.size(); ++i) items[i] = rows[i].second;
  return !evaluation.failed();
}

Datum fn_sort(Arguments& arguments, const Datum& subject) {
  std::vector<Datum> items;
  if (!iterate(arguments.evaluation, subject, items)) return Datum::failure();
  const KeyOf key_of{arguments, arguments.get(2, "attribute"), arguments.flag(1, "case_sensitive")};
  return sort_by(arguments, key_of, items, arguments.flag(0, "reverse")) ? list_of(arguments, std::move(items))
                                                                         : Datum::failure();
}

Datum pair(Arguments& arguments, const Datum& key, const Datum& value) {
  return arguments.evaluation.list({key, value}, ListStyle::kOther);
}

Datum fn_items(Arguments& arguments, const Datum& subject) {
  if (is_undefined(subject)) return list_of(arguments, {});
  if (subject.kind() != Kind::kDict) return arguments.fail("Can only get item pairs from a mapping.");
  std::vector<Datum> out;
  expr::Members members(subject);
  Datum key;
  Datum value;
  while (members.next(key, value)) {
    if (!arguments.evaluation.step()) return Datum::failure();
    out.push_back(pair(arguments, key, value));
  }
  return list_of(arguments, std::move(out));
}

Datum fn_dictsort(Arguments& arguments, const Datum& subject) {
  if (subject.kind() != Kind::kDict)
    return arguments.fail("dictsort() takes an object, not " + std::string(expr::name_of(subject)));
  const Datum listed = fn_items(arguments, subject);
  std::vector<Datum> items;
  if (listed.failed() || !iterate(arguments.evaluation, listed, items)) return Datum::failure();
  const std::string by = arguments.text(1, "by", "key");
  if (by != "key" && by != "value") return arguments.fail("You can only sort by either \"key\" or \"value\"");
  const Datum position = Datum::integer(std::int64_t{by == "key" ? 0 : 1});
  const KeyOf key_of{arguments, &position, arguments.flag(0, "case_sensitive")};
  return sort_by(arguments, key_of, items, arguments.flag(2, "reverse")) ? list_of(arguments, std::move(items))
                                                                         : Datum::failure();
}

Datum fn_unique(Arguments& arguments, const Datum& subject) {
  std::vector<Datum> items;
  std::vector<Datum> out;
  if (!iterate(arguments.evaluation, subject, items)) return Datum::failure();
  const KeyOf key_of{arguments, arguments.get(1, "attribute"), arguments.flag(0, "case_sensitive")};
  expr::DictObject seen(Kind::kSet);
  for (const Datum& item : items) {
    const Datum key = key_of(item);
    if (key.failed() || !arguments.evaluation.charge(4 * sizeof(Datum))) return Datum::failure();
    if (seen.set(key, {})) out.push_back(item);
  }
  return list_of(arguments, std::move(out));
}

template <bool kMax>
Datum fn_extreme(Arguments& arguments, const Datum& subject) {
  std::vector<Datum> items;
  if (!iterate(arguments.evaluation, subject, items)) return Datum::failure();
  if (items.empty()) return undefined(arguments.evaluation, "No aggregated item, sequence was empty.");
  const KeyOf key_of{arguments, arguments.get(1, "attribute"), arguments.flag(0, "case_sensitive")};
  Datum best = items[0];
  Datum best_key = key_of(best);
  for (std::size_t i = 1; i < items.size(); ++i) {
    const Datum key = key_of(items[i]);
    int result = 0;
    if (key.failed() || best_key.failed() || !order(arguments.evaluation, key, best_key, result))
      return Datum::failure();
    if (kMax ? result <= 0 : result >= 0) continue;
    best = items[i];
    best_key = key;
  }
  return best;
}

Datum fn_sum(Arguments& arguments, const Datum& subject) {
  std::vector<Datum> items;
  if (!iterate(arguments.evaluation, subject, items)) return Datum::failure();
  const Datum* by = arguments.get(0, "attribute");
  const Datum* start = arguments.get(1, "start");
  Datum total = start ? *start : Datum::integer(std::int64_t{0});
  for (const Datum& item : items) {
    total = add(arguments.evaluation, total, by && !by->is_null() ? path(arguments.evaluation, item, *by) : item);
    if (total.failed()) return total;
  }
  return total;
}

Datum fn_map(Arguments& arguments, const Datum& subject) {
  std::vector<Datum> items;
  std::vector<Datum> out;
  if (!iterate(arguments.evaluation, subject, items)) return Datum::failure();
  const Datum* by = nullptr;
  const Datum* otherwise = nullptr;
  for (const auto& [name, value] : arguments.keywords) {
    if (name == "attribute") by = &value;
    if (name == "default") otherwise = &value;
  }
  Arguments rest{arguments.evaluation, arguments.positional, {}};
  std::string name;
  if (!arguments.positional.empty()) {
    name = expr::str(arguments.evaluation, arguments.positional[0]);
    rest.positional.erase(rest.positional.begin());
    rest.keywords = arguments.keywords;
  } else if (!by) {
    return arguments.fail("map requires a filter argument");
  }
  for (const Datum& item : items) {
    Datum value = name.empty() ? path(arguments.evaluation, item, *by) : apply_filter(rest, name, item);
    if (value.failed()) return value;
    if (name.empty() && otherwise && is_undefined(value)) value = *otherwise;
    out.push_back(std::move(value));
  }
  return list_of(arguments, std::move(out));
}

// select, reject, selectattr, rejectattr.
template <bool kKeep, bool kAttribute>
Datum fn_select(Arguments& arguments, const Datum& subject) {
  std::vector<Datum> items;
  std::vector<Datum> out;
  if (!iterate(arguments.evaluation, subject, items)) return Datum::failure();
  Arguments rest{arguments.evaluation, arguments.positional, arguments.keywords};
  Datum by;
  if (kAttribute) {
    if (rest.positional.empty()) return arguments.fail("Missing parameter for attribute name");
    by = rest.positional[0];
    rest.positional.erase(rest.positional.begin());
  }
  std::string test;
  if (!rest.positional.empty()) {
    test = expr::str(arguments.evaluation, rest.positional[0]);
    rest.positional.erase(rest.positional.begin());
  }
  for (const Datum& item : items) {
    const Datum value = kAttribute ? path(arguments.evaluation, item, by) : item;
    Datum holds = value;
    if (!test.empty()) {
      holds = value.failed() ? value : apply_test(rest, test, value);
    } else if (!usable(arguments.evaluation, value)) {
      return Datum::failure();
    }
    if (holds.failed()) return holds;
    if (expr::truthy(holds) == kKeep) out.push_back(item);
  }
  return list_of(arguments, std::move(out));
}

Datum fn_batch(Arguments& arguments, const Datum& subject) {
  std::vector<Datum> items;
  if (!iterate(arguments.evaluation, subject, items)) return Datum::failure();
  const std::int64_t size = arguments.integer(0, "linecount", 0);
  if (size < 1) return arguments.fail("batch() takes a positive line count");
  const Datum* filler = arguments.get(1, "fill_with");
  std::vector<Datum> out;
  for (std::size_t at = 0; at < items.size();) {
    const std::size_t count = std::min(static_cast<std::size_t>(size), items.size() - at);
    std::vector<Datum> row(items.begin() + static_cast<std::ptrdiff_t>(at),
                           items.begin() + static_cast<std::ptrdiff_t>(at + count));
    at += count;
    if (filler && !filler->is_null() && count < static_cast<std::size_t>(size)) {
      if (!arguments.evaluation.affords(static_cast<std::uint64_t>(size), sizeof(Datum))) return Datum::failure();
      row.resize(static_cast<std::size_t>(size), *filler);
    }
    out.push_back(list_of(arguments, std::move(row)));
  }
  return arguments.evaluation.failed() ? Datum::failure() : list_of(arguments, std::move(out));
}

Datum fn_groupby(Arguments& arguments, const Datum& subject) {
  const Datum* by = arguments.get(0, "attribute");
  std::vector<Datum> items;
  if (!by) return arguments.fail("groupby() takes an attribute");
  if (!iterate(arguments.evaluation, subject, items)) return Datum::failure();
  const KeyOf key_of{arguments, by, arguments.flag(2, "case_sensitive")};
  if (!sort_by(arguments, key_of, items, false)) return Datum::failure();
  std::vector<Datum> out;
  std::vector<Datum> group;
  for (std::size_t i = 0; i < items.size(); ++i) {
    group.push_back(items[i]);
    const bool last = i + 1 == items.size() || !expr::equal(key_of(items[i]), key_of(items[i + 1]));
    if (!last) continue;
    const Datum key = path(arguments.evaluation, group.front(), *by);
    out.push_back(pair(arguments, key, list_of(arguments, std::move(group))));
    group.clear();
  }
  return arguments.evaluation.failed() ? Datum::failure() : list_of(arguments, std::move(out));
}

Datum fn_attr(Arguments& arguments, const Datum& subject) {
  const Datum* name = arguments.get(0, "name");
  if (!name || !name->is_text()) return arguments.fail("attr() takes the name of an attribute");
  const std::string text(name->text());
  // Attributes only: the items of a dict are none.
  if (!find_method(subject, text)) return undefined(arguments.evaluation, "no attribute '" + text + "'");
  return attribute(arguments.evaluation, subject, text);
}

constexpr Filter kTable[] = {
    {"length", fn_length},
    {"count", fn_length},
    {"list", fn_list},
    {"first", fn_end<false>},
    {"last", fn_end<true>},
    {"join", fn_join},
    {"reverse", fn_reverse},
    {"sort", fn_sort},
    {"items", fn_items, true},
    {"dictsort", fn_dictsort},
    {"unique", fn_unique},
    {"max", fn_extreme<true>},
    {"min", fn_extreme<false>},
    {"sum", fn_sum},
    {"map", fn_map},
    {"select", fn_select<true, false>},
    {"reject", fn_select<false, false>},
    {"selectattr", fn_select<true, true>},
    {"rejectattr", fn_select<false, true>},
    {"batch", fn_batch},
    {"groupby", fn_groupby},
    {"attr", fn_attr},
};

}  // namespace

std::span<const Filter> collection_filters() { return kTable; }

}  // namespace foehn::jinja
