#include "dsl/expr/jinja/lexer.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <optional>

namespace foehn::jinja {
namespace {

using expr::Parsed;
using expr::syntax_error;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v' || (c >= '\x1c' && c <= '\x1f');
}
bool is_digit_of(char c, int base) {
  if (base == 16) return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
  return c >= '0' && c < '0' + base;
}

void append_utf8(std::string& out, std::uint32_t point) {
  if (point < 0x80) {
    out.push_back(static_cast<char>(point));
  } else if (point < 0x800) {
    out.push_back(static_cast<char>(0xC0 | (point >> 6)));
    out.push_back(static_cast<char>(0x80 | (point & 0x3F)));
  } else {
    if (point < 0x10000) {
      out.push_back(static_cast<char>(0xE0 | (point >> 12)));
    } else {
      out.push_back(static_cast<char>(0xF0 | (point >> 18)));
      out.push_back(static_cast<char>(0x80 | ((point >> 12) & 0x3F)));
    }
    out.push_back(static_cast<char>(0x80 | ((point >> 6) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (point & 0x3F)));
  }
}

// One escape of Python's strings, `at` on what follows the backslash; false when it is malformed.
bool decode_escape(std::string_view raw, std::size_t& at, std::string& out) {
  constexpr std::string_view kFrom = "\\'\"abfnrtv";
  constexpr std::string_view kTo = "\\'\"\a\b\f\n\r\t\v";
  const char c = raw[at++];
  if (c == '\n') return true;
  if (const std::size_t simple = kFrom.find(c); simple != std::string_view::npos) {
    out.push_back(kTo[simple]);
    return true;
  }
  std::uint32_t point = 0;
  if (c >= '0' && c <= '7') {
    point = static_cast<std::uint32_t>(c - '0');
    for (int i = 0; i < 2 && at < raw.size() && raw[at] >= '0' && raw[at] <= '7'; ++i)
      point = point * 8 + static_cast<std::uint32_t>(raw[at++] - '0');
    append_utf8(out, point);
    return true;
  }
  const std::size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
  if (c == 'N') return false;  // names of characters are not known here
  if (digits == 0) {           // unknown ones stay as written
    out.push_back('\\');
    out.push_back(c);
    return true;
  }
  if (at + digits > raw.size()) return false;
  const char* const end = raw.data() + at + digits;
  if (std::from_chars(raw.data() + at, end, point, 16).ptr != end || point > 0x10FFFF) return false;
  if (point >= 0xD800 && point < 0xE000) return false;  // half a character: no text can hold it
  append_utf8(out, point);
  at += digits;
  return true;
}

std::optional<std::string> decode(std::string_view raw) {
  std::string out;
  for (std::size_t at = 0; at < raw.size();) {
    if (raw[at] != '\\') {
      out.push_back(raw[at++]);
      continue;
    }
    if (++at == raw.size() || !decode_escape(raw, at, out)) return std::nullopt;
  }
  return out;
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Parsed<std::vector<Token>> run_expression() {
    while (skip_blanks())
      if (auto failed = token()) return tl::unexpected(*failed);
    return finish();
  }

  Parsed<std::vector<Token>> run_template() {
    // A template's own last newline is not part of it.
    if (text_.ends_with('\n')) text_.remove_suffix(1);
    while (at_ < text_.size()) {
      const std::size_t open = next_tag();
      add_text(at_, open);
      if (open == text_.size()) break;
      if (auto failed = tag(open)) return tl::unexpected(*failed);
    }
    return finish();
  }

 private:
  using Failure = std::optional<expr::SyntaxError>;

  static Failure failure(std::string message, std::size_t offset) {
    return expr::SyntaxError{std::move(message), offset};
  }

  Parsed<std::vector<Token>> finish() {
    tokens_.push_back({TokenKind::kEnd, "", nullptr, text_.size()});
    return std::move(tokens_);
  }

  bool skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    return at_ < text_.size();
  }

  std::size_t next_tag() const {
    for (std::size_t at = at_; at + 1 < text_.size(); ++at)
      if (text_[at] == '{' && (text_[at + 1] == '{' || text_[at + 1] == '%' || text_[at + 1] == '#')) return at;
    return text_.size();
  }

  // Text from `begin` up to a tag at `end`, less the blanks that the tag takes away.
  void add_text(std::size_t begin, std::size_t end) {
    std::string_view data = text_.substr(begin, end - begin);
    if (end < text_.size()) {
      const char mark = end + 2 < text_.size() ? text_[end + 2] : ' ';
      if (mark == '-') {
        while (!data.empty() && is_blank(data.back())) data.remove_suffix(1);
      } else if (mark != '+' && text_[end + 1] != '{') {  // lstrip_blocks
        std::size_t keep = data.size();
        while (keep > 0 && is_blank(data[keep - 1]) && data[keep - 1] != '\n') --keep;
        if (keep == 0 ? begin == 0 || text_[begin - 1] == '\n' : data[keep - 1] == '\n') data = data.substr(0, keep);
      }
    }
    if (!data.empty()) tokens_.push_back({TokenKind::kText, std::string(data), nullptr, begin});
  }

  // After a tag: `-` before its end takes all blanks, a block or comment one newline (trim_blocks).
  void after_tag(char sign, bool block) {
    if (sign == '-') {
      skip_blanks();
    } else if (block && sign != '+' && at_ < text_.size() && text_[at_] == '\n') {
      ++at_;
    }
  }

  // `-%}`, `+%}` or `%}` at `at`: its length, else 0.
  std::size_t block_end(std::size_t at, char& sign) const {
    const std::string_view rest = text_.substr(std::min(at, text_.size()));
    sign = !rest.empty() && (rest[0] == '-' || rest[0] == '+') ? rest[0] : ' ';
    const std::size_t skip = sign == ' ' ? 0 : 1;
    return rest.substr(std::min(skip, rest.size())).starts_with("%}") ? skip + 2 : 0;
  }

  std::size_t blanks_from(std::size_t at) const {
    while (at < text_.size() && is_blank(text_[at])) ++at;
    return at;
  }

  Failure comment(std::size_t open) {
    const std::size_t close = text_.find("#}", at_);
    if (close == std::string_view::npos && at_ == text_.size()) return {};  // Jinja2 does not mind that
    if (close == std::string_view::npos) return failure("Missing end of comment tag", open);
    const char sign = close > at_ ? text_[close - 1] : ' ';
    at_ = close + 2;
    after_tag(sign, true);
    return {};
  }

  Failure tag(std::size_t open) {
    const char kind = text_[open + 1];
    at_ = open + 2;
    if (at_ < text_.size() && (text_[at_] == '-' || text_[at_] == '+')) ++at_;
    if (kind == '#') return comment(open);
    if (kind == '%' && raw_begins()) return raw(open);
    const bool block = kind == '%';
    tokens_.push_back({block ? TokenKind::kBlockBegin : TokenKind::kPrintBegin, "", nullptr, open});
    closers_.clear();
    while (skip_blanks()) {
      if (closers_.empty() && tag_ends(block)) return {};
      if (auto failed = token()) return failed;
      if (auto failed = balance()) return failed;
    }
    // Jinja2 finds the end of the text when it parses.
    return {};
  }

  bool tag_ends(bool block) {
    const std::string_view rest = text_.substr(at_);
    const std::string_view close = block ? "%}" : "}}";
    const bool has_sign = rest[0] == '-' || (block && rest[0] == '+');
    if (!rest.substr(has_sign ? 1 : 0).starts_with(close)) return false;
    const char sign = has_sign ? rest[0] : ' ';
    tokens_.push_back({block ? TokenKind::kBlockEnd : TokenKind::kPrintEnd, "", nullptr, at_});
    at_ += has_sign ? 3 : 2;
    after_tag(sign, block);
    return true;
  }

  // Brackets of the token that was read last.
  Failure balance() {
    const Token& last = tokens_.back();
    if (last.kind != TokenKind::kSymbol || last.text.size() != 1) return {};
    const char c = last.text[0];
    if (c == '(') closers_.push_back(')');
    if (c == '[') closers_.push_back(']');
    if (c == '{') closers_.push_back('}');
    if (c != ')' && c != ']' && c != '}') return {};
    if (closers_.empty()) return failure(std::string("unexpected '") + c + "'", last.offset);
    const char expected = closers_.back();
    closers_.pop_back();
    if (expected == c) return {};
    return failure(std::string("unexpected '") + c + "', expected '" + expected + "'", last.offset);
  }

  // Whether `{%` is followed by `raw %}`.
  bool raw_begins() const {
    const std::size_t at = blanks_from(at_);
    if (!text_.substr(at).starts_with("raw")) return false;
    const std::size_t end = blanks_from(at + 3);
    char sign = ' ';
    return block_end(end, sign) != 0 && sign != '+';
  }

  Failure raw(std::size_t open) {
    char sign = ' ';
    const std::size_t begin = blanks_from(blanks_from(at_) + 3);
    at_ = begin + block_end(begin, sign);
    if (sign == '-') skip_blanks();
    for (std::size_t end = text_.find("{%", at_); end != std::string_view::npos; end = text_.find("{%", end + 1)) {
      std::size_t name = end + 2;
      if (name < text_.size() && (text_[name] == '-' || text_[name] == '+')) ++name;
      name = blanks_from(name);
      if (!text_.substr(name).starts_with("endraw")) continue;
      const std::size_t close = blanks_from(name + 6);
      const std::size_t length = block_end(close, sign);
      if (length == 0) continue;
      add_text(at_, end);
      at_ = close + length;
      after_tag(sign, true);
      return {};
    }
    // Jinja2 does not mind when nothing follows.
    return at_ == text_.size() ? Failure() : failure("Missing end of raw directive", open);
  }

  Failure token() {
    const char c = text_[at_];
    if (is_digit(c)) return number();
    if (is_word(c)) {
      const std::size_t begin = at_;
      while (at_ < text_.size() && is_word(text_[at_])) ++at_;
      tokens_.push_back({TokenKind::kName, std::string(text_.substr(begin, at_ - begin)), nullptr, begin});
      return {};
    }
    if (c == '\'' || c == '"') return string(c);
    static constexpr std::array<std::string_view, 26> kSymbols = {"//", "**", "==", "!=", "<=", ">=", "+", "-", "/",
                                                                  "*",  "%",  "~",  "[",  "]",  "(",  ")", "{", "}",
                                                                  ">",  "<",  "=",  ".",  ":",  "|",  ",", ";"};
    for (const std::string_view symbol : kSymbols) {
      if (text_.substr(at_, symbol.size()) != symbol) continue;
      tokens_.push_back({TokenKind::kSymbol, std::string(symbol), nullptr, at_});
      at_ += symbol.size();
      return {};
    }
    return failure("unexpected char " + to_python_repr(Value(std::string(1, c))) + " at " + std::to_string(at_), at_);
  }

  // Digits with single `_` between them from `at` on; the end.
  std::size_t take_digits(std::size_t at, int base, std::string& digits) const {
    while (at < text_.size()) {
      const bool bar = text_[at] == '_' && at + 1 < text_.size() && !digits.empty();
      if (is_digit_of(text_[at], base)) {
        digits.push_back(text_[at++]);
      } else if (bar && is_digit_of(text_[at + 1], base)) {
        digits.push_back(text_[at + 1]);
        at += 2;
      } else {
        break;
      }
    }
    return at;
  }

  // The fraction and exponent after the digits that end at `end`; false when there is none.
  bool take_real(std::size_t& end, std::string& digits) const {
    bool real = false;
    std::string part;
    if (end + 1 < text_.size() && text_[end] == '.' && is_digit(text_[end + 1])) {
      end = take_digits(end + 1, 10, part);
      digits += "." + part;
      real = true;
    }
    if (end >= text_.size() || (text_[end] | 0x20) != 'e') return real;
    const bool sign = end + 1 < text_.size() && (text_[end + 1] == '-' || text_[end + 1] == '+');
    const std::size_t first = end + (sign ? 2 : 1);
    if (first >= text_.size() || !is_digit(text_[first])) return real;
    part.clear();
    digits += std::string("e") + (sign ? text_[end + 1] : '+');
    end = take_digits(first, 10, part);
    digits += part;
    return true;
  }

  Failure number() {
    const std::size_t begin = at_;
    const bool after_dot = begin > 0 && text_[begin - 1] == '.';
    std::string digits;
    std::size_t end = take_digits(begin, 10, digits);
    Value value;
    if (!after_dot && take_real(end, digits)) {
      value = std::strtod(digits.c_str(), nullptr);
    } else {
      int base = 10;
      std::size_t from = begin;
      const char mark = begin + 1 < text_.size() ? static_cast<char>(text_[begin + 1] | 0x20) : ' ';
      if (text_[begin] == '0' && (mark == 'x' || mark == 'o' || mark == 'b')) {
        base = mark == 'x' ? 16 : mark == 'o' ? 8 : 2;
        from = begin + 2;
        if (from < text_.size() && text_[from] == '_') ++from;
        digits.clear();
        end = take_digits(from, base, digits);
      }
      if (digits.empty() || (base == 10 && text_[begin] == '0')) {  // zeros only; what follows is another token
        base = 10;
        digits = "0";
        end = begin + 1;
        while (end < text_.size() && (text_[end] == '0' || text_.substr(end, 2) == "_0"))
          end += text_[end] == '0' ? 1 : 2;
      }
      std::int64_t whole = 0;
      const char* const last = digits.data() + digits.size();
      if (std::from_chars(digits.data(), last, whole, base).ec != std::errc())
        return failure("the number does not fit into a 64-bit integer", begin);
      value = whole;
    }
    at_ = end;
    tokens_.push_back({TokenKind::kNumber, std::string(text_.substr(begin, end - begin)), std::move(value), begin});
    return {};
  }

  Failure string(char quote) {
    const std::size_t begin = at_;
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote) end += text_[end] == '\\' ? 2 : 1;
    if (end >= text_.size())
      return failure("unexpected char " + to_python_repr(Value(std::string(1, quote))) + " at " + std::to_string(begin),
                     begin);
    at_ = end + 1;
    auto content = decode(text_.substr(begin + 1, end - begin - 1));
    if (!content) return failure("malformed escape in a string", begin);
    tokens_.push_back({TokenKind::kString, std::move(*content), nullptr, begin});
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string closers_;
  std::vector<Token> tokens_;
};

// Jinja2 knows one newline.
std::string with_plain_newlines(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    out.push_back(text[i] == '\r' ? '\n' : text[i]);
  }
  return out;
}

}  // namespace

Parsed<std::vector<Token>> tokenize(std::string_view text, bool expression) {
  std::string normal;
  if (text.find('\r') != std::string_view::npos) text = normal = with_plain_newlines(text);
  return expression ? Lexer(text).run_expression() : Lexer(text).run_template();
}

}  // namespace foehn::jinja
