#include "api/rest/python_arguments.h"

#include <algorithm>
#include <vector>

namespace foehn::rest {
namespace {

constexpr std::string_view kUnknown = "**kwargs";
constexpr std::string_view kSpaces = " \t\r\n\\";
constexpr int kBasesMax = 8;

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kSpaces);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpaces) + 1 - begin);
}

std::string_view line_at(std::string_view text, std::size_t at) {
  return text.substr(at, std::min(text.find('\n', at), text.size()) - at);
}

// Behind the string that begins at `at`.
std::size_t behind_string(std::string_view text, std::size_t at) {
  const std::string_view thrice = text.substr(at, 3);
  const bool is_long = thrice == "\"\"\"" || thrice == "'''";
  const std::string_view end = is_long ? thrice : text.substr(at, 1);
  for (std::size_t i = at + end.size(); i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text.substr(i, end.size()) == end) {
      return i + end.size();
    }
  }
  return text.size();
}

// The parts between commas of what is in the parentheses that open at `open`; without comments.
std::vector<std::string> parts_in(std::string_view text, std::size_t open) {
  std::vector<std::string> parts(1);
  int depth = 1;
  for (std::size_t at = open + 1; at < text.size();) {
    const char c = text[at];
    if (c == '#') {
      at = std::min(text.find('\n', at), text.size());
      continue;
    }
    if (c == '"' || c == '\'') {
      const std::size_t end = behind_string(text, at);
      parts.back() += text.substr(at, end - at);
      at = end;
      continue;
    }
    depth += c == '(' || c == '[' || c == '{' ? 1 : c == ')' || c == ']' || c == '}' ? -1 : 0;
    if (depth == 0) break;
    ++at;
    if (c == ',' && depth == 1)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  for (std::string& part : parts) part = std::string(trimmed(part));
  if (parts.back().empty()) parts.pop_back();  // a comma at the end, or nothing at all
  return parts;
}

// As JSON, where that is simple, as the built-in actions' defaults are shown_default.
std::string shown_default(std::string_view value) {
  if (value == "None") return "null";
  if (value == "True") return "true";
  if (value == "False") return "false";
  const bool quoted = value.size() >= 2 && value.front() == '\'' && value.back() == '\'';
  const std::string_view inner = quoted ? value.substr(1, value.size() - 2) : std::string_view();
  if (quoted && inner.find_first_of("'\"\\") == std::string_view::npos) return '"' + std::string(inner) + '"';
  return std::string(value);
}

// "a: int = 3" → "a=3"; a mark without a name → "".
std::string argument(std::string_view part) {
  if (part == "/" || (part.starts_with('*') && !part.starts_with("**"))) return "";
  const std::size_t end = std::min(part.find_first_of(":="), part.size());
  const std::string name(trimmed(part.substr(0, end)));
  // Of an annotation with '=' inside brackets or a text the default is behind the last one.
  const std::size_t equals = part.substr(end).starts_with('=') ? end : part.rfind('=');
  if (equals == std::string_view::npos) return name;
  return name + "=" + shown_default(trimmed(part.substr(equals + 1)));
}

std::string arguments_of(std::string_view code, std::size_t open) {
  const std::vector<std::string> parts = parts_in(code, open);
  std::string text;
  for (std::size_t i = 1; i < parts.size(); ++i)  // the first is the instance
    if (const std::string one = argument(parts[i]); !one.empty()) text += (text.empty() ? "" : ", ") + one;
  return text;
}

// Where "class NAME" begins; npos: nowhere at the start of a line.
std::size_t find_class(std::string_view code, std::string_view name) {
  const std::string wanted = "class " + std::string(name);
  for (std::size_t at = 0; at < code.size(); at += line_at(code, at).size() + 1) {
    const std::string_view line = line_at(code, at);
    if (line.starts_with(wanted) && line.size() > wanted.size() &&
        std::string_view("(: \t").find(line[wanted.size()]) != std::string_view::npos)
      return at;
  }
  return std::string_view::npos;
}

// Where the '(' behind the class's own "def __init__" is; npos: it has none.
std::size_t find_constructor(std::string_view code, std::size_t class_at) {
  constexpr std::string_view kConstructor = "def __init__";
  for (std::size_t at = class_at + line_at(code, class_at).size() + 1; at < code.size();
       at += line_at(code, at).size() + 1) {
    const std::string_view line = line_at(code, at), text = trimmed(line);
    if (text.empty() || text.front() == '#') continue;
    if (text.starts_with(kConstructor)) return code.find('(', at);
    if (line.front() != ' ' && line.front() != '\t' && line.front() != ')') break;
  }
  return std::string_view::npos;
}

}  // namespace

std::string python_arguments(std::string_view code, std::string_view class_name) {
  std::string name(class_name);
  for (int i = 0; i < kBasesMax; ++i) {
    const std::size_t at = find_class(code, name);
    if (at == std::string_view::npos) break;
    const std::size_t open = find_constructor(code, at);
    if (open != std::string_view::npos) return arguments_of(code, open);
    const std::string_view line = line_at(code, at);
    const std::size_t bases_at = line.find('(');
    if (bases_at == std::string_view::npos) return "";
    const std::vector<std::string> bases = parts_in(code, at + bases_at);
    if (bases.empty()) return "";
    name = bases.front();
    if (name == "object" || ((name == "Action" || name.ends_with(".Action")) && find_class(code, name) == code.npos))
      return "";
  }
  return std::string(kUnknown);
}

}  // namespace foehn::rest
