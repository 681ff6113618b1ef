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

// How tables show times; kAge: "3m ago".
enum class TimeView : std::uint8_t { kAge, kUtc, kLocal };
// How an execution is followed; kAuto: redrawn on a terminal, else a line per change.
enum class Progress : std::uint8_t { kAuto, kPlain, kTty, kJson, kNone };

struct Style {
  bool colour = false;    // a terminal, and neither NO_COLOR nor TERM=dumb; or asked for
  bool terminal = false;  // stdout is one: redrawing is possible
  bool ascii = false;     // no glyphs beyond ASCII (a terminal in the C locale; or asked for)
  int width = 80;
  int height = 24;
};
// From the environment and the terminal. `color`: "auto", "always" or "never".
Style detect_style(std::string_view color, bool ascii);

// "✔ SUCCESS" padded to the widest state; coloured when the style says so.
std::string state_text(std::string_view state, const Style& style);
// The same without padding, for the end of a line.
std::string state_word(std::string_view state, const Style& style);
std::string dim(std::string_view text, const Style& style);

// Rows under headers (none: no such line), two spaces between columns; widths by columns of a terminal.
class Table {
 public:
  explicit Table(std::vector<std::string> headers) : headers_(std::move(headers)) {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::string text() const;

 private:
  std::vector<std::string> headers_;
  std::vector<std::vector<std::string>> rows_;
};

std::size_t display_width(std::string_view text);  // columns; escape sequences take none
// To display width, with "…" (or "...") at the end.
std::string cut(std::string_view text, std::size_t width, bool ascii = false);
std::string one_line(std::string_view text);  // control characters become spaces
std::string duration_text(std::int64_t us);   // "0.3s", "12.4s", "3m04s", "2h05m"
// From `begin` to `end` (or now); "" when begin is not a time.
std::string duration_between(const Value& begin, const Value& end, WallTime now);
std::string cell(const Value& value);  // null → "-", text as it is, else JSON

}  // namespace foehn::cli
