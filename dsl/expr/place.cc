#include "dsl/expr/place.h"

#include <algorithm>

namespace foehn::expr {
namespace {

constexpr std::size_t kShownWidth = 100;
constexpr std::size_t kShownBehind = 20;
constexpr std::string_view kGutter = "\n    ";

bool begins(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

std::size_t points_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins));
}

// `row` from the code point `first` on, and a caret under the one numbered `column`.
std::string caret_lines(std::string_view row, std::size_t column) {
  const std::size_t first = column > kShownWidth - kShownBehind ? column - (kShownWidth - kShownBehind) : 0;
  row = row.substr(0, row.find_last_not_of(" \t\r") + 1);  // npos + 1 is 0
  std::string shown(kGutter);
  std::size_t seen = 0;
  for (const char c : row) {
    if (begins(c)) ++seen;
    if (seen > first + kShownWidth) break;
    // Tabs and controls would move the caret away from its place.
    if (seen > first) shown.push_back(static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c);
  }
  shown += kGutter;
  shown.append(column - first, ' ');
  return shown + "^";
}

}  // namespace

Failure failure_at(Error error, std::string_view source, std::size_t offset, std::size_t blanks) {
  offset = std::min(offset, source.size());
  const std::string_view before = source.substr(0, offset);
  const std::size_t begin = before.rfind('\n') + 1;  // 0 on the first line
  std::string_view row = source.substr(begin, source.find('\n', begin) - begin);
  std::size_t hidden = 0;
  if (begin == 0) hidden = std::min({blanks, row.size(), offset});
  row.remove_prefix(hidden);
  const std::size_t column = points_of(source.substr(begin + hidden, offset - begin - hidden));
  std::string place = ", at ";
  if (source.find('\n') != std::string_view::npos)
    place += "line " + std::to_string(1 + std::count(before.begin(), before.end(), '\n')) + ", ";
  place += "column " + std::to_string(column + 1);
  return {std::move(error), std::move(place), caret_lines(row, column)};
}

std::string_view caret_of(std::string_view message) {
  const std::size_t last = message.rfind(kGutter);
  if (last == std::string_view::npos || last == 0 || !message.ends_with('^')) return {};
  const std::size_t column = message.find_first_not_of(' ', last + 1);
  if (column + 1 != message.size()) return {};
  const std::size_t shown = message.rfind('\n', last - 1);
  if (shown == std::string_view::npos || !message.substr(shown).starts_with(kGutter)) return {};
  return message.substr(shown);
}

}  // namespace foehn::expr
