// Methods of Python's str that give other texts.
#include <algorithm>

#include "dsl/expr/jinja/functions.h"
#include "dsl/expr/text.h"

namespace foehn::jinja {

using expr::Ends;

std::size_t line_ends_max(std::string_view text) {
  return 1 + static_cast<std::size_t>(std::count_if(
                 text.begin(), text.end(), [](char c) { return (c >= '\n' && c <= '\x1e') || (c & '\x80') != 0; }));
}

std::vector<std::string_view> split_lines(std::string_view text, bool keep_ends) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    std::size_t end = 0;
    std::size_t width = 0;
    for (; end < text.size() && width == 0; ++end) {
      const char c = text[end];
      if ((c >= '\n' && c <= '\r') || (c >= '\x1c' && c <= '\x1e'))
        width = text.substr(end).starts_with("\r\n") ? 2 : 1;
      if (text.substr(end).starts_with("\xC2\x85")) width = 2;
      if (text.substr(end).starts_with("\xE2\x80\xA8") || text.substr(end).starts_with("\xE2\x80\xA9")) width = 3;
    }
    if (width != 0) --end;
    lines.push_back(text.substr(0, keep_ends ? end + width : end));
    text.remove_prefix(end + width);
  }
  return lines;
}

namespace {

Datum same_kind(Arguments& arguments, const Datum& self, std::string text) {
  return text_like(arguments.evaluation, self, std::move(text));
}

template <std::string (*kChange)(std::string_view)>
Datum str_change(Arguments& arguments, const Datum& self) {
  // A letter may become three, and the text grows while it is written.
  if (!arguments.evaluation.affords(8, self.text().size())) return Datum::failure();
  return same_kind(arguments, self, kChange(self.text()));
}

std::string casefold(std::string_view text) {
  return expr::to_lower(expr::replace(expr::replace(text, "ß", "ss", -1), "ς", "σ", -1));
}

std::string swapcase(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view point = expr::next_point(text, at);
    const std::string upper = expr::to_upper(point);
    out += upper == point ? expr::to_lower(point) : upper;
  }
  return out;
}

template <Ends kEnds>
Datum str_strip(Arguments& arguments, const Datum& self) {
  std::string_view chars;
  if (!arguments.text(0, chars, true)) return Datum::failure();
  const bool given = arguments.get(0) && !arguments.get(0)->is_null();
  return same_kind(arguments, self, std::string(expr::strip(self.text(), given ? &chars : nullptr, kEnds)));
}

Datum texts(Arguments& arguments, const Datum& self, const std::vector<std::string_view>& parts) {
  std::vector<Datum> out;
  for (const std::string_view part : parts) {
    if (!arguments.evaluation.step() || !arguments.evaluation.charge(expr::kItemBytes)) return Datum::failure();
    out.push_back(same_kind(arguments, self, std::string(part)));
  }
  return arguments.evaluation.failed() ? Datum::failure() : arguments.evaluation.list(std::move(out));
}

// A part of a text: in the list of parts while that grows, as a text of its own, and in the list of those.
constexpr std::size_t kPartBytes =
    3 * sizeof(std::string_view) + sizeof(expr::TextObject) + expr::kBlockBytes + expr::kItemBytes;

template <bool kRight>
Datum str_split(Arguments& arguments, const Datum& self) {
  std::string_view separator;
  std::int64_t max = -1;
  if (!arguments.text(0, separator, true) || !arguments.integer(1, max)) return Datum::failure();
  const bool given = arguments.get(0) && !arguments.get(0)->is_null();
  if (given && separator.empty()) return arguments.fail("empty separator");
  if (!arguments.evaluation.affords(expr::parts_max(self.text(), given ? &separator : nullptr), kPartBytes))
    return Datum::failure();
  return texts(arguments, self,
               kRight ? expr::split_right(self.text(), given ? &separator : nullptr, max)
                      : expr::split(self.text(), given ? &separator : nullptr, max));
}

Datum str_splitlines(Arguments& arguments, const Datum& self) {
  const auto keep = arguments.flag(0);
  if (!keep || !arguments.evaluation.affords(line_ends_max(self.text()), kPartBytes)) return Datum::failure();
  return texts(arguments, self, split_lines(self.text(), *keep));
}

