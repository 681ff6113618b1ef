#include "engine/base/diagnostic.h"

#include <algorithm>
#include <numeric>

namespace foehn {
namespace {

constexpr std::size_t kShownWidth = 100;
constexpr std::size_t kNameMax = 64;  // names longer than this are not compared: the table would be quadratic

std::string_view line_of(std::string_view source, std::uint32_t number) {
  std::size_t begin = 0;
  for (std::uint32_t line = 1; line < number; ++line) {
    const std::size_t end = source.find('\n', begin);
    if (end == std::string_view::npos) return {};
    begin = end + 1;
  }
  std::string_view line = source.substr(begin, source.find('\n', begin) - begin);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// `count` code points from the one numbered `first`, tabs shown as one space so that the caret stands right.
std::string code_points(std::string_view text, std::size_t first, std::size_t count) {
  std::string shown;
  std::size_t seen = 0;  // code points begun
  for (const char c : text) {
    if (!continues(c) || seen == 0) ++seen;
    if (seen > first + count) break;
    if (seen > first) shown.push_back(static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c);
  }
  return shown;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t up = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = up;
    }
  }
  return row[b.size()];
}

}  // namespace

bool has_errors(const Diagnostics& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& d) { return d.severity == Severity::kError; });
}

std::string render(const Diagnostic& diagnostic, std::string_view source, std::string_view file) {
  std::string text;
  if (!file.empty()) text.append(file).append(":");
  if (diagnostic.mark.line != 0) {
    text.append(std::to_string(diagnostic.mark.line)).append(":");
    text.append(std::to_string(diagnostic.mark.column)).append(":");
  }
  if (!text.empty()) text.append(" ");
  text.append(diagnostic.severity == Severity::kError ? "error: " : "warning: ");
  text.append(diagnostic.message).append(" [").append(diagnostic.code).append("]\n");
  if (diagnostic.mark.line != 0) {
    const std::size_t caret = diagnostic.mark.column == 0 ? 0 : diagnostic.mark.column - 1;
    const std::size_t first = caret > kShownWidth - 20 ? caret - (kShownWidth - 20) : 0;
    const std::string gutter = "  " + std::to_string(diagnostic.mark.line) + " | ";
    text.append(gutter).append(code_points(line_of(source, diagnostic.mark.line), first, kShownWidth));
    text.append("\n").append(std::string(gutter.size() - 2, ' ')).append("| ");
    text.append(std::string(std::min(caret - first, kShownWidth), ' ')).append("^\n");
  }
  if (!diagnostic.hint.empty()) text.append("  hint: ").append(diagnostic.hint).append("\n");
  return text;
}

std::string render(const Diagnostics& diagnostics, std::string_view source, std::string_view file) {
  std::string text;
  for (const auto& diagnostic : diagnostics) text += render(diagnostic, source, file);
  return text;
}

std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates) {
  if (name.size() < 2 || name.size() > kNameMax) return {};  // one letter is near to everything
  std::size_t best = name.size() < 4 ? 1 : name.size() / 3 + 1;
  std::size_t best_prefix = 0;
  const std::string* found = nullptr;
  for (const auto& candidate : candidates) {
    if (candidate.size() > kNameMax || candidate == name) continue;
    const std::size_t distance = edit_distance(name, candidate);
    const auto differ = std::mismatch(name.begin(), name.end(), candidate.begin(), candidate.end()).first;
    const auto prefix = static_cast<std::size_t>(differ - name.begin());
    if (distance > best || (distance == best && found && prefix <= best_prefix)) continue;
    best = distance;
    best_prefix = prefix;
    found = &candidate;
  }
  return found ? *found : std::string();
}

}  // namespace foehn
