#include "api/cli/line_diff.h"

#include <algorithm>
#include <vector>

namespace foehn::cli {
namespace {

constexpr std::size_t kDiffLinesMax = 20'000;      // of one text
constexpr std::size_t kDiffCellsMax = 25'000'000;  // of the table of common lines

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

std::string numbered(std::size_t number, char sign, std::string_view line) {
  return std::to_string(number) + sign + " " + std::string(line) + "\n";
}

}  // namespace

// The longest common subsequence decides which lines are shown as removed and added; equal beginnings and ends are left
// out of the table.
Result<std::string> line_diff(std::string_view old_text, std::string_view new_text) {
  const auto from = lines_of(old_text);
  const auto to = lines_of(new_text);
  if (std::max(from.size(), to.size()) > kDiffLinesMax)
    return fail(ErrorCode::kResourceExhausted, "the texts are too long to be compared");
  std::size_t head = 0;
  while (head < from.size() && head < to.size() && from[head] == to[head]) ++head;
  std::size_t tail = 0;
  const std::size_t shorter = std::min(from.size(), to.size()) - head;
  while (tail < shorter && from[from.size() - 1 - tail] == to[to.size() - 1 - tail]) ++tail;
  const std::size_t rows = from.size() - head - tail;
  const std::size_t columns = to.size() - head - tail;
  const bool whole = rows * columns > kDiffCellsMax;
  std::vector<std::uint32_t> common(whole ? 0 : (rows + 1) * (columns + 1), 0);
  const auto at = [&](std::size_t row, std::size_t column) -> std::uint32_t& {
    return common[row * (columns + 1) + column];
  };
  if (!whole)
    for (std::size_t row = rows; row-- > 0;)
      for (std::size_t column = columns; column-- > 0;)
        at(row, column) = from[head + row] == to[head + column] ? at(row + 1, column + 1) + 1
                                                                : std::max(at(row + 1, column), at(row, column + 1));
  std::string out;
  for (std::size_t row = 0, column = 0; row < rows || column < columns;) {
    const bool both = row < rows && column < columns;
    if (!whole && both && from[head + row] == to[head + column]) {
      ++row;
      ++column;
    } else if (row < rows && (whole || column == columns || at(row + 1, column) >= at(row, column + 1))) {
      out += numbered(head + row + 1, '-', from[head + row]);
      ++row;
    } else {
      out += numbered(head + column + 1, '+', to[head + column]);
      ++column;
    }
  }
  return out;
}

}  // namespace foehn::cli
