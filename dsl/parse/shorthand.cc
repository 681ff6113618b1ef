#include "dsl/parse/shorthand.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "dsl/parse/words.h"

namespace foehn::dsl {
namespace {

// Finds the ends of values. Remembers the last closing signs of the current line, so that a text of a million openings
// is still read in linear time.
class ValueFinder {
 public:
  explicit ValueFinder(std::string_view text) : text_(text) { enter_line(0); }

  // End of the value at `at`, without trailing space; 0 when no alternative matches. The order is Mistral's.
  std::size_t end_of_value(std::size_t at) {
    if (at >= text_.size()) return 0;
    for (const char quote : {'"', '\''})
      if (const std::size_t end = end_of_quoted(at, quote)) return end;
    if (at > line_end_) enter_line(at);
    if (const std::size_t end = end_of_pair(at, "{{", "}}", last_braces_)) return end;
    if (const std::size_t end = end_of_pair(at, "<%", "%>", last_percent_)) return end;
    const bool list = text_[at] == '[' && last_bracket_ != std::string_view::npos && last_bracket_ > at;
    if (list) return last_bracket_ + 1;
    return end_of_word(at);
  }

  // Shortest `open…close` on one line.
  std::size_t end_of_pair(std::size_t at, std::string_view open, std::string_view close) {
    return end_of_pair(at, open, close, close == "}}" ? last_braces_ : last_percent_);
  }

 private:
  void enter_line(std::size_t at) {
    line_end_ = std::min(text_.find('\n', at), text_.size());
    const std::string_view rest = text_.substr(at, line_end_ - at);
    last_braces_ = last(rest, "}}", at);
    last_percent_ = last(rest, "%>", at);
    last_bracket_ = last(rest, "]", at);
  }

  static std::size_t last(std::string_view rest, std::string_view close, std::size_t at) {
    const std::size_t found = rest.rfind(close);
    return found == std::string_view::npos ? found : found + at;
  }

  std::size_t end_of_pair(std::size_t at, std::string_view open, std::string_view close, std::size_t last) const {
    if (text_.substr(at, open.size()) != open) return 0;
    if (last == std::string_view::npos || last < at + open.size()) return 0;
    return text_.find(close, at + open.size()) + close.size();
  }

  std::size_t end_of_quoted(std::size_t at, char quote) const {
    if (text_[at] != quote) return 0;
    const std::size_t end = text_.find(quote, at + 1);
    return end == std::string_view::npos ? 0 : end + 1;
  }

  std::size_t end_of_word(std::size_t at) const {
    for (const std::string_view word : {"true", "false", "null"})
      if (text_.substr(at, word.size()) == word) return at + word.size();
    std::size_t end = at;
    while (end < text_.size() && text_[end] >= '0' && text_[end] <= '9') ++end;
    return end == at ? 0 : end;
  }

  std::string_view text_;
  std::size_t line_end_ = 0;
  std::size_t last_braces_ = 0;
  std::size_t last_percent_ = 0;
  std::size_t last_bracket_ = 0;
};

// Keeps the last of equal names at the place of the first, as a Python dict.
class ParameterSet {
 public:
  explicit ParameterSet(std::vector<Shorthand::Parameter>& list) : list_(list) {}

  void add(Shorthand::Parameter parameter) {
    const auto [known, fresh] = places_.emplace(parameter.name, list_.size());
    if (fresh) {
      list_.push_back(std::move(parameter));
    } else {
      list_[known->second] = std::move(parameter);
    }
  }

 private:
  std::vector<Shorthand::Parameter>& list_;
  std::unordered_map<std::string_view, std::size_t> places_;
};

Value decode(std::string_view text) {
  if (text.front() == '"' || text.front() == '\'') {
    return Value(std::string(text.substr(1, text.size() - 2)));
  }
  auto value = parse_json(text);
  return value ? std::move(*value) : Value(std::string(text));
}

void add_gap(Shorthand& call, std::string_view text, std::size_t begin, std::size_t end) {
  const std::string_view gap = text.substr(begin, end - begin);
  const std::string_view inner = trimmed(gap);
  if (inner.empty()) return;
  const bool tail = !call.parameters.empty() && inner.data() == gap.data() && begin != call.name.size();
  call.gaps.push_back({inner, static_cast<std::size_t>(inner.data() - text.data()), tail});
}

// ^[\w\.]+[^=\(\s\"]*, then <%.*?%>, then {{.*}} or {%.*%} up to the last close.
std::size_t end_of_name(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && (is_word(text[end]) || text[end] == '.')) ++end;
  if (end != 0) {
    while (end < text.size() && !is_space(text[end]) && text[end] != '=' && text[end] != '(' && text[end] != '"') ++end;
    return end;
  }
  if (const std::size_t pair = ValueFinder(text).end_of_pair(0, "<%", "%>")) return pair;
  const std::string_view line = text.substr(0, text.find('\n'));
  for (const auto& [open, close] : {std::pair{"{{", "}}"}, std::pair{"{%", "%}"}}) {
    if (line.substr(0, 2) != open) continue;
    const std::size_t last = line.rfind(close);
    if (last != std::string_view::npos && last >= 2) return last + 2;
  }
  return 0;
}

}  // namespace

