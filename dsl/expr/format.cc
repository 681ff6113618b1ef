#include "dsl/expr/format.h"

#include <array>
#include <charconv>
#include <cmath>

#include "dsl/expr/text.h"

namespace foehn::expr {
namespace {

constexpr std::size_t kWidthMax = 10'000;  // wider is a mistake

// [[fill]align][sign][#][0][width][,][.precision][type]
struct Spec {
  std::string fill = " ";
  char align = 0;
  char sign = '-';
  bool sign_given = false;
  bool alternate = false;
  char group = 0;  // , or _
  bool zero = false;
  std::size_t width = 0;
  int precision = -1;
  char type = 0;
};

bool take_number(std::string_view& text, std::size_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number <= kWidthMax;
}

bool parse_spec(std::string_view text, Spec& spec) {
  constexpr std::string_view kAligns = "<>=^";
  const std::vector<std::string_view> start = points(text.substr(0, 8));
  if (start.size() >= 2 && start[1].size() == 1 && kAligns.find(start[1][0]) != std::string_view::npos) {
    spec.fill = std::string(start[0]);
    spec.align = start[1][0];
    text.remove_prefix(start[0].size() + 1);
  } else if (!text.empty() && kAligns.find(text[0]) != std::string_view::npos) {
    spec.align = text[0];
    text.remove_prefix(1);
  }
  const auto take = [&text](char c) { return text.starts_with(c) ? (text.remove_prefix(1), true) : false; };
  if (!text.empty() && std::string_view("+- ").find(text[0]) != std::string_view::npos) {
    spec.sign = text[0];
    spec.sign_given = true;
    text.remove_prefix(1);
  }
  spec.alternate = take('#');
  if (take('0') && spec.align == 0) {
    spec.fill = "0";
    spec.zero = true;
  }
  if (!text.empty() && text[0] >= '0' && text[0] <= '9' && !take_number(text, spec.width)) return false;
  if (take(',')) spec.group = ',';
  if (take('_')) {
    if (spec.group != 0) return false;
    spec.group = '_';
  }
  if (take('.')) {
    std::size_t precision = 0;
    if (!take_number(text, precision) || precision > 300) return false;
    spec.precision = static_cast<int>(precision);
  }
  if (text.size() > 1) return false;
  if (!text.empty()) spec.type = text[0];
  return true;
}

void pad(std::string& out, const std::string& sign, const std::string& body, const Spec& spec, char natural) {
  const std::size_t length = count_points(sign) + count_points(body);
  const std::size_t missing = spec.width > length ? spec.width - length : 0;
  const char align = spec.align == 0 ? natural : spec.align;
  const std::size_t left = align == '>' ? missing : align == '^' ? missing / 2 : 0;
  const auto fill = [&](std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) out += spec.fill;
  };
  fill(left);
  out += sign;
  if (align == '=') fill(missing);
  out += body;
  if (align != '=') fill(missing - left);
}

std::string grouped(std::string digits, char mark, std::size_t size) {
  std::size_t end = digits.find_first_of(".e");
  if (end == std::string::npos) end = digits.size();
  for (std::size_t at = end; at > size;) {
    at -= size;
    digits.insert(at, 1, mark);
  }
  return digits;
}

std::string integer_digits(std::uint64_t magnitude, char type) {
  const int base = type == 'b' ? 2 : type == 'o' ? 8 : type == 'x' || type == 'X' ? 16 : 10;
  std::array<char, 70> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), magnitude, base).ptr;
  std::string digits(text.data(), end);
  return type == 'X' ? to_upper(digits) : digits;
}

