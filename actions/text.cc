#include "actions/text.h"

#include <cstdint>

namespace foehn::actions {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// Length of the valid UTF-8 sequence at `at`, 0 when there is none (overlong forms and surrogates are invalid).
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(at);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 && lead <= 0xF4   ? 4
                             : lead >= 0xE0 && lead <= 0xEF ? 3
                             : lead >= 0xC2 && lead <= 0xDF ? 2
                                                            : 0;
  if (length == 0 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(at + i) & 0xC0) != 0x80) return 0;
  const std::uint8_t second = byte(at + 1);
  if (lead == 0xE0 && second < 0xA0) return 0;
  if (lead == 0xED && second >= 0xA0) return 0;
  if (lead == 0xF0 && second < 0x90) return 0;
  if (lead == 0xF4 && second >= 0x90) return 0;
  return length;
}

}  // namespace

std::string to_utf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t length = sequence_length(bytes, at);
    out.append(length == 0 ? kReplacement : bytes.substr(at, length));
    at += length == 0 ? 1 : length;
  }
  return out;
}

std::string Utf8Stream::feed(std::string_view bytes) {
  std::string all = std::move(held_);
  all += bytes;
  // At most the last three bytes can be the start of something unfinished.
  std::size_t keep = 0;
  for (std::size_t back = 1; back <= 3 && back <= all.size(); ++back) {
    const auto byte = static_cast<std::uint8_t>(all[all.size() - back]);
    if ((byte & 0xC0) == 0x80) continue;
    const std::size_t wanted = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
    if (wanted > back) keep = back;
    break;
  }
  held_ = all.substr(all.size() - keep);
  all.resize(all.size() - keep);
  return to_utf8(all);
}

std::string mask(std::string text, std::string_view secret) {
  if (secret.size() < 4) return text;
  for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + 3))
    text.replace(at, secret.size(), "***");
  return text;
}

std::string latin1_to_utf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte < 0x80) {
      out.push_back(c);
    } else {
      out.push_back(static_cast<char>(0xC0 | (byte >> 6)));
      out.push_back(static_cast<char>(0x80 | (byte & 0x3F)));
    }
  }
  return out;
}

std::string tail(std::string_view text, std::size_t lines, std::size_t bytes_max) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  std::size_t start = text.size();
  for (std::size_t found = 0; start > 0; --start)
    if (text[start - 1] == '\n' && ++found == lines) break;
  if (text.size() - start > bytes_max) start = text.size() - bytes_max;
  // Not in the middle of a character.
  while (start < text.size() && (static_cast<std::uint8_t>(text[start]) & 0xC0) == 0x80) ++start;
  const std::string kept = to_utf8(text.substr(start));
  return start > 0 ? "… " + kept : kept;
}

std::string shell_quote(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out.push_back(c);
    }
  }
  out.push_back('\'');
  return out;
}

}  // namespace foehn::actions
