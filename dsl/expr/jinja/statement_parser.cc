// Jinja2's statements: the tags of a template.
#include <algorithm>

#include "dsl/expr/jinja/expression_parser.h"
#include "dsl/expr/jinja/parser.h"
#include "engine/base/limits.h"

namespace foehn::jinja {
namespace {

using expr::Parsed;
using expr::syntax_error;

// Whether `node` reads the variable `name`; for macros, which catch what they read.
bool reads(const Node& node, std::string_view name) {
  if (node.kind == NodeKind::kName && node.text == name) return true;
  return std::any_of(node.children.begin(), node.children.end(),
                     [name](const NodePtr& child) { return child && reads(*child, name); });
}

class StatementParser final : public ExpressionParser {
 public:
  using ExpressionParser::ExpressionParser;

  Parsed<Tree> run_template() {
    auto node = statements({});
    if (!node) return tl::unexpected(node.error());
    return Tree{NodePtr(std::move(*node)), std::move(needed_)};
  }

 private:
  using Ends = std::vector<std::string_view>;

  // Up to (not including) the tag named in `ends`; without `ends` to the end of the template.
  ParsedNode statements(const Ends& ends) {
    if (++level_ > limits::kExpressionDepthMax) return too_deep();
    auto body = make(NodeKind::kSequence);
    while (peek().kind != TokenKind::kEnd) {
      ParsedNode node;
      if (peek().kind == TokenKind::kText) {
        node = make(NodeKind::kText, peek().text);
        ++at_;
      } else if (peek().kind == TokenKind::kPrintBegin) {
        node = print();
      } else {
        const Token name = peek(1);
        if (name.kind != TokenKind::kName) return syntax_error("tag name expected", name.offset);
        if (std::find(ends.begin(), ends.end(), name.text) != ends.end()) {
          --level_;
          return body;
        }
        ++at_;
        node = statement(name);
        if (node && peek().kind != TokenKind::kBlockEnd) return unexpected_token("end of statement block");
        ++at_;
      }
      auto grown = adopt(std::move(body), std::move(node));
      if (!grown) return grown;
      body = std::move(*grown);
    }
    if (!ends.empty())
      return syntax_error(
          "Unexpected end of template. Jinja was looking for the following tags: '" + std::string(ends.back()) + "'.",
          peek().offset);
    --level_;
    return body;
  }

  ParsedNode adopt(Mutable node, ParsedNode child) const {
    return ExpressionParser::adopt(ParsedNode(std::move(node)), std::move(child));
  }
  using ExpressionParser::adopt;

  ParsedNode print() {
    auto node = make(NodeKind::kPrint);
    ++at_;
    auto grown = adopt(std::move(node), open_tuple());
    if (grown && peek().kind != TokenKind::kPrintEnd) return unexpected_token("end of print statement");
    ++at_;
    return grown;
  }

  ParsedNode statement(const Token& name) {
    struct Row {
      std::string_view tag;
      ParsedNode (StatementParser::*parse)();
    };
    static constexpr Row kRows[] = {
        {"if", &StatementParser::if_tag},         {"for", &StatementParser::for_tag},
        {"set", &StatementParser::set_tag},       {"with", &StatementParser::with_tag},
        {"macro", &StatementParser::macro_tag},   {"call", &StatementParser::call_tag},
        {"filter", &StatementParser::filter_tag}, {"block", &StatementParser::block_tag},
        {"print", &StatementParser::print_tag},   {"autoescape", &StatementParser::autoescape_tag},
        {"include", &StatementParser::include_tag}, {"import", &StatementParser::import_tag},
        {"from", &StatementParser::from_tag},     {"extends", &StatementParser::extends_tag}};
    for (const Row& row : kRows)
      if (row.tag == name.text) return (this->*row.parse)();
    return syntax_error("Encountered unknown tag '" + name.text + "'.", name.offset);
  }

