// How the CLI writes: tables, states with glyph and colour, durations. Data goes to stdout, all else to stderr.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/value.h"

namespace foehn::cli {

struct Style {
  bool colour = false;    // a terminal, and neither NO_COLOR nor TERM=dumb
  bool terminal = false;  // stdout is one: redrawing is possible
  bool ascii = false;     // no glyphs beyond ASCII (C locale)
  int width = 80;
  int height = 24;
};
Style detect_style();

// "✔ SUCCESS" padded to the widest state; coloured when the style says so.
std::string state_text(std::string_view state, const Style& style);
std::string dim(std::string_view text, const Style& style);

// Rows under headers, two spaces between columns; widths by code points.
class Table {
 public:
  explicit Table(std::vector<std::string> headers) : headers_(std::move(headers)) {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::string text() const;

 private:
  std::vector<std::string> headers_;
  std::vector<std::vector<std::string>> rows_;
};

std::size_t display_width(std::string_view text);           // code points, escape sequences not counted
std::string cut(std::string_view text, std::size_t width);  // to display width, with "…" at the end
std::string one_line(std::string_view text);                // control characters become spaces
std::string duration_text(std::int64_t us);                 // "0.3s", "12.4s", "3m04s", "2h05m"
// From `begin` to `end` (or now); "" when begin is not a time.
std::string duration_between(const Value& begin, const Value& end, WallTime now);
std::string cell(const Value& value);  // null → "-", text as it is, else JSON

}  // namespace foehn::cli
