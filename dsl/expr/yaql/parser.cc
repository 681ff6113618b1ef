#include "dsl/expr/yaql/parser.h"

#include <algorithm>
#include <array>

#include "dsl/expr/yaql/functions.h"
#include "dsl/expr/yaql/lexer.h"
#include "engine/base/limits.h"

namespace foehn::yaql {
namespace {

using expr::Parsed;
using expr::syntax_error;
using Mutable = std::unique_ptr<Node>;

struct Infix {
  std::string_view symbol;
  Operator op;
  int power;
  bool right = false;
};

constexpr int kNotPower = 4;
constexpr int kSignPower = 9;
constexpr int kIndexPower = 10;
constexpr int kDotPower = 11;
constexpr std::array<Infix, 17> kInfix = {{
    {"->", Operator::kSend, 1, true},
    {"or", Operator::kOr, 2},
    {"and", Operator::kAnd, 3},
    {"=", Operator::kEqual, 5},
    {"!=", Operator::kNotEqual, 5},
    {"<", Operator::kLess, 5},
    {"<=", Operator::kLessEqual, 5},
    {">", Operator::kGreater, 5},
    {">=", Operator::kGreaterEqual, 5},
    {"in", Operator::kIn, 5},
    {"+", Operator::kAdd, 6},
    {"-", Operator::kSubtract, 6},
    {"*", Operator::kMultiply, 7},
    {"/", Operator::kDivide, 7},
    {"mod", Operator::kModulo, 7},
    {"=~", Operator::kMatches, 8},
    {"!~", Operator::kMatchesNot, 8},
}};

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  Parsed<NodePtr> run() {
    auto node = expression(0);
    if (!node) return tl::unexpected(node.error());
    if (peek().kind != TokenKind::kEnd) return unexpected_token();
    return NodePtr(std::move(*node));
  }

 private:
  const Token& peek() const { return tokens_[at_]; }
  bool is(std::string_view symbol) const { return peek().kind == TokenKind::kSymbol && peek().text == symbol; }
  bool take(std::string_view symbol) {
    if (!is(symbol)) return false;
    ++at_;
    return true;
  }
  tl::unexpected<expr::SyntaxError> unexpected_token() const {
    if (peek().kind == TokenKind::kEnd) return syntax_error("Parse error: unexpected end of statement", peek().offset);
    const std::string sign = peek().kind == TokenKind::kVariable ? "$" : "";
    return syntax_error(
        "Parse error: unexpected '" + sign + peek().text + "' at position " + std::to_string(peek().offset),
        peek().offset);
  }

  // Adds `child`, keeping the depth and its bound.
  Parsed<Mutable> adopt(Mutable node, Mutable child) {
    node->depth = std::max(node->depth, child->depth + 1);
    node->children.push_back(std::move(child));
    if (node->depth > limits::kExpressionDepthMax)
      return syntax_error(
          "the expression is nested deeper than " + std::to_string(limits::kExpressionDepthMax) + " levels",
          peek().offset);
    return node;
  }

  // A node whose place is that of the token taken last.
  Mutable make(NodeKind kind, std::string text = {}) {
    auto node = std::make_unique<Node>();
    node->kind = kind;
    node->text = std::move(text);
    if (at_ != 0) node->offset = static_cast<std::uint32_t>(tokens_[at_ - 1].offset);
    return node;
  }

  Parsed<Mutable> expression(int power) {
    if (++level_ > limits::kExpressionDepthMax)
      return syntax_error(
          "the expression is nested deeper than " + std::to_string(limits::kExpressionDepthMax) + " levels",
          peek().offset);
    auto left = prefix();
    while (left) {
      if (is(".") || is("?.") ? kDotPower > power : is("[") && kIndexPower > power) {
        left = postfix(std::move(*left));
        continue;
      }
      const Infix* infix = infix_here();
      if (!infix || infix->power <= power) break;
      ++at_;
      auto node = make(NodeKind::kBinary);
      node->op = infix->op;
      auto right = expression(infix->right ? infix->power - 1 : infix->power);
      if (!right) return right;
      left = adopt(std::move(node), std::move(*left));
      if (left) left = adopt(std::move(*left), std::move(*right));
    }
    --level_;
    return left;
  }

  const Infix* infix_here() const {
    if (peek().kind != TokenKind::kSymbol) return nullptr;
    const auto* found =
        std::find_if(kInfix.begin(), kInfix.end(), [this](const Infix& row) { return row.symbol == peek().text; });
    return found == kInfix.end() ? nullptr : found;
  }

