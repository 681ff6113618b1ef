#include "dsl/expr/text.h"

#include <algorithm>
#include <span>

#include "dsl/expr/unicode_table.h"

namespace foehn::expr {
namespace {

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// The code point at `at`, which moves behind it; bytes that are no UTF-8 stand for themselves.
char32_t take_point(std::string_view text, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at++]);
  if (lead < 0x80) return lead;
  char32_t point = lead < 0xE0 ? lead & 0x1Fu : lead < 0xF0 ? lead & 0x0Fu : lead & 0x07u;
  while (at < text.size() && continues(text[at]))
    point = (point << 6) | (static_cast<unsigned char>(text[at++]) & 0x3Fu);
  return point;
}

char32_t changed(std::span<const unicode::CaseRange> table, char32_t point) {
  const auto after = std::upper_bound(table.begin(), table.end(), point,
                                      [](char32_t value, const unicode::CaseRange& row) { return value < row.first; });
  if (after == table.begin()) return point;
  const unicode::CaseRange& row = *std::prev(after);
  if (point > row.last || (point - row.first) % row.step != 0) return point;
  return static_cast<char32_t>(static_cast<std::int64_t>(point) + row.distance);
}

std::string_view long_form(std::span<const unicode::CaseText> table, char32_t point) {
  const auto found = std::lower_bound(table.begin(), table.end(), point,
                                      [](const unicode::CaseText& row, char32_t value) { return row.point < value; });
  return found != table.end() && found->point == point ? found->text : std::string_view();
}

enum class Case { kUpper, kLower, kTitle };

void append_cased(std::string& out, char32_t point, Case wanted) {
  if (point < 0x80) {
    const bool letter = wanted == Case::kLower ? point >= 'A' && point <= 'Z' : point >= 'a' && point <= 'z';
    out.push_back(static_cast<char>(letter ? point ^ 0x20 : point));
    return;
  }
  const auto texts = wanted == Case::kUpper   ? unicode::upper_texts()
                     : wanted == Case::kLower ? unicode::lower_texts()
                                              : unicode::title_texts();
  if (const std::string_view text = long_form(texts, point); !text.empty()) {
    out += text;
    return;
  }
  if (wanted == Case::kTitle) {
    const auto titles = unicode::title();
    const auto row = std::lower_bound(titles.begin(), titles.end(), point,
                                      [](const unicode::CaseRange& r, char32_t value) { return r.first < value; });
    if (row != titles.end() && row->first == point) {
      append_point(out, static_cast<char32_t>(static_cast<std::int64_t>(point) + row->distance));
      return;
    }
  }
  append_point(out, changed(wanted == Case::kLower ? unicode::lower() : unicode::upper(), point));
}

bool is_cased(char32_t point) {
  return changed(unicode::upper(), point) != point || changed(unicode::lower(), point) != point ||
         !long_form(unicode::upper_texts(), point).empty();
}

// Marks that do not end a word for the rule about the last sigma.
bool is_ignorable(char32_t point) {
  constexpr std::u32string_view kMarks = U"'.:^`\u00A8\u00AD\u00AF\u00B4\u00B7\u00B8\u2018\u2019\u2024\u2027";
  return kMarks.find(point) != std::u32string_view::npos || (point >= 0x2B0 && point <= 0x36F);
}

constexpr char32_t kCapitalSigma = 0x3A3;

// Σ at the end of a word becomes ς. `at` is behind the Σ that begins at `begin`.
bool ends_word(std::string_view text, std::size_t begin, std::size_t at) {
  bool letter_before = false;
  for (std::size_t i = begin; i > 0;) {
    --i;
    if (continues(text[i])) continue;
    std::size_t end = i;
    const char32_t point = take_point(text, end);
    if (is_ignorable(point)) continue;
    letter_before = is_cased(point);
    break;
  }
  while (letter_before && at < text.size()) {
    const char32_t point = take_point(text, at);
    if (!is_ignorable(point)) return !is_cased(point);
  }
  return letter_before;
}

void append_lower(std::string& out, std::string_view text, std::size_t begin, std::size_t at, char32_t point) {
  if (point == kCapitalSigma && ends_word(text, begin, at)) {
    out += "\xCF\x82";
  } else {
    append_cased(out, point, Case::kLower);
  }
}

}  // namespace

void append_point(std::string& out, char32_t point) {
  const auto byte = [&out](char32_t value) { out.push_back(static_cast<char>(value)); };
  if (point < 0x80) {
    byte(point);
  } else if (point < 0x800) {
    byte(0xC0 | (point >> 6));
    byte(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    byte(0xE0 | (point >> 12));
    byte(0x80 | ((point >> 6) & 0x3F));
    byte(0x80 | (point & 0x3F));
  } else {
    byte(0xF0 | (point >> 18));
    byte(0x80 | ((point >> 12) & 0x3F));
    byte(0x80 | ((point >> 6) & 0x3F));
    byte(0x80 | (point & 0x3F));
  }
}

bool is_space(char32_t point) {
  return (point >= 0x09 && point <= 0x0D) || (point >= 0x1C && point <= 0x20) || point == 0x85 || point == 0xA0 ||
         point == 0x1680 || (point >= 0x2000 && point <= 0x200A) || point == 0x2028 || point == 0x2029 ||
         point == 0x202F || point == 0x205F || point == 0x3000;
}

bool is_word(char32_t point) {
  if (point < 0x80)
    return (point >= 'a' && point <= 'z') || (point >= 'A' && point <= 'Z') || (point >= '0' && point <= '9') ||
           point == '_';
  const auto words = unicode::words();
  const auto after = std::upper_bound(words.begin(), words.end(), point,
                                      [](char32_t value, const unicode::Span& row) { return value < row.first; });
  return after != words.begin() && point <= std::prev(after)->last;
}

char32_t point_at(std::string_view text, std::size_t at) { return take_point(text, at); }

std::string to_upper(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) append_cased(out, take_point(text, at), Case::kUpper);
  return out;
}

