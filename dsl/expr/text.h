// Python's operations on text for both languages; positions count code points. Never fails; results are new texts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace foehn::expr {

void append_point(std::string& out, char32_t point);  // as UTF-8
char32_t point_at(std::string_view text, std::size_t at);
bool is_space(char32_t point);
bool is_word(char32_t point);  // letter, digit or _

std::string to_upper(std::string_view text);  // all of Unicode; ß becomes SS
std::string to_lower(std::string_view text);
std::string capitalize(std::string_view text);
std::string title(std::string_view text);

// A string literal of both languages that reads back as `content`.
std::string quote_text(std::string_view content);

// str.strip(chars); no `chars`: white space.
enum class Ends { kBoth, kLeft, kRight };
std::string_view strip(std::string_view text, const std::string_view* chars, Ends ends);

// Byte offset of code point `index` (size() beyond the end).
std::size_t offset_of(std::string_view text, std::size_t index);
std::size_t count_points(std::string_view text);
// text[start:end] with Python's negative indexes.
std::string_view slice(std::string_view text, std::int64_t start, std::int64_t end);
// The code point at byte `at`, which moves behind it.
std::string_view next_point(std::string_view text, std::size_t& at);
// The code points of a text one after the other: for (std::string_view point : Points(text)).
class Points {
 public:
  class Iterator {
   public:
    Iterator(std::string_view text, std::size_t at) : text_(text), at_(at), next_(at) { ++*this; }
    std::string_view operator*() const { return point_; }
    Iterator& operator++() {
      at_ = next_;
      if (at_ < text_.size()) point_ = next_point(text_, next_);
      return *this;
    }
    bool operator!=(const Iterator& other) const { return at_ != other.at_; }

   private:
    std::string_view text_;
    std::size_t at_;
    std::size_t next_;
    std::string_view point_;
  };
  explicit Points(std::string_view text) : text_(text) {}
  Iterator begin() const { return {text_, 0}; }
  Iterator end() const { return {text_, text_.size()}; }

 private:
  std::string_view text_;
};
// All of them at once: sizeof(std::string_view) for each, which the caller makes sure there is room for.
std::vector<std::string_view> points(std::string_view text);

// How long replacing makes a text at most.
std::size_t replaced_bytes_max(std::string_view text, std::string_view from, std::string_view to);
std::string replace(std::string_view text, std::string_view from, std::string_view to, std::int64_t count);
// How many parts splitting gives at most.
std::size_t parts_max(std::string_view text, const std::string_view* separator);
// str.split and rsplit; no separator: runs of white space. `max` < 0: no limit.
std::vector<std::string_view> split(std::string_view text, const std::string_view* separator, std::int64_t max);
std::vector<std::string_view> split_right(std::string_view text, const std::string_view* separator, std::int64_t max);
// str.find and rfind in [start, end), in code points; -1 when not there.
std::int64_t find_text(std::string_view text, std::string_view part, std::int64_t start, std::int64_t end, bool last);

}  // namespace foehn::expr
