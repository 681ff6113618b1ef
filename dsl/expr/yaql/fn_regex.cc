// Regular expressions, by RE2: linear time, so no look-around and no back-references.
#include <re2/re2.h>

#include "dsl/expr/text.h"
#include "dsl/expr/yaql/regex_text.h"
#include "dsl/expr/yaql/support.h"

namespace foehn::yaql {
namespace {

using expr::Ref;

constexpr std::size_t kPatternBytesMax = 4 << 20;
constexpr std::size_t kInstructionBytes = 64;
constexpr std::size_t kPatternTextMax = 65'536;

std::unique_ptr<re2::RE2> compile(std::string_view pattern, bool ignore_case, bool multi_line, bool dot_all) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kPatternBytesMax);
  std::string flags;
  if (ignore_case) flags += 'i';
  if (multi_line) flags += 'm';
  if (dot_all) flags += 's';
  const std::string text = (flags.empty() ? "" : "(?" + flags + ")") + std::string(pattern);
  return std::make_unique<re2::RE2>(text, options);
}

// Size of the program for one-byte characters, where a class is not an alternative of thousands of byte sequences.
std::size_t positions_of(const re2::RE2& pattern) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kPatternBytesMax);
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  const re2::RE2 narrow(pattern.pattern(), options);
  return static_cast<std::size_t>(std::max(narrow.ok() ? narrow.ProgramSize() : pattern.ProgramSize(), 1));
}

// As Python shows them; what stands in the pattern's own (?ims) at its start counts.
std::string flags_of(std::string_view pattern, bool ignore_case, bool multi_line, bool dot_all) {
  const auto set = [&](char flag) {
    const std::size_t close =
        pattern.starts_with("(?") ? pattern.find_first_not_of("aimsux", 2) : std::string_view::npos;
    return close != std::string_view::npos && pattern[close] == ')' &&
           pattern.substr(2, close - 2).find(flag) != std::string_view::npos;
  };
  std::string flags;
  if (ignore_case || set('i')) flags += "|re.IGNORECASE";
  if (multi_line || set('m')) flags += "|re.MULTILINE";
  if (dot_all || set('s')) flags += "|re.DOTALL";
  return flags;
}

// A pattern that was compiled lately is not compiled again: queries ask for the same one for each item.
Datum make_pattern(Evaluation& evaluation, const Datum& written, bool ignore_case = false, bool multi_line = false,
                   bool dot_all = false) {
  const std::string_view pattern = written.text();
  if (pattern.size() > kPatternTextMax)
    return evaluation.fail("a regular expression of " + std::to_string(pattern.size()) + " bytes; at most " +
                           std::to_string(kPatternTextMax) + " are allowed");
  if (!evaluation.step(pattern.size() / expr::kBytesPerStep)) return Datum::failure();
  std::string flags = flags_of(pattern, ignore_case, multi_line, dot_all);
  for (const Datum& known : evaluation.remembered())
    if (const auto* made = known.as<PatternObject>(); made && made->is(pattern, flags)) return known;
  auto compiled = compile(to_re2(pattern), ignore_case, multi_line, dot_all);
  if (!compiled->ok())
    return evaluation.fail("invalid regular expression" + (written.is_literal() ? ": " + compiled->error() : "") +
                           " (look-around and back-references are not supported)");
  const auto instructions = static_cast<std::size_t>(std::max(compiled->ProgramSize(), 0));
  if (!evaluation.charge(1024 + 2 * pattern.size() + instructions * kInstructionBytes)) return Datum::failure();
  Datum made = Datum::of(new PatternObject(std::string(pattern), std::move(flags), std::move(compiled)));
  evaluation.remember(made);
  return made;
}

}  // namespace

PatternObject::PatternObject(std::string written, std::string flags, std::unique_ptr<re2::RE2> compiled)
    : written_(std::move(written)),
      flags_(std::move(flags)),
      compiled_(std::move(compiled)),
      shape_(shape_of(compiled_->pattern())),
      positions_(positions_of(*compiled_)) {}
