#include "dsl/expr/template.h"

#include <algorithm>
#include <memory>

#include "dsl/expr/jinja/program.h"
#include "dsl/expr/parts.h"
#include "dsl/expr/place.h"
#include "dsl/expr/yaql/eval.h"
#include "dsl/expr/yaql/parser.h"
#include "dsl/expr/yaql/roots.h"
#include "engine/base/limits.h"

namespace foehn::dsl {
namespace {

using expr::Evaluation;
using expr::Language;

// One `<% … %>`, or the reason it does not compile.
struct YaqlPart {
  std::string literal;  // when there is no expression
  std::string text;     // of the expression, as shown in errors
  std::shared_ptr<const yaql::Node> node;
};

Error evaluation_error(std::string_view language, std::string_view text, const expr::Failure& failure) {
  return {ErrorCode::kInvalidArgument, "Can not evaluate " + std::string(language) + " expression [expression=" +
                                           std::string(text) + ", error=" + failure.error.message + failure.place +
                                           "]" + failure.caret};
}

Result<Value> evaluate_yaql(const YaqlPart& part, const Scope& scope, const Budget& budget) {
  Evaluation evaluation(scope, budget);
  auto value = expr::to_value(evaluation, yaql::evaluate(evaluation, *part.node));
  if (!value)
    return fail(evaluation_error(
        "YAQL", part.text, expr::failure_at(value.error(), part.text, evaluation.place_or(part.node->offset))));
  return value;
}

// The text that was put together so far, with what `part` gave.
Error too_long(const YaqlPart& part) {
  Error error{ErrorCode::kResourceExhausted,
              "the text takes more than " + std::to_string(limits::kExpressionBytesMax) + " bytes of memory"};
  return evaluation_error("YAQL", part.text, expr::failure_at(std::move(error), part.text, part.node->offset));
}

}  // namespace

struct Template::Node {
  enum class Kind { kLiteral, kInvalid, kYaql, kYaqlText, kJinja, kList, kDict };
  Kind kind = Kind::kLiteral;
  Value source;                    // of the root node only
  const Value* literal = nullptr;  // kLiteral: inside the root's source
  Error error;                     // kInvalid
  std::vector<YaqlPart> parts;     // kYaql: one; kYaqlText: several
  std::string text;                // kJinja: as shown in errors
  std::shared_ptr<const jinja::Program> jinja;
  std::vector<std::string> keys;  // kDict
  std::vector<Node> children;

  Result<Value> evaluate(const Scope& scope) const;
  Result<Value> evaluate_text(const Scope& scope) const;
  void add_roots(std::vector<std::string>& names) const;
};

// Compiles the strings of one value.
class Template::Compiler {
 public:
  Compiler(Mark mark, Diagnostics& diagnostics) : mark_(mark), diagnostics_(diagnostics) {}

  void compile(const Value& value, Node& node, std::size_t level) {
    node.kind = Node::Kind::kLiteral;
    node.literal = &value;
    if (level > limits::kJsonDepthMax) return;
    if (value.is_string()) return compile_string(value.get_ref<const std::string&>(), node);
    if (!value.is_structured()) return;
    std::vector<Node> children(value.size());
    std::size_t at = 0;
    bool literal = true;
    for (const auto& item : value) {
      compile(item, children[at], level + 1);
      literal = literal && children[at].kind == Node::Kind::kLiteral;
      ++at;
    }
    if (literal) return;
    node.kind = value.is_object() ? Node::Kind::kDict : Node::Kind::kList;
    node.children = std::move(children);
    if (!value.is_object()) return;
    for (const auto& member : value.get_ref<const Value::object_t&>()) node.keys.push_back(member.first);
  }

 private:
  void compile_string(const std::string& text, Node& node) {
    switch (expr::language_of(text)) {
      case Language::kNone:
        return;
      case Language::kBoth:
        return reject(node, "E403",
                      "The line already contains an expression of type 'jinja'. Mixing expression types in a single "
                      "line is not allowed.",
                      0, text, "write the whole string in YAQL (<% %>) or in Jinja2 ({{ }})");
      case Language::kYaql:
        return compile_yaql(text, node);
      case Language::kJinja:
        return compile_jinja(text, node);
    }
  }

  void compile_yaql(const std::string& text, Node& node) {
    const std::vector<expr::Part> parts = expr::split_yaql(text);
    node.kind = parts.size() == 1 ? Node::Kind::kYaql : Node::Kind::kYaqlText;
    for (const expr::Part& part : parts) {
      if (!part.expression) {
        node.parts.push_back({std::string(part.text), {}, nullptr});
        continue;
      }
      const auto offset = static_cast<std::size_t>((part.inner.empty() ? part.text : part.inner).data() - text.data());
      if (part.inner.size() > limits::kExpressionTextMax) return reject_length(node, offset, text);
      auto parsed = yaql::parse(part.inner);
      if (!parsed)
        return reject(node, "E401", parsed.error().message + " of expression '" + shown(part.inner) + "'",
                      offset + parsed.error().offset, text, "");
      node.parts.push_back({{}, std::string(part.inner), std::shared_ptr<const yaql::Node>(std::move(*parsed))});
    }
  }

  void compile_jinja(const std::string& text, Node& node) {
    if (text.size() > limits::kExpressionTextMax) return reject_length(node, 0, text);
    const std::string_view whole = expr::whole_jinja(text);
    const std::size_t begin = whole.empty() ? 0 : 2;
    auto program = whole.empty() ? jinja::compile_template(text) : jinja::compile_expression(whole);
    if (!program)
      return reject(node, "E402", "Syntax error '" + program.error().message + "'.", begin + program.error().offset,
                    text, "");
    node.kind = Node::Kind::kJinja;
    node.text = whole.empty() ? text : std::string(whole);
    node.text.erase(0, node.text.find_first_not_of(" \t\r\n"));
    node.text.erase(node.text.find_last_not_of(" \t\r\n") + 1);
    node.jinja = std::move(*program);
  }