template <bool kRight>
Datum str_partition(Arguments& arguments, const Datum& self) {
  std::string_view separator;
  if (!arguments.text(0, separator)) return Datum::failure();
  if (separator.empty()) return arguments.fail("empty separator");
  const std::string_view text = self.text();
  const std::size_t at = kRight ? text.rfind(separator) : text.find(separator);
  const auto part = [&](std::string_view piece) {
    return arguments.evaluation.affords(1, piece.size()) ? same_kind(arguments, self, std::string(piece))
                                                         : Datum::failure();
  };
  if (at == std::string_view::npos)
    return kRight ? tuple(arguments.evaluation, {part(""), part(""), part(text)})
                  : tuple(arguments.evaluation, {part(text), part(""), part("")});
  return tuple(arguments.evaluation,
               {part(text.substr(0, at)), part(separator), part(text.substr(at + separator.size()))});
}

Datum str_replace(Arguments& arguments, const Datum& self) {
  std::string_view from;
  std::string_view to;
  std::int64_t count = -1;
  if (!arguments.text(0, from) || !arguments.text(1, to) || !arguments.integer(2, count)) return Datum::failure();
  const std::string_view text = self.text();
  const std::size_t bytes = expr::replaced_bytes_max(text, from, to);
  if (!arguments.evaluation.affords(3, bytes) || !scan(arguments.evaluation, bytes))
    return Datum::failure();
  return same_kind(arguments, self, expr::replace(text, from, to, count));
}

template <bool kPrefix>
Datum str_remove(Arguments& arguments, const Datum& self) {
  std::string_view affix;
  if (!arguments.text(0, affix)) return Datum::failure();
  std::string_view text = self.text();
  if (kPrefix && text.starts_with(affix)) text.remove_prefix(affix.size());
  if (!kPrefix && text.ends_with(affix)) text.remove_suffix(affix.size());
  return same_kind(arguments, self, std::string(text));
}

// ljust, rjust, center: `kWay` is '<', '>' or '^'.
template <char kWay>
Datum str_justify(Arguments& arguments, const Datum& self) {
  std::int64_t width = 0;
  std::string_view fill = " ";
  if (!arguments.integer(0, width) || !arguments.text(1, fill)) return Datum::failure();
  if (expr::count_points(fill) != 1) return arguments.fail("The fill character must be exactly one character long");
  const auto count = static_cast<std::int64_t>(expr::count_points(self.text()));
  const std::int64_t missing = std::max<std::int64_t>(width - count, 0);
  std::string out;
  if (!arguments.evaluation.affords(static_cast<std::uint64_t>(missing) + 1, fill.size()) ||
      !arguments.evaluation.reserve(out, static_cast<std::size_t>(missing) * fill.size() + self.text().size()) ||
      !scan(arguments.evaluation, static_cast<std::size_t>(missing)))
    return Datum::failure();
  const std::int64_t left = kWay == '<' ? 0 : kWay == '>' ? missing : missing / 2 + (missing & width & 1);
  for (std::int64_t i = 0; i < left; ++i) out += fill;
  out += self.text();
  for (std::int64_t i = left; i < missing; ++i) out += fill;
  return same_kind(arguments, self, std::move(out));
}

Datum str_zfill(Arguments& arguments, const Datum& self) {
  std::int64_t width = 0;
  if (!arguments.integer(0, width)) return Datum::failure();
  std::string text(self.text());
  const bool sign = text.starts_with('-') || text.starts_with('+');
  const auto missing = width - static_cast<std::int64_t>(expr::count_points(text));
  if (missing > 0) {
    if (!arguments.evaluation.affords(3, text.size() + static_cast<std::uint64_t>(missing))) return Datum::failure();
    text.insert(sign ? 1 : 0, std::string(static_cast<std::size_t>(missing), '0'));
  }
  return same_kind(arguments, self, std::move(text));
}

Datum str_expandtabs(Arguments& arguments, const Datum& self) {
  std::int64_t size = 8;
  if (!arguments.integer(0, size)) return Datum::failure();
  std::string out;
  std::int64_t column = 0;
  for (std::size_t at = 0; at < self.text().size();) {
    const std::string_view point = expr::next_point(self.text(), at);
    if (!arguments.evaluation.reserve(out, point.size())) return Datum::failure();
    if (point == "\t") {
      const std::int64_t blanks = size > 0 ? size - column % size : 0;
      if (!arguments.evaluation.reserve(out, static_cast<std::size_t>(blanks)) ||
          !scan(arguments.evaluation, static_cast<std::size_t>(blanks)))
        return Datum::failure();
      out.append(static_cast<std::size_t>(blanks), ' ');
      column += blanks;
      continue;
    }
    out += point;
    column = point == "\n" || point == "\r" ? 0 : column + 1;
  }
  return same_kind(arguments, self, std::move(out));
}