PatternObject::~PatternObject() = default;
std::size_t PatternObject::grow(std::size_t subject_bytes) {
  // Each byte can make one more state of the automaton.
  const std::size_t more = std::min(subject_bytes * kInstructionBytes, kPatternBytesMax - grown_);
  grown_ += more;
  return more;
}
std::string PatternObject::text() const {
  const std::string flags = flags_.empty() ? "" : ", " + flags_.substr(1);
  return "re.compile(" + to_python_repr(Value(written_)) + flags + ")";
}
bool PatternObject::equals(const OpaqueObject& other) const {
  const auto* pattern = dynamic_cast<const PatternObject*>(&other);
  return pattern && pattern->written_ == written_ && pattern->flags_ == flags_;
}
std::size_t PatternObject::hash() const { return std::hash<std::string>{}(written_); }

Datum matches(Evaluation& evaluation, const Datum& text, const Datum& pattern) {
  const Datum compiled = pattern.is_text() ? make_pattern(evaluation, pattern) : pattern;
  const std::string_view subject = text.text();
  if (compiled.failed() ||
      !evaluation.step(1 + compiled.as<PatternObject>()->search_steps(subject.size())))
    return Datum::failure();
  if (!evaluation.charge(compiled.as<PatternObject>()->grow(subject.size()))) return Datum::failure();
  return Datum::boolean(re2::RE2::PartialMatch(re2::StringPiece(subject.data(), subject.size()),
                                               compiled.as<PatternObject>()->pattern()));
}

std::optional<std::map<std::string, std::string>> match_whole(const std::string& pattern, std::string_view text) {
  const auto compiled = compile(pattern, false, false, false);
  if (!compiled->ok()) return std::nullopt;
  std::vector<re2::StringPiece> groups(static_cast<std::size_t>(compiled->NumberOfCapturingGroups()) + 1);
  // As Python's strptime does: the first match from the start on must reach the end.
  if (!compiled->Match({text.data(), text.size()}, 0, text.size(), re2::RE2::ANCHOR_START, groups.data(),
                       static_cast<int>(groups.size())) ||
      groups[0].size() != text.size())
    return std::nullopt;
  std::map<std::string, std::string> out;
  for (const auto& [name, index] : compiled->NamedCapturingGroups())
    if (const re2::StringPiece& group = groups[static_cast<std::size_t>(index)]; group.data())
      out.emplace(name, std::string(group.data(), group.size()));
  return out;
}

namespace {

constexpr std::size_t kGroupsMax = 64;

// Finds matches one after the other.
class Matcher {
 public:
  Matcher(Evaluation& evaluation, const Datum& pattern, std::string_view subject)
      : evaluation_(evaluation),
        pattern_(pattern),
        subject_(subject),
        groups_(
            std::min<std::size_t>(static_cast<std::size_t>(expression().NumberOfCapturingGroups()) + 1, kGroupsMax)) {
    evaluation.charge(pattern.as<PatternObject>()->grow(subject.size()));
  }

  // False when there is none, or the evaluation failed.
  bool next() {
    const std::size_t from = at_;
    if (evaluation_.failed() || from > subject_.size() || !evaluation_.step() ||
        !evaluation_.affords_steps(compiled().search_steps(subject_.size() - from)))
      return false;
    const re2::StringPiece text(subject_.data(), subject_.size());
    if (!expression().Match(text, at_, subject_.size(), re2::RE2::UNANCHORED, groups_.data(),
                            static_cast<int>(groups_.size()))) {
      evaluation_.step(compiled().search_steps(subject_.size() - from));
      return false;
    }
    at_ = end();
    if (!evaluation_.step(compiled().search_steps(at_ - from + read_ahead(at_ - from)))) return false;
    points_ += expr::count_points(subject_.substr(counted_, begin() - counted_));
    counted_ = begin();
    if (group(0).empty()) {
      do ++at_;
      while (at_ < subject_.size() && (static_cast<unsigned char>(subject_[at_]) & 0xC0) == 0x80);
    }
    return true;
  }

  std::size_t groups() const { return groups_.size(); }
  bool matched(std::size_t index) const { return groups_[index].data() != nullptr; }
  std::string_view group(std::size_t index) const { return {groups_[index].data(), groups_[index].size()}; }
  std::size_t begin(std::size_t index = 0) const {
    return static_cast<std::size_t>(groups_[index].data() - subject_.data());
  }
  std::size_t end(std::size_t index = 0) const { return begin(index) + groups_[index].size(); }
  const re2::RE2& expression() const { return pattern_.as<PatternObject>()->pattern(); }
  std::string_view subject() const { return subject_; }

