// pattern % values and pattern.format(…), as Python and Jinja2's sandbox do them.
#include <array>
#include <charconv>
#include <cmath>

#include "dsl/expr/format.h"
#include "dsl/expr/jinja/functions.h"
#include "dsl/expr/text.h"

namespace foehn::jinja {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// One `%…` of a pattern.
struct Conversion {
  bool left = false;
  bool zero = false;
  bool plus = false;
  bool blank = false;
  bool alternate = false;
  std::int64_t width = 0;
  std::int64_t precision = -1;
  char type = 0;
};

class PercentFormatter {
 public:
  PercentFormatter(Evaluation& evaluation, const Datum& pattern, const Datum& values)
      : evaluation_(evaluation),
        text_(pattern.text()),
        safe_(is_markup(pattern)),
        written_(pattern.is_literal()),
        values_(values) {}

  bool run(std::string& out) {
    while (at_ < text_.size()) {
      const std::size_t percent = std::min(text_.find('%', at_), text_.size());
      if (!evaluation_.append(out, text_.substr(at_, percent - at_))) return false;
      at_ = percent + 1;
      if (percent >= text_.size()) break;
      if (!evaluation_.step() || !conversion(out)) return false;
    }
    return finish();
  }

 private:
  bool fail(std::string message) {
    evaluation_.fail(std::move(message));
    return false;
  }

  bool next(Datum& out) {
    if (is_tuple(values_)) {
      const auto& items = values_.as<expr::ListObject>()->items;
      if (used_ >= items.size()) return fail("not enough arguments for format string");
      out = items[used_++];
      return true;
    }
    if (used_++ > 0) return fail("not enough arguments for format string");
    out = values_;
    return true;
  }

  bool finish() {
    if (is_tuple(values_))
      return used_ >= values_.as<expr::ListObject>()->items.size() ||
             fail("not all arguments converted during string formatting");
    // Mappings need not be used: dicts, and whatever else Python can subscript but a text.
    const bool mapping =
        values_.kind() == Kind::kDict || is_list(values_) || is_a(values_, ObjectType::kRange) || is_undefined(values_);
    return used_ > 0 || mapping || fail("not all arguments converted during string formatting");
  }

  bool number(std::int64_t& out) {
    if (at_ < text_.size() && text_[at_] == '*') {
      ++at_;
      Datum value;
      if (!next(value)) return false;
      return as_index(value, out) || fail("* wants int");
    }
    out = 0;
    while (at_ < text_.size() && is_digit(text_[at_])) {
      out = out * 10 + (text_[at_++] - '0');
      if (out > INT32_MAX) return fail("width too big");
    }
    return true;
  }

  bool read(Conversion& spec, Datum& value, bool& has_value) {
    if (at_ < text_.size() && text_[at_] == '(') {
      const std::size_t begin = ++at_;
      for (int nested = 1; nested > 0; ++at_) {
        if (at_ >= text_.size()) return fail("incomplete format key");
        nested += text_[at_] == '(' ? 1 : text_[at_] == ')' ? -1 : 0;
      }
      if (values_.kind() != Kind::kDict) return fail("format requires a mapping");
      const Datum key = text_of(evaluation_, text_.substr(begin, at_ - begin - 1));
      if (key.failed()) return false;
      if (!expr::lookup(values_, key, value)) return fail("a key of the format is not in the mapping" +
                                                           (written_ ? ": '" + std::string(key.text()) + "'" : ""));
      has_value = true;
      used_ = 1;
    }
    for (bool flag = true; flag && at_ < text_.size(); at_ += flag) {
      const char c = text_[at_];
      flag = c == '-' || c == '+' || c == ' ' || c == '#' || c == '0';
      spec.left |= c == '-';
      spec.plus |= c == '+';
      spec.blank |= c == ' ';
      spec.alternate |= c == '#';
      spec.zero |= c == '0';
    }
    if (!number(spec.width)) return false;
    if (spec.width < 0) {
      spec.left = true;
      spec.width = -spec.width;
    }
    if (at_ < text_.size() && text_[at_] == '.') {
      ++at_;
      if (!number(spec.precision)) return false;
      spec.precision = std::max<std::int64_t>(spec.precision, 0);
    }
    if (at_ < text_.size() && (text_[at_] == 'h' || text_[at_] == 'l' || text_[at_] == 'L')) ++at_;
    if (at_ >= text_.size()) return fail("incomplete format");
    spec.type = text_[at_++];
    return true;
  }

