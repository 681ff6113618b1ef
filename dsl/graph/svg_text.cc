#include "dsl/graph/svg_text.h"

namespace foehn::dsl {
namespace {

// Bytes of the UTF-8 character that begins with `lead`.
std::size_t length_of(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xE0) return 2;
  return lead < 0xF0 ? 3 : 4;
}

// In parts of the font's size; measured on DejaVu Sans, one of the widest.
double width_of(std::string_view character) {
  const auto lead = static_cast<unsigned char>(character[0]);
  if (lead >= 0xE3) return 1.05;  // CJK and beyond
  if (lead >= 0x80) return 0.64;
  const char c = character[0];
  constexpr std::string_view kNarrow = "iIjl.,:;'|!", kThin = "ftr()[]{}-/ \\\"", kWide = "mwMW@%<>=+";
  if (kNarrow.find(c) != std::string_view::npos) return 0.32;
  if (kThin.find(c) != std::string_view::npos) return 0.42;
  if (kWide.find(c) != std::string_view::npos) return 0.90;
  if (c >= 'A' && c <= 'Z') return 0.70;
  return 0.62;
}

}  // namespace

double text_width(std::string_view text, double size, bool bold) {
  double width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = length_of(static_cast<unsigned char>(text[at]));
    width += width_of(text.substr(at, length));
    at += length;
  }
  return width * size * (bold ? 1.08 : 1.0);
}

std::string fit_text(std::string_view text, double size, bool bold, double width) {
  if (text_width(text, size, bold) <= width) return std::string(text);
  const double room = width - text_width("…", size, bold);
  std::size_t at = 0;
  for (double used = 0; at < text.size();) {
    const std::size_t length = length_of(static_cast<unsigned char>(text[at]));
    used += text_width(text.substr(at, length), size, bold);
    if (used > room) break;
    at += length;
  }
  return std::string(text.substr(0, at)) + "…";
}

std::string escape_xml(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 16);
  for (const char c : text) {
    switch (c) {
      case '&': out.append("&amp;"); break;
      case '<': out.append("&lt;"); break;
      case '>': out.append("&gt;"); break;
      case '"': out.append("&quot;"); break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') out.push_back(c);
    }
  }
  return out;
}

}  // namespace foehn::dsl
