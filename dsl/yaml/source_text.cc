#include "dsl/yaml/source_text.h"

#include <array>
#include <cstdint>

#include "engine/base/limits.h"

namespace foehn::dsl {
namespace {

// Not 0x04: yaml-cpp takes it for the end of the input.
constexpr char kHiddenAnchor = '\x01';
constexpr char kHiddenAlias = '\x02';
constexpr char kHiddenAt = '\x03';

constexpr std::array<char, 256> make_hidden() {
  std::array<char, 256> table{};
  table[static_cast<unsigned char>('&')] = kHiddenAnchor;
  table[static_cast<unsigned char>('*')] = kHiddenAlias;
  table[static_cast<unsigned char>('@')] = kHiddenAt;
  return table;
}
constexpr auto kHidden = make_hidden();

Diagnostic problem(std::string_view code, Mark mark, std::string message, std::string hint) {
  return {std::string(code), Severity::kError, mark, "Definition could not be parsed: " + message, std::move(hint)};
}

// Length of the well-formed sequence at `at`, or 0 (RFC 3629 §4).
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t offset) -> unsigned {
    return at + offset < text.size() ? static_cast<unsigned char>(text[at + offset]) : 0U;
  };
  const auto tail = [&](std::size_t offset, unsigned low = 0x80, unsigned high = 0xBF) {
    return byte(offset) >= low && byte(offset) <= high;
  };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const unsigned low = lead == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = lead == 0xED ? 0x9F : 0xBF;
    return tail(1, low, high) && tail(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const unsigned low = lead == 0xF0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xF4 ? 0x8F : 0xBF;
    return tail(1, low, high) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

// The non-ASCII code points that PyYAML's reader refuses: C1 controls but NEL, and U+FFFE, U+FFFF.
bool is_forbidden_sequence(std::string_view bytes) {
  if (bytes.size() == 2 && bytes[0] == '\xC2') {
    const auto second = static_cast<unsigned char>(bytes[1]);
    return second < 0xA0 && second != 0x85;
  }
  return bytes == "\xEF\xBF\xBE" || bytes == "\xEF\xBF\xBF";
}

bool is_forbidden_ascii(unsigned char c) { return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f; }

std::string hex(unsigned value) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  for (int shift = 4; shift >= 0; shift -= 4) text.push_back(kDigits[(value >> shift) & 0xFU]);
  return text;
}

bool is_marker(char c) { return c >= kHiddenAnchor && c <= kHiddenAt; }

// Walks a double-quoted scalar's source and tells, marker by marker, whether it was hidden or written as an escape.
class MarkerOrigins {
 public:
  explicit MarkerOrigins(std::string_view quoted) : quoted_(quoted) {
    if (!quoted_.empty()) quoted_.remove_prefix(1);
  }

  bool next_is_hidden() {
    while (!quoted_.empty()) {
      const char c = quoted_[0];
      quoted_.remove_prefix(1);
      if (is_marker(c)) return true;
      if (c != '\\' || quoted_.empty()) continue;
      const char kind = quoted_[0];
      quoted_.remove_prefix(1);
      const std::size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
      if (digits == 0 || quoted_.size() < digits) continue;
      const std::string_view code = quoted_.substr(0, digits);
      quoted_.remove_prefix(digits);
      const bool small = code.find_first_not_of('0') == digits - 1;
      if (small && code.back() >= '1' && code.back() <= '3') return false;
    }
    return true;
  }

 private:
  std::string_view quoted_;
};

}  // namespace

std::optional<Diagnostic> check_source_text(std::string_view text) {
  if (text.size() > limits::kDefinitionBytesMax) {
    return problem("E102", {},
                   "it has " + std::to_string(text.size()) + " bytes, more than the allowed " +
                       std::to_string(limits::kDefinitionBytesMax),
                   "Split it into several documents.");
  }
  Mark mark{1, 1};
  std::size_t openings = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x80) {
      if (is_forbidden_ascii(c)) {
        return problem("E105", mark, "special characters are not allowed (U+00" + hex(c) + ")",
                       "Remove the character, or write it as an escape in a \"quoted\" string.");
      }
      openings += c == '[' || c == '{' || c == ',' ? 1 : 0;
      ++mark.column;
      if (c == '\n') mark = {mark.line + 1, 1};
      ++i;
      continue;
    }
    const std::size_t length = sequence_length(text, i);
    if (length == 0) {
      return problem("E105", mark, "invalid UTF-8 (byte 0x" + hex(c) + ")", "Save the file in the encoding UTF-8.");
    }
    if (is_forbidden_sequence(text.substr(i, length))) {
      return problem("E105", mark, "special characters are not allowed", "Remove the character.");
    }
    ++mark.column;
    i += length;
  }
  // yaml-cpp queues a whole flow collection (some 200 bytes a token) before it reports anything of it.
  if (openings > limits::kYamlNodesMax) {
    return problem("E104", {}, "it has more than " + std::to_string(limits::kYamlNodesMax) + " brackets and commas",
                   "Split it into several documents.");
  }
  return std::nullopt;
}

std::string hide_markers(std::string_view text) {
  if (text.find_first_of("&*@") == std::string_view::npos) return {};
  std::string hidden(text);
  for (char& c : hidden) {
    const char replacement = kHidden[static_cast<unsigned char>(c)];
    if (replacement != 0) c = replacement;
  }
  return hidden;
}

bool has_markers(std::string_view text) {
  for (const char c : text)
    if (is_marker(c)) return true;
  return false;
}

void restore_markers(std::string& text, std::string_view quoted) {
  MarkerOrigins origins(quoted);
  for (char& c : text) {
    if (!is_marker(c)) continue;
    if (!origins.next_is_hidden()) continue;
    c = c == kHiddenAnchor ? '&' : c == kHiddenAlias ? '*' : '@';
  }
}

}  // namespace foehn::dsl
