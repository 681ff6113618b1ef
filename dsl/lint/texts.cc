// Texts that look like something they are not: expressions without their signs (W328), expressions that are never
// closed (W329), integers too large to keep (W331).
#include "dsl/lint/subject.h"
#include "dsl/parse/words.h"
#include "dsl/yaml/to_value.h"

namespace foehn::dsl::lint_detail {
namespace {

// $.name and $.name.name
bool is_bare_reference(std::string_view text) {
  if (!text.starts_with("$.") || text.size() < 3 || text.size() > 200 || text.back() == '.') return false;
  for (const char c : text.substr(2))
    if (!is_word(c) && c != '.') return false;
  return true;
}

bool is_long_integer(const YamlNode& node) {
  if (!node.plain || node.text.size() < 19) return false;
  std::string_view digits = node.text;
  if (digits[0] == '-' || digits[0] == '+') digits.remove_prefix(1);
  if (digits.find_first_not_of("0123456789_") != digits.npos) return false;
  return to_value(node).is_number_float();
}

// Whether the expression is closed behind the end of the text that YAML sees: a comma, a bracket, `: ` or ` #` ends one
// without quotes.
bool is_cut(const YamlNode& node, std::size_t at, std::string_view close, const Reporter& reporter) {
  if (!node.plain || reporter.full()) return false;
  const std::string_view line = reporter.line(node.mark.line);
  const std::string_view rest = node.text.substr(at);
  const std::size_t begin = line.find(rest);
  return begin != line.npos && line.find(close, begin + rest.size()) != line.npos;
}

void check_scalar(const YamlNode& node, Reporter& reporter) {
  if (is_bare_reference(node.text))
    reporter.warn("W328", node.text_mark(), "'" + std::string(node.text) + "' is plain text, not an expression",
                  "Write <% " + std::string(node.text) + " %>.");
  if (const std::size_t at = find_unclosed(node.text); at != std::string_view::npos) {
    const std::string open(node.text.substr(at, 2));
    const std::string close = open == "<%" ? "%>" : open == "{{" ? "}}" : "%}";
    const bool cut = is_cut(node, at, close, reporter);
    reporter.warn("W329", reporter.place(node, at),
                  "the expression that begins here with " + open +
                      (cut ? " is cut by YAML before its " + close : " is not closed in its line") +
                      ", so it stays plain text",
                  cut ? "Put the whole value in quotes: a comma, a bracket, ': ' or ' #' ends a text without them."
                      : "Write " + close + " before the end of the line; an expression cannot span lines.");
  }
  if (is_long_integer(node))
    reporter.warn("W331", node.mark,
                  "the integer " + std::string(node.text.substr(0, 40)) + (node.text.size() > 40 ? "…" : "") +
                      " has more than 64 bits and loses digits",
                  "Put it in quotes to keep it as text.");
}

}  // namespace

void check_texts(const YamlNode& root, Reporter& reporter) {
  if (root.is_scalar()) check_scalar(root, reporter);
  for (const YamlNode& item : root.items()) check_texts(item, reporter);
  for (const YamlEntry& entry : root.entries())
    if (entry.key != "description") check_texts(entry.value, reporter);
}

}  // namespace foehn::dsl::lint_detail
