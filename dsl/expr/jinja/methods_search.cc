// Methods of Python's str that look at a text: searching, counting, classes of characters.
#include <algorithm>

#include "dsl/expr/jinja/functions.h"
#include "dsl/expr/text.h"

namespace foehn::jinja {
namespace {

// The part of `self` between the arguments 1 and 2; false when failed, `valid` false when it cannot hold anything.
bool window(Arguments& arguments, const Datum& self, std::string_view& out, std::int64_t& begin, bool& valid) {
  std::int64_t start = 0;
  std::int64_t end = INT64_MAX;
  if (!arguments.integer(1, start, true) || !arguments.integer(2, end, true)) return false;
  const auto count = static_cast<std::int64_t>(expr::count_points(self.text()));
  const auto resolve = [count](std::int64_t bound) {
    return bound < 0 ? std::max<std::int64_t>(bound + count, 0) : bound;
  };
  begin = resolve(start);
  const std::int64_t stop = std::min(resolve(end), count);
  valid = begin <= stop && begin <= count;
  out = valid ? expr::slice(self.text(), begin, stop) : std::string_view();
  return true;
}

template <bool kLast, bool kMust>
Datum str_find(Arguments& arguments, const Datum& self) {
  std::string_view part;
  std::string_view text;
  std::int64_t begin = 0;
  bool valid = false;
  if (!arguments.text(0, part) || !window(arguments, self, text, begin, valid)) return Datum::failure();
  const std::size_t at = !valid ? std::string_view::npos : kLast ? text.rfind(part) : text.find(part);
  if (at == std::string_view::npos)
    return kMust ? arguments.fail("substring not found") : Datum::integer(std::int64_t{-1});
  return Datum::integer(begin + static_cast<std::int64_t>(expr::count_points(text.substr(0, at))));
}

Datum str_count(Arguments& arguments, const Datum& self) {
  std::string_view part;
  std::string_view text;
  std::int64_t begin = 0;
  bool valid = false;
  if (!arguments.text(0, part) || !window(arguments, self, text, begin, valid)) return Datum::failure();
  if (!valid) return Datum::integer(std::int64_t{0});
  if (part.empty()) return Datum::integer(expr::count_points(text) + 1);
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size())) ++count;
  return Datum::integer(count);
}

template <bool kStart>
Datum str_affix(Arguments& arguments, const Datum& self) {
  std::string_view text;
  std::int64_t begin = 0;
  bool valid = false;
  if (!window(arguments, self, text, begin, valid)) return Datum::failure();
  std::vector<Datum> affixes{arguments.positional[0]};
  if (is_tuple(arguments.positional[0])) {
    affixes.clear();
    if (!iterate(arguments.evaluation, arguments.positional[0], affixes)) return Datum::failure();
  }
  for (const Datum& affix : affixes) {
    if (!affix.is_text()) {
      if (usable(arguments.evaluation, affix))
        arguments.fail("startswith and endswith take strings, not " + std::string(expr::name_of(affix)));
      return Datum::failure();
    }
    if (valid && (kStart ? text.starts_with(affix.text()) : text.ends_with(affix.text()))) return Datum::boolean(true);
  }
  return Datum::boolean(false);
}

bool is_digit(char32_t point) { return point >= '0' && point <= '9'; }
bool has_case(std::string_view point) { return expr::to_upper(point) != expr::to_lower(point); }
bool is_alpha(char32_t point) { return point != '_' && !is_digit(point) && expr::is_word(point); }

// Whether there is a character and all of them fit.
template <bool (*kFits)(char32_t)>
Datum str_all(Arguments&, const Datum& self) {
  for (const std::string_view point : expr::Points(self.text()))
    if (!kFits(expr::point_at(point, 0))) return Datum::boolean(false);
  return Datum::boolean(!self.text().empty());
}
bool is_alnum(char32_t point) { return is_digit(point) || is_alpha(point); }
// As Python's repr() sees it: what it does not escape.
bool is_printable(char32_t point) {
  std::string text;
  expr::append_point(text, point);
  return point == '\\' || to_python_repr(Value(text)).find('\\') == std::string::npos;
}

