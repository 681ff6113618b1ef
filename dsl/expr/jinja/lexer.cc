#include "dsl/expr/jinja/lexer.h"

#include <array>
#include <charconv>
#include <cstdint>
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
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v'; }

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

// Python's escapes; unknown ones stay as written.
std::string decode(std::string_view raw) {
  constexpr std::string_view kFrom = "\\'\"abfnrtv";
  constexpr std::string_view kTo = "\\'\"\a\b\f\n\r\t\v";
  std::string out;
  for (std::size_t at = 0; at < raw.size(); ++at) {
    if (raw[at] != '\\' || at + 1 == raw.size()) {
      out.push_back(raw[at]);
      continue;
    }
    const char c = raw[++at];
    const std::size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    std::uint32_t point = 0;
    if (const std::size_t simple = kFrom.find(c); simple != std::string_view::npos) {
      out.push_back(kTo[simple]);
    } else if (c == '\n') {
      continue;
    } else if (digits != 0 && at + digits < raw.size() &&
               std::from_chars(raw.data() + at + 1, raw.data() + at + 1 + digits, point, 16).ptr ==
                   raw.data() + at + 1 + digits &&
               point <= 0x10FFFF) {
      append_utf8(out, point);
      at += digits;
    } else {
      out.push_back('\\');
      out.push_back(c);
    }
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
    if (text_.ends_with('\n')) text_.remove_suffix(text_.ends_with("\r\n") ? 2 : 1);
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

  // Text from `begin` up to a tag at `end`, less the blanks that the tags around it take away.
  void add_text(std::size_t begin, std::size_t end) {
    std::string_view data = text_.substr(begin, end - begin);
    if (end < text_.size()) {
      const char mark = end + 2 < text_.size() ? text_[end + 2] : ' ';
      if (mark == '-') {
        while (!data.empty() && is_blank(data.back())) data.remove_suffix(1);
      } else if (mark != '+' && text_[end + 1] != '{') {  // lstrip_blocks
        std::size_t keep = data.size();
        while (keep > 0 && (data[keep - 1] == ' ' || data[keep - 1] == '\t')) --keep;
        if (keep == 0 ? begin == 0 || text_[begin - 1] == '\n' : data[keep - 1] == '\n') data = data.substr(0, keep);
      }
    }
    if (!data.empty()) tokens_.push_back({TokenKind::kText, std::string(data), nullptr, begin});
  }

  // After a tag: `-` before its end takes all blanks, a block or comment one newline (trim_blocks).
  void after_tag(bool minus, bool plus, bool block) {
    if (minus) {
      skip_blanks();
    } else if (block && !plus && at_ < text_.size()) {
      if (text_.substr(at_).starts_with("\r\n")) {
        at_ += 2;
      } else if (text_[at_] == '\n') {
        ++at_;
      }
    }
  }

  Failure tag(std::size_t open) {
    const char kind = text_[open + 1];
    at_ = open + 2;
    if (kind == '#') {
      const std::size_t close = text_.find("#}", at_);
      if (close == std::string_view::npos) return failure("Missing end of comment tag", open);
      at_ = close + 2;
      after_tag(text_[close - 1] == '-', text_[close - 1] == '+', true);
      return {};
    }
    if (at_ < text_.size() && (text_[at_] == '-' || text_[at_] == '+')) ++at_;
    if (kind == '%' && raw_begins()) return raw(open);
    const bool block = kind == '%';
    tokens_.push_back({block ? TokenKind::kBlockBegin : TokenKind::kPrintBegin, "", nullptr, open});
    std::size_t nesting = 0;
    while (skip_blanks()) {
      const std::string_view rest = text_.substr(at_);
      const std::string_view close = block ? "%}" : "}}";
      const bool signed_close = (rest[0] == '-' || (block && rest[0] == '+')) && rest.substr(1).starts_with(close);
      if (nesting == 0 && (rest.starts_with(close) || signed_close)) {
        tokens_.push_back({block ? TokenKind::kBlockEnd : TokenKind::kPrintEnd, "", nullptr, at_});
        at_ += signed_close ? 3 : 2;
        after_tag(signed_close && rest[0] == '-', signed_close && rest[0] == '+', block);
        return {};
      }
      if (auto failed = token()) return failed;
      const std::string& symbol = tokens_.back().text;
      if (tokens_.back().kind != TokenKind::kSymbol) continue;
      if (symbol == "(" || symbol == "[" || symbol == "{") ++nesting;
      if ((symbol == ")" || symbol == "]" || symbol == "}") && nesting > 0) --nesting;
    }
    return failure(block ? "unexpected end of template, expected 'end of statement block'."
                         : "unexpected end of template, expected 'end of print statement'.",
                   text_.size());
  }

  bool raw_begins() const {
    std::size_t at = at_;
    while (at < text_.size() && is_blank(text_[at])) ++at;
    const std::string_view rest = text_.substr(at);
    return rest.starts_with("raw") && (rest.size() == 3 || !is_word(rest[3]));
  }

  Failure raw(std::size_t open) {
    const std::size_t begin = text_.find("%}", at_);
    if (begin == std::string_view::npos) return failure("Missing end of raw directive", open);
    at_ = begin + 2;
    after_tag(text_[begin - 1] == '-', text_[begin - 1] == '+', true);
    for (std::size_t end = text_.find("{%", at_); end != std::string_view::npos; end = text_.find("{%", end + 2)) {
      std::size_t name = end + 2;
      while (name < text_.size() && (is_blank(text_[name]) || text_[name] == '-' || text_[name] == '+')) ++name;
      if (!text_.substr(name).starts_with("endraw")) continue;
      add_text(at_, end);
      const std::size_t close = text_.find("%}", name);
      if (close == std::string_view::npos) break;
      at_ = close + 2;
      after_tag(text_[close - 1] == '-', text_[close - 1] == '+', true);
      return {};
    }
    return failure("Missing end of raw directive", open);
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

  Failure number() {
    const std::size_t begin = at_;
    int base = 10;
    if (text_[at_] == '0' && at_ + 2 < text_.size()) {
      const char mark = static_cast<char>(text_[at_ + 1] | 0x20);
      base = mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 10;
    }
    std::string digits;
    std::size_t end = at_ + (base == 10 ? 0 : 2);
    const auto take_digits = [&] {
      while (end < text_.size() &&
             (is_digit(text_[end]) || (text_[end] == '_' && end + 1 < text_.size() && is_word(text_[end + 1])) ||
              (base == 16 && std::string_view("abcdefABCDEF").find(text_[end]) != std::string_view::npos))) {
        if (text_[end] != '_') digits.push_back(text_[end]);
        ++end;
      }
    };
    take_digits();
    bool real = false;
    if (base == 10 && end + 1 < text_.size() && text_[end] == '.' && is_digit(text_[end + 1])) {
      real = true;
      digits.push_back('.');
      ++end;
      take_digits();
    }
    if (base == 10 && end + 1 < text_.size() && (text_[end] | 0x20) == 'e') {
      const bool sign = text_[end + 1] == '-' || text_[end + 1] == '+';
      if (end + 1 + (sign ? 1 : 0) < text_.size() && is_digit(text_[end + 1 + (sign ? 1 : 0)])) {
        real = true;
        digits.push_back('e');
        if (sign) digits.push_back(text_[end + 1]);
        end += sign ? 2 : 1;
        take_digits();
      }
    }
    at_ = end;
    Value value;
    std::int64_t whole = 0;
    double fraction = 0;
    const char* const last = digits.data() + digits.size();
    const auto [stop, error] =
        real ? std::from_chars(digits.data(), last, fraction) : std::from_chars(digits.data(), last, whole, base);
    if (error != std::errc() || stop != last)
      return failure("the number " + digits + " is too large or malformed", begin);
    real ? value = fraction : value = whole;
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
    tokens_.push_back({TokenKind::kString, decode(text_.substr(begin + 1, end - begin - 1)), nullptr, begin});
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

Parsed<std::vector<Token>> tokenize(std::string_view text, bool expression) {
  return expression ? Lexer(text).run_expression() : Lexer(text).run_template();
}

std::string quote_text(std::string_view content) {
  std::string out = "'";
  for (const char c : content) {
    switch (c) {
      case '\'':
        out += "\\'";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out.push_back(c);
    }
  }
  return out + "'";
}

}  // namespace foehn::jinja
