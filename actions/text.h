// Bytes from outside (command output, HTTP bodies) as text that JSON can carry. Pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace foehn::actions {

// Valid UTF-8: every byte that is not part of a valid sequence becomes U+FFFD.
std::string to_utf8(std::string_view bytes);
std::string latin1_to_utf8(std::string_view bytes);

// As to_utf8() over a stream: a character cut by the end of a piece waits for the next piece.
class Utf8Stream {
 public:
  std::string feed(std::string_view bytes);

 private:
  std::string held_;
};

// Replaces every occurrence of `secret` by "***"; secrets shorter than four bytes are left alone.
std::string mask(std::string text, std::string_view secret);

// The last `lines` lines (at most `bytes_max` bytes) without trailing line breaks; "…" in front when something was cut.
std::string tail(std::string_view text, std::size_t lines, std::size_t bytes_max);

// A word for POSIX sh: 'it'\''s'. Any bytes but NUL.
std::string shell_quote(std::string_view text);

}  // namespace foehn::actions
