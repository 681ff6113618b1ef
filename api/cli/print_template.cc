#include "api/cli/print_template.h"

#include <charconv>
#include <optional>

namespace foehn::cli {
namespace {

using Node = PrintTemplate::Node;
using Path = PrintTemplate::Path;
using Step = PrintTemplate::Step;

constexpr std::size_t kTemplateBytesMax = 100'000;
constexpr std::size_t kNestingMax = 16;
constexpr std::size_t kOutputBytesMax = 64'000'000;
constexpr std::size_t kStepsMax = 2'000'000;  // nodes and members that one application looks at

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         (static_cast<unsigned char>(c) & 0x80) != 0;
}

// ---- parsing

// Reads what stands between delimiters.
class ActionReader {
 public:
  ActionReader(std::string_view text, bool go) : text_(text), go_(go) {}

  void skip_spaces() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }
  bool at_end() {
    skip_spaces();
    return at_ >= text_.size();
  }
  bool take(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  // A word that stands alone: "range", not the beginning of "ranges".
  bool take_word(std::string_view word) {
    const std::size_t end = at_ + word.size();
    if (!text_.substr(at_).starts_with(word) || (end < text_.size() && is_name(text_[end]))) return false;
    at_ = end;
    return true;
  }
  Error unexpected() const {
    return {ErrorCode::kInvalidArgument, at_ >= text_.size() ? "'" + std::string(text_) + "' ends too early"
                                                             : "'" + std::string(text_.substr(at_, 20)) +
                                                                   "' is not understood in '" + std::string(text_) +
                                                                   "'"};
  }
  bool at_quote() const { return at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'' || text_[at_] == '`'); }

  Result<std::string> quoted() {
    const char quote = text_[at_++];
    std::string out;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] != '\\' || quote == '`' || at_ + 1 >= text_.size()) {
        out += text_[at_++];
        continue;
      }
      const char escaped = text_[at_ + 1];
      out += escaped == 'n' ? '\n' : escaped == 't' ? '\t' : escaped == 'r' ? '\r' : escaped;
      at_ += 2;
    }
    if (at_ >= text_.size()) return fail(unexpected());
    ++at_;
    return out;
  }

  Result<Path> path() {
    Path path;
    if (take("$")) {
      path.from_root = true;
    } else if (!go_) {
      take("@");
    }
    if (go_ && take(".") && (at_ >= text_.size() || !is_name(text_[at_]))) return path;
    if (go_ && at_ > 0 && text_[at_ - 1] == '.') --at_;
    FOEHN_TRY(path.steps, steps(!go_));
    return path;
  }

 private:
  Result<std::vector<Step>> steps(bool with_brackets) {
    std::vector<Step> steps;
    while (at_ < text_.size()) {
      Step step;
      if (take(".")) {
        const std::size_t begin = at_;
        while (at_ < text_.size() && is_name(text_[at_])) ++at_;
        if (at_ == begin && with_brackets && take("*")) {
          step.kind = Step::Kind::kAll;
        } else if (at_ == begin) {
          const bool alone = at_ >= text_.size() || text_[at_] == '[';  // "{.}", "{.[0]}"
          if (steps.empty() && with_brackets && alone) continue;
          return fail(unexpected());
        } else {
          step.name = text_.substr(begin, at_ - begin);
        }
      } else if (with_brackets && take("[")) {
        FOEHN_TRY(step, bracket());
      } else {
        break;
      }
      steps.push_back(std::move(step));
    }
    return steps;
  }

  // Behind '[' up to ']'.
  Result<Step> bracket() {
    Step step;
    skip_spaces();
    if (take("*")) {
      step.kind = Step::Kind::kAll;
    } else if (take("?(")) {
      FOEHN_TRY(step, condition());
    } else if (at_quote()) {
      FOEHN_TRY(step.name, quoted());
    } else {
      step.kind = Step::Kind::kIndex;
      const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), step.index);
      if (error != std::errc()) return fail(unexpected());
      at_ = static_cast<std::size_t>(end - text_.data());
    }
    skip_spaces();
    if (!take("]")) return fail(unexpected());
    return step;
  }

  // "@.state=="ERROR")"
  Result<Step> condition() {
    Step step;
    step.kind = Step::Kind::kWhere;
    skip_spaces();
    if (!take("@")) return fail(unexpected());
    FOEHN_TRY(step.tested, steps(false));
    skip_spaces();
    for (const std::string_view comparison : {"==", "!=", "<=", ">=", "<", ">"})
      if (step.comparison.empty() && take(comparison)) step.comparison = comparison;
    if (!step.comparison.empty()) {
      skip_spaces();
      if (at_quote()) {
        FOEHN_TRY(step.operand, quoted());
      } else {
        const std::size_t begin = at_;
        while (at_ < text_.size() && text_[at_] != ')') ++at_;
        auto operand = parse_json(text_.substr(begin, at_ - begin));
        if (!operand) return fail(unexpected());
        step.operand = std::move(*operand);
      }
    }
    skip_spaces();
    if (!take(")")) return fail(unexpected());
    return step;
  }

  std::string_view text_;
  bool go_;
  std::size_t at_ = 0;
};

