// Writes YAML as PyYAML's safe_dump(default_flow_style=False) does.
#include <algorithm>
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

bool is_plain(const std::string& text) {
  if (reads_as_other_type(text) || text.front() == ' ' || text.back() == ' ') return false;
  if (std::string_view("-?:,[]{}#&*!|>'\"%@`").find(text[0]) != std::string_view::npos) {
    const bool indicator_only =
        (text[0] == '-' || text[0] == '?' || text[0] == ':') && text.size() > 1 && text[1] != ' ';
    if (!indicator_only || text.starts_with("---")) return false;
  }
  if (text.find(": ") != std::string::npos || text.find(" #") != std::string::npos || text.back() == ':') return false;
  return text != "..." && text != "---";
}

bool needs_double_quotes(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || static_cast<unsigned char>(c) >= 0x7F;
  });
}

// PyYAML's double quotes: everything but printable ASCII is escaped.
std::string double_quoted(const std::string& text) {
  constexpr std::string_view kFrom = "\"\\\a\b\t\n\v\f\r\x1b";
  constexpr std::string_view kTo = "\"\\abtnvfre";
  std::string out = "\"";
  for (const std::string_view point : points(text)) {
    std::uint32_t code = static_cast<unsigned char>(point[0]);
    if (point.size() > 1) code &= 0x7Fu >> point.size();
    for (const char c : point.substr(1)) code = (code << 6) | (static_cast<unsigned char>(c) & 0x3Fu);
    const std::size_t simple = code < 0x80 ? kFrom.find(static_cast<char>(code)) : std::string_view::npos;
    if (simple != std::string_view::npos) {
      out += {'\\', kTo[simple]};
    } else if (code >= 0x20 && code < 0x7F) {
      out.push_back(static_cast<char>(code));
    } else {
      const int width = code <= 0xFF ? 2 : code <= 0xFFFF ? 4 : 8;
      out += {'\\', width == 2 ? 'x' : width == 4 ? 'u' : 'U'};
      for (int shift = (width - 1) * 4; shift >= 0; shift -= 4) out.push_back("0123456789ABCDEF"[(code >> shift) & 15]);
    }
  }
  return out + "\"";
}

std::string scalar_text(const std::string& text) {
  if (needs_double_quotes(text) || text.find('\n') != std::string::npos) return double_quoted(text);
  if (!text.empty() && is_plain(text)) return text;
  std::string out = "'";
  for (const char c : text) {
    out.push_back(c);
    if (c == '\'') out.push_back(c);
  }
  return out + "'";
}

std::string scalar(const Value& value) {
  if (value.is_null()) return "null";
  if (value.is_string()) return scalar_text(value.get_ref<const std::string&>());
  if (value.is_structured()) return value.is_object() ? "{}" : "[]";
  std::string text = to_python_json(value);
  // YAML 1.1 reads 1e+20 as a string.
  const std::size_t exponent = text.find('e');
  if (value.is_number_float() && exponent != std::string::npos && text.find('.') == std::string::npos)
    text.insert(exponent, ".0");
  return text;
}

void append_block(std::string& out, const Value& value, std::size_t indent);

void append_member(std::string& out, const std::string& key, const Value& member, std::size_t indent) {
  out += scalar_text(key) + ":";
  if (!member.is_structured() || member.empty()) {
    out += " " + scalar(member) + "\n";
    return;
  }
  out.push_back('\n');
  // PyYAML writes a list inside a dict at the dict's own indent.
  const std::size_t inner = member.is_object() ? indent + 2 : indent;
  out += std::string(inner, ' ');
  append_block(out, member, inner);
}

// The first line's indent is already written.
void append_block(std::string& out, const Value& value, std::size_t indent) {
  if (!value.is_structured() || value.empty()) {
    out += scalar(value) + "\n";
    return;
  }
  bool first = true;
  if (value.is_array()) {
    for (const Value& item : value) {
      if (!first) out += std::string(indent, ' ');
      first = false;
      out += "- ";
      append_block(out, item, indent + 2);
    }
    return;
  }
  std::vector<std::string> keys;
  for (const auto& member : value.get_ref<const Value::object_t&>()) keys.push_back(member.first);
  std::sort(keys.begin(), keys.end());
  for (const std::string& key : keys) {
    if (!first) out += std::string(indent, ' ');
    first = false;
    append_member(out, key, *find(value, key), indent);
  }
}

}  // namespace

std::string yaml_block(const Value& value) {
  std::string out;
  append_block(out, value, 0);
  if (!value.is_structured() && (!value.is_string() || out.front() != '\''))
    out += value.is_string() && out.front() == '"' ? "" : "...\n";
  return out;
}

}  // namespace foehn::expr
