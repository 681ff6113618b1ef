#include "dsl/expr/parts.h"

#include <cstddef>

namespace foehn::expr {
namespace {

struct Span {
  std::size_t begin = std::string_view::npos;
  std::size_t end = 0;
  bool found() const { return begin != std::string_view::npos; }
};

// First `open.*?close` on one line, from `from` on. Looks at no byte behind the span it finds, and at each before it a
// few times only: texts of megabytes are split by calling it again and again.
Span find_span(std::string_view text, std::string_view open, std::string_view close, std::size_t from) {
  std::size_t end = 0;
  while (true) {
    const std::size_t begin = text.find(open, from);
    if (begin == std::string_view::npos) return {};
    if (end < begin + open.size()) end = text.find(close, begin + open.size());
    if (end == std::string_view::npos) return {};
    const std::size_t newline = text.substr(begin, end - begin).find('\n');
    if (newline == std::string_view::npos) return {begin, end + close.size()};
    from = begin + newline;  // an opening before it would have the same end
  }
}

std::string_view trimmed(std::string_view text, std::string_view blanks) {
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

constexpr std::string_view kBlanks = " \t\r\n\f\v";

}  // namespace

Language language_of(std::string_view text) {
  const bool yaql = find_span(text, "<%", "%>", 0).found();
  const bool jinja = find_span(text, "{{", "}}", 0).found() || find_span(text, "{%", "%}", 0).found();
  if (yaql) return jinja ? Language::kBoth : Language::kYaql;
  return jinja ? Language::kJinja : Language::kNone;
}

std::vector<Part> split_yaql(std::string_view text) {
  std::vector<Part> parts;
  std::size_t at = 0;
  while (at < text.size()) {
    const Span span = find_span(text, "<%", "%>", at);
    const std::size_t literal_end = span.found() ? span.begin : text.size();
    if (literal_end > at) parts.push_back({false, text.substr(at, literal_end - at), {}});
    if (!span.found()) break;
    const std::string_view whole = text.substr(span.begin, span.end - span.begin);
    // Mistral: strip("<%>") takes these characters off both ends, however many there are.
    parts.push_back({true, whole, trimmed(trimmed(whole, "<%>"), kBlanks)});
    at = span.end;
  }
  return parts;
}

std::string_view whole_jinja(std::string_view text) {
  const Span span = find_span(text, "{{", "}}", 0);
  if (!span.found() || span.begin != 0 || span.end != text.size()) return {};
  return text.substr(2, text.size() - 4);
}

}  // namespace foehn::expr
