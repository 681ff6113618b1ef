// Python's ways of writing values as text: json.dumps, repr and str.
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "engine/base/value.h"

namespace foehn {
namespace {

// Decodes one code point at `at`; invalid bytes give U+FFFD and advance by one.
std::uint32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  std::size_t length = 1;
  std::uint32_t point = lead;
  if (lead >= 0xF0 && lead < 0xF8) {
    length = 4;
    point = lead & 0x07u;
  } else if (lead >= 0xE0) {
    length = 3;
    point = lead & 0x0Fu;
  } else if (lead >= 0xC0) {
    length = 2;
    point = lead & 0x1Fu;
  } else if (lead >= 0x80) {
    ++at;
    return 0xFFFD;
  }
  if (at + length > text.size()) {
    ++at;
    return 0xFFFD;
  }
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) {
      ++at;
      return 0xFFFD;
    }
    point = (point << 6) | (byte(at + i) & 0x3Fu);
  }
  at += length;
  return point;
}

void append_u16(std::string& out, std::uint32_t unit) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "\\u%04x", unit);
  out += text.data();
}

void append_json_string(std::string& out, const std::string& text) {
  out.push_back('"');
  for (std::size_t at = 0; at < text.size();) {
    const std::uint32_t point = next_code_point(text, at);
    switch (point) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      default:
        if (point >= 0x20 && point < 0x7F) {
          out.push_back(static_cast<char>(point));
        } else if (point < 0x10000) {
          append_u16(out, point);
        } else {
          append_u16(out, 0xD800 + ((point - 0x10000) >> 10));
          append_u16(out, 0xDC00 + ((point - 0x10000) & 0x3FF));
        }
    }
  }
  out.push_back('"');
}

// Python's float repr: shortest text that reads back, with ".0" and exponents from 1e16 on.
void append_float(std::string& out, double number) {
  if (std::isnan(number)) {
    out += "nan";
    return;
  }
  if (std::isinf(number)) {
    out += number < 0 ? "-inf" : "inf";
    return;
  }
  std::array<char, 40> text{};
  const double magnitude = std::fabs(number);
  const bool exponent = number != 0 && (magnitude >= 1e16 || magnitude < 1e-4);
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number,
                                 exponent ? std::chars_format::scientific : std::chars_format::fixed).ptr;
  const std::string_view shown(text.data(), static_cast<std::size_t>(end - text.data()));
  out += shown;
  if (!exponent && shown.find('.') == std::string_view::npos) out += ".0";
}

void append_repr_string(std::string& out, const std::string& text) {
  const bool double_quotes = text.find('\'') != std::string::npos && text.find('"') == std::string::npos;
  const char quote = double_quotes ? '"' : '\'';
  out.push_back(quote);
  for (const char c : text) {
    if (c == quote || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      std::array<char, 16> hex{};
      std::snprintf(hex.data(), hex.size(), "\\x%02x", static_cast<unsigned char>(c));
      out += hex.data();
    } else {
      out.push_back(c);
    }
  }
  out.push_back(quote);
}

struct Style {
  bool python;  // repr instead of JSON
};

void append(std::string& out, const Value& value, Style style) {
  switch (value.type()) {
    case Value::value_t::null: out += style.python ? "None" : "null"; return;
    case Value::value_t::boolean:
      out += value.get<bool>() ? (style.python ? "True" : "true") : (style.python ? "False" : "false");
      return;
    case Value::value_t::number_float: {
      const auto number = value.get<double>();
      if (style.python || std::isfinite(number)) return append_float(out, number);
      out += std::isnan(number) ? "NaN" : number < 0 ? "-Infinity" : "Infinity";  // as json.dumps, which no JSON allows
      return;
    }
    case Value::value_t::string:
      style.python ? append_repr_string(out, value.get_ref<const std::string&>())
                   : append_json_string(out, value.get_ref<const std::string&>());
      return;
    case Value::value_t::array: {
      out.push_back('[');
      bool first = true;
      for (const auto& item : value) {
        if (!first) out += ", ";
        first = false;
        append(out, item, style);
      }
      out.push_back(']');
      return;
    }
    case Value::value_t::object: {
      out.push_back('{');
      bool first = true;
      for (const auto& [key, member] : value.get_ref<const Value::object_t&>()) {
        if (!first) out += ", ";
        first = false;
        style.python ? append_repr_string(out, key) : append_json_string(out, key);
        out += ": ";
        append(out, member, style);
      }
      out.push_back('}');
      return;
    }
    default: out += value.dump(); return;
  }
}

}  // namespace

std::string to_python_json(const Value& value) {
  std::string out;
  append(out, value, {.python = false});
  return out;
}

std::string to_python_repr(const Value& value) {
  std::string out;
  append(out, value, {.python = true});
  return out;
}

std::string to_python_str(const Value& value) {
  return value.is_string() ? value.get<std::string>() : to_python_repr(value);
}

}  // namespace foehn
