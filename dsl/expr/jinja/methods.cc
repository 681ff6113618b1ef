// Methods of Python's str, list and dict that templates call; those that would change a value are left out.
#include <algorithm>

#include "dsl/expr/format.h"
#include "dsl/expr/jinja/functions.h"
#include "dsl/expr/jinja/globals.h"
#include "dsl/expr/text.h"

namespace foehn::jinja {
namespace {

using expr::Ends;
using expr::ListStyle;

Datum make(Arguments& arguments, std::string_view text) { return arguments.evaluation.text(std::string(text)); }

Datum texts(Arguments& arguments, const std::vector<std::string_view>& parts) {
  std::vector<Datum> out;
  for (const std::string_view part : parts) {
    if (!arguments.evaluation.step()) return Datum::failure();
    out.push_back(make(arguments, part));
  }
  return arguments.evaluation.failed() ? Datum::failure() : arguments.evaluation.list(std::move(out));
}

// The text argument `index`, or null; fails when it is something else.
bool text_argument(Arguments& arguments, std::size_t index, std::string_view name, std::string_view& out, bool& given) {
  const Datum* found = arguments.get(index, name);
  given = found && !found->is_null();
  if (!given) return true;
  if (found->is_text()) {
    out = found->text();
    return true;
  }
  arguments.fail("a string is needed here, not " + std::string(expr::name_of(*found)));
  return false;
}

Datum str_upper(Arguments& arguments, const Datum& self) { return make(arguments, expr::to_upper(self.text())); }
Datum str_lower(Arguments& arguments, const Datum& self) { return make(arguments, expr::to_lower(self.text())); }
Datum str_title(Arguments& arguments, const Datum& self) { return make(arguments, expr::title(self.text())); }
Datum str_capitalize(Arguments& arguments, const Datum& self) { return make(arguments, expr::capitalize(self.text())); }

template <Ends kEnds>
Datum str_strip(Arguments& arguments, const Datum& self) {
  std::string_view chars;
  bool given = false;
  if (!text_argument(arguments, 0, "chars", chars, given)) return Datum::failure();
  return make(arguments, expr::strip(self.text(), given ? &chars : nullptr, kEnds));
}

template <bool kRight>
Datum str_split(Arguments& arguments, const Datum& self) {
  std::string_view separator;
  bool given = false;
  if (!text_argument(arguments, 0, "sep", separator, given)) return Datum::failure();
  if (given && separator.empty()) return arguments.fail("empty separator");
  const std::int64_t max = arguments.integer(1, "maxsplit", -1);
  return texts(arguments, kRight ? expr::split_right(self.text(), given ? &separator : nullptr, max)
                                 : expr::split(self.text(), given ? &separator : nullptr, max));
}

Datum str_splitlines(Arguments& arguments, const Datum& self) {
  std::vector<std::string_view> lines;
  std::string_view text = self.text();
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    lines.push_back(text.substr(0, end));
    const bool pair = text.substr(end).starts_with("\r\n");
    text.remove_prefix(std::min(end + (pair ? 2 : 1), text.size()));
  }
  return texts(arguments, lines);
}

Datum str_replace(Arguments& arguments, const Datum& self) { return apply_filter(arguments, "replace", self); }

template <bool kStart>
Datum str_affix(Arguments& arguments, const Datum& self) {
  std::vector<Datum> affixes = arguments.positional;
  if (affixes.size() == 1 && affixes[0].kind() == Kind::kList) {
    const Datum list = affixes[0];
    affixes.clear();
    if (!iterate(arguments.evaluation, list, affixes)) return Datum::failure();
  }
  for (const Datum& affix : affixes) {
    if (!affix.is_text())
      return arguments.fail("startswith and endswith take strings, not " + std::string(expr::name_of(affix)));
    if (kStart ? self.text().starts_with(affix.text()) : self.text().ends_with(affix.text()))
      return Datum::boolean(true);
  }
  return Datum::boolean(false);
}

template <bool kLast, bool kMust>
Datum str_find(Arguments& arguments, const Datum& self) {
  std::string_view part;
  bool given = false;
  if (!text_argument(arguments, 0, "sub", part, given)) return Datum::failure();
  if (!given) return arguments.fail("find() takes the text to find");
  const std::int64_t at = expr::find_text(self.text(), part, arguments.integer(1, "start", 0),
                                          arguments.integer(2, "end", INT64_MAX), kLast);
  return kMust && at < 0 ? arguments.fail("substring not found") : Datum::integer(at);
}

Datum str_count(Arguments& arguments, const Datum& self) {
  std::string_view part;
  bool given = false;
  if (!text_argument(arguments, 0, "sub", part, given)) return Datum::failure();
  if (part.empty()) return Datum::integer(expr::count_points(self.text()) + 1);
  std::size_t count = 0;
  for (std::size_t at = self.text().find(part); at != std::string_view::npos;
       at = self.text().find(part, at + part.size()))
    ++count;
  return Datum::integer(count);
}

Datum str_join(Arguments& arguments, const Datum& self) {
  if (arguments.positional.size() != 1) return arguments.fail("join() takes one list");
  std::vector<Datum> items;
  if (!iterate(arguments.evaluation, arguments.positional[0], items)) return Datum::failure();
  std::string out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!items[i].is_text())
      return arguments.fail("sequence item " + std::to_string(i) + ": expected str instance, " +
                            std::string(expr::name_of(items[i])) + " found");
    const std::size_t before = out.size();
    if (i != 0) out += self.text();
    out += items[i].text();
    if (!arguments.evaluation.charge(out.size() - before)) return Datum::failure();
  }
  return make(arguments, out);
}

