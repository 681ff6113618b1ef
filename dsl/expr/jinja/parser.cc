#include "dsl/expr/jinja/parser.h"

#include <algorithm>
#include <optional>

#include "dsl/expr/jinja/expression_parser.h"
#include "dsl/expr/jinja/functions.h"
#include "engine/base/limits.h"

namespace foehn::jinja {

using expr::Parsed;
using expr::syntax_error;
using ParsedNode = Parsed<Mutable>;

namespace {

// Whether a node that Jinja2 folds into a constant is true; nothing when it is none, or one that takes computing.
std::optional<bool> constant_truth(const Node& node) {
  if (node.kind == NodeKind::kLiteral) {
    const Value& value = node.literal;
    if (value.is_string()) return !value.get_ref<const std::string&>().empty();
    if (value.is_number()) return value.get<double>() != 0;
    return value.is_boolean() && value.get<bool>();
  }
  const bool display = node.kind == NodeKind::kList || node.kind == NodeKind::kTuple || node.kind == NodeKind::kDict;
  if (!display) return std::nullopt;
  for (const NodePtr& child : node.children)
    if (!constant_truth(*child)) return std::nullopt;
  return !node.children.empty();
}

struct Infix {
  std::string_view symbol;
  Operator op;
};

}  // namespace

Parsed<Tree> ExpressionParser::run_expression() {
  auto node = expression();
  if (!node) return tl::unexpected(node.error());
  if (peek().kind != TokenKind::kEnd) return syntax_error("chunk after expression", peek().offset);
  return Tree{NodePtr(std::move(*node)), std::move(needed_)};
}

tl::unexpected<expr::SyntaxError> ExpressionParser::unexpected_token(std::string_view expected) const {
  const Token& token = peek();
  std::string what;
  switch (token.kind) {
    case TokenKind::kEnd: what = "end of template"; break;
    case TokenKind::kPrintEnd: what = "end of print statement"; break;
    case TokenKind::kBlockEnd: what = "end of statement block"; break;
    default: what = token.text;
  }
  if (!expected.empty())
    return syntax_error("expected token '" + std::string(expected) + "', got '" + what + "'", token.offset);
  return syntax_error("unexpected '" + what + "'", token.offset);
}

tl::unexpected<expr::SyntaxError> ExpressionParser::too_deep() const {
  return syntax_error("the expression is nested deeper than " + std::to_string(limits::kExpressionDepthMax) + " levels",
                      peek().offset);
}

Mutable ExpressionParser::make(NodeKind kind, std::string text) const {
  auto node = std::make_unique<Node>();
  node->kind = kind;
  node->text = std::move(text);
  node->offset = static_cast<std::uint32_t>(peek().offset);
  return node;
}

ParsedNode ExpressionParser::adopt(Mutable node, Mutable child) const {
  if (child) node->depth = std::max(node->depth, child->depth + 1);
  node->children.push_back(std::move(child));
  if (node->depth > limits::kExpressionDepthMax) return too_deep();
  return node;
}

ParsedNode ExpressionParser::adopt(ParsedNode node, ParsedNode child) const {
  if (!node) return node;
  if (!child) return child;
  return adopt(std::move(*node), std::move(*child));
}

ParsedNode ExpressionParser::expression(bool conditional) {
  if (++level_ > limits::kExpressionDepthMax) return too_deep();
  const std::size_t known = needed_.size();
  auto node = disjunction();
  while (conditional && node && is_name("if")) {
    // What stands in an inline `if` need not exist until it is used, also what stands before the `if`.
    if (!soft_) needed_.resize(known);
    const bool outer = std::exchange(soft_, true);
    node = adopt(make(NodeKind::kConditional), std::move(node));
    ++at_;
    if (node) node = adopt(std::move(node), disjunction());
    if (node) node = take_name("else") ? adopt(std::move(node), expression()) : adopt(std::move(*node), Mutable());
    soft_ = outer;
  }
  --level_;
  return node;
}

// From behind the operator on, whose place is that of the node.
ParsedNode ExpressionParser::binary(Operator op, ParsedNode left, ParsedNode (ExpressionParser::*operand)()) {
  if (!left) return left;
  auto node = make(NodeKind::kBinary);
  node->op = op;
  node->offset = static_cast<std::uint32_t>(tokens_[at_ - 1].offset);
  return adopt(adopt(std::move(node), std::move(left)), (this->*operand)());
}

ParsedNode ExpressionParser::disjunction() {
  auto node = conjunction();
  while (node && take_name("or")) {
    const bool decided = constant_truth(**node) == true;
    const std::size_t known = needed_.size();
    node = binary(Operator::kOr, std::move(node), &ExpressionParser::conjunction);
    if (decided && node) needed_.resize(known);  // the rest is never compiled
  }
  return node;
}

ParsedNode ExpressionParser::conjunction() {
  auto node = negation();
  while (node && take_name("and")) {
    const bool decided = constant_truth(**node) == false;
    const std::size_t known = needed_.size();
    node = binary(Operator::kAnd, std::move(node), &ExpressionParser::negation);
    if (decided && node) needed_.resize(known);
  }
  return node;
}

ParsedNode ExpressionParser::negation() {
  if (!is_name("not")) return comparison();
  if (++level_ > limits::kExpressionDepthMax) return too_deep();
  auto node = make(NodeKind::kUnary);
  node->op = Operator::kNot;
  ++at_;
  auto grown = adopt(std::move(node), negation());
  --level_;
  return grown;
}

Operator ExpressionParser::comparison_here() {
  static constexpr Infix kOperators[] = {{"==", Operator::kEqual},  {"!=", Operator::kNotEqual},
                                         {"<", Operator::kLess},    {"<=", Operator::kLessEqual},
                                         {">", Operator::kGreater}, {">=", Operator::kGreaterEqual}};
  for (const Infix& row : kOperators)
    if (take(row.symbol)) return row.op;
  if (take_name("in")) return Operator::kIn;
  if (is_name("not") && is_name("in", 1)) {
    at_ += 2;
    return Operator::kNotIn;
  }
  return Operator::kNone;
}

ParsedNode ExpressionParser::comparison() {
  auto first = sum();
  if (!first) return first;
  const std::size_t place = peek().offset;
  Operator op = comparison_here();
  if (op == Operator::kNone) return first;
  auto node = make(NodeKind::kCompare);
  node->offset = static_cast<std::uint32_t>(place);
  auto grown = adopt(std::move(node), std::move(first));
  for (; grown && op != Operator::kNone; op = grown ? comparison_here() : Operator::kNone) {
    (*grown)->ops.push_back(op);
    grown = adopt(std::move(grown), sum());
  }
  return grown;
}

ParsedNode ExpressionParser::sum() {
  auto node = concatenation();
  while (node && (is("+") || is("-"))) {
    const Operator op = is("+") ? Operator::kAdd : Operator::kSubtract;
    ++at_;
    node = binary(op, std::move(node), &ExpressionParser::concatenation);
  }
  return node;
}

ParsedNode ExpressionParser::concatenation() {
  auto node = product();
  while (node && take("~")) node = binary(Operator::kConcat, std::move(node), &ExpressionParser::product);
  return node;
}

ParsedNode ExpressionParser::product() {
  static constexpr Infix kOperators[] = {
      {"*", Operator::kMultiply}, {"/", Operator::kDivide}, {"//", Operator::kFloorDivide}, {"%", Operator::kModulo}};
  auto node = power();
  while (node) {
    const auto* row = std::find_if(std::begin(kOperators), std::end(kOperators),
                                   [this](const Infix& infix) { return is(infix.symbol); });
    if (row == std::end(kOperators)) break;
    ++at_;
    node = binary(row->op, std::move(node), &ExpressionParser::power);
  }
  return node;
}

ParsedNode ExpressionParser::power() {
  auto node = factor();
  while (node && take("**")) node = binary(Operator::kPower, std::move(node), &ExpressionParser::factor);
  return node;
}

ParsedNode ExpressionParser::factor() { return unary(true); }

ParsedNode ExpressionParser::unary(bool with_filter) {
  if (++level_ > limits::kExpressionDepthMax) return too_deep();
  ParsedNode node;
  if (is("-") || is("+")) {
    auto made = make(NodeKind::kUnary);
    made->op = is("-") ? Operator::kSubtract : Operator::kAdd;
    ++at_;
    node = adopt(std::move(made), unary(false));
  } else {
    node = primary();
  }
  if (node) node = postfix(std::move(node));
  if (node && with_filter) node = filters(std::move(node));
  --level_;
  return node;
}

ParsedNode ExpressionParser::primary() {
  const Token token = peek();
  auto node = make(NodeKind::kLiteral);
  switch (token.kind) {
    case TokenKind::kName:
      ++at_;
      if (token.text == "true" || token.text == "True") {
        node->literal = true;
      } else if (token.text == "false" || token.text == "False") {
        node->literal = false;
      } else if (token.text != "none" && token.text != "None") {
        node->kind = NodeKind::kName;
        node->text = token.text;
      }
      return node;
    case TokenKind::kNumber:
      ++at_;
      node->literal = token.number;
      return node;
    case TokenKind::kString: {
      std::string text;
      while (peek().kind == TokenKind::kString) text += tokens_[at_++].text;
      node->literal = std::move(text);
      return node;
    }
    default: break;
  }
  if (take("(")) return parenthesis();
  if (take("[")) return items(make(NodeKind::kList));
  if (take("{")) return dict();
  return unexpected_token();
}

bool ExpressionParser::tuple_ends() const {
  return peek().kind == TokenKind::kPrintEnd || peek().kind == TokenKind::kBlockEnd || is(")");
}

// After `(`: one expression in parentheses, or a tuple.
ParsedNode ExpressionParser::parenthesis() {
  if (++level_ > limits::kExpressionDepthMax) return too_deep();
  auto node = is(")") ? ParsedNode(make(NodeKind::kTuple)) : open_tuple();
  --level_;
  if (node && !take(")")) return unexpected_token(")");
  return node;
}

ParsedNode ExpressionParser::open_tuple(bool conditional) {
  if (tuple_ends()) {
    const std::string got = is(")")                               ? ")"
                            : peek().kind == TokenKind::kPrintEnd ? "end of print statement"
                                                                  : "end of statement block";
    return syntax_error("Expected an expression, got '" + got + "'", peek().offset);
  }
  auto first = expression(conditional);
  if (!first || !is(",")) return first;
  auto node = adopt(make(NodeKind::kTuple), std::move(first));
  while (node && take(",")) {
    if (tuple_ends() || (!conditional && is_name("recursive"))) break;
    node = adopt(std::move(node), expression(conditional));
  }
  return node;
}

// After `[`.
ParsedNode ExpressionParser::items(Mutable node) {
  while (!take("]")) {
    if (!node->children.empty() && !take(",")) return unexpected_token(",");
    if (take("]")) break;
    auto grown = adopt(std::move(node), expression());
    if (!grown) return grown;
    node = std::move(*grown);
  }
  return node;
}

// After `{`.
ParsedNode ExpressionParser::dict() {
  auto node = make(NodeKind::kDict);
  while (!take("}")) {
    if (!node->children.empty() && !take(",")) return unexpected_token(",");
    if (take("}")) break;
    auto grown = adopt(std::move(node), expression());
    if (!grown) return grown;
    if (!take(":")) return unexpected_token(":");
    grown = adopt(std::move(grown), expression());
    if (!grown) return grown;
    node = std::move(*grown);
  }
  return node;
}

ParsedNode ExpressionParser::postfix(ParsedNode node) {
  while (node) {
    if (is(".")) {
      node = member(std::move(node));
    } else if (is("[")) {
      node = subscript(std::move(node));
    } else if (is("(")) {
      auto call = make(NodeKind::kCall);
      call->offset = (*node)->offset;
      node = arguments(adopt(std::move(call), std::move(node)));
    } else {
      break;
    }
  }
  return node;
}

ParsedNode ExpressionParser::member(ParsedNode receiver) {
  ++at_;
  const Token token = peek();
  if (token.kind == TokenKind::kName) {
    auto node = make(NodeKind::kAttribute, token.text);
    ++at_;
    return adopt(std::move(node), std::move(receiver));
  }
  if (token.kind != TokenKind::kNumber || !token.number.is_number_integer())
    return syntax_error("expected name or number", token.offset);
  auto key = make(NodeKind::kLiteral);
  key->literal = token.number;
  auto node = adopt(make(NodeKind::kItem), std::move(receiver));
  ++at_;
  return adopt(std::move(node), std::move(key));
}

// One of the parts between the commas of a subscript.
ParsedNode ExpressionParser::subscript_part(bool& is_slice) {
  Mutable bounds[3];
  for (std::size_t i = 0; i < 3; ++i) {
    if (!is(":") && !is("]") && !is(",")) {
      auto bound = expression();
      if (!bound) return bound;
      bounds[i] = std::move(*bound);
    }
    if (i == 0 && !is(":")) {
      if (!bounds[0]) return unexpected_token();
      return std::move(bounds[0]);
    }
    if (i == 2 || !take(":")) break;
  }
  is_slice = true;
  auto node = make(NodeKind::kSlice);
  node->children.push_back(nullptr);  // the receiver comes later
  ParsedNode grown = std::move(node);
  for (auto& bound : bounds) {
    if (grown) grown = adopt(std::move(*grown), std::move(bound));
  }
  return grown;
}

ParsedNode ExpressionParser::subscript(ParsedNode receiver) {
  const std::size_t place = peek().offset;
  ++at_;
  std::vector<Mutable> parts;
  bool is_slice = false;
  while (!take("]")) {
    if (!parts.empty() && !take(",")) return unexpected_token(",");
    auto part = subscript_part(is_slice);
    if (!part) return part;
    parts.push_back(std::move(*part));
  }
  if (is_slice && parts.size() > 1) return syntax_error("a slice cannot be one of several subscripts", place);
  if (is_slice) {
    auto node = make(NodeKind::kSlice);
    node->offset = static_cast<std::uint32_t>(place);
    auto grown = adopt(std::move(node), std::move(receiver));
    for (std::size_t i = 1; i < 4 && grown; ++i) {
      auto& bound = const_cast<NodePtr&>(parts[0]->children[i]);
      grown = adopt(std::move(*grown), Mutable(const_cast<Node*>(bound.release())));
    }
    return grown;
  }
  auto node = make(NodeKind::kItem);
  node->offset = static_cast<std::uint32_t>(place);
  auto grown = adopt(std::move(node), std::move(receiver));
  if (parts.size() == 1) return adopt(std::move(grown), ParsedNode(std::move(parts[0])));
  auto tuple = ParsedNode(make(NodeKind::kTuple));
  for (Mutable& part : parts) tuple = adopt(std::move(tuple), ParsedNode(std::move(part)));
  return adopt(std::move(grown), std::move(tuple));
}

// From `(` on: arguments of a call, filter or test.
ParsedNode ExpressionParser::arguments(ParsedNode node) {
  const std::size_t open = peek().offset;
  if (!node) return node;
  ++at_;
  int stage = 0;  // positional, keywords, *, **
  std::vector<std::string> keywords;
  for (bool first = true; !take(")"); first = false) {
    if (!first && !take(",")) return unexpected_token(",");
    if (!first && take(")")) break;
    NodeKind kind = NodeKind::kLiteral;
    int next = 0;
    std::string name;
    if (is("*")) {
      kind = NodeKind::kUnpack;
      next = 2;
    } else if (is("**")) {
      kind = NodeKind::kUnpackKeys;
      next = 3;
    } else if (peek().kind == TokenKind::kName && peek(1).kind == TokenKind::kSymbol && peek(1).text == "=") {
      kind = NodeKind::kKeyword;
      next = 1;
      name = peek().text;
      if (std::find(keywords.begin(), keywords.end(), name) != keywords.end())
        return syntax_error("keyword argument repeated: " + name, peek().offset);
      keywords.push_back(name);
    }
    const bool ok = next == 0 ? stage == 0 : next == 1 ? stage < 3 : stage < next;
    if (!ok) return syntax_error("invalid syntax for function call expression", open);
    stage = std::max(stage, next);
    auto wrapper = make(kind, name);
    at_ += next == 1 ? 2 : next == 0 ? 0 : 1;
    auto argument = expression();
    if (next != 0) argument = adopt(ParsedNode(std::move(wrapper)), std::move(argument));
    node = adopt(std::move(node), std::move(argument));
    if (!node) return node;
  }
  return node;
}

Parsed<std::string> ExpressionParser::dotted_name() {
  if (peek().kind != TokenKind::kName) return unexpected_token("name");
  std::string name = tokens_[at_++].text;
  while (take(".")) {
    if (peek().kind != TokenKind::kName) return unexpected_token("name");
    name += "." + tokens_[at_++].text;
  }
  return name;
}

ParsedNode ExpressionParser::filter_chain(Mutable node, bool first) {
  ParsedNode chain = std::move(node);
  while (chain && (first || is("|"))) {
    if (!std::exchange(first, false)) ++at_;
    auto made = make(NodeKind::kFilter);
    auto name = dotted_name();
    if (!name) return tl::unexpected(name.error());
    made->text = *name;
    made->filter = find_filter(*name);
    if (!made->filter && !soft_) needed_.push_back({*name, true, made->offset});
    chain = adopt(std::move(made), std::move(*chain));
    if (chain && is("(")) chain = arguments(std::move(chain));
  }
  return chain;
}

ParsedNode ExpressionParser::filters(ParsedNode node) {
  while (node) {
    if (is("|")) {
      node = filter_chain(std::move(*node), false);
    } else if (is_name("is")) {
      ++at_;
      node = test(std::move(node));
    } else if (is("(")) {
      auto call = make(NodeKind::kCall);
      call->offset = (*node)->offset;
      node = arguments(adopt(std::move(call), std::move(node)));
    } else {
      break;
    }
  }
  return node;
}

ParsedNode ExpressionParser::test(ParsedNode subject) {
  const bool negated = take_name("not");
  auto made = make(NodeKind::kTest);
  auto name = dotted_name();
  if (!name) return tl::unexpected(name.error());
  made->text = *name;
  made->negated = negated;
  made->test = find_test(*name);
  if (!made->test && !soft_) needed_.push_back({*name, false, made->offset});
  auto node = adopt(std::move(made), std::move(subject));
  if (!node) return node;
  if (is("(")) return arguments(std::move(node));
  const bool word = peek().kind == TokenKind::kName && !is_name("else") && !is_name("or") && !is_name("and");
  const bool value =
      word || peek().kind == TokenKind::kString || peek().kind == TokenKind::kNumber || is("[") || is("{");
  if (!value) return node;
  if (is_name("is")) return syntax_error("You cannot chain multiple tests with is", peek().offset);
  return adopt(std::move(node), postfix(primary()));
}

Parsed<Tree> parse_expression(std::string_view text) {
  auto tokens = tokenize(text, true);
  if (!tokens) return tl::unexpected(tokens.error());
  return ExpressionParser(std::move(*tokens)).run_expression();
}

}  // namespace foehn::jinja