std::string to_lower(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const char32_t point = take_point(text, at);
    append_lower(out, text, begin, at, point);
  }
  return out;
}

std::string capitalize(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const char32_t point = take_point(text, at);
    begin == 0 ? append_cased(out, point, Case::kTitle) : append_lower(out, text, begin, at, point);
  }
  return out;
}

std::string title(std::string_view text) {
  std::string out;
  bool inside = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const char32_t point = take_point(text, at);
    inside ? append_lower(out, text, begin, at, point) : append_cased(out, point, Case::kTitle);
    inside = is_cased(point);
  }
  return out;
}

namespace {

// A set of code points: a bit for each up to the largest, however many were put in and however often.
class PointSet {
 public:
  explicit PointSet(std::string_view text) {
    for (const std::string_view point : Points(text)) {
      const std::size_t index = index_of(point);
      if (index >= bits_.size()) bits_.resize(index + 1);
      bits_[index] = true;
    }
  }
  bool contains(std::string_view point) const {
    const std::size_t index = index_of(point);
    return index < bits_.size() && bits_[index];
  }

 private:
  static std::size_t index_of(std::string_view point) { return std::min<std::size_t>(point_at(point, 0), 0x110000); }
  std::vector<bool> bits_;
};

}  // namespace

std::string_view strip(std::string_view text, const std::string_view* chars, Ends ends) {
  const PointSet set(chars ? *chars : std::string_view());
  const auto drops = [&](std::string_view point) {
    return chars ? set.contains(point) : is_space(point_at(point, 0));
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

std::string_view next_point(std::string_view text, std::size_t& at) {
  const std::size_t begin = at++;
  while (at < text.size() && continues(text[at])) ++at;
  return text.substr(begin, at - begin);
}

std::vector<std::string_view> points(std::string_view text) {
  std::vector<std::string_view> out;
  out.reserve(count_points(text));
  for (const std::string_view point : Points(text)) out.push_back(point);
  return out;
}

std::size_t replaced_bytes_max(std::string_view text, std::string_view from, std::string_view to) {
  if (to.size() <= from.size()) return text.size();
  const std::size_t places = from.empty() ? text.size() + 1 : text.size() / from.size();
  std::size_t more = 0;
  return __builtin_mul_overflow(places, to.size() - from.size(), &more) ? SIZE_MAX / 8 : text.size() + more;
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

std::size_t parts_max(std::string_view text, const std::string_view* separator) {
  std::size_t count = 1;
  if (separator) {
    for (std::size_t at = text.find(*separator); at != std::string_view::npos;
         at = text.find(*separator, at + separator->size()))
      ++count;
    return count;
  }
  for (const char c : text) count += static_cast<unsigned char>(c) <= ' ' || static_cast<unsigned char>(c) >= 0x80;
  return count;
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
    text = strip(text, nullptr, Ends::kLeft);
    if (text.empty()) return out;
    std::size_t end = 0;
    for (std::size_t next = 0; end < text.size(); end = next)
      if (is_space(take_point(text, next))) break;
    out.push_back(max == 0 ? text : text.substr(0, end));
    if (max == 0 || end == text.size()) return out;
    text.remove_prefix(end);
  }
}

namespace {

// Where the last white space begins.
std::size_t last_space(std::string_view text) {
  for (std::size_t at = text.size(); at > 0;) {
    --at;
    if (!continues(text[at]) && is_space(point_at(text, at))) return at;
  }
  return std::string_view::npos;
}

}  // namespace

std::vector<std::string_view> split_right(std::string_view text, const std::string_view* separator, std::int64_t max) {
  std::vector<std::string_view> out;
  for (;; --max) {
    if (!separator) text = strip(text, nullptr, Ends::kRight);
    if (!separator && text.empty()) break;
    const std::size_t found = max == 0 ? std::string_view::npos : separator ? text.rfind(*separator) : last_space(text);
    if (found == std::string_view::npos) {
      out.push_back(text);
      break;
    }
    std::size_t after = found + (separator ? separator->size() : 0);
    if (!separator) take_point(text, after);
    out.push_back(text.substr(after));
    text = text.substr(0, found);
  }
  std::reverse(out.begin(), out.end());
  return out;
}

std::int64_t find_text(std::string_view text, std::string_view part, std::int64_t start, std::int64_t end, bool last) {
  const auto count = static_cast<std::int64_t>(count_points(text));
  if (start < 0) start = std::max<std::int64_t>(start + count, 0);
  if (end < 0) end = std::max<std::int64_t>(end + count, 0);
  end = std::min(end, count);
  if (start > count || start > end) return -1;
  const std::string_view window = slice(text, start, end);
  const std::size_t found = last ? window.rfind(part) : window.find(part);
  if (found == std::string_view::npos) return -1;
  return start + static_cast<std::int64_t>(count_points(window.substr(0, found)));
}

std::string quote_text(std::string_view content) {
  std::string out = "'";
  for (const char c : content) {
    switch (c) {
      case '\'':
        out += "\\'";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out.push_back(c);
    }
  }
  return out + "'";
}

}  // namespace foehn::expr