Datum str_isascii(Arguments&, const Datum& self) {
  return Datum::boolean(
      std::all_of(self.text().begin(), self.text().end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
}

Datum str_isprintable(Arguments& arguments, const Datum& self) {
  return self.text().empty() ? Datum::boolean(true) : str_all<is_printable>(arguments, self);
}

Datum str_isidentifier(Arguments& arguments, const Datum& self) {
  const bool number = !self.text().empty() && is_digit(expr::point_at(self.text(), 0));
  return number ? Datum::boolean(false) : str_all<expr::is_word>(arguments, self);
}

template <bool kUpper>
Datum str_is_case(Arguments&, const Datum& self) {
  const std::string_view text = self.text();
  const std::string same = kUpper ? expr::to_upper(text) : expr::to_lower(text);
  const std::string other = kUpper ? expr::to_lower(text) : expr::to_upper(text);
  return Datum::boolean(text == same && text != other);
}

Datum str_istitle(Arguments&, const Datum& self) {
  bool any = false;
  bool inside = false;
  for (const std::string_view point : expr::Points(self.text())) {
    if (!has_case(point)) {
      inside = false;
      continue;
    }
    const bool upper = expr::to_lower(point) != point;
    if (upper == inside) return Datum::boolean(false);
    inside = true;
    any = true;
  }
  return Datum::boolean(any);
}

// str.maketrans(): of a dict, or of two or three texts.
Datum str_maketrans(Arguments& arguments, const Datum&) {
  Evaluation& evaluation = arguments.evaluation;
  const expr::Ref<expr::DictObject> made(new expr::DictObject());
  const auto key_of = [](std::string_view point) {
    return Datum::integer(static_cast<std::int64_t>(expr::point_at(point, 0)));
  };
  if (!arguments.get(1)) {
    const Datum& source = arguments.positional[0];
    if (source.kind() != Kind::kDict) return arguments.fail("maketrans takes an object or two strings");
    expr::Members members(source);
    Datum key;
    Datum value;
    while (members.next(key, value)) {
      if (key.is_text() && expr::count_points(key.text()) != 1)
        return arguments.fail("string keys in translate table must be of length 1");
      if (!key.is_text() && !key.is_integer())
        return arguments.fail("keys in translate table must be strings or integers");
      if (!put(evaluation, *made, key.is_text() ? key_of(key.text()) : key, value)) return Datum::failure();
    }
    return Datum::of(made);
  }
  std::string_view from;
  std::string_view to;
  std::string_view none;
  if (!arguments.text(0, from) || !arguments.text(1, to) || !arguments.text(2, none)) return Datum::failure();
  if (expr::count_points(from) != expr::count_points(to))
    return arguments.fail("the first two maketrans arguments must have equal length");
  for (std::size_t left = 0, right = 0; left < from.size();) {
    const Datum key = key_of(expr::next_point(from, left));
    if (!put(evaluation, *made, key, key_of(expr::next_point(to, right)))) return Datum::failure();
  }
  for (const std::string_view point : expr::Points(none))
    if (!put(evaluation, *made, key_of(point), Datum())) return Datum::failure();
  return Datum::of(made);
}

constexpr Method kMethods[] = {
    {"startswith", "/prefix! start end", str_affix<true>},
    {"endswith", "/suffix! start end", str_affix<false>},
    {"find", "/sub! start end", str_find<false, false>},
    {"rfind", "/sub! start end", str_find<true, false>},
    {"index", "/sub! start end", str_find<false, true>},
    {"rindex", "/sub! start end", str_find<true, true>},
    {"count", "/sub! start end", str_count},
    {"isdigit", "", str_all<is_digit>},
    {"isdecimal", "", str_all<is_digit>},
    {"isnumeric", "", str_all<is_digit>},
    {"isalpha", "", str_all<is_alpha>},
    {"isalnum", "", str_all<is_alnum>},
    {"isspace", "", str_all<expr::is_space>},
    {"isascii", "", str_isascii},
    {"isprintable", "", str_isprintable},
    {"isidentifier", "", str_isidentifier},
    {"isupper", "", str_is_case<true>},
    {"islower", "", str_is_case<false>},
    {"istitle", "", str_istitle},
    {"maketrans", "/x! y z", str_maketrans},
};

}  // namespace

std::span<const Method> text_search_methods() { return kMethods; }

}  // namespace foehn::jinja
