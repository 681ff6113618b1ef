#include "dsl/expr/jinja/parser.h"

#include <algorithm>

#include "dsl/expr/jinja/functions.h"
#include "dsl/expr/jinja/lexer.h"
#include "engine/base/diagnostic.h"
#include "engine/base/limits.h"

namespace foehn::jinja {
namespace {

using expr::Parsed;
using expr::syntax_error;
using Mutable = std::unique_ptr<Node>;

struct Infix {
  std::string_view symbol;
  Operator op;
};

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  Parsed<NodePtr> run_expression() {
    auto node = expression();
    if (!node) return tl::unexpected(node.error());
    if (peek().kind != TokenKind::kEnd) return syntax_error("chunk after expression", peek().offset);
    return NodePtr(std::move(*node));
  }

  Parsed<NodePtr> run_template() {
    auto node = statements({});
    if (!node) return tl::unexpected(node.error());
    return NodePtr(std::move(*node));
  }

 private:
  const Token& peek(std::size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  bool is(std::string_view symbol) const { return peek().kind == TokenKind::kSymbol && peek().text == symbol; }
  bool is_name(std::string_view name) const { return peek().kind == TokenKind::kName && peek().text == name; }
  bool take(std::string_view symbol) { return is(symbol) && (++at_, true); }
  bool take_name(std::string_view name) { return is_name(name) && (++at_, true); }

  tl::unexpected<expr::SyntaxError> unexpected_token(std::string_view expected = {}) const {
    const Token& token = peek();
    std::string what;
    switch (token.kind) {
      case TokenKind::kEnd:
        what = "end of template";
        break;
      case TokenKind::kPrintEnd:
        what = "end of print statement";
        break;
      case TokenKind::kBlockEnd:
        what = "end of statement block";
        break;
      default:
        what = token.text;
    }
    if (!expected.empty())
      return syntax_error("expected token '" + std::string(expected) + "', got '" + what + "'", token.offset);
    return syntax_error("unexpected '" + what + "'", token.offset);
  }

  Mutable make(NodeKind kind, std::string text = {}) {
    auto node = std::make_unique<Node>();
    node->kind = kind;
    node->text = std::move(text);
    return node;
  }

  Parsed<Mutable> adopt(Mutable node, Mutable child) {
    if (child) node->depth = std::max(node->depth, child->depth + 1);
    node->children.push_back(std::move(child));
    if (node->depth > limits::kExpressionDepthMax) return too_deep();
    return node;
  }
  // adopt() for a child still to be checked.
  Parsed<Mutable> adopt(Mutable node, Parsed<Mutable> child) {
    if (!child) return child;
    return adopt(std::move(node), std::move(*child));
  }

  tl::unexpected<expr::SyntaxError> too_deep() const {
    return syntax_error(
        "the expression is nested deeper than " + std::to_string(limits::kExpressionDepthMax) + " levels",
        peek().offset);
  }

  // ---- Expressions, loosest first.

  Parsed<Mutable> expression() {
    if (++level_ > limits::kExpressionDepthMax) return too_deep();
    auto node = disjunction();
    while (node && take_name("if")) {
      node = adopt(make(NodeKind::kConditional), std::move(node));
      if (node) node = adopt(std::move(*node), disjunction());
      if (!node) return node;
      node = take_name("else") ? adopt(std::move(*node), expression()) : adopt(std::move(*node), Mutable());
    }
    --level_;
    return node;
  }

  Parsed<Mutable> binary(Operator op, Parsed<Mutable> left, Parsed<Mutable> right) {
    if (!left) return left;
    auto node = make(NodeKind::kBinary);
    node->op = op;
    auto grown = adopt(std::move(node), std::move(left));
    return grown ? adopt(std::move(*grown), std::move(right)) : std::move(grown);
  }

  Parsed<Mutable> disjunction() {
    auto node = conjunction();
    while (node && take_name("or")) node = binary(Operator::kOr, std::move(node), conjunction());
    return node;
  }

  Parsed<Mutable> conjunction() {
    auto node = negation();
    while (node && take_name("and")) node = binary(Operator::kAnd, std::move(node), negation());
    return node;
  }

  Parsed<Mutable> negation() {
    if (!take_name("not")) return comparison();
    if (++level_ > limits::kExpressionDepthMax) return too_deep();
    auto node = make(NodeKind::kUnary);
    node->op = Operator::kNot;
    auto grown = adopt(std::move(node), negation());
    --level_;
    return grown;
  }

  Operator comparison_here() {
    static constexpr Infix kOperators[] = {{"==", Operator::kEqual},  {"!=", Operator::kNotEqual},
                                           {"<", Operator::kLess},    {"<=", Operator::kLessEqual},
                                           {">", Operator::kGreater}, {">=", Operator::kGreaterEqual}};
    for (const Infix& row : kOperators)
      if (take(row.symbol)) return row.op;
    if (take_name("in")) return Operator::kIn;
    if (is_name("not") && peek(1).kind == TokenKind::kName && peek(1).text == "in") {
      at_ += 2;
      return Operator::kNotIn;
    }
    return Operator::kNone;
  }

  Parsed<Mutable> comparison() {
    auto first = sum();
    if (!first) return first;
    Operator op = comparison_here();
    if (op == Operator::kNone) return first;
    auto node = adopt(make(NodeKind::kCompare), std::move(first));
    for (; node && op != Operator::kNone; op = comparison_here()) {
      (*node)->ops.push_back(op);
      node = adopt(std::move(*node), sum());
      if (!node) return node;
    }
    return node;
  }

  Parsed<Mutable> sum() {
    auto node = concatenation();
    while (node && (is("+") || is("-"))) {
      const Operator op = is("+") ? Operator::kAdd : Operator::kSubtract;
      ++at_;
      node = binary(op, std::move(node), concatenation());
    }
    return node;
  }

  Parsed<Mutable> concatenation() {
    auto node = product();
    while (node && take("~")) node = binary(Operator::kConcat, std::move(node), product());
    return node;
  }

  Parsed<Mutable> product() {
    static constexpr Infix kOperators[] = {
        {"*", Operator::kMultiply}, {"/", Operator::kDivide}, {"//", Operator::kFloorDivide}, {"%", Operator::kModulo}};
    auto node = power();
    while (node) {
      const auto* row = std::find_if(std::begin(kOperators), std::end(kOperators),
                                     [this](const Infix& infix) { return is(infix.symbol); });
      if (row == std::end(kOperators)) break;
      ++at_;
      node = binary(row->op, std::move(node), power());
    }
    return node;
  }

  Parsed<Mutable> power() {
    auto node = unary(true);
    while (node && take("**")) node = binary(Operator::kPower, std::move(node), unary(true));
    return node;
  }

  Parsed<Mutable> unary(bool with_filter) {
    if (++level_ > limits::kExpressionDepthMax) return too_deep();
    Parsed<Mutable> node;
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

  Parsed<Mutable> primary() {
    const Token token = peek();
    if (token.kind == TokenKind::kName) {
      ++at_;
      auto node = make(NodeKind::kLiteral);
      if (token.text == "true" || token.text == "True") {
        node->literal = true;
      } else if (token.text == "false" || token.text == "False") {
        node->literal = false;
      } else if (token.text != "none" && token.text != "None") {
        node->kind = NodeKind::kName;
        node->text = token.text;
      }
      return node;
    }
    if (token.kind == TokenKind::kNumber) {
      ++at_;
      auto node = make(NodeKind::kLiteral);
      node->literal = token.number;
      return node;
    }
    if (token.kind == TokenKind::kString) {
      std::string text;
      while (peek().kind == TokenKind::kString) text += tokens_[at_++].text;
      auto node = make(NodeKind::kLiteral);
      node->literal = std::move(text);
      return node;
    }
    if (take("(")) return tuple(")");
    if (take("[")) return items(make(NodeKind::kList), "]");
    if (take("{")) return dict();
    return unexpected_token();
  }

  // After `(`: one expression in parentheses, or a tuple.
  Parsed<Mutable> tuple(std::string_view close) {
    if (take(close)) return make(NodeKind::kTuple);
    auto first = expression();
    if (!first) return first;
    if (take(close)) return first;
    auto node = adopt(make(NodeKind::kTuple), std::move(first));
    while (node && take(",")) {
      if (is(close)) break;
      node = adopt(std::move(*node), expression());
    }
    if (node && !take(close)) return unexpected_token(close);
    return node;
  }

  Parsed<Mutable> items(Mutable node, std::string_view close) {
    while (!take(close)) {
      if (!node->children.empty() && !take(",")) return unexpected_token(",");
      if (take(close)) break;
      auto grown = adopt(std::move(node), expression());
      if (!grown) return grown;
      node = std::move(*grown);
    }
    return node;
  }

  Parsed<Mutable> dict() {
    auto node = make(NodeKind::kDict);
    while (!take("}")) {
      if (!node->children.empty() && !take(",")) return unexpected_token(",");
      if (take("}")) break;
      auto grown = adopt(std::move(node), expression());
      if (!grown) return grown;
      if (!take(":")) return unexpected_token(":");
      grown = adopt(std::move(*grown), expression());
      if (!grown) return grown;
      node = std::move(*grown);
    }
    return node;
  }

  Parsed<Mutable> postfix(Parsed<Mutable> node) {
    while (node) {
      if (take(".")) {
        const Token token = peek();
        ++at_;
        if (token.kind == TokenKind::kName) {
          node = adopt(make(NodeKind::kAttribute, token.text), std::move(node));
        } else if (token.kind == TokenKind::kNumber && token.number.is_number_integer()) {
          auto key = make(NodeKind::kLiteral);
          key->literal = token.number;
          node = adopt(make(NodeKind::kItem), std::move(node));
          if (node) node = adopt(std::move(*node), std::move(key));
        } else {
          --at_;
          return syntax_error("expected name or number", token.offset);
        }
      } else if (take("[")) {
        node = subscript(std::move(node));
      } else if (take("(")) {
        node = adopt(make(NodeKind::kCall), std::move(node));
        if (node) node = arguments(std::move(*node));
      } else {
        break;
      }
    }
    return node;
  }

  Parsed<Mutable> subscript(Parsed<Mutable> receiver) {
    Mutable bounds[3];
    bool slice = false;
    for (std::size_t i = 0; i < 3; ++i) {
      if (!is(":") && !is("]")) {
        auto bound = expression();
        if (!bound) return bound;
        if (i == 0 && is(",")) {  // a[1, 2]
          auto made = adopt(make(NodeKind::kTuple), std::move(bound));
          while (made && take(",")) made = adopt(std::move(*made), expression());
          bound = std::move(made);
          if (!bound) return bound;
        }
        bounds[i] = std::move(*bound);
      }
      if (!take(":")) break;
      slice = true;
    }
    if (!take("]")) return unexpected_token("]");
    if (!slice && !bounds[0]) return syntax_error("expected subscript expression", peek().offset);
    auto node = adopt(make(slice ? NodeKind::kSlice : NodeKind::kItem), std::move(receiver));
    for (std::size_t i = 0; node && i < (slice ? 3u : 1u); ++i) node = adopt(std::move(*node), std::move(bounds[i]));
    return node;
  }

  // After `(`: arguments of a call, filter or test.
  Parsed<Mutable> arguments(Mutable node) {
    bool keywords = false;
    for (bool first = true; !take(")"); first = false) {
      if (!first && !take(",")) return unexpected_token(",");
      if (take(")")) break;
      Parsed<Mutable> argument;
      if (peek().kind == TokenKind::kName && peek(1).kind == TokenKind::kSymbol && peek(1).text == "=") {
        auto keyword = make(NodeKind::kKeyword, peek().text);
        at_ += 2;
        keywords = true;
        argument = adopt(std::move(keyword), expression());
      } else if (keywords) {
        return syntax_error("invalid syntax for function call expression", peek().offset);
      } else {
        argument = expression();
      }
      auto grown = adopt(std::move(node), std::move(argument));
      if (!grown) return grown;
      node = std::move(*grown);
    }
    return node;
  }

  Parsed<Mutable> filters(Parsed<Mutable> node) {
    while (node) {
      if (take("|")) {
        if (peek().kind != TokenKind::kName) return unexpected_token("name");
        std::string name = tokens_[at_++].text;
        auto made = make(NodeKind::kFilter, name);
        made->filter = find_filter(name);
        node = adopt(std::move(made), std::move(node));
        if (node && take("(")) node = arguments(std::move(*node));
      } else if (take_name("is")) {
        node = test(std::move(node));
      } else if (take("(")) {
        node = adopt(make(NodeKind::kCall), std::move(node));
        if (node) node = arguments(std::move(*node));
      } else {
        break;
      }
    }
    return node;
  }

  Parsed<Mutable> test(Parsed<Mutable> subject) {
    const bool negated = take_name("not");
    const Token token = peek();
    if (token.kind != TokenKind::kName) return unexpected_token("name");
    ++at_;
    auto made = make(NodeKind::kTest, token.text);
    made->negated = negated;
    made->test = find_test(token.text);
    if (!made->test) {
      const std::string near = nearest_name(token.text, test_names());
      return syntax_error("No test named '" + token.text + "'." + (near.empty() ? "" : " Did you mean '" + near + "'?"),
                          token.offset);
    }
    auto node = adopt(std::move(made), std::move(subject));
    if (!node) return node;
    if (take("(")) return arguments(std::move(*node));
    const bool word = peek().kind == TokenKind::kName && !is_name("else") && !is_name("or") && !is_name("and");
    if (word && is_name("is")) return syntax_error("You cannot chain multiple tests with is", peek().offset);
    const bool value =
        word || peek().kind == TokenKind::kString || peek().kind == TokenKind::kNumber || is("[") || is("{");
    if (!value || is_name("if") || is_name("in") || is_name("not")) return node;
    auto argument = primary();
    return adopt(std::move(*node), postfix(std::move(argument)));
  }

  // ---- Statements.

  // Up to (not including) the tag named in `ends`; without `ends` to the end of the template.
  Parsed<Mutable> statements(const std::vector<std::string_view>& ends) {
    if (++level_ > limits::kExpressionDepthMax) return too_deep();
    auto body = make(NodeKind::kSequence);
    while (peek().kind != TokenKind::kEnd) {
      Parsed<Mutable> node;
      if (peek().kind == TokenKind::kText) {
        node = make(NodeKind::kText, tokens_[at_++].text);
      } else if (peek().kind == TokenKind::kPrintBegin) {
        ++at_;
        node = adopt(make(NodeKind::kPrint), open_tuple());
        if (node && peek().kind != TokenKind::kPrintEnd) return unexpected_token("end of print statement");
        ++at_;
      } else {
        const Token& name = peek(1);
        if (name.kind != TokenKind::kName) return syntax_error("tag name expected", name.offset);
        if (std::find(ends.begin(), ends.end(), name.text) != ends.end()) {
          --level_;
          return body;
        }
        at_ += 2;
        node = statement(name);
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

  // An expression, or several with commas: a tuple without parentheses.
  Parsed<Mutable> open_tuple() {
    auto first = expression();
    if (!first || !is(",")) return first;
    auto node = adopt(make(NodeKind::kTuple), std::move(first));
    while (node && take(",")) {
      if (peek().kind == TokenKind::kPrintEnd || peek().kind == TokenKind::kBlockEnd) break;
      node = adopt(std::move(*node), expression());
    }
    return node;
  }

  Parsed<Mutable> statement(Token name) {
    if (name.text == "if") return if_statement();
    if (name.text == "for") return for_statement();
    if (name.text == "set") return set_statement();
    return syntax_error("Encountered unknown tag '" + name.text + "'.", name.offset);
  }

  // The `%}` of a tag; then the body up to one of `ends`, whose name is stepped over.
  Parsed<Mutable> body_until(const std::vector<std::string_view>& ends) {
    if (peek().kind != TokenKind::kBlockEnd) return unexpected_token("end of statement block");
    ++at_;
    auto body = statements(ends);
    if (body) {
      last_tag_ = peek(1).text;
      at_ += 2;
    }
    return body;
  }

  Parsed<Mutable> close_tag(Mutable node) {
    if (peek().kind != TokenKind::kBlockEnd) return unexpected_token("end of statement block");
    ++at_;
    return node;
  }

  Parsed<Mutable> if_statement() {
    auto node = make(NodeKind::kIf);
    do {
      auto grown = adopt(std::move(node), expression());
      if (grown) grown = adopt(std::move(*grown), body_until({"elif", "else", "endif"}));
      if (!grown) return grown;
      node = std::move(*grown);
    } while (last_tag_ == "elif");
    if (last_tag_ == "else") {
      auto grown = adopt(std::move(node), body_until({"endif"}));
      if (!grown) return grown;
      node = std::move(*grown);
    }
    return close_tag(std::move(node));
  }

  Parsed<bool> targets(Node& node) {
    const bool parenthesis = take("(");
    do {
      if (peek().kind != TokenKind::kName) return tl::unexpected(unexpected_token("name").value());
      std::string name = tokens_[at_++].text;
      if (node.kind == NodeKind::kSet && take(".")) {
        if (peek().kind != TokenKind::kName) return tl::unexpected(unexpected_token("name").value());
        name += "." + tokens_[at_++].text;
      }
      node.names.push_back(std::move(name));
    } while (take(",") && peek().kind == TokenKind::kName);
    if (parenthesis && !take(")")) return tl::unexpected(unexpected_token(")").value());
    return true;
  }

  Parsed<Mutable> for_statement() {
    auto node = make(NodeKind::kFor);
    if (auto ok = targets(*node); !ok) return tl::unexpected(ok.error());
    if (!take_name("in")) return unexpected_token("in");
    // Not a whole expression: `if` begins the loop's filter.
    auto collection = disjunction();
    if (collection && is(",")) return unexpected_token("end of statement block");
    auto grown = adopt(std::move(node), std::move(collection));
    if (grown) grown = take_name("if") ? adopt(std::move(*grown), expression()) : adopt(std::move(*grown), Mutable());
    if (grown && is_name("recursive")) return syntax_error("recursive loops are not supported", peek().offset);
    if (grown) grown = adopt(std::move(*grown), body_until({"else", "endfor"}));
    if (!grown) return grown;
    grown =
        last_tag_ == "else" ? adopt(std::move(*grown), body_until({"endfor"})) : adopt(std::move(*grown), Mutable());
    return grown ? close_tag(std::move(*grown)) : std::move(grown);
  }

  Parsed<Mutable> set_statement() {
    auto node = make(NodeKind::kSet);
    if (auto ok = targets(*node); !ok) return tl::unexpected(ok.error());
    if (take("=")) {
      auto grown = adopt(std::move(node), open_tuple());
      return grown ? close_tag(std::move(*grown)) : std::move(grown);
    }
    node->kind = NodeKind::kSetBlock;
    auto grown = adopt(std::move(node), body_until({"endset"}));
    return grown ? close_tag(std::move(*grown)) : std::move(grown);
  }

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::size_t level_ = 0;
  std::string last_tag_;
};

}  // namespace

Parsed<NodePtr> parse_expression(std::string_view text) {
  auto tokens = tokenize(text, true);
  if (!tokens) return tl::unexpected(tokens.error());
  return Parser(std::move(*tokens)).run_expression();
}

Parsed<NodePtr> parse_template(std::string_view text) {
  auto tokens = tokenize(text, false);
  if (!tokens) return tl::unexpected(tokens.error());
  return Parser(std::move(*tokens)).run_template();
}

}  // namespace foehn::jinja
