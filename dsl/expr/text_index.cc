#include "dsl/expr/text_index.h"

#include <algorithm>

#include "dsl/expr/text.h"

namespace foehn::expr {

TextIndex::TextIndex(std::string_view text) : text_(text), points_(count_points(text)) {
  if (points_ == text.size()) return;
  marks_.reserve(points_ / kStride + 1);
  std::size_t point = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) continue;
    if (point++ % kStride == 0) marks_.push_back(static_cast<std::uint32_t>(at));
  }
}

std::size_t TextIndex::offset_of(std::size_t point) const {
  if (marks_.empty()) return std::min(point, text_.size());
  if (point >= points_) return text_.size();
  const std::size_t mark = marks_[point / kStride];
  return mark + expr::offset_of(text_.substr(mark), point % kStride);
}

std::string_view TextIndex::slice(std::int64_t start, std::int64_t end) const {
  const auto count = static_cast<std::int64_t>(points_);
  if (start < 0) start += count;
  if (end < 0) end += count;
  start = std::clamp<std::int64_t>(start, 0, count);
  end = std::clamp<std::int64_t>(end, start, count);
  const std::size_t begin = offset_of(static_cast<std::size_t>(start));
  return text_.substr(begin, offset_of(static_cast<std::size_t>(end)) - begin);
}

}  // namespace foehn::expr