  // {value, start, end}, positions in code points.
  Datum record(std::size_t index) const {
    Value record = {{"value", nullptr}, {"start", -1}, {"end", -1}};
    if (matched(index)) {
      const std::size_t start = points_ + expr::count_points(subject_.substr(begin(), begin(index) - begin()));
      record["value"] = std::string(group(index));
      record["start"] = start;
      record["end"] = start + expr::count_points(group(index));
    }
    return evaluation_.keep(std::move(record));
  }

  // Evaluates `selector` with the groups as $1 (all), $2, … and by name.
  Datum select(const Datum& selector, const Ref<Frame>& surroundings) const {
    if (!evaluation_.charge(sizeof(Frame) + expr::kBlockBytes)) return Datum::failure();
    const Ref<Frame> frame(new Frame(surroundings));
    for (std::size_t i = 0; i < groups(); ++i) {
      if (!evaluation_.charge(200 + group(i).size())) return Datum::failure();
      if (!evaluation_.step(group(0).size() / expr::kBytesPerStep)) return Datum::failure();
      frame->set(std::to_string(i + 1), record(i));
    }
    for (const auto& [name, index] : expression().NamedCapturingGroups())
      if (static_cast<std::size_t>(index) < groups()) frame->set(name, record(static_cast<std::size_t>(index)));
    return evaluate_code(evaluation_, selector, frame);
  }

 private:
  const PatternObject& compiled() const { return *pattern_.as<PatternObject>(); }

  // How much may have been read behind the match that ends at at_, and took `taken` bytes with what is before it.
  std::size_t read_ahead(std::size_t taken) {
    const Shape& shape = compiled().shape();
    std::size_t bytes = subject_.size() - at_;
    if (shape.within_line) {
      if (line_end_ < at_ || line_end_ == 0) line_end_ = std::min(subject_.find('\n', at_), subject_.size());
      bytes = line_end_ - at_;
    }
    if (shape.steady && !first_) bytes = std::min(bytes, taken * (1 + shape.loops) + shape.ahead);
    first_ = false;
    return bytes;
  }

  Evaluation& evaluation_;
  const Datum pattern_;
  const std::string_view subject_;
  std::size_t at_ = 0;
  bool first_ = true;
  std::size_t line_end_ = 0;  // of the line at_ is in
  std::size_t counted_ = 0;   // up to where points_ were counted
  std::size_t points_ = 0;
  std::vector<re2::StringPiece> groups_;
};

// Which of the first two arguments is the pattern differs between pattern.f(text) and text.f(pattern).
const Datum& pattern_of(const Call& call) { return call[0].is_text() ? call[1] : call[0]; }
const Datum& subject_of(const Call& call) { return call[0].is_text() ? call[0] : call[1]; }

Datum fn_regex(Call& call) {
  return make_pattern(call.evaluation, call[0], call.flag(1), call.flag(2), call.flag(3));
}

Datum fn_matches(Call& call) {
  const bool texts = call[1].is_text() && call[0].is_text();  // text.matches(pattern text)
  return texts ? matches(call.evaluation, call[0], call[1])
               : matches(call.evaluation, subject_of(call), pattern_of(call));
}

Datum selected(Evaluation& evaluation, const Matcher& matcher, const Datum& selector, const Ref<Frame>& frame) {
  return selector.is_missing() ? evaluation.text(std::string(matcher.group(0))) : matcher.select(selector, frame);
}

Datum fn_search(Call& call) {
  Matcher matcher(call.evaluation, pattern_of(call), subject_of(call).text());
  if (matcher.next()) return selected(call.evaluation, matcher, call[2], call.frame);
  return call.evaluation.failed() ? Datum::failure() : Datum();
}

Datum fn_search_all(Call& call) {
  return lazy(call.evaluation, deepest(call),
              [subject = subject_of(call), selector = call[2], frame = call.frame,
               matcher = Matcher(call.evaluation, pattern_of(call), subject_of(call).text())](Evaluation& evaluation,
                                                                                              Datum& out) mutable {
                if (!matcher.next()) return false;
                out = selected(evaluation, matcher, selector, frame);
                return !out.failed();
              });
}

Datum fn_split(Call& call) {
  Matcher matcher(call.evaluation, pattern_of(call), subject_of(call).text());
  const std::int64_t max = call.integer_or(2, 0);
  std::vector<Datum> out;
  std::size_t from = 0;
  for (std::int64_t count = 0; (max == 0 || count < max) && matcher.next(); ++count) {
    if (!call.evaluation.charge((1 + matcher.groups()) * expr::kItemBytes)) return Datum::failure();
    out.push_back(call.evaluation.text(std::string(matcher.subject().substr(from, matcher.begin() - from))));
    for (std::size_t i = 1; i < matcher.groups(); ++i)
      out.push_back(matcher.matched(i) ? call.evaluation.text(std::string(matcher.group(i))) : Datum());
    from = matcher.end();
  }
  out.push_back(call.evaluation.text(std::string(matcher.subject().substr(from))));
  return call.evaluation.failed() ? Datum::failure() : call.evaluation.list(std::move(out), ListStyle::kOther);
}

// Python's replacement text (re._parser.parse_template): \1, \g<1>, \g<name>, \n, \\, octal numbers. It is read once,
// before anything is replaced.
class Replacement {
 public:
  // False, and failed, when Python would refuse the text.
  bool read(const Call& call, const re2::RE2& expression, std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (text[at] != '\\') {
        literal().push_back(text[at]);
        continue;
      }
      if (++at == text.size()) return refuse(call, "bad escape at the end of the replacement");
      const char c = text[at];
      if (c == 'g') {
        if (!named(call, expression, text, at)) return false;
      } else if (c >= '0' && c <= '9') {
        if (!numbered(call, expression, text, at)) return false;
      } else if (!escaped(c)) {
        return refuse(call, "bad escape of a letter in the replacement");
      }
    }
    return true;
  }