Datum str_join(Arguments& arguments, const Datum& self) {
  Evaluation& evaluation = arguments.evaluation;
  std::vector<Datum> items;
  if (!iterate(evaluation, arguments.positional[0], items)) return Datum::failure();
  std::string out;
  const bool safe = is_markup(self);
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!items[i].is_text() && !safe) {
      if (usable(evaluation, items[i]))
        arguments.fail("sequence item " + std::to_string(i) + ": expected a string, " +
                       std::string(expr::name_of(items[i])) + " found");
      return Datum::failure();
    }
    if (i != 0 && !evaluation.append(out, self.text())) return Datum::failure();
    if (!evaluation.append(out, safe && !is_markup(items[i]) ? escaped(evaluation, python_str(evaluation, items[i]))
                                                              : std::string(items[i].text())))
      return Datum::failure();
  }
  return same_kind(arguments, self, std::move(out));
}

// Maps code points to texts, code points or nothing.
Datum str_translate(Arguments& arguments, const Datum& self) {
  const Datum& table = arguments.positional[0];
  std::string out;
  for (std::size_t at = 0; at < self.text().size();) {
    const std::string_view point = expr::next_point(self.text(), at);
    const Datum found =
        item(arguments.evaluation, table, Datum::integer(static_cast<std::int64_t>(expr::point_at(point, 0))));
    if (found.failed() || !arguments.evaluation.step()) return Datum::failure();
    if (found.is_null()) continue;
    if (!arguments.evaluation.reserve(out, found.is_text() ? found.text().size() : sizeof(char32_t)))
      return Datum::failure();
    if (is_undefined(found)) {
      out += point;
    } else if (found.is_text()) {
      out += found.text();
    } else if (found.is_integer() && found.integer() >= 0 && found.integer() <= 0x10FFFF) {
      expr::append_point(out, static_cast<char32_t>(found.integer()));
    } else {
      return arguments.fail("character mapping must return integer, None or str");
    }
  }
  return same_kind(arguments, self, std::move(out));
}

Datum str_format(Arguments& arguments, const Datum& self) { return format_fields(arguments, self, false); }
Datum str_format_map(Arguments& arguments, const Datum& self) { return format_fields(arguments, self, true); }

constexpr Method kMethods[] = {
    {"upper", "", str_change<expr::to_upper>},
    {"lower", "", str_change<expr::to_lower>},
    {"title", "", str_change<expr::title>},
    {"capitalize", "", str_change<expr::capitalize>},
    {"casefold", "", str_change<casefold>},
    {"swapcase", "", str_change<swapcase>},
    {"strip", "/chars", str_strip<Ends::kBoth>},
    {"lstrip", "/chars", str_strip<Ends::kLeft>},
    {"rstrip", "/chars", str_strip<Ends::kRight>},
    {"split", "sep maxsplit", str_split<false>},
    {"rsplit", "sep maxsplit", str_split<true>},
    {"splitlines", "keepends", str_splitlines},
    {"partition", "/sep!", str_partition<false>},
    {"rpartition", "/sep!", str_partition<true>},
    {"replace", "/old! new! count", str_replace},
    {"removeprefix", "/prefix!", str_remove<true>},
    {"removesuffix", "/suffix!", str_remove<false>},
    {"ljust", "/width! fillchar", str_justify<'<'>},
    {"rjust", "/width! fillchar", str_justify<'>'>},
    {"center", "/width! fillchar", str_justify<'^'>},
    {"zfill", "/width!", str_zfill},
    {"expandtabs", "tabsize", str_expandtabs},
    {"join", "/iterable!", str_join},
    {"translate", "/table!", str_translate},
    {"format", "*", str_format},
    {"format_map", "*", str_format_map},
};

}  // namespace

std::span<const Method> text_methods() { return kMethods; }

}  // namespace foehn::jinja