  // A new variable scope, where unknown filters are errors at once (Jinja2's frames).
  template <class Parse>
  ParsedNode scoped(bool soft, Parse parse) {
    const bool outer = std::exchange(soft_, soft);
    frames_ += soft ? 0 : 1;
    auto node = parse();
    frames_ -= soft ? 0 : 1;
    soft_ = outer;
    return node;
  }

  // `%}`, then the body up to one of `ends`, whose name is stepped over.
  ParsedNode body_until(const Ends& ends) {
    take(":");
    if (peek().kind != TokenKind::kBlockEnd) return unexpected_token("end of statement block");
    ++at_;
    auto body = statements(ends);
    if (body) {
      last_tag_ = peek(1).text;
      at_ += 2;
    }
    return body;
  }

  ParsedNode if_tag() {
    auto node = make(NodeKind::kIf);
    ++at_;
    return scoped(true, [&]() -> ParsedNode {
      ParsedNode grown = std::move(node);
      do {
        grown = adopt(std::move(grown), open_tuple(false));
        if (grown) grown = adopt(std::move(grown), body_until({"elif", "else", "endif"}));
        if (!grown) return grown;
      } while (last_tag_ == "elif");
      if (last_tag_ == "else") grown = adopt(std::move(grown), body_until({"endif"}));
      return grown;
    });
  }

  // A variable, or several in parentheses or with commas.
  ParsedNode target(bool for_loop) {
    ParsedNode first = one_target();
    if (!first || !is(",")) return first;
    auto node = adopt(make(NodeKind::kTuple), std::move(first));
    while (node && take(",")) {
      if (tuple_ends() || is("=") || (for_loop && is_name("in"))) break;
      node = adopt(std::move(node), one_target());
    }
    return node;
  }

  ParsedNode one_target() {
    const std::size_t place = peek().offset;
    auto node = primary();
    if (!node) return node;
    if (!assignable(**node)) return syntax_error("can't assign to this expression", place);
    return node;
  }

  static bool assignable(const Node& node) {
    if (node.kind == NodeKind::kName) return true;
    return node.kind == NodeKind::kTuple && std::all_of(node.children.begin(), node.children.end(),
                                                        [](const NodePtr& child) { return assignable(*child); });
  }

  ParsedNode for_tag() {
    auto node = make(NodeKind::kFor);
    ++at_;
    auto grown = adopt(std::move(node), target(true));
    if (!grown) return grown;
    if (!take_name("in")) return unexpected_token("in");
    // Not a whole expression: `if` begins the loop's filter.
    grown = adopt(std::move(grown), open_tuple(false));
    if (!grown) return grown;
    return scoped(false, [&]() -> ParsedNode {
      grown = take_name("if") ? adopt(std::move(grown), expression()) : adopt(std::move(*grown), Mutable());
      if (grown && take_name("recursive")) (*grown)->recursive = true;
      if (grown) grown = adopt(std::move(grown), body_until({"endfor", "else"}));
      if (!grown) return std::move(grown);
      return last_tag_ == "else" ? adopt(std::move(grown), body_until({"endfor"}))
                                 : adopt(std::move(*grown), Mutable());
    });
  }

  ParsedNode set_target() {
    const bool of_namespace =
        peek().kind == TokenKind::kName && peek(1).kind == TokenKind::kSymbol && peek(1).text == ".";
    if (!of_namespace) return target(false);
    auto node = make(NodeKind::kNamespaceSet, peek().text);
    at_ += 2;
    if (peek().kind != TokenKind::kName) return unexpected_token("name");
    node->names.push_back(tokens_[at_++].text);
    return node;
  }

  ParsedNode set_tag() {
    auto node = make(NodeKind::kSet);
    ++at_;
    auto grown = adopt(std::move(node), set_target());
    if (!grown) return grown;
    if (take("=")) return adopt(std::move(grown), open_tuple());
    (*grown)->kind = NodeKind::kSetBlock;
    return scoped(false, [&]() -> ParsedNode {
      auto chain = is("|") ? filter_chain(nullptr, false) : ParsedNode(Mutable());
      grown = adopt(std::move(grown), body_until({"endset"}));
      return adopt(std::move(grown), std::move(chain));
    });
  }

