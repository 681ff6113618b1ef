#include "dsl/yaml/writer.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include "dsl/yaml/scalar.h"
#include "engine/base/limits.h"

namespace foehn::dsl {
namespace {

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// Texts that stand for themselves without quotes, in block and in flow context alike.
bool is_plain_text(std::string_view text) {
  if (text.empty() || text.size() > 1000 || !resolves_to_text(text)) return false;
  constexpr std::string_view kBadStarts = "-?:,[]{}#&*!|>'\"%@`=<";
  if (kBadStarts.find(text.front()) != std::string_view::npos) return false;
  if (is_continuation(text.front())) return false;
  if (text.front() == ' ' || text.back() == ' ' || text.back() == ':') return false;
  if (text.substr(0, 3) == "...") return false;
  const bool dated = text.size() >= 8 && text[0] >= '0' && text[0] <= '9' && text.find('-') != std::string_view::npos;
  if (dated) return false;  // other readers make dates of them
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 || c == 0x7f) return false;
    if (c >= 0x80 && (c == 0xC2 || c == 0xE2 || c == 0xEF)) return false;  // NEL, LS, PS, BOM
    if (c == ':' && text[i + 1] == ' ') return false;
    if (c == '#' && text[i - 1] == ' ') return false;
    if (c == ',' || c == '[' || c == ']' || c == '{' || c == '}') return false;
  }
  return true;
}

bool is_printable(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\n') || byte == 0x7f || byte == 0xC2 || byte == 0xE2 || byte == 0xEF;
  });
}

// A text of several lines that a literal block (`|`) gives back unchanged.
bool fits_literal(std::string_view text) {
  if (text.find('\n') == std::string_view::npos || !is_printable(text)) return false;
  if (text.front() == ' ' || text.front() == '\n') return false;
  const std::size_t last = text.find_last_not_of('\n');
  if (last == std::string_view::npos || text[last] == ' ') return false;
  return text.find(" \n") == std::string_view::npos;
}

void append_escaped(std::string& out, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  out.push_back('"');
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.append(1, '\\').append(1, c);
    } else if (c == '\n') {
      out.append("\\n");
    } else if (c == '\t') {
      out.append("\\t");
    } else if (byte < 0x20 || byte == 0x7f) {
      out.append("\\x").append(1, kDigits[byte >> 4U]).append(1, kDigits[byte & 0xFU]);
    } else if (byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) {
      const auto next = static_cast<unsigned char>(text[++i]);  // C1 controls: U+0080 to U+009F
      out.append("\\x").append(1, kDigits[next >> 4U]).append(1, kDigits[next & 0xFU]);
    } else if (text.substr(i, 3) == "\xEF\xBF\xBE" || text.substr(i, 3) == "\xEF\xBF\xBF") {
      out.append(text[i + 2] == '\xBE' ? "\\uFFFE" : "\\uFFFF");
      i += 2;
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

void append_quoted(std::string& out, std::string_view text) {
  const bool single = std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f || byte == 0xC2 || byte == 0xEF;
  });
  if (!single) return append_escaped(out, text);
  out.push_back('\'');
  for (const char c : text) out.append(c == '\'' ? 2 : 1, c);
  out.push_back('\'');
}

void append_text(std::string& out, std::string_view text) {
  if (is_plain_text(text)) {
    out.append(text);
  } else {
    append_quoted(out, text);
  }
}

class Writer {
 public:
  Writer(std::string& out, YamlStyle style) : out_(out), style_(style) {}

  // Writes what follows "key:" or "-" with the line end. `indent` is that of the children.
  void value(const Value& value, std::size_t indent, std::size_t level) {
    if (value.is_object() && !value.empty() && level < limits::kJsonDepthMax) {
      out_.push_back('\n');
      members(value, indent, level);
    } else if (value.is_array() && !value.empty() && level < limits::kJsonDepthMax) {
      out_.push_back('\n');
      items(value, indent, level);
    } else if (value.is_string() && fits_literal(value.get_ref<const std::string&>())) {
      literal(value.get_ref<const std::string&>(), indent);
    } else {
      out_.push_back(' ');
      scalar(value);
      out_.push_back('\n');
    }
  }

