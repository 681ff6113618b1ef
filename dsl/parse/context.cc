#include "dsl/parse/context.h"

#include <cmath>
#include <utility>

#include "dsl/parse/expression_mistake.h"
#include "dsl/yaml/scalar.h"
#include "dsl/yaml/to_value.h"
#include "engine/base/limits.h"

namespace foehn::dsl {
namespace {

constexpr std::size_t kShownMax = 120;  // bytes of a value inside a message

std::string cut(std::string text) {
  if (text.size() <= kShownMax) return text;
  std::size_t end = kShownMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  text.resize(end);
  return text + "…";
}

// What the languages say of signs that other languages have, and what is written here.
struct SignHabit {
  std::string_view code;
  std::string_view said;
  std::string_view hint;
};
constexpr SignHabit kSignHabits[] = {
    {"E401", "illegal character '&'", "YAQL writes it as a word: <% $.a and $.b %>."},
    {"E401", "illegal character '|'", "YAQL writes it as a word: <% $.a or $.b %>."},
    {"E401", "illegal character '!'", "YAQL writes it as a word: <% not $.a %>."},
    {"E401", "illegal character '?'", "YAQL chooses with switch: <% switch($.a => 1, true => 2) %>."},
    {"E401", "unexpected 'if'", "YAQL chooses with switch: <% switch($.a => 1, true => 2) %>."},
    {"E401", "unexpected 'is'", "YAQL compares with null: <% $.a = null %>."},
    {"E401", "unexpected '=' at", "One sign compares: <% $.a = 1 %>."},
    {"E402", "unexpected char '$'", "In Jinja2 variables are below _: {{ _.a }}."},
};

std::string expression_hint(std::string_view code, std::string_view message) {
  if (code == "E404") return "Compute parts of it in earlier tasks and publish them.";
  for (const SignHabit& habit : kSignHabits)
    if (habit.code == code && message.find(habit.said) != message.npos) return std::string(habit.hint);
  return "At the caret something is missing or too much: an operand, an operator, a bracket or a quote.";
}

}  // namespace

std::string Place::describe() const {
  std::string text;
  if (!attribute.empty()) text.append("'").append(attribute).append("'");
  if (kind.empty()) return text;
  if (!text.empty()) text.append(" of ");
  text.append(kind);
  if (!name.empty()) text.append(" ").append(shown_text(name));
  return text;
}

bool ParseContext::full() const { return errors_ >= limits::kDiagnosticsMax; }

bool ParseContext::takes_warnings() const { return warnings_ < limits::kDiagnosticsMax; }

Edges ParseContext::take_edges() { return full() ? Edges::kLost : std::exchange(edges_, Edges::kAll); }

void ParseContext::add(Diagnostic diagnostic) {
  std::size_t& count = diagnostic.severity == Severity::kError ? errors_ : warnings_;
  if (++count <= limits::kDiagnosticsMax) diagnostics_.push_back(std::move(diagnostic));
}

void ParseContext::error(std::string_view code, Mark mark, std::string message, std::string hint) {
  add({std::string(code), Severity::kError, mark, std::move(message), std::move(hint)});
}

void ParseContext::warning(std::string_view code, Mark mark, std::string message, std::string hint) {
  add({std::string(code), Severity::kWarning, mark, std::move(message), std::move(hint)});
}

Template ParseContext::compile(const YamlNode& node, const Value& value, int level) {
  Diagnostics found;
  Template result = Template::compile(value, node.text_mark(), found);
  if (!found.empty()) report_nested(node, level);
  return result;
}

Template ParseContext::compile(const Value& value, Mark mark, int level) {
  Diagnostics found;
  Template result = Template::compile(value, mark, found);
  if (!found.empty()) report_nested(value, mark, level);
  return result;
}

Template ParseContext::compile_part(const YamlNode& node, std::size_t offset, const Value& value, Mark mark,
                                    int level) {
  if (!value.is_string()) return compile(value, mark, level);
  Diagnostics found;
  Template result = Template::compile(value, mark, found);
  if (found.empty() || full()) return result;
  const Mark exact = place(node, offset + find_mistake(value.get_ref<const std::string&>()).value_or(0));
  for (Diagnostic& diagnostic : found)
    if (exact.line != 0) diagnostic.mark = exact;
  report(std::move(found), level);
  return result;
}

// Compiles each string again at its own place: only documents with mistakes pay for precise marks.
void ParseContext::report_nested(const YamlNode& node, int level) {
  if (node.is_scalar()) {
    if (full() || !has_expression(node.text)) return;
    Diagnostics found;
    Template::compile(Value(std::string(node.text)), node.text_mark(), found);
    // The template knows columns of one-line texts only.
    const Mark mark = place(node, find_mistake(node.text).value_or(0));
    for (Diagnostic& diagnostic : found)
      if (mark.line != 0) diagnostic.mark = mark;
    report(std::move(found), level);
    return;
  }
  for (const auto& item : node.items()) report_nested(item, level + 1);
  for (const auto& entry : node.entries()) report_nested(entry.value, level + 1);
}

void ParseContext::report_nested(const Value& value, Mark mark, int level) {
  if (value.is_structured()) {
    for (const auto& item : value) report_nested(item, mark, level + 1);
    return;
  }
  if (full()) return;
  Diagnostics found;
  Template::compile(value, mark, found);
  report(std::move(found), level);
}

void ParseContext::report(Diagnostics found, int level) {
  for (auto& diagnostic : found) {
    if (diagnostic.hint.empty()) diagnostic.hint = expression_hint(diagnostic.code, diagnostic.message);
    if (level > 1 && diagnostic.severity == Severity::kError) {
      diagnostic.severity = Severity::kWarning;
      diagnostic.code[0] = 'W';
      if (!diagnostic.hint.empty()) diagnostic.hint.append(" ");
      diagnostic.hint.append("The definition is accepted, but this value cannot be evaluated.");
    }
    add(std::move(diagnostic));
  }
}

std::string shown(const Value& value) {
  if (value.is_string()) return shown_text(value.get_ref<const std::string&>());
  if (value.is_structured() && size_bytes(value, 4000) > 4000) return value.is_array() ? "[…]" : "{…}";
  return cut(to_python_repr(value));
}

std::string shown_text(std::string_view text) {
  if (text.size() <= kShownMax) return to_python_repr(Value(std::string(text)));
  return to_python_repr(Value(cut(std::string(text))));
}

std::string Suggester::suggest(std::string_view name) {
  std::vector<std::string> close;
  for (const auto& candidate : candidates_) {
    if (budget_ == 0) break;
    --budget_;
    const std::size_t longer = std::max(candidate.size(), name.size());
    if (longer - std::min(candidate.size(), name.size()) <= name.size() / 3 + 1) close.push_back(candidate);
  }
  const std::string nearest = nearest_name(name, close);
  return nearest.empty() ? std::string() : "Did you mean '" + nearest + "'?";
}

}  // namespace foehn::dsl
