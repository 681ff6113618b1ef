// Character classes as Python's regular expressions have them. Letters outside ASCII count as word characters.
#pragma once

#include <string_view>

namespace foehn::dsl {

inline bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
inline bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
inline std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}
inline bool has_space(std::string_view text) {
  for (const char c : text)
    if (is_space(c)) return true;
  return false;
}
// Characters, not bytes.
inline std::size_t text_length(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
  return count;
}

}  // namespace foehn::dsl
