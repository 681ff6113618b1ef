// Filters on texts and numbers, and those that convert.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "dsl/expr/format.h"
#include "dsl/expr/jinja/functions.h"
#include "dsl/expr/std_functions.h"
#include "dsl/expr/text.h"

namespace foehn::jinja {
namespace {

std::string str(Arguments& arguments, const Datum& subject) { return expr::str(arguments.evaluation, subject); }
Datum make(Arguments& arguments, std::string text) {
  return arguments.evaluation.failed() ? Datum::failure() : arguments.evaluation.text(std::move(text));
}

Datum fn_string(Arguments& arguments, const Datum& subject) {
  return subject.is_text() ? subject : make(arguments, str(arguments, subject));
}
Datum fn_upper(Arguments& arguments, const Datum& subject) {
  return make(arguments, expr::to_upper(str(arguments, subject)));
}
Datum fn_lower(Arguments& arguments, const Datum& subject) {
  return make(arguments, expr::to_lower(str(arguments, subject)));
}
Datum fn_capitalize(Arguments& arguments, const Datum& subject) {
  return make(arguments, expr::capitalize(str(arguments, subject)));
}

// Jinja's own: words begin after blanks, hyphens and opening brackets only.
Datum fn_title(Arguments& arguments, const Datum& subject) {
  const std::string text = str(arguments, subject);
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find_first_of("- \t\n\r({[<", at), text.size() - 1) + 1;
    out += expr::capitalize(std::string_view(text).substr(at, end - at));
    at = end;
  }
  return make(arguments, std::move(out));
}

Datum fn_trim(Arguments& arguments, const Datum& subject) {
  const std::string text = str(arguments, subject);
  const Datum* chars = arguments.get(0, "chars");
  const bool given = chars && chars->is_text();
  const std::string_view set = given ? chars->text() : std::string_view();
  return make(arguments, std::string(expr::strip(text, given ? &set : nullptr, expr::Ends::kBoth)));
}

Datum fn_replace(Arguments& arguments, const Datum& subject) {
  const Datum* from = arguments.get(0, "old");
  const Datum* to = arguments.get(1, "new");
  if (!from || !to) return arguments.fail("replace() takes the old and the new text");
  const std::string text = str(arguments, subject);
  const std::string old_text = str(arguments, *from);
  const std::string new_text = str(arguments, *to);
  const std::size_t places = old_text.empty() ? text.size() + 1 : text.size() / old_text.size();
  if (!arguments.evaluation.affords(places, new_text.size())) return Datum::failure();
  return make(arguments, expr::replace(text, old_text, new_text, arguments.integer(2, "count", -1)));
}

Datum fn_default(Arguments& arguments, const Datum& subject) {
  const bool missing = is_undefined(subject) || (arguments.flag(1, "boolean") && !expr::truthy(subject));
  if (!missing) return subject;
  const Datum* otherwise = arguments.get(0, "default_value");
  return otherwise ? *otherwise : arguments.evaluation.text("");
}

Datum fn_int(Arguments& arguments, const Datum& subject) {
  const Datum* given = arguments.get(0, "default");
  const Datum otherwise = given ? *given : Datum::integer(std::int64_t{0});
  if (subject.is_integer() || subject.kind() == Kind::kBoolean) return Datum::integer(subject.integer());
  double number = subject.kind() == Kind::kNumber ? subject.number() : 0;
  if (subject.is_text()) {
    std::string_view text = expr::strip(subject.text(), nullptr, expr::Ends::kBoth);
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto base = static_cast<int>(std::clamp<std::int64_t>(arguments.integer(1, "base", 10), 2, 36));
    if (base == 16 && (text.starts_with("0x") || text.starts_with("0X"))) text.remove_prefix(2);
    std::int64_t whole = 0;
    const char* const last = text.data() + text.size();
    if (const auto [end, error] = std::from_chars(text.data(), last, whole, base); error == std::errc() && end == last)
      return Datum::integer(whole);
    if (const auto [end, error] = std::from_chars(text.data(), last, number); error != std::errc() || end != last)
      return otherwise;
  } else if (subject.kind() != Kind::kNumber) {
    return otherwise;
  }
  if (std::isnan(number) || std::fabs(number) >= 9.2e18) return otherwise;
  return Datum::integer(static_cast<std::int64_t>(number));
}

