// Unicode's cases and word characters, as Python 3.11 has them. Constant tables, sorted by code point.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace foehn::expr::unicode {

// Every `step`-th point from `first` to `last` changes by `distance`.
struct CaseRange {
  std::uint32_t first;
  std::uint32_t last;
  std::uint32_t step;
  std::int32_t distance;
};

// A point whose other case is several.
struct CaseText {
  std::uint32_t point;
  std::string_view text;
};

struct Span {
  std::uint32_t first;
  std::uint32_t last;
};

std::span<const CaseRange> upper();
std::span<const CaseRange> lower();
std::span<const CaseRange> title();  // only where it differs from upper
std::span<const CaseText> upper_texts();
std::span<const CaseText> lower_texts();
std::span<const CaseText> title_texts();
std::span<const Span> words();  // letters, digits and _

}  // namespace foehn::expr::unicode