  ParsedNode with_tag() {
    ParsedNode node = make(NodeKind::kWith);
    ++at_;
    while (node && peek().kind != TokenKind::kBlockEnd) {
      if (!(*node)->children.empty() && !take(",")) return unexpected_token(",");
      node = adopt(std::move(node), target(false));
      if (node && !take("=")) return unexpected_token("=");
      node = adopt(std::move(node), node ? expression() : ParsedNode());
    }
    if (!node) return node;
    return scoped(false, [&] { return adopt(std::move(node), body_until({"endwith"})); });
  }

  // `(a, b=1)` into names and, after the body, defaults.
  Parsed<std::vector<Mutable>> signature(Node& node) {
    std::vector<Mutable> defaults;
    if (!take("(")) return unexpected_token("(");
    while (!take(")")) {
      if (!node.names.empty() && !take(",")) return unexpected_token(",");
      if (peek().kind != TokenKind::kName) return unexpected_token("name");
      const std::string name = tokens_[at_++].text;
      if (name == "true" || name == "false" || name == "none" || name == "True" || name == "False" || name == "None")
        return syntax_error("can't assign to '" + name + "'", peek().offset);
      if (std::find(node.names.begin(), node.names.end(), name) != node.names.end())
        return syntax_error("duplicate argument '" + name + "'", peek().offset);
      node.names.push_back(name);
      if (take("=")) {
        auto value = expression();
        if (!value) return tl::unexpected(value.error());
        defaults.push_back(std::move(*value));
      } else if (!defaults.empty()) {
        return syntax_error("non-default argument follows default argument", peek().offset);
      }
    }
    return defaults;
  }

  // The body of a macro, then its defaults; notes what the body catches.
  ParsedNode macro_body(Mutable node, std::vector<Mutable> defaults, std::string_view end) {
    auto body = scoped(false, [&] { return body_until({end}); });
    if (!body) return body;
    const auto caught = [&](std::string_view name) {
      const bool parameter = std::find(node->names.begin(), node->names.end(), name) != node->names.end();
      return !parameter && reads(**body, name);
    };
    node->catches_keys = caught("kwargs");
    node->catches_rest = caught("varargs");
    node->calls_back = reads(**body, "caller");
    auto grown = adopt(std::move(node), std::move(body));
    for (Mutable& value : defaults) grown = adopt(std::move(grown), ParsedNode(std::move(value)));
    return grown;
  }

  ParsedNode macro_tag() {
    auto node = make(NodeKind::kMacro);
    ++at_;
    if (peek().kind != TokenKind::kName) return unexpected_token("name");
    node->text = tokens_[at_++].text;
    auto defaults = signature(*node);
    if (!defaults) return tl::unexpected(defaults.error());
    return macro_body(std::move(node), std::move(*defaults), "endmacro");
  }

  ParsedNode call_tag() {
    auto macro = make(NodeKind::kMacro);
    auto node = make(NodeKind::kCallBlock);
    ++at_;
    std::vector<Mutable> defaults;
    if (is("(")) {
      auto given = signature(*macro);
      if (!given) return tl::unexpected(given.error());
      defaults = std::move(*given);
    }
    auto call = expression();
    if (!call) return call;
    if ((*call)->kind != NodeKind::kCall) return syntax_error("expected call", peek().offset);
    auto body = macro_body(std::move(macro), std::move(defaults), "endcall");
    return adopt(adopt(std::move(node), std::move(body)), std::move(call));
  }

  ParsedNode filter_tag() {
    auto node = make(NodeKind::kFilterBlock);
    ++at_;
    return scoped(false, [&]() -> ParsedNode {
      auto chain = filter_chain(nullptr, true);
      auto grown = adopt(std::move(node), std::move(chain));
      return grown ? adopt(std::move(grown), body_until({"endfilter"})) : std::move(grown);
    });
  }

