#include "dsl/expr/yaql/regex_shape.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace foehn::yaql {
namespace {

constexpr std::size_t kEndless = std::string_view::npos;
constexpr std::size_t kMany = 1u << 20;  // bytes; more are not told apart
constexpr std::size_t kPointBytes = 4;   // of one character

bool letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::size_t product(std::size_t a, std::size_t b) { return std::min(std::min(a, kMany) * std::min(b, kMany), kMany); }

struct Repeat {
  std::size_t min = 1;
  std::size_t max = 1;
  bool fixed() const { return min == max && min > 0; }
};

class Reader {
 public:
  explicit Reader(std::string_view pattern) : pattern_(pattern) {}

  Shape read() {
    levels_.emplace_back();
    while (at_ < pattern_.size()) step();
    while (levels_.size() > 1) close({});
    const Level& all = levels_.back();
    if (all.alternates && all.loops > 0) shape_.steady = false;
    shape_.loops = all.loops;
    shape_.ahead = all.alternates ? all.bytes : all.ahead;
    return shape_;
  }

 private:
  // What was read of a group.
  struct Level {
    bool alternates = false;
    bool choice = false;  // something before may have ended earlier or later
    std::size_t loops = 0;
    std::size_t bytes = 0;
    std::size_t ahead = 0;
  };

  char peek(std::size_t ahead = 0) const { return at_ + ahead < pattern_.size() ? pattern_[at_ + ahead] : '\0'; }

  void step() {
    const char c = pattern_[at_];
    if (c == '(') return open();
    if (c == '|') {
      levels_.back().alternates = levels_.back().choice = true;
      ++at_;
      return;
    }
    if (c == ')') {
      ++at_;
      if (levels_.size() > 1) close(repeat());
      return;
    }
    if (c == '^' || c == '$') {
      ++at_;
      return;
    }
    if (c == '[') {
      read_class();
      return add(kPointBytes);
    }
    if (c == '\\') return escape();
    if (c == '\n' || (c == '.' && dots_match_breaks_)) shape_.within_line = false;
    ++at_;
    add(c == '.' ? kPointBytes : 1);
  }

  // A character or class.
  void add(std::size_t bytes) {
    const Repeat times = repeat();
    Level& level = levels_.back();
    if (times.max == kEndless) {
      ++level.loops;
      level.choice = true;
      return append(level, product(bytes, times.min), 0);
    }
    if (!times.fixed()) level.choice = true;
    append(level, product(bytes, times.max), 0);
  }

  static void append(Level& level, std::size_t bytes, std::size_t ahead) {
    level.bytes = std::min(level.bytes + bytes, kMany);
    level.ahead = std::min(level.ahead + (level.choice ? bytes : ahead), kMany);
  }

  void close(const Repeat& times) {
    const Level inner = levels_.back();
    levels_.pop_back();
    Level& outer = levels_.back();
    if (times.max == kEndless || (inner.loops > 0 && (inner.alternates || !times.fixed()))) shape_.steady = false;
    if (times.max == kEndless) ++outer.loops;
    outer.loops = std::min(outer.loops + product(inner.loops, times.max), kMany);
    if (!times.fixed()) outer.choice = true;
    const std::size_t bytes = product(inner.bytes, times.max);
    append(outer, bytes, inner.alternates || times.max > 1 ? bytes : inner.ahead);
    outer.choice = outer.choice || inner.choice;
  }

  void open() {
    ++at_;
    levels_.emplace_back();
    if (peek() != '?') return;
    ++at_;
    if (peek() == 'P' || peek() == '<') {  // (?P<name>
      at_ = std::min(pattern_.find('>', at_), pattern_.size() - 1) + 1;
      return;
    }
    for (; at_ < pattern_.size(); ++at_) {  // flags
      const char c = pattern_[at_];
      if (c == 's') dots_match_breaks_ = true;
      if (c == ':') break;
      if (c == ')') {
        levels_.pop_back();
        break;
      }
    }
    ++at_;
  }

  void escape() {
    const char c = peek(1);
    at_ += 2;
    if (c == 'b' || c == 'B' || c == 'A' || c == 'z') return;
    constexpr std::string_view kNoBreak = "dwStrfva";
    const bool letter = letter_or_digit(c);
    if (letter && kNoBreak.find(c) == std::string_view::npos) shape_.within_line = false;
    if (c == 'Q') {
      shape_.steady = false;
      at_ = pattern_.size();
      return;
    }
    if ((c == 'p' || c == 'P' || c == 'x') && peek() == '{') {
      at_ = std::min(pattern_.find('}', at_), pattern_.size() - 1) + 1;
    } else if (c == 'p' || c == 'P') {
      ++at_;
    } else if (c == 'x') {
      at_ = std::min(at_ + 2, pattern_.size());
    } else if (c >= '0' && c <= '7') {
      while (peek() >= '0' && peek() <= '7') ++at_;
    }
    add(letter ? kPointBytes : 1);
  }

  // A class matches a line break unless it is clear that it does not.
  void read_class() {
    const bool negated = peek(1) == '^';
    bool breaks = false;   // a member that may be, or include, a line break
    bool certain = false;  // a member that is one
    const std::size_t first = at_ + (negated ? 2 : 1);
    for (at_ = first; at_ < pattern_.size() && (pattern_[at_] != ']' || at_ == first); ++at_) {
      const char c = pattern_[at_];
      const bool escaped = c == '\\';
      const char named = escaped ? peek(1) : c;
      const std::string_view rest = pattern_.substr(at_);
      if ((escaped && (named == 'n' || named == 's')) || c == '\n' || rest.starts_with("\\t-\\r")) certain = true;
      const bool word = rest.starts_with("\\pL") || rest.starts_with("\\pN") || rest.starts_with("\\p{Nd}");
      if (escaped ? letter_or_digit(named) && !word : static_cast<unsigned char>(c) < 0x20 || c == '[') breaks = true;
      if (escaped) ++at_;
    }
    ++at_;
    if (negated ? !certain : breaks) shape_.within_line = false;
  }

  // What stands behind something that can be repeated.
  Repeat repeat() {
    Repeat out;
    const char c = peek();
    if (c == '*' || c == '+' || c == '?') {
      out = {c == '+' ? std::size_t{1} : 0, c == '?' ? std::size_t{1} : kEndless};
      ++at_;
    } else if (c != '{' || !counted(out)) {
      return out;
    }
    if (peek() == '?') ++at_;
    return out;
  }

  // {2}, {2,} or {2,3}; anything else is text.
  bool counted(Repeat& out) {
    const char* const end = pattern_.data() + pattern_.size();
    auto [after, error] = std::from_chars(pattern_.data() + at_ + 1, end, out.min);
    if (error != std::errc() || after == end) return false;
    out.max = out.min;
    if (*after == ',') {
      out.max = kEndless;
      if (++after != end && *after != '}') {
        const auto last = std::from_chars(after, end, out.max);
        if (last.ec != std::errc()) return false;
        after = last.ptr;
      }
    }
    if (after == end || *after != '}') return false;
    at_ = static_cast<std::size_t>(after - pattern_.data()) + 1;
    return true;
  }

  const std::string_view pattern_;
  std::size_t at_ = 0;
  bool dots_match_breaks_ = false;
  std::vector<Level> levels_;
  Shape shape_;
};

}  // namespace

Shape shape_of(std::string_view pattern) { return Reader(pattern).read(); }

}  // namespace foehn::yaql
