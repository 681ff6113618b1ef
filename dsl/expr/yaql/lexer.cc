#include "dsl/expr/yaql/lexer.h"

#include <array>
#include <charconv>
#include <cstdint>

#include "dsl/expr/text.h"

namespace foehn::yaql {
namespace {

using expr::Parsed;
using expr::syntax_error;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
// Reads exactly `digits` digits at `at`; -1 when there are fewer.
std::int64_t number_at(std::string_view text, std::size_t at, std::size_t digits, int base) {
  std::uint32_t value = 0;
  if (at + digits > text.size()) return -1;
  const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + digits, value, base);
  return error == std::errc() && end == text.data() + at + digits ? static_cast<std::int64_t>(value) : -1;
}

// Decodes the escape whose backslash is at `at`; returns how many bytes it takes, 0 when it is none (kept as written).
std::size_t decode_escape(std::string_view text, std::size_t at, std::string& out) {
  if (at + 1 >= text.size()) return 0;
  const char c = text[at + 1];
  constexpr std::string_view kFrom = "\\'\"abfnrtv";
  constexpr std::string_view kTo = "\\'\"\a\b\f\n\r\t\v";
  if (const std::size_t simple = kFrom.find(c); simple != std::string_view::npos) {
    out.push_back(kTo[simple]);
    return 2;
  }
  const std::size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
  if (digits != 0) {
    const std::int64_t point = number_at(text, at + 2, digits, 16);
    if (point < 0 || point > 0x10FFFF) return 0;
    expr::append_point(out, static_cast<char32_t>(point));
    return 2 + digits;
  }
  std::size_t octal = 0;
  while (octal < 3 && at + 1 + octal < text.size() && text[at + 1 + octal] >= '0' && text[at + 1 + octal] <= '7')
    ++octal;
  if (octal == 0) return 0;
  expr::append_point(out, static_cast<char32_t>(number_at(text, at + 1, octal, 8)));
  return 1 + octal;
}

std::string decode(std::string_view raw, char quote) {
  std::string out;
  for (std::size_t at = 0; at < raw.size();) {
    if (raw[at] != '\\') {
      out.push_back(raw[at++]);
    } else if (quote == '`') {  // verbatim: only the quote itself is escaped
      if (at + 1 < raw.size() && raw[at + 1] == '`') ++at;
      out.push_back(raw[at++]);
    } else if (const std::size_t taken = decode_escape(raw, at, out); taken != 0) {
      at += taken;
    } else {
      out.push_back(raw[at++]);
    }
  }
  return out;
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Parsed<std::vector<Token>> run() {
    for (;;) {
      while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
      if (at_ >= text_.size()) break;
      auto token = next();
      if (!token) return tl::unexpected(token.error());
      tokens_.push_back(std::move(*token));
    }
    tokens_.push_back({TokenKind::kEnd, "", nullptr, text_.size()});
    return std::move(tokens_);
  }

 private:
  Parsed<Token> next() {
    const char c = text_[at_];
    if (c == '$') return variable();
    if (is_digit(c)) return number();
    if (word_end(at_) != at_) return word();
    if (c == '\'' || c == '"' || c == '`') return string(c);
    static constexpr std::array<std::string_view, 23> kSymbols = {"=>", "?.", "=~", "!~", "!=", "<=", ">=", "->",
                                                                  ".",  "[",  "]",  "{",  "}",  "(",  ")",  ",",
                                                                  "+",  "-",  "*",  "/",  "<",  ">",  "="};
    for (const std::string_view symbol : kSymbols) {
      if (text_.substr(at_, symbol.size()) != symbol) continue;
      Token token{TokenKind::kSymbol, std::string(symbol), nullptr, at_};
      at_ += symbol.size();
      return token;
    }
    return illegal();
  }

  // Behind the letters, digits and _ that begin at `at`.
  std::size_t word_end(std::size_t at) const {
    while (at < text_.size()) {
      if (!expr::is_word(expr::point_at(text_, at))) return at;
      do ++at;
      while (at < text_.size() && (static_cast<unsigned char>(text_[at]) & 0xC0) == 0x80);
    }
    return at;
  }

  tl::unexpected<expr::SyntaxError> illegal() {
    std::size_t end = at_ + 1;
    while (end < text_.size() && (static_cast<unsigned char>(text_[end]) & 0xC0) == 0x80) ++end;
    return syntax_error("Lexical error: illegal character '" + std::string(text_.substr(at_, end - at_)) +
                            "' at position " + std::to_string(at_),
                        at_);
  }

  Parsed<Token> variable() {
    const std::size_t begin = at_++;
    at_ = word_end(at_);
    return Token{TokenKind::kVariable, std::string(text_.substr(begin + 1, at_ - begin - 1)), nullptr, begin};
  }

  Parsed<Token> number() {
    const std::size_t begin = at_;
    std::size_t end = at_;
    while (end < text_.size() && is_digit(text_[end])) ++end;
    bool fraction = false;
    if (end + 1 < text_.size() && text_[end] == '.' && is_digit(text_[end + 1])) {
      std::size_t after = end + 1;
      while (after < text_.size() && is_digit(text_[after])) ++after;
      if (word_end(after) == after) {
        fraction = true;
        end = after;
      }
    }
    if (word_end(end) != end) return illegal();
    Token token{TokenKind::kNumber, std::string(text_.substr(begin, end - begin)), nullptr, begin};
    const char* const first = token.text.data();
    const char* const last = first + token.text.size();
    std::int64_t whole = 0;
    double real = 0;
    if (fraction ? std::from_chars(first, last, real).ec != std::errc()
                 : std::from_chars(first, last, whole).ec != std::errc())
      return syntax_error("the number " + token.text + " is too large", begin);
    fraction ? token.number = real : token.number = whole;
    at_ = end;
    return token;
  }

  Parsed<Token> word() {
    const std::size_t begin = at_;
    const std::size_t end = word_end(at_);
    const std::string name(text_.substr(begin, end - begin));
    if (end < text_.size() && text_[end] == '(') {
      at_ = end + 1;
      return Token{TokenKind::kFunction, name, nullptr, begin};
    }
    if (name.starts_with("__")) return illegal();
    at_ = end;
    const bool symbol = name == "and" || name == "or" || name == "not" || name == "in" || name == "mod";
    return Token{symbol ? TokenKind::kSymbol : TokenKind::kName, name, nullptr, begin};
  }

  Parsed<Token> string(char quote) {
    const std::size_t begin = at_;
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote) {
      if (text_[end] == '\\' && end + 1 < text_.size() && text_[end + 1] == '\n') return illegal();
      end += text_[end] == '\\' ? 2 : 1;
    }
    if (end >= text_.size()) return illegal();
    at_ = end + 1;
    return Token{TokenKind::kText, decode(text_.substr(begin + 1, end - begin - 1), quote), nullptr, begin};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

Parsed<std::vector<Token>> tokenize(std::string_view text) { return Lexer(text).run(); }

}  // namespace foehn::yaql
