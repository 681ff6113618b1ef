#include "api/cli/print.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

namespace foehn::cli {
namespace {

struct StateLook {
  std::string_view state;
  std::string_view glyph;
  std::string_view ascii;
  std::string_view colour;  // SGR parameters
};

constexpr std::array<StateLook, 14> kLooks = {{{"SUCCESS", "✔", "+", "32"},
                                               {"ACTIVE", "✔", "+", "32"},
                                               {"ERROR", "✖", "x", "31"},
                                               {"FAILED", "✖", "x", "31"},
                                               {"RUNNING", "▶", ">", "36"},
                                               {"PAUSED", "⏸", "=", "33"},
                                               {"IDLE", "◌", ".", "90"},
                                               {"WAITING", "◌", ".", "90"},
                                               {"SCHEDULED", "◌", ".", "90"},
                                               {"DELAYED", "⧖", "~", "33"},
                                               {"CANCELLED", "⊘", "o", "33"},
                                               {"SKIPPED", "⊘", "o", "90"},
                                               {"DESTROYED", "⊘", "o", "90"},
                                               {"DESTROY_FAILED", "✖", "x", "31"}}};
constexpr std::size_t kStateWidth = 9;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// A byte that begins a character of UTF-8.
bool is_start(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

// How many columns the first character takes: two if it is East Asian and wide (Unicode's EastAsianWidth.txt, by
// blocks), none if it is drawn upon the one before.
std::size_t columns_of(std::string_view text) {
  const auto byte = [&](std::size_t i) -> char32_t {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const char32_t first = byte(0);
  if (first < 0xC0) return 1;
  char32_t code = first < 0xE0 ? first & 0x1F : first < 0xF0 ? first & 0x0F : first & 0x07;
  for (std::size_t i = 1; i <= (first < 0xE0 ? 1U : first < 0xF0 ? 2U : 3U); ++i) code = code << 6 | (byte(i) & 0x3F);
  const auto within = [code](char32_t begin, char32_t end) { return code >= begin && code <= end; };
  if (within(0x300, 0x36F) || within(0x200B, 0x200F) || within(0xFE00, 0xFE0F)) return 0;
  const bool wide = within(0x1100, 0x115F) || within(0x2E80, 0x303E) || within(0x3041, 0xA4CF) ||
                    within(0xAC00, 0xD7A3) || within(0xF900, 0xFAFF) || within(0xFE30, 0xFE6F) ||
                    within(0xFF01, 0xFF60) || within(0xFFE0, 0xFFE6) || within(0x1F300, 0x1F64F) ||
                    within(0x1F900, 0x1F9FF) || within(0x20000, 0x3FFFD);
  return wide ? 2 : 1;
}

std::string paint(std::string_view text, std::string_view colour, const Style& style) {
  if (!style.colour || colour.empty()) return std::string(text);
  return "\x1b[" + std::string(colour) + "m" + std::string(text) + "\x1b[0m";
}

std::string padded_state(std::string_view state, std::size_t width, const Style& style) {
  const auto look =
      std::find_if(kLooks.begin(), kLooks.end(), [&](const StateLook& one) { return one.state == state; });
  const std::string_view glyph = look == kLooks.end() ? " " : style.ascii ? look->ascii : look->glyph;
  std::string text = std::string(glyph) + " " + std::string(state);
  if (state.size() < width) text.append(width - state.size(), ' ');
  return paint(text, look == kLooks.end() ? "" : look->colour, style);
}

}  // namespace

Style detect_style(std::string_view color, bool ascii) {
  Style style;
  style.terminal = ::isatty(1) == 1 && environment("TERM") != "dumb";
  style.colour = style.terminal && environment("NO_COLOR").empty();
  if (!environment("CLICOLOR_FORCE").empty() && environment("NO_COLOR").empty()) style.colour = true;
  std::string locale = environment("LC_ALL");
  if (locale.empty()) locale = environment("LC_CTYPE");
  if (locale.empty()) locale = environment("LANG");
  style.ascii = style.terminal && locale.find("UTF-8") == std::string::npos && locale.find("utf8") == std::string::npos;
  if (color != "auto") style.colour = color == "always";
  if (ascii) style.ascii = true;
  winsize size{};
  if (::ioctl(1, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    style.width = size.ws_col;
    style.height = size.ws_row;
  }
  return style;
}

std::string state_text(std::string_view state, const Style& style) { return padded_state(state, kStateWidth, style); }

std::string state_word(std::string_view state, const Style& style) { return padded_state(state, 0, style); }

std::string dim(std::string_view text, const Style& style) { return paint(text, "90", style); }

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      while (i < text.size() && text[i] != 'm') ++i;
      continue;
    }
    if (is_start(text[i])) width += columns_of(text.substr(i));
  }
  return width;
}

std::string cut(std::string_view text, std::size_t width, bool ascii) {
  if (display_width(text) <= width) return std::string(text);
  const std::string_view dots = ascii ? "..." : "…";
  width -= std::min(width, display_width(dots)) - 1;
  std::string out;
  std::size_t used = 0;
  bool coloured = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      coloured = true;
      while (i < text.size() && text[i] != 'm') out.push_back(text[i++]);
      out.push_back('m');
      continue;
    }
    if (is_start(text[i])) used += columns_of(text.substr(i));
    if (used >= width) break;
    out.push_back(text[i]);
  }
  return out + std::string(dots) + (coloured ? "\x1b[0m" : "");
}

std::string one_line(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::string duration_text(std::int64_t us) {
  std::array<char, 32> text{};
  const double seconds = static_cast<double>(us) / 1e6;
  const std::int64_t whole = us / 1'000'000;
  if (whole < 60) {
    std::snprintf(text.data(), text.size(), "%.1fs", seconds < 0 ? 0 : seconds);
  } else if (whole < 3600) {
    std::snprintf(text.data(), text.size(), "%dm%02ds", static_cast<int>(whole / 60), static_cast<int>(whole % 60));
  } else {
    std::snprintf(text.data(), text.size(), "%dh%02dm", static_cast<int>(whole / 3600),
                  static_cast<int>(whole / 60 % 60));
  }
  return text.data();
}

std::string duration_between(const Value& begin, const Value& end, WallTime now) {
  if (!begin.is_string()) return "";
  const auto from = parse_time(begin.get_ref<const std::string&>());
  if (!from) return "";
  auto until = end.is_string() ? parse_time(end.get_ref<const std::string&>()) : std::nullopt;
  return duration_text((until ? until->us : now.us) - from->us);
}

std::string cell(const Value& value) {
  if (value.is_null()) return "-";
  if (value.is_string()) return one_line(value.get_ref<const std::string&>());
  return to_json(value);
}

std::string Table::text() const {
  std::vector<std::size_t> widths;
  for (const auto& header : headers_) widths.push_back(display_width(header));
  for (const auto& row : rows_) {
    if (widths.size() < row.size()) widths.resize(row.size());
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  std::string out;
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string text;
    for (std::size_t i = 0; i < cells.size() && i < widths.size(); ++i) {
      text += cells[i];
      if (i + 1 < cells.size()) text.append(widths[i] - display_width(cells[i]) + 2, ' ');
    }
    while (!text.empty() && text.back() == ' ') text.pop_back();
    out += text + "\n";
  };
  if (!headers_.empty()) line(headers_);
  for (const auto& row : rows_) line(row);
  return out;
}

}  // namespace foehn::cli