Shorthand parse_parameters(std::string_view text, std::string_view name) {
  Shorthand call;
  call.name = name;
  ValueFinder values(text);
  ParameterSet parameters(call.parameters);
  std::size_t plain = name.size();  // begin of text not yet accounted for
  for (std::size_t at = 0; at < text.size();) {
    if (!is_word(text[at]) && text[at] != '-') {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && (is_word(text[end]) || text[end] == '-')) ++end;
    if (end == text.size() || text[end] != '=') {
      at = end;
      continue;
    }
    const std::size_t value_end = values.end_of_value(end + 1);
    if (value_end == 0) {
      at = end + 1;
      continue;
    }
    if (at > plain) add_gap(call, text, plain, at);
    parameters.add({text.substr(at, end - at), decode(text.substr(end + 1, value_end - end - 1)), end + 1});
    plain = std::max(plain, value_end);
    at = value_end;
  }
  if (plain < text.size()) add_gap(call, text, plain, text.size());
  return call;
}

std::optional<Shorthand> parse_shorthand(std::string_view text) {
  if (text.find(' ') == std::string_view::npos) return Shorthand{text, {}, {}};
  const std::size_t end = end_of_name(text);
  if (end == 0) return std::nullopt;
  return parse_parameters(text, text.substr(0, end));
}

std::string Shorthand::leftover() const {
  std::string text;
  for (const Gap& gap : gaps) text.append(text.empty() ? "" : " ").append(gap.text);
  return text;
}

Mark Line::at(ParseContext& context, std::size_t offset) const {
  if (node) {
    const Mark exact = context.place(*node, offset);
    if (exact.line != 0) return exact;
  }
  Mark counted = mark;
  if (mark.line == 0 || text.substr(0, offset).find('\n') != std::string_view::npos) return mark;
  for (const char c : text.substr(0, offset))
    if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) ++counted.column;
  return counted;
}

Template Line::compile(ParseContext& context, const Value& value, std::size_t offset, int level) const {
  // The place is worth its walk through the source only when there is something to say about it.
  Diagnostics found;
  Template result = Template::compile(value, {}, found);
  if (found.empty()) return result;
  const Mark begin = at(context, offset);
  return node ? context.compile_part(*node, offset, value, begin, level) : context.compile(value, begin, level);
}

// What a value that cannot be read was to be: `$.name` lacks the delimiters, `<% $.name` the end, other texts quotes.
std::string readable_value(const std::string& name, std::string_view value) {
  const std::string text(value);
  const bool fits = value.size() <= 60;
  if (fits && value.starts_with("$")) return "write " + name + "=<% " + text + " %>, or give it under 'input'.";
  if (fits && value.starts_with("_.")) return "write " + name + "={{ " + text + " }}, or give it under 'input'.";
  if (value.starts_with("<%")) return "end the expression with %> in the same line.";
  if (value.starts_with("{{")) return "end the expression with }} in the same line.";
  if (!fits || value.find('"') != std::string_view::npos) return "give '" + name + "' under 'input'.";
  return "write " + name + "=\"" + text + "\", or give it under 'input'.";
}

void report_gaps(ParseContext& context, const Shorthand& call, const Line& line, const Place& place) {
  constexpr std::string_view kReadable =
      "An inline value is a quoted text, an expression, a [list], true, false, null or digits";
  for (const Shorthand::Gap& gap : call.gaps) {
    const Mark mark = line.at(context, gap.offset);
    const std::string where = " (" + place.describe() + ")";
    const std::size_t equals = gap.text.find('=');
    const std::string_view key = trimmed(gap.text.substr(0, std::min(equals, gap.text.size())));
    if (gap.tail) {
      context.warning(
          "W220", mark,
          "the value of the inline parameter ends before " + shown_text(gap.text) + ", which is ignored" + where,
          "Put the whole value in quotes, or give it under 'input'. " + std::string(kReadable) + ".");
    } else if (equals == std::string_view::npos || key.empty() || has_space(key)) {
      context.warning("W220", mark,
                      shown_text(gap.text) + " is ignored: after the name, only key=value is read" + where,
                      "Give parameters as key=value, without blanks around =, or under 'input'.");
    } else {
      const std::string name(key.substr(0, 80));
      const std::string_view value = trimmed(gap.text.substr(equals + 1));
      context.dropped().add(line.mark, name);
      context.warning("W220", mark,
                      "the inline parameter '" + name + "' is dropped, because its value " + shown_text(value) +
                          " cannot be read" + where,
                      std::string(kReadable) + ", right behind the =: " + readable_value(name, value));
    }
  }
}

std::optional<CallSpec> parse_call(ParseContext& context, const Line& line, const Place& place) {
  const std::string_view text = line.text;
  const Mark mark = line.mark;
  auto call = parse_shorthand(text);
  if (!call) {
    context.error("E209", mark,
                  "Invalid action/workflow task property: " + shown_text(text) + " (" + place.describe() + ")",
                  "Write `name`, or `name key=value …`, where the name is a word or an expression.");
    return std::nullopt;
  }
  report_gaps(context, *call, line, place);
  CallSpec spec;
  spec.mark = mark;
  const Value name(std::string(call->name));
  spec.name = has_expression(call->name) ? line.compile(context, name, 0, 0) : Template::literal(name);
  for (auto& parameter : call->parameters) {
    const bool quoted = text[parameter.offset] == '"' || text[parameter.offset] == '\'';
    spec.inline_input.emplace_back(std::string(parameter.name),
                                   line.compile(context, parameter.value, parameter.offset + (quoted ? 1 : 0), 1));
  }
  return spec;
}

}  // namespace foehn::dsl