  // False when the budget is used up.
  bool append(Evaluation& evaluation, const Matcher& matcher, std::string& out) const {
    for (const Piece& piece : pieces_) {
      if (!evaluation.append(out, piece.text)) return false;
      if (piece.group && matcher.matched(*piece.group) && !evaluation.append(out, matcher.group(*piece.group)))
        return false;
    }
    return true;
  }

 private:
  struct Piece {
    std::string text;
    std::optional<std::size_t> group;  // stands behind the text
  };

  static bool refuse(const Call& call, const char* why) { return !call.fail(why).failed(); }
  static bool digit(char c, char last = '9') { return c >= '0' && c <= last; }

  std::string& literal() {
    if (pieces_.empty() || pieces_.back().group) pieces_.emplace_back();
    return pieces_.back().text;
  }

  bool group(const Call& call, const re2::RE2& expression, std::size_t index) {
    if (index > static_cast<std::size_t>(expression.NumberOfCapturingGroups()))
      return refuse(call, "invalid group reference in the replacement");
    literal();
    pieces_.back().group = index;
    return true;
  }

  bool escaped(char c) {
    constexpr std::string_view kFrom = "abfnrtv\\";
    constexpr std::string_view kTo = "\a\b\f\n\r\t\v\\";
    const std::size_t known = kFrom.find(c);
    if (known == std::string_view::npos && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) return false;
    if (known == std::string_view::npos) literal().push_back('\\');
    literal().push_back(known == std::string_view::npos ? c : kTo[known]);
    return true;
  }

  bool named(const Call& call, const re2::RE2& expression, std::string_view text, std::size_t& at) {
    if (at + 1 >= text.size() || text[at + 1] != '<') return refuse(call, "missing < in the replacement");
    const std::size_t close = text.find('>', at);
    if (close == std::string_view::npos)
      return refuse(call, "missing >, unterminated name in the replacement");
    const std::string name(text.substr(at + 2, close - at - 2));
    at = close;
    if (!name.empty() && name.size() < 4 && name.find_first_not_of("0123456789") == std::string::npos)
      return group(call, expression, static_cast<std::size_t>(std::stoi(name)));
    const auto found = expression.NamedCapturingGroups().find(name);
    if (found == expression.NamedCapturingGroups().end())
      return refuse(call, "invalid group reference in the replacement");
    return group(call, expression, static_cast<std::size_t>(found->second));
  }