// `type` in lower case, 0 for none.
std::string float_digits(double magnitude, const Spec& spec, char type) {
  const char* const percent = type == '%' ? "%" : "";
  if (!std::isfinite(magnitude)) return std::string(std::isnan(magnitude) ? "nan" : "inf") + percent;
  if (type == 0 && spec.precision < 0 && !spec.alternate) return to_python_repr(Value(magnitude));
  int precision = spec.precision < 0 ? (type == 0 ? 17 : 6) : spec.precision;
  const char conversion = type == 0 || type == 'g' || type == 'n' ? 'g' : type == 'e' ? 'e' : 'f';
  const double shown = type == '%' ? magnitude * 100 : magnitude;
  std::string text(700, '\0');
  const auto print = [&](char how, int digits) {
    const std::string format = std::string(spec.alternate ? "%#.*" : "%.*") + how;
    text.resize(700);
    text.resize(static_cast<std::size_t>(std::snprintf(text.data(), text.size(), format.c_str(), digits, shown)));
  };
  if (type != 0) {
    print(conversion, precision);
    return text + percent;
  }
  // Without a type at least one digit follows the point, and one of the precision's digits is kept for it.
  precision = std::max(precision, 1);
  print('g', precision);
  if (text.find('e') != std::string::npos || text.find('.') != std::string::npos) return text;
  if (static_cast<int>(text.size()) < precision) return text + ".0";
  print('e', precision - 1);
  return text;
}

bool refuse(Evaluation& evaluation, std::string message) {
  evaluation.fail(std::move(message));
  return false;
}

bool format_character(Evaluation& evaluation, const Datum& value, const Spec& spec, std::string& out) {
  if (spec.precision >= 0 || spec.group != 0 || spec.sign_given || spec.alternate)
    return refuse(evaluation, "Precision, sign, grouping and # are not allowed with 'c'");
  if (value.integer() < 0 || value.integer() > 0x10FFFF)
    return refuse(evaluation, "%c arg not in range(0x110000)");
  std::string body;
  append_point(body, static_cast<char32_t>(value.integer()));
  pad(out, "", body, spec, '>');
  return true;
}

bool format_integer(Evaluation& evaluation, const Datum& value, const Spec& spec, std::string& out) {
  const char type = spec.type == 'n' || spec.type == 'd' ? '\0' : spec.type;
  if (type == 'c') return format_character(evaluation, value, spec, out);
  if (type != 0 && std::string_view("boxX").find(type) == std::string_view::npos)
    return refuse(evaluation, "Unknown format code '" + std::string(1, type) + "' for " + std::string(name_of(value)));
  if (spec.precision >= 0) return refuse(evaluation, "Precision not allowed in integer format specifier");
  if (spec.group != 0 && (spec.type == 'n' || (type != 0 && spec.group == ',')))
    return refuse(evaluation, "Cannot specify '" + std::string(1, spec.group) + "' with '" + spec.type + "'.");
  const bool negative = value.integer() < 0;
  const auto bits = static_cast<std::uint64_t>(value.integer());
  std::string body = integer_digits(negative ? 0 - bits : bits, type);
  if (spec.group != 0) body = grouped(std::move(body), spec.group, type == 0 ? 3 : 4);
  std::string sign = negative ? "-" : spec.sign == '-' ? "" : std::string(1, spec.sign);
  if (spec.alternate && type != 0) sign += std::string("0") + type;
  pad(out, sign, body, spec, '>');
  return true;
}

bool format_number(Evaluation& evaluation, const Datum& value, Spec spec, std::string& out) {
  if (spec.zero && spec.align == 0) spec.align = '=';
  const bool float_type = spec.type != 0 && std::string_view("eEfFgG%").find(spec.type) != std::string_view::npos;
  if (value.kind() != Kind::kNumber && !float_type) return format_integer(evaluation, value, spec, out);
  if (spec.type != 0 && spec.type != 'n' && !float_type)
    return refuse(evaluation,
                  "Unknown format code '" + std::string(1, spec.type) + "' for " + std::string(name_of(value)));
  if (spec.group != 0 && spec.type == 'n')
    return refuse(evaluation, "Cannot specify '" + std::string(1, spec.group) + "' with 'n'.");
  const char lower = spec.type >= 'A' && spec.type <= 'Z' ? static_cast<char>(spec.type + 32) : spec.type;
  std::string body = float_digits(std::fabs(value.number()), spec, lower);
  if (lower != spec.type) body = to_upper(body);
  if (spec.group != 0) body = grouped(std::move(body), spec.group, 3);
  const bool negative = std::signbit(value.number()) && !std::isnan(value.number());
  pad(out, negative ? "-" : spec.sign == '-' ? "" : std::string(1, spec.sign), body, spec, '>');
  return true;
}

