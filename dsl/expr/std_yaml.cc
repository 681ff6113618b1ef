// Writes YAML as PyYAML's safe_dump(default_flow_style=False) does (yaml/emitter.py): block style, keys sorted, lines
// folded at 80 columns.
#include <algorithm>
#include <cmath>
#include <regex>
#include <vector>

#include "dsl/expr/std_functions.h"
#include "dsl/expr/text.h"

namespace foehn::expr {
namespace {

// Longer texts are not matched by the pattern, which recurses.
constexpr std::size_t kResolvedMax = 100;

// How PyYAML's resolver would read a plain text; such texts are quoted.
bool reads_as_other_type(const std::string& text) {
  static constexpr std::string_view kWords[] = {"",   "~",  "null", "Null", "NULL", "yes",   "Yes",   "YES",   "no",
                                                "No", "NO", "true", "True", "TRUE", "false", "False", "FALSE", "on",
                                                "On", "ON", "off",  "Off",  "OFF",  "=",     "<<"};
  if (std::find(std::begin(kWords), std::end(kWords), text) != std::end(kWords)) return true;
  if (text.size() > kResolvedMax) return text.find_first_not_of("0123456789_") == std::string::npos;
  // PyYAML: yaml/resolver.py, the implicit resolvers for float, int and timestamp.
  static const std::regex pattern(
      "[-+]?[0-9][0-9_]*\\.[0-9_]*([eE][-+][0-9]+)?|\\.[0-9][0-9_]*([eE][-+][0-9]+)?|"
      "[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\\.[0-9_]*|[-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN)|"
      "[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+|"
      "[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt]|[ \\t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(\\.[0-9]*)?"
      "([ \\t]*(Z|[-+][0-9]{1,2}(:?[0-9]{2})?))?");
  return std::regex_match(text, pattern);
}

bool is_break(char32_t point) { return point == '\n' || point == 0x85 || point == 0x2028 || point == 0x2029; }
bool is_blank(char32_t point) {
  return point == 0 || point == ' ' || point == '\t' || point == '\r' || is_break(point);
}
bool is_one_of(char32_t point, std::string_view set) {
  return point < 0x80 && point != 0 && set.find(static_cast<char>(point)) != std::string_view::npos;
}

std::u32string decoded(std::string_view text) {
  std::u32string out;
  for (const std::string_view point : Points(text)) out.push_back(point_at(point, 0));
  return out;
}

// In which ways a text may be written.
struct Analysis {
  bool multiline = false;
  bool plain = true;
  bool single = true;
};

Analysis analyze(const std::u32string& text) {
  Analysis found;
  bool indicators = text.starts_with(U"---") || text.starts_with(U"...");
  bool special = false;
  bool space_break = false;
  bool break_space = false;
  bool previous_space = false;
  bool previous_break = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char32_t c = text[i];
    const bool blank_before = i == 0 || is_blank(text[i - 1]);
    const bool blank_after = i + 1 >= text.size() || is_blank(text[i + 1]);
    if (i == 0) {
      if (is_one_of(c, "#,[]{}&*!|>'\"%@`")) indicators = true;
      if (is_one_of(c, "?:-") && blank_after) indicators = true;
    } else if ((c == ':' && blank_after) || (c == '#' && blank_before)) {
      indicators = true;
    }
    if (is_break(c)) found.multiline = true;
    if (c != '\n' && (c < 0x20 || c > 0x7E)) special = true;
    if (c == ' ' && previous_break) break_space = true;
    if (is_break(c) && previous_space) space_break = true;
    previous_space = c == ' ';
    previous_break = is_break(c);
  }
  const auto edge = [](char32_t c) { return c == ' ' || is_break(c); };
  if (text.empty() || edge(text.front()) || edge(text.back()) || found.multiline || indicators || break_space ||
      space_break || special)
    found.plain = text.empty();
  if (break_space || space_break || special) found.single = false;
  return found;
}

class YamlWriter {
 public:
  std::string write(const Value& value) {
    block(value, 0, -1);
    const bool scalar = !value.is_structured() || value.empty();
    if (!scalar) return std::move(out_);
    if (!value.is_structured() && plain_) out_ += "...\n";
    return std::move(out_);
  }

 private:
  static constexpr std::size_t kWidth = 80;

  std::size_t column() const {
    const std::size_t newline = out_.rfind('\n');
    return out_.size() - (newline == std::string::npos ? 0 : newline + 1);
  }
  void line(std::size_t indent) { out_ += "\n" + std::string(indent, ' '); }

  // A scalar or empty container; `indent` of lines that follow.
  void scalar(const Value& value, std::size_t indent, bool fold) {
    plain_ = true;
    if (value.is_string()) return text(value.get_ref<const std::string&>(), indent, fold);
    if (value.is_null()) {
      out_ += "null";
    } else if (value.is_structured()) {
      out_ += value.is_object() ? "{}" : "[]";
    } else if (value.is_number_float() && !std::isfinite(value.get<double>())) {
      const auto number = value.get<double>();
      out_ += std::isnan(number) ? ".nan" : number < 0 ? "-.inf" : ".inf";
    } else {
      std::string number = to_python_json(value);
      // YAML 1.1 reads 1e+20 as a string.
      const std::size_t exponent = number.find('e');
      if (value.is_number_float() && exponent != std::string::npos && number.find('.') == std::string::npos)
        number.insert(exponent, ".0");
      out_ += number;
    }
  }

  void text(const std::string& content, std::size_t indent, bool fold) {
    const std::u32string points = decoded(content);
    const Analysis how = analyze(points);
    plain_ = how.plain && !points.empty() && !reads_as_other_type(content);
    if (plain_) return plain(points, indent, fold);
    if (how.single && (fold || !how.multiline)) return single(points, indent, fold);
    double_quoted(points, indent, fold);
  }