  static std::string shown(std::string_view text) {
    constexpr std::size_t kShownMax = 200;
    return text.size() <= kShownMax ? std::string(text) : std::string(text.substr(0, kShownMax)) + "…";
  }

  void reject_length(Node& node, std::size_t offset, const std::string& text) {
    reject(node, "E404", "The expression is longer than " + std::to_string(limits::kExpressionTextMax) + " bytes.",
           offset, text, "");
  }

  void reject(Node& node, std::string code, std::string message, std::size_t offset, const std::string& text,
              std::string hint) {
    node.kind = Node::Kind::kInvalid;
    node.error = {ErrorCode::kInvalidArgument, message};
    Mark mark = mark_;
    const std::string_view before = std::string_view(text).substr(0, offset);
    if (mark.line != 0 && text.find('\n') == std::string::npos)
      mark.column += static_cast<std::uint32_t>(std::count_if(
          before.begin(), before.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
    diagnostics_.push_back({std::move(code), Severity::kError, mark, std::move(message), std::move(hint)});
  }

  const Mark mark_;
  Diagnostics& diagnostics_;
};

Result<Value> Template::Node::evaluate_text(const Scope& scope) const {
  // The parts share the memory of one evaluation, for the text holds what all of them gave.
  constexpr std::size_t kBytesPerByte = 12;  // of a text in a list: written as four, copied and growing
  Budget budget;
  std::string out;
  const YaqlPart* expression = nullptr;  // the last one; what is before the first is no longer than the source
  for (const YaqlPart& part : parts) {
    Value value;
    if (part.node) {
      expression = &part;
      FOEHN_TRY(value, evaluate_yaql(part, scope, budget));
    }
    std::size_t held = expr::copy_bytes(value, budget.bytes);
    std::string written;
    if (part.node && !value.is_string()) {
      if (held > budget.bytes / kBytesPerByte) return fail(too_long(*expression));
      written = to_python_str(value);
      held += written.capacity();
    }
    const std::string& piece = !part.node          ? part.literal
                               : value.is_string() ? value.get_ref<const std::string&>()
                                                   : written;
    const std::size_t size = out.size() + piece.size();
    if (size > out.capacity()) {
      const std::size_t capacity = std::max(size, 2 * out.capacity());
      if (held + capacity > budget.bytes && expression) return fail(too_long(*expression));
      out.reserve(capacity);
      budget.bytes -= capacity;
    }
    out += piece;
  }
  return Value(std::move(out));
}

Result<Value> Template::Node::evaluate(const Scope& scope) const {
  switch (kind) {
    case Kind::kLiteral:
      return *literal;
    case Kind::kInvalid:
      return fail(error);
    case Kind::kYaql:
      return evaluate_yaql(parts[0], scope, Budget{});
    case Kind::kYaqlText:
      return evaluate_text(scope);
    case Kind::kJinja: {
      auto value = jinja::evaluate(*jinja, scope, Budget{});
      if (!value) return fail(evaluation_error("Jinja", text, value.error()));
      return std::move(*value);
    }
    case Kind::kList: {
      Value list = Value::array();
      for (const Node& child : children) {
        FOEHN_TRY(Value item, child.evaluate(scope));
        list.push_back(std::move(item));
      }
      return list;
    }
    case Kind::kDict:
      break;
  }
  Value dict = Value::object();
  for (std::size_t i = 0; i < children.size(); ++i) {
    FOEHN_TRY(dict[keys[i]], children[i].evaluate(scope));
  }
  return dict;
}

Template::Template() : Template(literal(nullptr)) {}
Template::Template(std::shared_ptr<const Node> root) : root_(std::move(root)) {}

Template Template::compile(const Value& source, Mark mark, Diagnostics& diagnostics) {
  auto root = std::make_shared<Node>();
  root->source = source;
  Compiler(mark, diagnostics).compile(root->source, *root, 0);
  return Template(std::move(root));
}

Template Template::literal(Value value) {
  auto root = std::make_shared<Node>();
  root->source = std::move(value);
  root->literal = &root->source;
  return Template(std::move(root));
}

Result<Value> Template::evaluate(const Scope& scope) const { return root_->evaluate(scope); }

bool Template::is_literal() const { return root_->kind == Node::Kind::kLiteral; }

const Value& Template::source() const { return root_->source; }

bool has_expression(std::string_view text) { return expr::language_of(text) != Language::kNone; }

bool is_whole_expression(std::string_view text) {
  const std::size_t end = text.find_last_not_of(" \t\r\n\f\v");
  if (end == std::string_view::npos) return false;
  text = text.substr(0, end + 1);
  if (text.find('\n') != std::string_view::npos || text.size() < 4) return false;
  return (text.starts_with("<%") && text.ends_with("%>")) || (text.starts_with("{{") && text.ends_with("}}"));
}

void Template::Node::add_roots(std::vector<std::string>& names) const {
  for (const YaqlPart& part : parts)
    if (part.node) yaql::add_roots(*part.node, names);
  if (jinja) jinja::add_roots(*jinja, names);
  for (const Node& child : children) child.add_roots(names);
}

std::vector<std::string> root_names(const Template& source) {
  std::vector<std::string> names;
  source.root_->add_roots(names);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace foehn::dsl