  bool conversion(std::string& out) {
    if (at_ < text_.size() && text_[at_] == '%') {
      out.push_back(text_[at_++]);
      return true;
    }
    Conversion spec;
    Datum value;
    bool has_value = false;
    if (!read(spec, value, has_value)) return false;
    if (!has_value && !next(value)) return false;
    std::string sign;
    std::string body;
    if (!convert(spec, value, sign, body)) return false;
    const std::size_t length = sign.size() + expr::count_points(body);
    const std::size_t missing =
        static_cast<std::size_t>(std::max<std::int64_t>(spec.width - static_cast<std::int64_t>(length), 0));
    if (!evaluation_.reserve(out, missing + sign.size() + body.size())) return false;
    const bool numeric = std::string_view("diuoxXeEfFgG").find(spec.type) != std::string_view::npos;
    const bool zeros = spec.zero && numeric && !spec.left;
    if (!spec.left && !zeros) out.append(missing, ' ');
    out += sign;
    if (zeros) out.append(missing, '0');
    out += body;
    if (spec.left) out.append(missing, ' ');
    return true;
  }

  bool convert(const Conversion& spec, const Datum& value, std::string& sign, std::string& body) {
    switch (spec.type) {
      case 's':
      case 'r':
      case 'a': return convert_text(spec, value, body);
      case 'c': return convert_character(value, body);
      case 'd':
      case 'i':
      case 'u':
      case 'o':
      case 'x':
      case 'X': return convert_integer(spec, value, sign, body);
      case 'e':
      case 'E':
      case 'f':
      case 'F':
      case 'g':
      case 'G': return convert_float(spec, value, sign, body);
      default: return fail("unsupported format character");
    }
  }

  bool convert_text(const Conversion& spec, const Datum& value, std::string& body) {
    if (spec.type == 's') {
      if (!append_str(evaluation_, value, body)) return false;
    } else {
      append_python_repr(evaluation_, value, body);
      if (evaluation_.failed()) return false;
    }
    if (safe_ && !is_markup(value)) body = escaped(evaluation_, body);
    if (spec.precision >= 0) body = std::string(expr::slice(body, 0, spec.precision));
    return true;
  }

  bool convert_character(const Datum& value, std::string& body) {
    std::int64_t point = 0;
    if (value.is_text() && expr::count_points(value.text()) == 1) {
      body = std::string(value.text());
      return true;
    }
    if (!as_index(value, point) || point < 0 || point > 0x10FFFF) return fail("%c requires int or char");
    expr::append_point(body, static_cast<char32_t>(point));
    return true;
  }

  void put_sign(const Conversion& spec, bool negative, std::string& sign) const {
    sign = negative ? "-" : spec.plus ? "+" : spec.blank ? " " : "";
  }