Datum str_format(Arguments& arguments, const Datum& self) {
  return expr::format_text(arguments.evaluation, self.text(), arguments.positional, arguments.keywords);
}

template <char kClass>
Datum str_is(Arguments&, const Datum& self) {
  const std::string_view text = self.text();
  const auto fits = [](char c) {
    const bool digit = c >= '0' && c <= '9';
    const bool alpha = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
    const bool space = std::string_view(" \t\n\r\f\v").find(c) != std::string_view::npos;
    return kClass == 'd' ? digit : kClass == 'a' ? alpha : kClass == 'n' ? digit || alpha : space;
  };
  return Datum::boolean(!text.empty() && std::all_of(text.begin(), text.end(), fits));
}

template <bool kUpper>
Datum str_is_case(Arguments& arguments, const Datum& self) {
  return apply_test(arguments, kUpper ? "upper" : "lower", self);
}

Datum pad(Arguments& arguments, const Datum& self, bool right) {
  const std::int64_t width = std::clamp<std::int64_t>(arguments.integer(0, "width", 0), 0, 10'000);
  const std::string fill = arguments.text(1, "fillchar", " ");
  std::string padding;
  for (auto have = static_cast<std::int64_t>(expr::count_points(self.text())); have < width; ++have) padding += fill;
  return make(arguments, right ? std::string(self.text()) + padding : padding + std::string(self.text()));
}
Datum str_ljust(Arguments& arguments, const Datum& self) { return pad(arguments, self, true); }
Datum str_rjust(Arguments& arguments, const Datum& self) { return pad(arguments, self, false); }
Datum str_zfill(Arguments& arguments, const Datum& self) {
  std::string text(self.text());
  const bool sign = text.starts_with('-') || text.starts_with('+');
  const auto have = static_cast<std::int64_t>(expr::count_points(text));
  const std::int64_t width = std::clamp<std::int64_t>(arguments.integer(0, "width", 0), 0, 10'000);
  if (width > have) text.insert(sign ? 1 : 0, std::string(static_cast<std::size_t>(width - have), '0'));
  return make(arguments, text);
}

Datum list_index(Arguments& arguments, const Datum& self) {
  std::vector<Datum> items;
  if (arguments.positional.empty() || !iterate(arguments.evaluation, self, items))
    return arguments.fail("index() takes the item to find");
  for (std::size_t i = 0; i < items.size(); ++i)
    if (expr::equal(items[i], arguments.positional[0])) return Datum::integer(i);
  return arguments.fail("the item is not in the list");
}

Datum list_count(Arguments& arguments, const Datum& self) {
  std::vector<Datum> items;
  if (arguments.positional.empty() || !iterate(arguments.evaluation, self, items))
    return arguments.fail("count() takes the item to count");
  std::size_t count = 0;
  for (const Datum& item : items) count += expr::equal(item, arguments.positional[0]);
  return Datum::integer(count);
}

Datum dict_get(Arguments& arguments, const Datum& self) {
  if (arguments.positional.empty()) return arguments.fail("get() takes a key");
  Datum value;
  if (expr::lookup(self, arguments.positional[0], value)) return value;
  const Datum* otherwise = arguments.get(1, "default");
  return otherwise ? *otherwise : Datum();
}

template <char kWhat>
Datum dict_view(Arguments& arguments, const Datum& self) {
  std::vector<Datum> out;
  expr::Members members(self);
  Datum key;
  Datum value;
  while (members.next(key, value)) {
    if (!arguments.evaluation.step()) return Datum::failure();
    out.push_back(kWhat == 'k'   ? key
                  : kWhat == 'v' ? value
                                 : arguments.evaluation.list({key, value}, ListStyle::kOther));
  }
  return arguments.evaluation.list(std::move(out));
}

Datum dict_copy(Arguments&, const Datum& self) { return self; }

Datum loop_cycle(Arguments& arguments, const Datum& self) {
  if (arguments.positional.empty()) return arguments.fail("no items for cycling given");
  return arguments.positional[self.as<LoopObject>()->index() % arguments.positional.size()];
}

constexpr Method kStrMethods[] = {
    {"upper", str_upper},
    {"lower", str_lower},
    {"title", str_title},
    {"capitalize", str_capitalize},
    {"strip", str_strip<Ends::kBoth>},
    {"lstrip", str_strip<Ends::kLeft>},
    {"rstrip", str_strip<Ends::kRight>},
    {"split", str_split<false>},
    {"rsplit", str_split<true>},
    {"splitlines", str_splitlines},
    {"replace", str_replace},
    {"startswith", str_affix<true>},
    {"endswith", str_affix<false>},
    {"find", str_find<false, false>},
    {"rfind", str_find<true, false>},
    {"index", str_find<false, true>},
    {"rindex", str_find<true, true>},
    {"count", str_count},
    {"join", str_join},
    {"format", str_format},
    {"isdigit", str_is<'d'>},
    {"isdecimal", str_is<'d'>},
    {"isnumeric", str_is<'d'>},
    {"isalpha", str_is<'a'>},
    {"isalnum", str_is<'n'>},
    {"isspace", str_is<'s'>},
    {"isupper", str_is_case<true>},
    {"islower", str_is_case<false>},
    {"ljust", str_ljust},
    {"rjust", str_rjust},
    {"zfill", str_zfill},
};
constexpr Method kListMethods[] = {{"index", list_index}, {"count", list_count}};
constexpr Method kDictMethods[] = {{"get", dict_get},
                                   {"keys", dict_view<'k'>},
                                   {"values", dict_view<'v'>},
                                   {"items", dict_view<'i'>},
                                   {"copy", dict_copy}};
constexpr Method kLoopMethods[] = {{"cycle", loop_cycle}};

}  // namespace

const Method* find_method(const Datum& receiver, std::string_view name) {
  std::span<const Method> methods;
  switch (receiver.kind()) {
    case Kind::kText:
      methods = kStrMethods;
      break;
    case Kind::kList:
      methods = kListMethods;
      break;
    case Kind::kDict:
      methods = kDictMethods;
      break;
    case Kind::kObject:
      if (receiver.as<LoopObject>()) methods = kLoopMethods;
      break;
    default:
      break;
  }
  const auto found =
      std::find_if(methods.begin(), methods.end(), [name](const Method& row) { return row.name == name; });
  return found == methods.end() ? nullptr : &*found;
}

}  // namespace foehn::jinja