Datum fn_float(Arguments& arguments, const Datum& subject) {
  const Datum* given = arguments.get(0, "default");
  if (subject.is_number() || subject.kind() == Kind::kBoolean) return Datum::number(subject.number());
  double number = 0;
  if (subject.is_text()) {
    std::string_view text = expr::strip(subject.text(), nullptr, expr::Ends::kBoth);
    if (text.starts_with('+')) text.remove_prefix(1);
    const char* const last = text.data() + text.size();
    if (const auto [end, error] = std::from_chars(text.data(), last, number); error == std::errc() && end == last)
      return Datum::number(number);
  }
  return given ? *given : Datum::number(0);
}

Datum fn_abs(Arguments& arguments, const Datum& subject) {
  if (subject.kind() == Kind::kNumber) return Datum::number(std::fabs(subject.number()));
  if (subject.is_integer() && subject.integer() != INT64_MIN) return Datum::integer(std::abs(subject.integer()));
  return arguments.fail("bad operand type for abs(): " + std::string(expr::name_of(subject)));
}

Datum fn_round(Arguments& arguments, const Datum& subject) {
  if (!subject.is_number()) return arguments.fail("round() takes a number, not " + std::string(expr::name_of(subject)));
  const std::int64_t precision = std::clamp<std::int64_t>(arguments.integer(0, "precision", 0), -300, 300);
  const std::string method = arguments.text(1, "method", "common");
  if (method != "common") {
    if (method != "ceil" && method != "floor") return arguments.fail("method must be common, ceil or floor");
    const double unit = std::pow(10.0, static_cast<double>(precision));
    const double scaled = subject.number() * unit;
    return Datum::number((method == "ceil" ? std::ceil(scaled) : std::floor(scaled)) / unit);
  }
  if (subject.is_integer() && precision >= 0) return subject;
  if (precision < 0) {
    const double unit = std::pow(10.0, static_cast<double>(-precision));
    const double rounded = std::nearbyint(subject.number() / unit) * unit;
    return subject.is_integer() ? Datum::integer(static_cast<std::int64_t>(rounded)) : Datum::number(rounded);
  }
  std::string text(700, '\0');
  text.resize(static_cast<std::size_t>(
      std::snprintf(text.data(), text.size(), "%.*f", static_cast<int>(precision), subject.number())));
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return Datum::number(value);
}

Datum fn_format(Arguments& arguments, const Datum& subject) {
  std::vector<Datum> values = arguments.positional;
  if (!arguments.keywords.empty()) {
    auto* made = new expr::DictObject();
    values = {Datum::of(made)};
    for (const auto& [name, value] : arguments.keywords) {
      if (!arguments.evaluation.nest(*made, value)) return Datum::failure();
      made->set(arguments.evaluation.text(std::string(name)), value);
    }
  }
  return expr::format_percent(arguments.evaluation, str(arguments, subject), values);
}

// As Jinja's htmlsafe_json_dumps: keys sorted, <, >, & and ' escaped.
Datum fn_tojson(Arguments& arguments, const Datum& subject) {
  auto value = expr::to_value(arguments.evaluation, subject);
  if (!value) return arguments.fail(value.error().message);
  struct Sorter {
    static void sort(Value& any) {
      if (any.is_object()) {
        std::vector<std::string> keys;
        for (const auto& member : any.get_ref<const Value::object_t&>()) keys.push_back(member.first);
        std::sort(keys.begin(), keys.end());
        Value sorted = Value::object();
        for (const std::string& key : keys) sorted[key] = std::move(any[key]);
        any = std::move(sorted);
      }
      for (Value& inner : any)
        if (inner.is_structured()) sort(inner);
    }
  };
  if (value->is_structured()) Sorter::sort(*value);
  std::string json;
  if (const Datum* indent = arguments.get(0, "indent"); indent && indent->is_integer() && indent->integer() >= 0) {
    json = value->dump(static_cast<int>(std::min<std::int64_t>(indent->integer(), 100)), ' ', true,
                       Value::error_handler_t::replace);
  } else {
    json = to_python_json(*value);
  }
  std::string out;
  for (const char c : json) {
    if (c == '<' || c == '>' || c == '&' || c == '\'') {
      out += c == '<' ? "\\u003c" : c == '>' ? "\\u003e" : c == '&' ? "\\u0026" : "\\u0027";
    } else {
      out.push_back(c);
    }
  }
  return make(arguments, std::move(out));
}