class Parser {
 public:
  Parser(std::string_view text, bool go) : text_(text), go_(go) {}

  Result<std::vector<Node>> all() {
    FOEHN_TRY(auto nodes, list(0));
    if (!last_.empty()) return fail(ErrorCode::kInvalidArgument, "'" + last_ + "' has no beginning");
    return nodes;
  }

 private:
  // Nodes up to the end of the text, or of the range or condition they stand in: `last_` says what ended them.
  Result<std::vector<Node>> list(std::size_t depth) {
    if (depth > kNestingMax)
      return fail(ErrorCode::kInvalidArgument, "more than " + std::to_string(kNestingMax) + " ranges in each other");
    std::vector<Node> nodes;
    last_.clear();
    while (at_ < text_.size()) {
      if (std::string text = literal(); !text.empty()) {
        Node& node = nodes.emplace_back();
        node.text = std::move(text);
        continue;
      }
      if (at_ >= text_.size()) break;
      FOEHN_TRY(const std::string_view action, next_action());
      ActionReader reader(action, go_);
      reader.skip_spaces();
      for (const char* word : {"end", "else"})
        if ((go_ || word[1] == 'n') && reader.take_word(word)) {
          if (!reader.at_end()) return fail(reader.unexpected());
          last_ = word;
          return nodes;
        }
      FOEHN_TRY(Node node, one(reader, depth));
      if (node.kind != Node::Kind::kText || !node.text.empty()) nodes.push_back(std::move(node));
    }
    return nodes;
  }

  Result<Node> one(ActionReader& reader, std::size_t depth) {
    Node node;
    if (go_ && (reader.take("/*") || reader.at_end())) return node;  // a comment
    if (reader.at_quote()) {
      FOEHN_TRY(node.text, reader.quoted());
    } else {
      if (reader.take_word("range")) node.kind = Node::Kind::kRange;
      else if (go_ && reader.take_word("if")) node.kind = Node::Kind::kIf;
      else node.kind = Node::Kind::kPath;
      reader.skip_spaces();
      if (reader.at_end()) return fail(reader.unexpected());
      FOEHN_TRY(node.path, reader.path());
    }
    if (!reader.at_end()) return fail(reader.unexpected());
    if (node.kind != Node::Kind::kRange && node.kind != Node::Kind::kIf) return node;
    FOEHN_TRY(node.body, list(depth + 1));
    if (last_ == "else") {
      FOEHN_TRY(node.otherwise, list(depth + 1));
    }
    if (last_ != "end")
      return fail(ErrorCode::kInvalidArgument, std::string(go_ ? "{{end}}" : "{end}") + " is missing");
    last_.clear();
    return node;
  }

