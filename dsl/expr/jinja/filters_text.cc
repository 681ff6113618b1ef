// Filters on texts.
#include <algorithm>

#include "dsl/expr/jinja/functions.h"
#include "dsl/expr/text.h"

namespace foehn::jinja {
namespace {

// Jinja2's soft_str(): a text as it is, everything else as str() gives it.
bool soft(Arguments& arguments, const Datum& subject, std::string& out) {
  out = python_str(arguments.evaluation, subject);
  return !arguments.evaluation.failed();
}

Datum make(Arguments& arguments, std::string text) {
  return arguments.evaluation.failed() ? Datum::failure() : arguments.evaluation.text(std::move(text));
}

Datum fn_string(Arguments& arguments, const Datum& subject) {
  return subject.is_text() ? subject : make(arguments, python_str(arguments.evaluation, subject));
}

template <std::string (*kChange)(std::string_view)>
Datum fn_case(Arguments& arguments, const Datum& subject) {
  std::string text;
  // A letter may become three, and the text grows while it is written.
  if (!soft(arguments, subject, text) || !arguments.evaluation.affords(8, text.size())) return Datum::failure();
  return text_like(arguments.evaluation, subject, kChange(text));
}

// Jinja's own: words begin after blanks, hyphens and opening brackets only.
Datum fn_title(Arguments& arguments, const Datum& subject) {
  std::string text;
  if (!soft(arguments, subject, text)) return Datum::failure();
  std::string out;
  std::string word;
  const auto flush = [&] {
    if (word.empty()) return;
    const std::size_t first = expr::offset_of(word, 1);
    out += expr::to_upper(std::string_view(word).substr(0, first));
    out += expr::to_lower(std::string_view(word).substr(first));
    word.clear();
  };
  if (!arguments.evaluation.affords(10, text.size())) return Datum::failure();
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view point = expr::next_point(text, at);
    const bool bracket = point.size() == 1 && std::string_view("-({[<").find(point[0]) != std::string_view::npos;
    if (bracket || expr::is_space(expr::point_at(point, 0))) {
      flush();
      out += point;
    } else {
      word += point;
    }
  }
  flush();
  return make(arguments, std::move(out));
}

Datum fn_trim(Arguments& arguments, const Datum& subject) {
  std::string text;
  std::string_view chars;
  if (!soft(arguments, subject, text) || !arguments.text(0, chars, true)) return Datum::failure();
  const bool given = arguments.get(0) && !arguments.get(0)->is_null();
  return text_like(arguments.evaluation, subject,
                   std::string(expr::strip(text, given ? &chars : nullptr, expr::Ends::kBoth)));
}

Datum fn_replace(Arguments& arguments, const Datum& subject) {
  std::string text;
  std::string from;
  std::string to;
  std::int64_t count = -1;
  if (!soft(arguments, subject, text) || !soft(arguments, arguments.positional[0], from) ||
      !soft(arguments, arguments.positional[1], to) || !arguments.integer(2, count, true))
    return Datum::failure();
  const std::size_t bytes = expr::replaced_bytes_max(text, from, to);
  if (!arguments.evaluation.affords(3, bytes) || !scan(arguments.evaluation, bytes))
    return Datum::failure();
  return make(arguments, expr::replace(text, from, to, count));
}

Datum fn_default(Arguments& arguments, const Datum& subject) {
  const Datum* otherwise = arguments.get(0);
  bool missing = is_undefined(subject);
  if (!missing) {
    const auto boolean = arguments.flag(1);
    if (!boolean) return Datum::failure();
    if (*boolean) {
      const auto yes = truth(arguments.evaluation, subject);
      if (!yes) return Datum::failure();
      missing = !*yes;
    }
  }
  if (!missing) return subject;
  return otherwise ? *otherwise : arguments.evaluation.text("");
}

Datum fn_format(Arguments& arguments, const Datum& subject) {
  if (!arguments.positional.empty() && !arguments.keywords.empty())
    return arguments.fail("can't handle positional and keyword arguments at the same time");
  std::string text;
  if (!soft(arguments, subject, text)) return Datum::failure();
  const Datum pattern = text_like(arguments.evaluation, subject, std::move(text));
  if (arguments.keywords.empty())
    return format_percent(arguments.evaluation, pattern, tuple(arguments.evaluation, arguments.positional));
  const expr::Ref<expr::DictObject> made(new expr::DictObject());
  for (const auto& [name, value] : arguments.keywords)
    if (!put(arguments.evaluation, *made, text_of(arguments.evaluation, name), value)) return Datum::failure();
  return format_percent(arguments.evaluation, pattern, Datum::of(made));
}

Datum fn_indent(Arguments& arguments, const Datum& subject) {
  if (!subject.is_text()) {
    if (usable(arguments.evaluation, subject))
      arguments.fail("indent takes a string, not " + std::string(expr::name_of(subject)));
    return Datum::failure();
  }
  const Datum* width = arguments.get(0);
  std::string blanks = "    ";
  std::int64_t count = 4;
  if (width && width->is_text()) {
    blanks = std::string(width->text());
  } else {
    if (!arguments.integer(0, count) ||
        !arguments.evaluation.affords(1, static_cast<std::uint64_t>(std::max<std::int64_t>(count, 0))))
      return Datum::failure();
    blanks = std::string(static_cast<std::size_t>(std::max<std::int64_t>(count, 0)), ' ');
  }
  const auto first = arguments.flag(1);
  const auto blank = arguments.flag(2);
  if (!first || !blank) return Datum::failure();
  if (!arguments.evaluation.affords(3, subject.text().size()) ||
      !arguments.evaluation.affords(line_ends_max(subject.text()), 3 * sizeof(std::string_view)))
    return Datum::failure();
  const std::string text = std::string(subject.text()) + "\n";
  const std::vector<std::string_view> lines = split_lines(text, false);
  std::string out = *first ? blanks : "";
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!arguments.evaluation.reserve(out, 1 + blanks.size() + lines[i].size())) return Datum::failure();
    if (i != 0) out += "\n";
    if (i != 0 && (*blank || !lines[i].empty())) out += blanks;
    out += lines[i];
  }
  return text_like(arguments.evaluation, subject, std::move(out));
}

