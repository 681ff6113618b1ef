#include "dsl/expr/text.h"

#include <algorithm>

namespace foehn::expr {
namespace {

constexpr std::string_view kSpaces = " \t\n\r\f\v\x1c\x1d\x1e\x1f";

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Two-byte letters whose cases differ by a fixed distance; others keep their case.
std::uint32_t change_case(std::uint32_t point, bool upper) {
  const auto shift = [&](std::uint32_t low_first, std::uint32_t low_last, std::uint32_t distance) {
    if (upper && point >= low_first && point <= low_last) return point - distance;
    if (!upper && point >= low_first - distance && point <= low_last - distance) return point + distance;
    return point;
  };
  if (point < 0x80) return shift('a', 'z', 32);
  if (point < 0x100) return point == 0xF7 || point == 0xD7 ? point : shift(0xE0, 0xFE, 32);
  if ((point >= 0x100 && point <= 0x137 && point != 0x130 && point != 0x131) || (point >= 0x14A && point <= 0x177))
    return upper ? point & ~1u : point | 1u;
  if (point >= 0x391 && point <= 0x3C9 && point != 0x3C2 && point != 0x3A2 && (point <= 0x3A9 || point >= 0x3B1))
    return shift(0x3B1, 0x3C9, 32);
  if (point >= 0x410 && point <= 0x44F) return shift(0x430, 0x44F, 32);
  if (point >= 0x400 && point <= 0x45F) return shift(0x450, 0x45F, 80);
  return point;
}

void append_cased(std::string& out, std::string_view text, std::size_t& at, bool upper) {
  const auto lead = static_cast<unsigned char>(text[at]);
  if (lead < 0x80) {
    out.push_back(static_cast<char>(change_case(lead, upper)));
    ++at;
  } else if (lead >= 0xC2 && lead < 0xE0 && at + 1 < text.size()) {
    const std::uint32_t point = ((lead & 0x1Fu) << 6) | (static_cast<unsigned char>(text[at + 1]) & 0x3Fu);
    const std::uint32_t changed = change_case(point, upper);
    out.push_back(static_cast<char>(0xC0 | (changed >> 6)));
    out.push_back(static_cast<char>(0x80 | (changed & 0x3F)));
    at += 2;
  } else {
    do out.push_back(text[at++]);
    while (at < text.size() && continues(text[at]));
  }
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

std::string cased(std::string_view text, bool upper) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    if (upper && text.substr(at, 2) == "\xC3\x9F") {  // ß has no capital of its own
      out += "SS";
      at += 2;
      continue;
    }
    append_cased(out, text, at, upper);
  }
  return out;
}

}  // namespace

std::string to_upper(std::string_view text) { return cased(text, true); }
std::string to_lower(std::string_view text) { return cased(text, false); }

std::string capitalize(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) append_cased(out, text, at, out.empty());
  return out;
}

std::string title(std::string_view text) {
  std::string out;
  bool inside = false;
  for (std::size_t at = 0; at < text.size();) {
    const bool letter = is_letter(text[at]);
    append_cased(out, text, at, !inside);
    inside = letter;
  }
  return out;
}

std::string_view strip(std::string_view text, const std::string_view* chars, Ends ends) {
  std::vector<std::string_view> set;
  if (chars) set = points(*chars);
  const auto drops = [&](std::string_view point) {
    if (!chars) return point.size() == 1 && kSpaces.find(point[0]) != std::string_view::npos;
    return std::find(set.begin(), set.end(), point) != set.end();
  };
  while (!text.empty() && ends != Ends::kRight) {
    std::size_t size = 1;
    while (size < text.size() && continues(text[size])) ++size;
    if (!drops(text.substr(0, size))) break;
    text.remove_prefix(size);
  }
  while (!text.empty() && ends != Ends::kLeft) {
    std::size_t begin = text.size() - 1;
    while (begin > 0 && continues(text[begin])) --begin;
    if (!drops(text.substr(begin))) break;
    text.remove_suffix(text.size() - begin);
  }
  return text;
}

