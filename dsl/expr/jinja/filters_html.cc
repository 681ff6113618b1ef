// Filters for HTML and URLs.
#include <algorithm>
#include <array>

#include "dsl/expr/jinja/functions.h"
#include "dsl/expr/text.h"

namespace foehn::jinja {
namespace {

Datum fn_escape(Arguments& arguments, const Datum& subject) {
  if (is_markup(subject)) return subject;
  const std::string text = python_str(arguments.evaluation, subject);
  return markup(arguments.evaluation, escaped(arguments.evaluation, text));
}

Datum fn_forceescape(Arguments& arguments, const Datum& subject) {
  const std::string text = python_str(arguments.evaluation, subject);
  return markup(arguments.evaluation, escaped(arguments.evaluation, text));
}

Datum fn_safe(Arguments& arguments, const Datum& subject) {
  return is_markup(subject) ? subject : markup(arguments.evaluation, python_str(arguments.evaluation, subject));
}

// Takes out everything from `open` to `close`; what is not closed stays.
std::string without(std::string_view text, std::string_view open, std::string_view close) {
  std::string out;
  while (true) {
    const std::size_t begin = text.find(open);
    const std::size_t end = begin == std::string_view::npos ? begin : text.find(close, begin + open.size());
    if (end == std::string_view::npos) return out + std::string(text);
    out += text.substr(0, begin);
    text.remove_prefix(end + close.size());
  }
}

// The character of `&name;`, or nothing. Those that pages really use; Python's html.unescape() knows 2,231.
std::string entity(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kNames = {{{"amp", "&"},
                                                                                            {"lt", "<"},
                                                                                            {"gt", ">"},
                                                                                            {"quot", "\""},
                                                                                            {"apos", "'"},
                                                                                            {"nbsp", "\u00A0"},
                                                                                            {"copy", "©"},
                                                                                            {"reg", "®"},
                                                                                            {"euro", "€"},
                                                                                            {"ndash", "–"},
                                                                                            {"mdash", "—"},
                                                                                            {"hellip", "…"},
                                                                                            {"laquo", "«"},
                                                                                            {"raquo", "»"}}};
  for (const auto& [known, text] : kNames)
    if (known == name) return std::string(text);
  if (name.size() < 2 || name[0] != '#') return {};
  const bool hex = name[1] == 'x' || name[1] == 'X';
  std::uint32_t point = 0;
  for (const char c : name.substr(hex ? 2 : 1)) {
    const char low = static_cast<char>(c | 0x20);
    const int digit = c >= '0' && c <= '9' ? c - '0' : hex && low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
    if (digit < 0 || point > 0x10FFFF) return {};
    point = point * (hex ? 16 : 10) + static_cast<std::uint32_t>(digit);
  }
  if (name.size() == (hex ? 2u : 1u) || point == 0 || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000))
    return {};
  std::string out;
  expr::append_point(out, point);
  return out;
}

std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text[at] == '&' ? text.substr(at, 12).find(';') : std::string_view::npos;
    const std::string found = end == std::string_view::npos ? "" : entity(text.substr(at + 1, end - 1));
    if (found.empty()) {
      out.push_back(text[at++]);
    } else {
      out += found;
      at += end + 1;
    }
  }
  return out;
}

Datum fn_striptags(Arguments& arguments, const Datum& subject) {
  std::string text = python_str(arguments.evaluation, subject);
  if (arguments.evaluation.failed() || !arguments.evaluation.affords(8, text.size()) ||
      !arguments.evaluation.affords(expr::parts_max(text, nullptr), 3 * sizeof(std::string_view)))
    return Datum::failure();
  text = without(without(text, "<!--", "-->"), "<", ">");
  std::string joined;
  for (const std::string_view word : expr::split(text, nullptr, -1)) {
    if (!joined.empty()) joined += " ";
    joined += word;
  }
  return arguments.evaluation.text(unescape(joined));
}

std::string quoted(std::string_view text, bool query) {
  constexpr std::string_view kSafe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (kSafe.find(c) != std::string_view::npos || (c == '/' && !query)) {
      out.push_back(c);
    } else if (c == ' ' && query) {
      out.push_back('+');
    } else {
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

Datum fn_urlencode(Arguments& arguments, const Datum& subject) {
  Evaluation& evaluation = arguments.evaluation;
  if (subject.is_text() || !is_iterable(subject)) {
    if (!usable(evaluation, subject)) return Datum::failure();
    const std::string text = python_str(evaluation, subject);
    return evaluation.failed() ? Datum::failure() : evaluation.text(quoted(text, false));
  }
  const bool dict = subject.kind() == Kind::kDict;
  Iterator pairs(evaluation, dict ? Datum::of(new ViewObject(subject, ViewObject::What::kItems)) : subject);
  Datum pair;
  std::string out;
  for (bool first = true; pairs.next(pair); first = false) {
    std::vector<Datum> parts;
    if (!iterate(evaluation, pair, parts)) return Datum::failure();
    if (parts.size() != 2) return arguments.fail("urlencode takes pairs of a name and a value");
    const std::string name = python_str(evaluation, parts[0]);
    const std::string value = python_str(evaluation, parts[1]);
    if (evaluation.failed()) return Datum::failure();
    out += (first ? "" : "&") + quoted(name, true) + "=" + quoted(value, true);
  }
  return evaluation.failed() ? Datum::failure() : evaluation.text(std::move(out));
}

Datum fn_xmlattr(Arguments& arguments, const Datum& subject) {
  Evaluation& evaluation = arguments.evaluation;
  if (!usable(evaluation, subject)) return Datum::failure();
  if (subject.kind() != Kind::kDict)
    return arguments.fail("xmlattr takes an object, not " + std::string(expr::name_of(subject)));
  std::string out;
  expr::Members members(subject);
  Datum key;
  Datum value;
  while (members.next(key, value)) {
    if (value.is_null() || is_undefined(value)) continue;
    if (!key.is_text()) return arguments.fail("the name of an attribute is a string");
    if (key.text().find_first_of(" \t\n\r\f\v/>=") != std::string_view::npos)
      return arguments.fail("Invalid character in attribute name");
    const Datum name = fn_escape(arguments, key);
    const Datum content = fn_escape(arguments, value);
    if (name.failed() || content.failed()) return Datum::failure();
    if (!out.empty()) out += " ";
    out += std::string(name.text()) + "=\"" + std::string(content.text()) + "\"";
    if (!evaluation.charge(content.text().size())) return Datum::failure();
  }
  const auto space = arguments.flag(0, true);
  if (!space) return Datum::failure();
  return evaluation.text(*space && !out.empty() ? " " + out : out);
}

constexpr Filter kTable[] = {
    {"escape", "", fn_escape},
    {"e", "", fn_escape},
    {"forceescape", "", fn_forceescape},
    {"safe", "", fn_safe},
    {"striptags", "", fn_striptags},
    {"urlencode", "", fn_urlencode},
    {"xmlattr", "autospace", fn_xmlattr},
};

}  // namespace

std::span<const Filter> html_filters() { return kTable; }

}  // namespace foehn::jinja
