#include "dsl/yaml/source_map.h"

#include <algorithm>
#include <string>

namespace foehn::dsl {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// One step through a scalar's source: `length` bytes there make `bytes` bytes of text.
struct Step {
  std::size_t length = 1;
  std::size_t bytes = 1;
  bool blank = false;
};

std::size_t utf8_length(unsigned long code) { return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4; }

// YAML 1.2 §5.7
Step escape(std::string_view rest) {
  const char kind = rest.size() > 1 ? rest[1] : ' ';
  const std::size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
  if (digits != 0) {
    const std::string number(rest.substr(2, digits));
    const unsigned long code = std::strtoul(number.c_str(), nullptr, 16);
    return {2 + digits, utf8_length(code), code < 0x80 && is_blank(static_cast<char>(code))};
  }
  if (kind == '\n') return {2, 0, true};
  if (kind == '\r') return {2, 0, true};
  if (kind == 'n' || kind == 't' || kind == 'r' || kind == ' ' || kind == '\t') return {2, 1, true};
  if (kind == 'N' || kind == '_') return {2, 2, false};
  if (kind == 'L' || kind == 'P') return {2, 3, false};
  return {2, 1, false};
}

Step step(std::string_view rest, char quote) {
  if (quote == '"' && rest[0] == '\\') return escape(rest);
  if (quote == '\'' && rest.substr(0, 2) == "''") return {2, 1, false};
  return {1, 1, is_blank(rest[0])};
}

// Behind the tag, the quote, or the header of a block scalar; `quote` is set.
std::size_t begin_of_text(std::string_view source, std::size_t at, const YamlNode& scalar, char& quote) {
  while (at < source.size() && source[at] == '!') {
    while (at < source.size() && !is_blank(source[at])) ++at;
    while (at < source.size() && is_blank(source[at])) ++at;
  }
  if (at >= source.size()) return at;
  const char first = source[at];
  if (first == '"' || first == '\'') {  // a plain scalar cannot begin with one
    quote = first;
    return at + 1;
  }
  const bool block = !scalar.plain && (first == '|' || first == '>');
  if (!block) return at;
  const std::size_t end = source.find('\n', at);
  return end == std::string_view::npos ? source.size() : end + 1;
}

}  // namespace

SourceMap::SourceMap(std::string_view source) : source_(source) {}

void SourceMap::index_lines() {
  lines_.push_back(source_.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0);
  for (std::size_t at = source_.find('\n'); at != std::string_view::npos; at = source_.find('\n', at + 1))
    lines_.push_back(at + 1);
}

std::size_t SourceMap::offset_of(Mark mark) const {
  std::size_t at = lines_[mark.line - 1];
  for (std::uint32_t column = 1; column < mark.column && at < source_.size(); ++column) {
    ++at;
    while (at < source_.size() && continues(source_[at])) ++at;
  }
  return at;
}

Mark SourceMap::mark_of(std::size_t at) const {
  const auto next = std::upper_bound(lines_.begin(), lines_.end(), at);
  const auto line = static_cast<std::uint32_t>(next - lines_.begin());
  Mark mark{line, 1};
  for (std::size_t i = lines_[line - 1]; i < at && i < source_.size(); ++i)
    mark.column += continues(source_[i]) ? 0 : 1;
  return mark;
}

// Folding and indentation change blanks only, so the words of text and source are walked side by side.
Mark SourceMap::place(const YamlNode& scalar, std::size_t offset) {
  if (lines_.empty()) index_lines();
  if (scalar.mark.line == 0 || scalar.mark.line > lines_.size()) return {};
  char quote = 0;
  std::size_t at = begin_of_text(source_, offset_of(scalar.mark), scalar, quote);
  std::size_t word_end = at;
  std::size_t blanks = 0;  // of the text, since word_end
  const std::string_view text = scalar.text;
  offset = std::min(offset, text.size());
  for (std::size_t i = 0; i < offset || (i < text.size() && !is_blank(text[i]));) {
    if (is_blank(text[i])) {
      ++blanks;
      ++i;
      continue;
    }
    while (at < source_.size()) {
      const Step here = step(source_.substr(at), quote);
      if (!here.blank) break;
      at += here.length;
    }
    if (i >= offset || at >= source_.size()) return mark_of(std::min(at, source_.size()));
    const Step here = step(source_.substr(at), quote);
    if (i + here.bytes > offset) return mark_of(at);
    at += here.length;
    i += here.bytes;
    word_end = at;
    blanks = 0;
  }
  return mark_of(std::min(word_end + blanks, source_.size()));
}

}  // namespace foehn::dsl