bool format_string(Evaluation& evaluation, const Datum& value, const Spec& spec, std::string& out) {
  if (spec.type != 0 && spec.type != 's')
    return refuse(evaluation, "Unknown format code '" + std::string(1, spec.type) + "' for string");
  if (spec.align == '=') return refuse(evaluation, "'=' alignment not allowed in string format specifier");
  if (spec.sign_given) return refuse(evaluation, "Sign not allowed in string format specifier");
  if (spec.alternate) return refuse(evaluation, "Alternate form (#) not allowed in string format specifier");
  if (spec.group != 0) return refuse(evaluation, "Cannot specify '" + std::string(1, spec.group) + "' with 's'.");
  std::string body(value.text());
  if (spec.precision >= 0) body = std::string(slice(body, 0, spec.precision));
  pad(out, "", body, spec, '<');
  return true;
}

bool split_field(Evaluation& evaluation, std::string_view text, FormatField& out) {
  std::size_t end = 0;
  for (bool bracket = false; end < text.size(); ++end) {
    if (text[end] == '[') bracket = true;
    if (text[end] == ']') bracket = false;
    if (text[end] == '{') return refuse(evaluation, "unexpected '{' in field name");
    if (!bracket && (text[end] == ':' || text[end] == '!')) break;
  }
  out.path = text.substr(0, end);
  out.spec = text.substr(end);
  if (out.spec.starts_with('!')) {
    if (out.spec.size() < 2) return refuse(evaluation, "end of string while looking for conversion specifier");
    out.conversion = out.spec[1];
    out.spec.remove_prefix(2);
    if (!out.spec.empty() && out.spec[0] != ':')
      return refuse(evaluation, "expected ':' after conversion specifier");
  }
  if (out.spec.starts_with(':')) out.spec.remove_prefix(1);
  return true;
}

// Behind the `}` that closes the field which begins at `at`; npos when there is none.
std::size_t field_end(std::string_view pattern, std::size_t at) {
  bool bracket = false;
  std::size_t nested = 1;
  for (std::size_t end = at; end < pattern.size(); ++end) {
    if (pattern[end] == '[') bracket = true;
    if (pattern[end] == ']') bracket = false;
    if (bracket) continue;
    if (pattern[end] == '{') ++nested;
    if (pattern[end] == '}' && --nested == 0) return end + 1;
  }
  return std::string_view::npos;
}

// A replacement field: `0.name[key]!r:spec`.
class Formatter {
 public:
  // `written`: the format stands in the expression, so that a message may quote it.
  Formatter(Evaluation& evaluation, const std::vector<Datum>& arguments, const Keywords& keywords, bool written)
      : evaluation_(evaluation), arguments_(arguments), keywords_(keywords), written_(written) {}

  bool run(std::string_view pattern, std::string& out, int level) {
    return walk_format(evaluation_, pattern, out,
                       [&](const FormatField& parts) { return field(parts, out, level); });
  }

 private:
  bool fail(std::string message) {
    evaluation_.fail(std::move(message));
    return false;
  }

  std::string quoted(std::string_view name) const {
    return written_ ? ": '" + std::string(name.substr(0, 100)) + "'" : std::string();
  }

  bool field(const FormatField& parts, std::string& out, int level) {
    Datum value;
    if (!resolve(parts.path, value)) return false;
    if (parts.conversion == 'r' || parts.conversion == 'a') value = evaluation_.text(repr(evaluation_, value));
    if (parts.conversion == 's') value = evaluation_.text(str(evaluation_, value));
    std::string inner;
    if (level > 1) return fail("Max string recursion exceeded");
    if (!run(parts.spec, inner, level + 1)) return false;
    return !value.failed() && format_value(evaluation_, value, inner, out);
  }