  bool convert_integer(const Conversion& spec, const Datum& value, std::string& sign, std::string& body) {
    std::int64_t number = 0;
    const bool decimal = spec.type == 'd' || spec.type == 'i' || spec.type == 'u';
    if (!as_index(value, number)) {
      if (!usable(evaluation_, value)) return false;
      if (!decimal || value.kind() != Kind::kNumber)
        return fail(std::string("%") + spec.type + " format: a number is required, not " +
                    std::string(expr::name_of(value)));
      if (!std::isfinite(value.number())) return fail("cannot convert float infinity or NaN to integer");
      if (std::fabs(value.number()) >= 9.2e18) return !overflow(evaluation_).failed();
      number = static_cast<std::int64_t>(value.number());
    }
    const std::uint64_t magnitude =
        number < 0 ? 0 - static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number);
    std::array<char, 70> digits{};
    const int base = decimal ? 10 : spec.type == 'o' ? 8 : 16;
    body = std::string(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), magnitude, base).ptr);
    if (spec.precision > static_cast<std::int64_t>(body.size())) {
      const auto zeros = static_cast<std::size_t>(spec.precision) - body.size();
      if (!evaluation_.affords(1, zeros)) return false;
      body.insert(0, zeros, '0');
    }
    if (spec.type == 'X') body = expr::to_upper(body);
    put_sign(spec, number < 0, sign);
    if (spec.alternate && !decimal) sign += std::string("0") + spec.type;
    return true;
  }

  bool convert_float(const Conversion& spec, const Datum& value, std::string& sign, std::string& body) {
    if (!value.is_number() && value.kind() != Kind::kBoolean) {
      if (usable(evaluation_, value)) fail("must be real number, not " + std::string(expr::name_of(value)));
      return false;
    }
    const double number = value.number();
    put_sign(spec, std::signbit(number) && !std::isnan(number), sign);
    if (!std::isfinite(number)) {
      body = std::isnan(number) ? "nan" : "inf";
      if (spec.type == 'E' || spec.type == 'F' || spec.type == 'G') body = expr::to_upper(body);
      return true;
    }
    if (spec.precision > 1'000'000) return fail("precision too big");
    const std::string format = std::string(spec.alternate ? "%#.*" : "%.*") + spec.type;
    const int precision = spec.precision < 0 ? 6 : static_cast<int>(spec.precision);
    if (!evaluation_.affords(1, static_cast<std::uint64_t>(precision) + 400)) return false;
    body.resize(static_cast<std::size_t>(precision) + 400);
    body.resize(static_cast<std::size_t>(
        std::snprintf(body.data(), body.size(), format.c_str(), precision, std::fabs(number))));
    return true;
  }

  Evaluation& evaluation_;
  const std::string_view text_;
  const bool safe_;
  const bool written_;  // the format stands in the template, so that a message may quote it
  const Datum& values_;
  std::size_t at_ = 0;
  std::size_t used_ = 0;
};

// A replacement field: `0.name[key]!r:spec`.
class FieldFormatter {
 public:
  FieldFormatter(Arguments& arguments, const Datum& pattern, const Datum* mapping)
      : arguments_(arguments),
        evaluation_(arguments.evaluation),
        safe_(is_markup(pattern)),
        written_(pattern.is_literal()),
        mapping_(mapping) {}

  bool run(std::string_view pattern, std::string& out, int level) {
    if (level < 0) return fail("Max string recursion exceeded");
    return expr::walk_format(evaluation_, pattern, out,
                             [&](const expr::FormatField& parts) { return field(parts, out, level); });
  }

 private:
  bool fail(std::string message) {
    evaluation_.fail(std::move(message));
    return false;
  }

  bool field(const expr::FormatField& parts, std::string& out, int level) {
    Datum value;
    if (!resolve(parts.path, value) || !converted(parts.conversion, value)) return false;
    std::string spec;
    if (!run(parts.spec, spec, level - 1)) return false;
    return put(value, spec, out);
  }

  bool converted(char conversion, Datum& value) {
    if (conversion == 0) return true;
    if (conversion == 's') {
      value = text_of(evaluation_, python_str(evaluation_, value));
    } else if (conversion == 'r') {
      value = text_of(evaluation_, python_repr(evaluation_, value));
    } else if (conversion == 'a') {
      value = text_of(evaluation_, python_repr(evaluation_, value));
    } else {
      return fail("Unknown conversion specifier");
    }
    return !evaluation_.failed() && !value.failed();
  }