Datum fn_indent(Arguments& arguments, const Datum& subject) {
  const Datum* width = arguments.get(0, "width");
  const std::string blanks =
      width && width->is_text()
          ? std::string(width->text())
          : std::string(static_cast<std::size_t>(std::clamp<std::int64_t>(arguments.integer(0, "width", 4), 0, 1000)),
                        ' ');
  std::string out;
  std::string text = str(arguments, subject);
  if (arguments.flag(1, "first")) out = blanks;
  const bool blank_lines = arguments.flag(2, "blank");
  for (std::size_t i = 0; i < text.size(); ++i) {
    out.push_back(text[i]);
    const bool blank = i + 1 == text.size() || text[i + 1] == '\n';
    if (text[i] == '\n' && (blank_lines || !blank)) out += blanks;
    if (!arguments.evaluation.affords(1, out.size())) return Datum::failure();
  }
  return make(arguments, std::move(out));
}

Datum fn_truncate(Arguments& arguments, const Datum& subject) {
  const std::string text = str(arguments, subject);
  const std::int64_t length = std::max<std::int64_t>(arguments.integer(0, "length", 255), 0);
  const std::string end = arguments.text(2, "end", "...");
  const std::int64_t leeway = arguments.integer(3, "leeway", 5);
  const auto count = static_cast<std::int64_t>(expr::count_points(text));
  if (count <= length + leeway) return make(arguments, text);
  const auto room = length - static_cast<std::int64_t>(expr::count_points(end));
  if (room < 0)
    return arguments.fail("expected length >= " + std::to_string(expr::count_points(end)) + ", got " +
                          std::to_string(length));
  std::string cut(expr::slice(text, 0, room));
  if (!arguments.flag(1, "killwords")) cut = cut.substr(0, cut.rfind(' '));
  return make(arguments, cut + end);
}

Datum fn_escape(Arguments& arguments, const Datum& subject) {
  std::string out;
  for (const char c : str(arguments, subject)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&#34;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out.push_back(c);
    }
  }
  return make(arguments, std::move(out));
}

Datum fn_urlencode(Arguments& arguments, const Datum& subject) {
  constexpr std::string_view kSafe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~/";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : str(arguments, subject)) {
    const auto byte = static_cast<unsigned char>(c);
    if (kSafe.find(c) != std::string_view::npos) {
      out.push_back(c);
    } else {
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return make(arguments, std::move(out));
}

Datum fn_wordcount(Arguments& arguments, const Datum& subject) {
  std::size_t count = 0;
  bool inside = false;
  for (const char c : str(arguments, subject)) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                      static_cast<unsigned char>(c) >= 0x80;
    count += word && !inside;
    inside = word;
  }
  return Datum::integer(count);
}

Datum fn_center(Arguments& arguments, const Datum& subject) {
  std::string out;
  const std::int64_t width = std::clamp<std::int64_t>(arguments.integer(0, "width", 80), 0, 10'000);
  const std::string text = str(arguments, subject);
  const auto count = static_cast<std::int64_t>(expr::count_points(text));
  const std::int64_t missing = std::max<std::int64_t>(width - count, 0);
  const std::int64_t left = missing / 2 + (missing & width & 1);  // Python's str.center
  return make(arguments, std::string(static_cast<std::size_t>(left), ' ') + text +
                             std::string(static_cast<std::size_t>(missing - left), ' '));
}

constexpr Filter kTable[] = {
    {"string", fn_string},
    {"upper", fn_upper},
    {"lower", fn_lower},
    {"capitalize", fn_capitalize},
    {"title", fn_title},
    {"trim", fn_trim},
    {"replace", fn_replace},
    {"default", fn_default, true},
    {"d", fn_default, true},
    {"int", fn_int},
    {"float", fn_float},
    {"abs", fn_abs},
    {"round", fn_round},
    {"format", fn_format},
    {"tojson", fn_tojson},
    {"indent", fn_indent},
    {"truncate", fn_truncate},
    {"escape", fn_escape},
    {"e", fn_escape},
    {"safe", fn_string},
    {"urlencode", fn_urlencode},
    {"wordcount", fn_wordcount},
    {"center", fn_center},
};

}  // namespace

std::span<const Filter> text_filters() { return kTable; }

}  // namespace foehn::jinja
