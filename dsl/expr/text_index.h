// TextIndex: where the code points of one text begin, so that reading one of them does not walk over all before it.
// A value; the text must outlive it.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace foehn::expr {

class TextIndex {
 public:
  TextIndex() = default;
  explicit TextIndex(std::string_view text);
  std::string_view text() const { return text_; }
  std::size_t points() const { return points_; }
  // text[start:end] with Python's negative indexes.
  std::string_view slice(std::int64_t start, std::int64_t end) const;

 private:
  static constexpr std::size_t kStride = 256;  // code points between two marks
  std::size_t offset_of(std::size_t point) const;

  std::string_view text_;
  std::size_t points_ = 0;
  std::vector<std::uint32_t> marks_;  // byte offset of every kStride-th code point; empty for ASCII
};

}  // namespace foehn::expr