Datum fn_truncate(Arguments& arguments, const Datum& subject) {
  std::int64_t length = 255;
  std::int64_t leeway = 5;
  std::string_view end = "...";
  if (!arguments.integer(0, length) || !arguments.text(2, end) || !arguments.integer(3, leeway, true))
    return Datum::failure();
  const auto end_length = static_cast<std::int64_t>(expr::count_points(end));
  if (length < end_length)
    return arguments.fail("expected length >= " + std::to_string(end_length) + ", the length of the end");
  if (leeway < 0) return arguments.fail("expected leeway >= 0");
  const auto count = length_of(arguments.evaluation, subject);
  if (!count) return Datum::failure();
  if (static_cast<std::int64_t>(*count) <= length || static_cast<std::int64_t>(*count) - length <= leeway)
    return subject;
  if (!subject.is_text()) return arguments.fail("truncate takes a string, not " + std::string(expr::name_of(subject)));
  const auto killwords = arguments.flag(1);
  if (!killwords) return Datum::failure();
  std::string cut(expr::slice(subject.text(), 0, length - end_length));
  if (!*killwords) cut = cut.substr(0, cut.rfind(' '));
  return text_like(arguments.evaluation, subject, cut + std::string(end));
}

Datum fn_wordcount(Arguments& arguments, const Datum& subject) {
  std::string text;
  if (!soft(arguments, subject, text)) return Datum::failure();
  std::size_t count = 0;
  bool inside = false;
  for (std::size_t at = 0; at < text.size();) {
    const bool word = expr::is_word(expr::point_at(text, at));
    count += word && !inside;
    inside = word;
    at += std::max<std::size_t>(expr::offset_of(std::string_view(text).substr(at), 1), 1);
  }
  return Datum::integer(count);
}

Datum fn_center(Arguments& arguments, const Datum& subject) {
  std::string text;
  if (!soft(arguments, subject, text)) return Datum::failure();
  Arguments given{arguments.evaluation, arguments.renderer, {}, {}};
  given.positional.push_back(arguments.get(0) ? *arguments.get(0) : Datum::integer(std::int64_t{80}));
  const Datum self = text_like(arguments.evaluation, subject, std::move(text));
  if (self.failed()) return self;
  return find_method(self, "center")->run(given, self);
}

Datum fn_tojson(Arguments& arguments, const Datum& subject) {
  std::int64_t indent = -1;
  const Datum* given = arguments.get(0);
  if (!arguments.integer(0, indent, true)) return Datum::failure();
  if (given && !given->is_null()) indent = std::max<std::int64_t>(indent, 0);
  std::string json;
  if (!append_json(arguments.evaluation, subject, indent, json)) return Datum::failure();
  std::string out;
  for (const char c : json) {
    if (c == '<' || c == '>' || c == '&' || c == '\'') {
      out += c == '<' ? "\\u003c" : c == '>' ? "\\u003e" : c == '&' ? "\\u0026" : "\\u0027";
    } else {
      out.push_back(c);
    }
  }
  return markup(arguments.evaluation, std::move(out));
}

constexpr Filter kTable[] = {
    {"string", "", fn_string},
    {"upper", "", fn_case<expr::to_upper>},
    {"lower", "", fn_case<expr::to_lower>},
    {"capitalize", "", fn_case<expr::capitalize>},
    {"title", "", fn_title},
    {"trim", "chars", fn_trim},
    {"replace", "old! new! count", fn_replace},
    {"default", "default_value boolean", fn_default},
    {"d", "default_value boolean", fn_default},
    {"format", "*", fn_format},
    {"indent", "width first blank", fn_indent},
    {"truncate", "length killwords end leeway", fn_truncate},
    {"wordcount", "", fn_wordcount},
    {"center", "width", fn_center},
    {"tojson", "indent", fn_tojson},
};

}  // namespace

std::span<const Filter> text_filters() { return kTable; }

}  // namespace foehn::jinja