std::size_t count_points(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return !continues(c); }));
}

std::size_t offset_of(std::string_view text, std::size_t index) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    if (continues(text[at])) continue;
    if (index-- == 0) break;
  }
  return at;
}

std::string_view slice(std::string_view text, std::int64_t start, std::int64_t end) {
  const auto count = static_cast<std::int64_t>(count_points(text));
  if (start < 0) start += count;
  if (end < 0) end += count;
  start = std::clamp<std::int64_t>(start, 0, count);
  end = std::clamp<std::int64_t>(end, start, count);
  const std::size_t begin = offset_of(text, static_cast<std::size_t>(start));
  return text.substr(begin, offset_of(text.substr(begin), static_cast<std::size_t>(end - start)));
}

std::vector<std::string_view> points(std::string_view text) {
  std::vector<std::string_view> out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t size = 1;
    while (at + size < text.size() && continues(text[at + size])) ++size;
    out.push_back(text.substr(at, size));
    at += size;
  }
  return out;
}

std::string replace(std::string_view text, std::string_view from, std::string_view to, std::int64_t count) {
  std::string out;
  std::size_t at = 0;
  while (count != 0) {
    const std::size_t found = from.empty() ? at : text.find(from, at);
    if (found == std::string_view::npos || found > text.size()) break;
    out += text.substr(at, found - at);
    out += to;
    --count;
    at = found + from.size();
    if (!from.empty()) continue;
    if (at >= text.size()) return out;
    do out.push_back(text[at++]);
    while (at < text.size() && continues(text[at]));
  }
  if (at < text.size()) out += text.substr(at);
  return out;
}

std::vector<std::string_view> split(std::string_view text, const std::string_view* separator, std::int64_t max) {
  std::vector<std::string_view> out;
  if (separator) {
    for (std::size_t at = 0;; --max) {
      const std::size_t found = max == 0 ? std::string_view::npos : text.find(*separator, at);
      out.push_back(text.substr(at, found == std::string_view::npos ? found : found - at));
      if (found == std::string_view::npos) return out;
      at = found + separator->size();
    }
  }
  for (;; --max) {
    const std::size_t begin = text.find_first_not_of(kSpaces);
    if (begin == std::string_view::npos) return out;
    text.remove_prefix(begin);
    const std::size_t end = max == 0 ? std::string_view::npos : text.find_first_of(kSpaces);
    out.push_back(max == 0 ? strip(text, nullptr, Ends::kRight) : text.substr(0, end));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end);
  }
}

std::vector<std::string_view> split_right(std::string_view text, const std::string_view* separator, std::int64_t max) {
  std::vector<std::string_view> out;
  for (;; --max) {
    if (!separator) text = strip(text, nullptr, Ends::kRight);
    if (!separator && text.empty()) break;
    const std::size_t found = max == 0    ? std::string_view::npos
                              : separator ? text.rfind(*separator)
                                          : text.find_last_of(kSpaces);
    if (found == std::string_view::npos) {
      out.push_back(separator ? text : strip(text, nullptr, Ends::kLeft));
      break;
    }
    out.push_back(text.substr(found + (separator ? separator->size() : 1)));
    text = text.substr(0, found);
  }
  std::reverse(out.begin(), out.end());
  return out;
}

std::int64_t find_text(std::string_view text, std::string_view part, std::int64_t start, std::int64_t end, bool last) {
  const auto count = static_cast<std::int64_t>(count_points(text));
  if (start < 0) start = std::max<std::int64_t>(start + count, 0);
  if (end < 0) end += count;
  end = std::min(end, count);
  if (start > count || start > end) return -1;
  const std::string_view window = slice(text, start, end);
  const std::size_t found = last ? window.rfind(part) : window.find(part);
  if (found == std::string_view::npos) return -1;
  return start + static_cast<std::int64_t>(count_points(window.substr(0, found)));
}

}  // namespace foehn::expr