  ParsedNode block_tag() {
    auto node = make(NodeKind::kBlock);
    ++at_;
    if (peek().kind != TokenKind::kName) return unexpected_token("name");
    node->text = tokens_[at_++].text;
    if (std::find(blocks_.begin(), blocks_.end(), node->text) != blocks_.end())
      return syntax_error("block '" + node->text + "' defined twice", peek().offset);
    blocks_.push_back(node->text);
    const std::string name = node->text;
    node->recursive = take_name("scoped");  // the block sees the variables around it
    const bool required = take_name("required");
    if (is("-")) return syntax_error("Block names in Jinja have to be valid Python identifiers.", peek().offset);
    auto body = scoped(false, [&] { return body_until({"endblock"}); });
    if (!body) return body;
    const auto blank = [](const NodePtr& child) {
      return child->kind == NodeKind::kText && child->text.find_first_not_of(" \t\r\n\f\v") == std::string::npos;
    };
    if (required) {
      if (!std::all_of((*body)->children.begin(), (*body)->children.end(), blank))
        return syntax_error("Required blocks can only contain comments or whitespace", peek().offset);
      node->negated = true;  // nobody can fill it in
    }
    take_name(name);
    return adopt(std::move(node), std::move(body));
  }

  ParsedNode print_tag() {
    ParsedNode node = make(NodeKind::kSequence);
    ++at_;
    while (node && peek().kind != TokenKind::kBlockEnd) {
      if (!(*node)->children.empty() && !take(",")) return unexpected_token(",");
      auto one = make(NodeKind::kPrint);
      node = adopt(std::move(node), adopt(std::move(one), expression()));
    }
    return node;
  }

  ParsedNode autoescape_tag() {
    auto node = make(NodeKind::kAutoescape);
    ++at_;
    return scoped(false, [&]() -> ParsedNode {
      auto grown = adopt(std::move(node), expression());
      return grown ? adopt(std::move(grown), body_until({"endautoescape"})) : std::move(grown);
    });
  }

  // ---- Tags that need other templates, which Mistral has none of.

  ParsedNode loader(std::string_view tag) {
    auto node = make(NodeKind::kLoader, std::string(tag));
    ++at_;
    return adopt(std::move(node), expression());
  }

  void take_context() {
    if ((is_name("with") || is_name("without")) && is_name("context", 1)) at_ += 2;
  }

  ParsedNode include_tag() {
    auto node = loader("include");
    if (node && is_name("ignore") && is_name("missing", 1)) at_ += 2;
    if (node) take_context();
    return node;
  }

  ParsedNode import_tag() {
    auto node = loader("import");
    if (!node) return node;
    if (!take_name("as")) return unexpected_token("as");
    if (peek().kind != TokenKind::kName) return unexpected_token("name");
    ++at_;
    take_context();
    return node;
  }

  ParsedNode from_tag() {
    auto node = loader("from");
    if (!node) return node;
    if (!take_name("import")) return unexpected_token("import");
    for (bool first = true;; first = false) {
      if (!first && !take(",")) return unexpected_token(",");
      if (peek().kind != TokenKind::kName) return unexpected_token("name");
      const std::size_t before = at_;
      take_context();
      if (at_ != before) return node;
      if (peek().text.starts_with("_"))
        return syntax_error("names starting with an underline can not be imported", peek().offset);
      ++at_;
      if (take_name("as")) {
        if (peek().kind != TokenKind::kName) return unexpected_token("name");
        ++at_;
      }
      const std::size_t after = at_;
      take_context();
      if (at_ != after || !is(",")) return node;
    }
  }

  ParsedNode extends_tag() {
    if (frames_ > 0) return syntax_error("cannot use extend from a non top-level scope", peek().offset);
    return loader("extends");
  }

  std::string last_tag_;
  int frames_ = 0;  // variable scopes around the place
  std::vector<std::string> blocks_;
};

}  // namespace

Parsed<Tree> parse_template(std::string_view text) {
  auto tokens = tokenize(text, false);
  if (!tokens) return tl::unexpected(tokens.error());
  return StatementParser(std::move(*tokens)).run_template();
}

}  // namespace foehn::jinja