  std::string literal() {
    const std::size_t end = std::min(text_.find(go_ ? "{{" : "{", at_), text_.size());
    std::string text(text_.substr(at_, end - at_));
    at_ = end;
    if (trim_)
      text.erase(0, std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    trim_ = false;
    if (go_ && text_.substr(end).starts_with("{{- "))
      text.resize(text.find_last_not_of(" \t\r\n") + 1);
    return text;
  }

  // The text between delimiters; quotes hide the closing one.
  Result<std::string_view> next_action() {
    const std::size_t length = go_ ? 2 : 1;
    at_ += length;
    if (go_ && text_.substr(at_).starts_with("- ")) ++at_;
    char quote = 0;
    for (std::size_t end = at_; end < text_.size(); ++end) {
      const char c = text_[end];
      if (quote != 0) {
        if (c == '\\' && quote != '`') ++end;
        else if (c == quote) quote = 0;
        continue;
      }
      if (c == '"' || c == '\'' || c == '`') quote = c;
      if (!text_.substr(end).starts_with(go_ ? "}}" : "}")) continue;
      std::string_view action = text_.substr(at_, end - at_);
      at_ = end + length;
      if (go_ && action.ends_with(" -")) {
        action.remove_suffix(1);
        trim_ = true;
      }
      return action;
    }
    return fail(ErrorCode::kInvalidArgument, std::string(go_ ? "}}" : "}") + " is missing");
  }

  std::string_view text_;
  bool go_;
  bool trim_ = false;  // the text that follows
  std::size_t at_ = 0;
  std::string last_;   // what ended the list that was read last: "end", "else", "" = the end of the text
};

// ---- evaluation

class Evaluator {
 public:
  Evaluator(const Value& root, bool go) : root_(root), go_(go) {}

  Status run(const std::vector<Node>& nodes, const Value& item) {
    for (const Node& node : nodes) {
      FOEHN_CHECK_OK(count(1));
      if (node.kind == Node::Kind::kText) {
        FOEHN_CHECK_OK(write(node.text));
        continue;
      }
      std::vector<const Value*> found = {node.path.from_root ? &root_ : &item};
      FOEHN_CHECK_OK(follow(node.path.steps, found));
      if (node.kind == Node::Kind::kPath) {
        FOEHN_CHECK_OK(print(found));
      } else if (node.kind == Node::Kind::kIf) {
        const bool is_true = !found.empty() && is_truthy(*found.front());
        FOEHN_CHECK_OK(run(is_true ? node.body : node.otherwise, item));
      } else {
        FOEHN_CHECK_OK(range(node, found, item));
      }
    }
    return {};
  }
  std::string take() { return std::move(out_); }

 private:
  Status count(std::size_t steps) {
    steps_ += steps;
    if (steps_ <= kStepsMax) return {};
    return fail(ErrorCode::kResourceExhausted,
                "the template looks at more than " + std::to_string(kStepsMax) + " values");
  }
  Status write(std::string_view text) {
    if (out_.size() + text.size() > kOutputBytesMax)
      return fail(ErrorCode::kResourceExhausted, "the template prints more than 64 MB");
    out_ += text;
    return {};
  }

  Status print(const std::vector<const Value*>& found) {
    if (go_ && (found.empty() || found.front()->is_null())) return write("<no value>");
    bool first = true;
    for (const Value* value : found) {
      if (!std::exchange(first, false)) FOEHN_CHECK_OK(write(" "));
      FOEHN_CHECK_OK(write(value->is_string() ? value->get_ref<const std::string&>() : to_json(*value)));
    }
    return {};
  }

  // A jsonpath goes through what the path has found, a template through the elements of that one.
  Status range(const Node& node, const std::vector<const Value*>& found, const Value& item) {
    std::vector<const Value*> items = found;
    if (go_) {
      items.clear();
      if (!found.empty() && found.front()->is_structured())
        for (const Value& one : *found.front()) items.push_back(&one);
    }
    for (const Value* one : items) FOEHN_CHECK_OK(run(node.body, *one));
    return items.empty() ? run(node.otherwise, item) : Status();
  }