  // \0 and two more digits, and three digits, are the octal number of a character; other numbers are groups.
  bool numbered(const Call& call, const re2::RE2& expression, std::string_view text, std::size_t& at) {
    const auto next = [&](std::size_t ahead) { return at + ahead < text.size() ? text[at + ahead] : '\0'; };
    const char first = text[at];
    std::size_t length = 1;
    bool octal = first == '0';
    if (octal) {
      while (length < 3 && digit(next(length), '7')) ++length;
    } else if (digit(next(1))) {
      length = 2;
      octal = digit(first, '7') && digit(next(1), '7') && digit(next(2), '7');
      if (octal) length = 3;
    }
    const int number = std::stoi(std::string(text.substr(at, length)), nullptr, octal ? 8 : 10);
    at += length - 1;
    if (!octal) return group(call, expression, static_cast<std::size_t>(number));
    if (first != '0' && number > 0377) return refuse(call, "an octal escape in the replacement is larger than \\377");
    expr::append_point(literal(), static_cast<char32_t>(number & 0xff));
    return true;
  }

  std::vector<Piece> pieces_;
};

template <bool kCode>
Datum fn_replace(Call& call) {
  Matcher matcher(call.evaluation, pattern_of(call), subject_of(call).text());
  const std::int64_t max = call.integer_or(3, 0);
  Replacement written;
  if constexpr (!kCode)
    if (!written.read(call, matcher.expression(), call[2].text())) return Datum::failure();
  std::string out;
  std::size_t from = 0;
  for (std::int64_t count = 0; (max == 0 || count < max) && matcher.next(); ++count) {
    if (!call.evaluation.append(out, matcher.subject().substr(from, matcher.begin() - from))) return Datum::failure();
    from = matcher.end();
    if constexpr (kCode) {
      const Datum replacement = matcher.select(call[2], call.frame);
      if (replacement.failed()) return replacement;
      if (!replacement.is_text() && !replacement.is_null())
        return call.fail("replaceBy() needs a string, not " + std::string(expr::name_of(replacement)));
      if (replacement.is_text() && !call.evaluation.append(out, replacement.text())) return Datum::failure();
    } else if (!written.append(call.evaluation, matcher, out)) {
      return Datum::failure();
    }
  }
  call.evaluation.append(out, matcher.subject().substr(from));
  return call.evaluation.failed() ? Datum::failure() : call.evaluation.text(std::move(out));
}

Datum fn_escape(Call& call) {
  std::string out;
  for (const char c : call[0].text()) {
    if (!call.evaluation.reserve(out, 2)) return Datum::failure();
    if (std::string_view("()[]{}?*+-|^$\\.&~# \t\n\r\v\f").find(c) != std::string_view::npos) out.push_back('\\');
    out.push_back(c);
  }
  return call.evaluation.text(std::move(out));
}

constexpr Parameter kRegexp{"regexp", kPatternType};
constexpr Parameter kString{"string", kTextArg};
constexpr Parameter kCount{"count", kIntegerArg | kOptional};
constexpr Parameter kMaxSplit{"maxSplit", kIntegerArg | kOptional};
constexpr Parameter kSelector{"selector", kLambdaArg | kOptional};
constexpr std::uint32_t kFlag = kBooleanType | kNullType | kOptional;

constexpr Overload kTable[] = {
    function("regex", fn_regex,
             {{"pattern", kTextArg}, {"ignoreCase", kFlag}, {"multiLine", kFlag}, {"dotAll", kFlag}}),
    method("matches", fn_matches, {kRegexp, kString}),
    method("matches", fn_matches, {kString, {"regexp", kTextArg}}),
    method("search", fn_search, {kRegexp, kString, kSelector}),
    method("searchAll", fn_search_all, {kRegexp, kString, kSelector}),
    method("split", fn_split, {kRegexp, kString, kMaxSplit}),
    method("split", fn_split, {kString, kRegexp, kMaxSplit}),
    method("replace", fn_replace<false>, {kRegexp, kString, {"repl", kTextArg}, kCount}),
    method("replace", fn_replace<false>, {kString, kRegexp, {"repl", kTextArg}, kCount}),
    method("replaceBy", fn_replace<true>, {kRegexp, kString, {"repl", kLambdaArg}, kCount}),
    method("replaceBy", fn_replace<true>, {kString, kRegexp, {"repl", kLambdaArg}, kCount}),
    function("escapeRegex", fn_escape, {{"string", kTextArg}}),
};

}  // namespace

std::span<const Overload> regex_table() { return kTable; }

}  // namespace foehn::yaql
