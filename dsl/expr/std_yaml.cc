// Writes YAML as PyYAML's safe_dump(default_flow_style=False) does.
#include <algorithm>
#include <vector>

#include "dsl/expr/std_functions.h"

namespace foehn::expr {
namespace {

// How PyYAML's resolver would read a plain text; such texts are quoted.
bool reads_as_other_type(const std::string& text) {
  static constexpr std::string_view kWords[] = {"",     "~",    "null", "Null", "NULL", "yes", "Yes", "YES", "no",  "No",  "NO",
                                                "true", "True", "TRUE", "false", "False", "FALSE", "on", "On", "ON",
                                                "off",  "Off",  "OFF",  "=",     "<<"};
  if (std::find(std::begin(kWords), std::end(kWords), text) != std::end(kWords)) return true;
  // Numbers, times (1:30) and dates all begin with a digit, a sign or a dot and hold nothing else.
  const char first = text[0];
  if ((first < '0' || first > '9') && first != '-' && first != '+' && first != '.') return false;
  return text.find_first_not_of("0123456789abcdefABCDEFxobinfNaAyYT+-.:_ Z") == std::string::npos &&
         text.find_first_of("0123456789fFnN") != std::string::npos;
}

bool is_plain(const std::string& text) {
  if (reads_as_other_type(text) || text.front() == ' ' || text.back() == ' ') return false;
  if (std::string_view("-?:,[]{}#&*!|>'\"%@`").find(text[0]) != std::string_view::npos) {
    const bool indicator_only = (text[0] == '-' || text[0] == '?' || text[0] == ':') && text.size() > 1 && text[1] != ' ';
    if (!indicator_only || text.starts_with("---")) return false;
  }
  if (text.find(": ") != std::string::npos || text.find(" #") != std::string::npos || text.back() == ':') return false;
  return text != "..." && text != "---";
}

bool needs_double_quotes(const std::string& text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || static_cast<unsigned char>(c) >= 0x7F; });
}

std::string scalar_text(const std::string& text) {
  if (needs_double_quotes(text) || text.find('\n') != std::string::npos) {
    std::string json = to_python_json(Value(text));
    return json;
  }
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
  return to_python_json(value);
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
  if (!value.is_structured() && (!value.is_string() || out.front() != '\'')) out += value.is_string() && out.front() == '"' ? "" : "...\n";
  return out;
}

}  // namespace foehn::expr