  void members(const Value& object, std::size_t indent, std::size_t level) {
    const auto& map = object.get_ref<const Value::object_t&>();
    std::vector<const Value::object_t::value_type*> order;
    order.reserve(map.size());
    for (const auto& member : map) order.push_back(&member);
    if (style_.sort_keys) std::sort(order.begin(), order.end(), [](auto* a, auto* b) { return a->first < b->first; });
    bool first = inline_;
    inline_ = false;
    for (const auto* member : order) {
      if (!first) out_.append(indent, ' ');
      first = false;
      key(member->first, indent);
      value(member->second, indent + 2, level + 1);
    }
  }

  void items(const Value& list, std::size_t indent, std::size_t level) {
    bool first = inline_;
    inline_ = false;
    for (const auto& item : list) {
      if (!first) out_.append(indent, ' ');
      first = false;
      out_.push_back('-');
      const bool nested = !item.empty() && item.is_structured() && level < limits::kJsonDepthMax;
      if (!nested) {
        value(item, indent + 2, level + 1);
        continue;
      }
      out_.push_back(' ');  // "- key: …" on one line
      inline_ = true;
      if (item.is_object()) {
        members(item, indent + 2, level + 1);
      } else {
        items(item, indent + 2, level + 1);
      }
    }
  }

  void scalar(const Value& value) {
    if (value.is_string()) {
      append_text(out_, value.get_ref<const std::string&>());
    } else if (value.is_number_float() && !std::isfinite(value.get<double>())) {
      const double number = value.get<double>();
      out_.append(std::isnan(number) ? ".nan" : number < 0 ? "-.inf" : ".inf");
    } else if (value.is_number_float()) {
      std::string text = to_json(value);  // YAML 1.1 wants a point and a signed exponent
      const std::size_t exponent = text.find('e');
      if (exponent != std::string::npos && text[exponent + 1] != '-' && text[exponent + 1] != '+')
        text.insert(exponent + 1, 1, '+');
      if (exponent != std::string::npos && text.find('.') == std::string::npos) text.insert(exponent, ".0");
      out_.append(text);
    } else {
      out_.append(to_json(value));  // null, booleans, integers, {}, []
    }
  }

 private:
  void key(const std::string& name, std::size_t indent) {
    // A simple key may have 1024 characters; longer ones need the explicit form.
    if (name.size() > 300) {
      out_.append("? ");
      append_escaped(out_, name);
      out_.append("\n").append(indent, ' ').append(":");
      return;
    }
    append_text(out_, name);
    out_.push_back(':');
  }

  void literal(std::string_view text, std::size_t indent) {
    const std::size_t last = text.find_last_not_of('\n');
    const std::size_t ends = text.size() - last - 1;
    out_.append(ends == 0 ? " |-\n" : ends == 1 ? " |\n" : " |+\n");
    const std::size_t block = std::max<std::size_t>(indent, 2);
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find('\n', at);
      const std::string_view line = text.substr(at, end - at);
      if (!line.empty()) out_.append(block, ' ').append(line);
      out_.push_back('\n');
      if (end == std::string_view::npos) break;
      at = end + 1;
    }
  }

  std::string& out_;
  YamlStyle style_;
  bool inline_ = false;  // the first member goes on the line of its "- "
};

}  // namespace

std::string write_yaml(const Value& value, YamlStyle style) {
  std::string out;
  Writer writer(out, style);
  if (value.is_object() && !value.empty()) {
    writer.members(value, 0, 0);
  } else if (value.is_array() && !value.empty()) {
    writer.items(value, 0, 0);
  } else {
    writer.scalar(value);
    out.push_back('\n');
  }
  return out;
}

}  // namespace foehn::dsl