  bool resolve(std::string_view path, Datum& value) {
    const std::size_t end = std::min(path.find_first_of(".["), path.size());
    if (!first(path.substr(0, end), value)) return false;
    for (path.remove_prefix(end); !path.empty();) {
      if (path[0] == '.') return fail("format strings cannot read attributes");
      const std::size_t close = path.find(']');
      if (close == std::string_view::npos) return fail("Missing ']' in format string");
      if (!item(value, path.substr(1, close - 1))) return false;
      path.remove_prefix(close + 1);
    }
    return true;
  }

  bool first(std::string_view name, Datum& value) {
    std::size_t index = next_;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
    const bool number = error == std::errc() && end == name.data() + name.size();
    if (name.empty()) ++next_;
    if (name.empty() || number) {
      if (index >= arguments_.size())
        return fail("the format refers to an argument that was not given; there are " +
                    std::to_string(arguments_.size()));
      value = arguments_[index];
      return true;
    }
    for (const auto& [keyword, given] : keywords_)
      if (keyword == name) {
        value = given;
        return true;
      }
    return fail("the format names an argument that was not given" + quoted(name));
  }

  bool item(Datum& value, std::string_view key) {
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), index);
    const bool number = error == std::errc() && end == key.data() + key.size();
    Datum found;
    if (value.kind() == Kind::kDict && lookup(value, std::string(key), found)) {
      value = found;
      return true;
    }
    if (number && value.kind() == Kind::kList) {
      Items items(evaluation_, value);
      for (std::size_t i = 0; items.next(found); ++i)
        if (i == index) {
          value = found;
          return true;
        }
    }
    return fail("the format names something that is not in the " + std::string(name_of(value)) + quoted(key));
  }

  Evaluation& evaluation_;
  const std::vector<Datum>& arguments_;
  const Keywords& keywords_;
  const bool written_;
  std::size_t next_ = 0;
};

}  // namespace

bool walk_format(Evaluation& evaluation, std::string_view pattern, std::string& out,
                 const std::function<bool(const FormatField&)>& put) {
  for (std::size_t at = 0; at < pattern.size();) {
    const char c = pattern[at];
    const bool twice = at + 1 < pattern.size() && pattern[at + 1] == c;
    if (c != '{' && c != '}') {
      const std::size_t end = std::min(pattern.find_first_of("{}", at), pattern.size());
      out += pattern.substr(at, end - at);
      at = end;
    } else if (twice) {
      out.push_back(c);
      at += 2;
    } else if (c == '}') {
      return refuse(evaluation, "Single '}' encountered in format string");
    } else {
      const std::size_t end = field_end(pattern, at + 1);
      if (end == std::string_view::npos) return refuse(evaluation, "expected '}' before end of string");
      FormatField field;
      if (!split_field(evaluation, pattern.substr(at + 1, end - at - 2), field) || !put(field)) return false;
      at = end;
    }
    if (!evaluation.step()) return false;
  }
  return evaluation.charge(out.size());
}

bool format_value(Evaluation& evaluation, const Datum& value, std::string_view spec_text, std::string& out) {
  if (spec_text.empty()) {
    if (value.is_text()) return evaluation.append(out, value.text());
    return evaluation.append(out, str(evaluation, value)) && !evaluation.failed();
  }
  Spec spec;
  if (!parse_spec(spec_text, spec)) {
    evaluation.fail("Invalid format specifier for " + std::string(name_of(value)));
    return false;
  }
  if (value.is_number() || value.kind() == Kind::kBoolean) return format_number(evaluation, value, spec, out);
  if (value.is_text()) return format_string(evaluation, value, spec, out);
  return refuse(evaluation, "unsupported format string passed for " + std::string(name_of(value)));
}

Datum format_text(Evaluation& evaluation, const Datum& pattern, const std::vector<Datum>& arguments,
                  const Keywords& keywords) {
  std::string out;
  Formatter formatter(evaluation, arguments, keywords, pattern.is_literal());
  if (!formatter.run(pattern.text(), out, 0)) return Datum::failure();
  return evaluation.text(std::move(out));
}

}  // namespace foehn::expr