  Parsed<Mutable> prefix() {
    for (const auto& [symbol, op, power] :
         {std::tuple{"not", Operator::kNot, kNotPower}, std::tuple{"-", Operator::kSubtract, kSignPower},
          std::tuple{"+", Operator::kAdd, kSignPower}}) {
      if (!take(symbol)) continue;
      auto node = make(NodeKind::kUnary);
      node->op = op;
      auto inner = expression(power);
      if (!inner) return inner;
      return adopt(std::move(node), std::move(*inner));
    }
    return primary();
  }

  Parsed<Mutable> primary() {
    const Token token = peek();
    switch (token.kind) {
      case TokenKind::kText:
      case TokenKind::kNumber: {
        ++at_;
        auto node = make(NodeKind::kLiteral);
        node->literal = token.kind == TokenKind::kText ? Value(token.text) : token.number;
        return node;
      }
      case TokenKind::kName:
        return word(token);
      case TokenKind::kVariable:
        ++at_;
        return make(NodeKind::kVariable, token.text);
      case TokenKind::kFunction: {
        ++at_;
        auto node = make(NodeKind::kCall, token.text);
        node->overloads = find_function(token.text);
        return arguments(std::move(node), ")");
      }
      default:
        break;
    }
    if (take("(")) {
      auto inner = expression(0);
      if (!inner) return inner;
      if (!take(")")) return unexpected_token();
      return inner;
    }
    if (take("[")) return arguments(make(NodeKind::kList), "]");
    if (take("{")) return arguments(make(NodeKind::kDict), "}");
    return unexpected_token();
  }

  Parsed<Mutable> word(const Token& token) {
    ++at_;
    auto node = make(NodeKind::kLiteral);
    if (token.text == "true" || token.text == "false") {
      node->literal = token.text == "true";
    } else if (token.text != "null") {
      node->kind = NodeKind::kKeyword;
      node->literal = token.text;
    }
    return node;
  }

  Parsed<Mutable> postfix(Mutable left) {
    if (take("[")) {
      auto node = adopt(make(NodeKind::kIndex), std::move(left));
      return node ? arguments(std::move(*node), "]") : std::move(node);
    }
    const bool safe = is("?.");
    ++at_;
    const Token token = peek();
    const bool constant = token.text == "true" || token.text == "false" || token.text == "null";
    if (token.kind != TokenKind::kFunction && (token.kind != TokenKind::kName || constant))
      return odd_dot(std::move(left), safe);
    ++at_;
    auto made = make(token.kind == TokenKind::kName ? NodeKind::kMember : NodeKind::kMethod, token.text);
    made->safe = safe;
    made->of_root = left->kind == NodeKind::kVariable && left->text.empty();
    auto node = adopt(std::move(made), std::move(left));
    if (!node || token.kind == TokenKind::kName) return node;
    (*node)->overloads = find_method(token.text);
    return arguments(std::move(*node), ")");
  }

  // To YAQL the dot is an operator like any other.
  Parsed<Mutable> odd_dot(Mutable left, bool safe) {
    auto made = make(NodeKind::kDot);
    made->safe = safe;
    auto right = expression(kDotPower);
    if (!right) return right;
    auto node = adopt(std::move(made), std::move(left));
    return node ? adopt(std::move(*node), std::move(*right)) : std::move(node);
  }

  // Positional arguments, some of them left out, then named ones; up to and including `close`. One argument may be left
  // out before named ones, unless it is the first.
  Parsed<Mutable> arguments(Mutable node, std::string_view close) {
    if (take(close)) return node;
    bool named = false;
    const std::size_t first = node->children.size();
    for (std::size_t skipped = 0;;) {
      if (!named && is(",")) {
        node->children.push_back(make(NodeKind::kSkipped));
        ++at_;
        ++skipped;
        continue;
      }
      auto value = expression(0);
      if (!value) return value;
      if (is("=>")) {
        if (!named && skipped > (node->children.size() == first + skipped ? 0u : 1u)) return unexpected_token();
        ++at_;
        named = true;
        auto rule = make(NodeKind::kRule);
        auto right = expression(0);
        if (!right) return right;
        value = adopt(std::move(rule), std::move(*value));
        if (value) value = adopt(std::move(*value), std::move(*right));
        if (!value) return value;
      } else if (named) {
        return unexpected_token();
      }
      auto grown = adopt(std::move(node), std::move(*value));
      if (!grown) return grown;
      node = std::move(*grown);
      skipped = 0;
      if (take(close)) return node;
      if (!take(",")) return unexpected_token();
    }
  }

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::size_t level_ = 0;
};

}  // namespace

Parsed<NodePtr> parse(std::string_view text) {
  auto tokens = tokenize(text);
  if (!tokens) return tl::unexpected(tokens.error());
  return Parser(std::move(*tokens)).run();
}

}  // namespace foehn::yaql