  bool put(const Datum& value, const std::string& spec, std::string& out) {
    std::string piece;
    const bool plain = value.is_text() || value.is_number() || value.kind() == Kind::kBoolean;
    if (safe_ && is_markup(value) && !spec.empty()) return fail("Format specifier given, but Markup takes none");
    if (!plain) {
      if (is_undefined(value) && value.as<UndefinedObject>()->strict) return usable(evaluation_, value);
      if (!spec.empty())
        return fail("unsupported format string passed for a value of type " + std::string(expr::name_of(value)));
      if (!append_str(evaluation_, value, piece)) return false;
    } else if (!expr::format_value(evaluation_, value, spec, piece)) {
      return false;
    }
    if (safe_ && !is_markup(value)) piece = escaped(evaluation_, piece);
    return evaluation_.append(out, piece);
  }

  bool resolve(std::string_view path, Datum& value) {
    const std::size_t end = std::min(path.find_first_of(".["), path.size());
    if (!first(path.substr(0, end), value)) return false;
    for (path.remove_prefix(end); !path.empty();) {
      if (path[0] == '.') {
        const std::size_t stop = std::min(path.find_first_of(".[", 1), path.size());
        if (stop == 1) return fail("Empty attribute in format string");
        value = attribute(evaluation_, value, std::string(path.substr(1, stop - 1)), written_);
        path.remove_prefix(stop);
      } else if (path[0] == '[') {
        const std::size_t close = path.find(']');
        if (close == std::string_view::npos) return fail("Missing ']' in format string");
        const std::string_view key = path.substr(1, close - 1);
        if (key.empty()) return fail("Empty attribute in format string");
        std::int64_t index = 0;
        const auto [last, error] = std::from_chars(key.data(), key.data() + key.size(), index);
        const bool number = is_digit(key[0]) && error == std::errc() && last == key.data() + key.size();
        value = item(evaluation_, value, number ? Datum::integer(index) : text_of(evaluation_, key), written_);
        path.remove_prefix(close + 1);
      } else {
        return fail("Only '.' or '[' may follow ']' in format field specifier");
      }
      if (value.failed()) return false;
    }
    return true;
  }

  bool first(std::string_view name, Datum& value) {
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
    const bool number = !name.empty() && error == std::errc() && end == name.data() + name.size();
    if (name.empty() || number) {
      const bool automatic = name.empty();
      if (numbered_ && *numbered_ != automatic)
        return fail("cannot switch from manual field specification to automatic field numbering");
      numbered_ = automatic;
      if (automatic) index = next_++;
      if (mapping_ || index >= arguments_.positional.size())
        return fail("the format refers to an argument that was not given; there are " +
                    std::to_string(arguments_.positional.size()));
      value = arguments_.positional[index];
      return true;
    }
    if (mapping_ && mapping_->kind() == Kind::kDict && expr::lookup(*mapping_, std::string(name), value)) return true;
    const Datum* given = mapping_ ? nullptr : arguments_.keyword(name);
    if (!given)
      return fail("the format names an argument that was not given" +
                  (written_ ? ": '" + std::string(name.substr(0, 100)) + "'" : std::string()));
    value = *given;
    return true;
  }

  Arguments& arguments_;
  Evaluation& evaluation_;
  const bool safe_;
  const bool written_;  // the format stands in the template, so that a message may quote it
  const Datum* const mapping_;
  std::size_t next_ = 0;
  std::optional<bool> numbered_;
};

}  // namespace

Datum format_percent(Evaluation& evaluation, const Datum& pattern, const Datum& values) {
  if (pattern.failed() || values.failed()) return Datum::failure();
  std::string out;
  if (!PercentFormatter(evaluation, pattern, values).run(out)) return Datum::failure();
  return text_like(evaluation, pattern, std::move(out));
}

Datum format_fields(Arguments& arguments, const Datum& pattern, bool mapping) {
  if (mapping && !arguments.keywords.empty()) return arguments.fail("format_map() takes no keyword arguments");
  if (mapping && arguments.positional.size() != 1) return arguments.fail("format_map() takes exactly one argument");
  std::string out;
  FieldFormatter formatter(arguments, pattern, mapping ? &arguments.positional[0] : nullptr);
  if (!formatter.run(pattern.text(), out, 2)) return Datum::failure();
  return text_like(arguments.evaluation, pattern, std::move(out));
}

}  // namespace foehn::jinja