  Status follow(const std::vector<Step>& steps, std::vector<const Value*>& found) {
    for (const Step& step : steps) {
      std::vector<const Value*> next;
      for (const Value* value : found) {
        FOEHN_CHECK_OK(count(1));
        FOEHN_CHECK_OK(apply(step, *value, next));
      }
      found = std::move(next);
    }
    return {};
  }

  Status apply(const Step& step, const Value& value, std::vector<const Value*>& out) {
    switch (step.kind) {
      case Step::Kind::kMember:
        if (const Value* member = find(value, step.name)) out.push_back(member);
        return {};
      case Step::Kind::kIndex: return element(step.index, value, out);
      case Step::Kind::kAll:
      case Step::Kind::kWhere:
        if (!value.is_structured()) return {};
        FOEHN_CHECK_OK(count(value.size()));
        for (const Value& one : value)
          if (step.kind == Step::Kind::kAll || holds(step, one)) out.push_back(&one);
        return {};
    }
    return {};
  }

  static Status element(std::int64_t index, const Value& value, std::vector<const Value*>& out) {
    if (!value.is_array()) return {};
    const auto size = static_cast<std::int64_t>(value.size());
    const std::int64_t place = index < 0 ? index + size : index;
    if (place < 0 || place >= size)
      return fail(ErrorCode::kInvalidArgument,
                  "[" + std::to_string(index) + "] is beyond the end of a list of " + std::to_string(size));
    out.push_back(&value[static_cast<std::size_t>(place)]);
    return {};
  }

  template <class T>
  static int order_of(const T& left, const T& right) {
    return left < right ? -1 : right < left ? 1 : 0;
  }

  static bool holds(const Step& step, const Value& item) {
    const Value* value = &item;
    for (const Step& member : step.tested)
      if (value != nullptr) value = find(*value, member.name);
    if (value == nullptr) return false;
    if (step.comparison.empty()) return true;
    if (step.comparison == "==") return *value == step.operand;
    if (step.comparison == "!=") return *value != step.operand;
    const bool comparable = (value->is_number() && step.operand.is_number()) ||
                            (value->is_string() && step.operand.is_string());
    if (!comparable) return false;
    const int order = value->is_string() ? order_of(value->get_ref<const std::string&>(),
                                                    step.operand.get_ref<const std::string&>())
                                         : order_of(value->get<double>(), step.operand.get<double>());
    if (step.comparison == "<") return order < 0;
    if (step.comparison == "<=") return order <= 0;
    return step.comparison == ">" ? order > 0 : order >= 0;
  }

  const Value& root_;
  const bool go_;
  std::size_t steps_ = 0;
  std::string out_;
};

Result<std::vector<Node>> parse(std::string_view text, bool go) {
  if (text.empty()) return fail(ErrorCode::kInvalidArgument, "it is empty");
  if (text.size() > kTemplateBytesMax)
    return fail(ErrorCode::kInvalidArgument, "it is longer than " + std::to_string(kTemplateBytesMax) + " bytes");
  return Parser(text, go).all();
}

}  // namespace

Result<PrintTemplate> PrintTemplate::jsonpath(std::string_view text) {
  const bool bare = !text.empty() && (text[0] == '.' || text[0] == '[' || text[0] == '$') &&
                    text.find('{') == std::string_view::npos;
  FOEHN_TRY(auto nodes, parse(bare ? "{" + std::string(text) + "}" : std::string(text), false));
  return PrintTemplate(std::move(nodes), false);
}

Result<PrintTemplate> PrintTemplate::go_template(std::string_view text) {
  FOEHN_TRY(auto nodes, parse(text, true));
  return PrintTemplate(std::move(nodes), true);
}

Result<std::string> PrintTemplate::apply(const Value& value) const {
  Evaluator evaluator(value, go_);
  FOEHN_CHECK_OK(evaluator.run(nodes_, value));
  return evaluator.take();
}

}  // namespace foehn::cli