  void put(const std::u32string& text, std::size_t begin, std::size_t end) {
    for (; begin < end; ++begin) append_point(out_, text[begin]);
  }

  void plain(const std::u32string& text, std::size_t indent, bool fold) {
    for (std::size_t at = 0; at < text.size();) {
      std::size_t end = at;
      while (end < text.size() && (text[end] == ' ') == (text[at] == ' ')) ++end;
      if (text[at] == ' ' && end == at + 1 && column() > kWidth && fold) {
        line(indent);
      } else {
        put(text, at, end);
      }
      at = end;
    }
  }

  void single(const std::u32string& text, std::size_t indent, bool fold) {
    out_.push_back('\'');
    for (std::size_t at = 0; at < text.size();) {
      std::size_t end = at + 1;
      if (text[at] == ' ') {
        while (end < text.size() && text[end] == ' ') ++end;
        if (end == at + 1 && column() > kWidth && fold && at != 0 && end != text.size()) {
          line(indent);
        } else {
          put(text, at, end);
        }
      } else if (is_break(text[at])) {
        while (end < text.size() && is_break(text[end])) ++end;
        out_ += std::string(end - at, '\n');
        line(indent);
      } else if (text[at] == '\'') {
        out_ += "\'\'";
      } else {
        while (end < text.size() && text[end] != ' ' && text[end] != '\'' && !is_break(text[end])) ++end;
        put(text, at, end);
      }
      at = end;
    }
    out_.push_back('\'');
  }

  static std::string escaped(char32_t point) {
    constexpr std::string_view kFrom = "\"\\\a\b\t\n\v\f\r\x1b";
    constexpr std::string_view kTo = "\"\\abtnvfre";
    if (point == 0) return "\\0";
    if (point == 0x85) return "\\N";
    if (point == 0xA0) return "\\_";
    if (point == 0x2028) return "\\L";
    if (point == 0x2029) return "\\P";
    const std::size_t simple = point < 0x80 ? kFrom.find(static_cast<char>(point)) : std::string_view::npos;
    if (simple != std::string_view::npos) return std::string("\\") + kTo[simple];
    const int width = point <= 0xFF ? 2 : point <= 0xFFFF ? 4 : 8;
    std::string out = std::string("\\") + (width == 2 ? 'x' : width == 4 ? 'u' : 'U');
    for (int shift = (width - 1) * 4; shift >= 0; shift -= 4) out.push_back("0123456789ABCDEF"[(point >> shift) & 15]);
    return out;
  }

  void double_quoted(const std::u32string& text, std::size_t indent, bool fold) {
    out_.push_back('"');
    std::size_t start = 0;
    for (std::size_t end = 0; end <= text.size(); ++end) {
      const bool last = end == text.size();
      if (last || text[end] == '"' || text[end] == '\\' || text[end] < 0x20 || text[end] > 0x7E) {
        put(text, start, end);
        start = end;
        if (!last) {
          out_ += escaped(text[end]);
          start = end + 1;
        }
      }
      const bool breakable = end > 0 && end + 1 < text.size() && (text[end] == ' ' || start >= end);
      if (!fold || !breakable || column() + (end - std::min(start, end)) - (start > end ? start - end : 0) <= kWidth)
        continue;
      put(text, start, end);
      out_.push_back('\\');
      start = std::max(start, end);
      line(indent);
      if (text[start] == ' ') out_.push_back('\\');
    }
    out_.push_back('"');
  }

  static bool simple_key(const std::string& key) {
    // PyYAML counts the tag "!!str", too.
    constexpr std::size_t kKeyMax = 128 - 5;
    const std::u32string points = decoded(key);
    return !points.empty() && points.size() < kKeyMax && !analyze(points).multiline;
  }

  void member(const std::string& key, const Value& value, std::size_t indent) {
    const bool nested = value.is_structured() && !value.empty();
    if (!simple_key(key)) {
      out_ += "? ";
      text(key, indent + 2, true);
      line(indent);
      out_ += ": ";
      return block(value, indent + 2, static_cast<std::ptrdiff_t>(indent));
    }
    text(key, indent, false);
    out_.push_back(':');
    if (!nested) {
      out_.push_back(' ');
      return block(value, indent, static_cast<std::ptrdiff_t>(indent));
    }
    // A list inside a dict stands at the dict's own indent.
    const std::size_t inner = value.is_object() ? indent + 2 : indent;
    line(inner);
    block(value, inner, static_cast<std::ptrdiff_t>(indent));
  }

  // The first line's indent is already written; `outer` is the indent of what holds the value.
  void block(const Value& value, std::size_t indent, std::ptrdiff_t outer) {
    if (!value.is_structured() || value.empty()) {
      scalar(value, static_cast<std::size_t>(std::max<std::ptrdiff_t>(outer, 0)) + 2, true);
      out_.push_back('\n');
      return;
    }
    bool first = true;
    const auto begin = [&] {
      if (!std::exchange(first, false)) out_ += std::string(indent, ' ');
    };
    if (value.is_array()) {
      for (const Value& item : value) {
        begin();
        out_ += "- ";
        block(item, indent + 2, static_cast<std::ptrdiff_t>(indent));
      }
      return;
    }
    std::vector<std::string> keys;
    for (const auto& entry : value.get_ref<const Value::object_t&>()) keys.push_back(entry.first);
    std::sort(keys.begin(), keys.end());
    for (const std::string& key : keys) {
      begin();
      member(key, *find(value, key), indent);
    }
  }

  std::string out_;
  bool plain_ = true;  // how the last scalar was written
};

}  // namespace

std::string yaml_block(const Value& value) { return YamlWriter().write(value); }

}  // namespace foehn::expr
