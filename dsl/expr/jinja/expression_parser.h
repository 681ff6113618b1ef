// Recursive descent over Jinja2's expressions; the parser of statements is built on it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dsl/expr/jinja/ast.h"
#include "dsl/expr/jinja/lexer.h"
#include "dsl/expr/syntax.h"

namespace foehn::jinja {

using Mutable = std::unique_ptr<Node>;

class ExpressionParser {
 public:
  explicit ExpressionParser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}
  expr::Parsed<Tree> run_expression();

 protected:
  using ParsedNode = expr::Parsed<Mutable>;

  const Token& peek(std::size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  bool is(std::string_view symbol) const { return peek().kind == TokenKind::kSymbol && peek().text == symbol; }
  bool is_name(std::string_view name, std::size_t ahead = 0) const {
    return peek(ahead).kind == TokenKind::kName && peek(ahead).text == name;
  }
  bool take(std::string_view symbol) { return is(symbol) && (++at_, true); }
  bool take_name(std::string_view name) { return is_name(name) && (++at_, true); }

  tl::unexpected<expr::SyntaxError> unexpected_token(std::string_view expected = {}) const;
  tl::unexpected<expr::SyntaxError> too_deep() const;
  Mutable make(NodeKind kind, std::string text = {}) const;
  ParsedNode adopt(Mutable node, Mutable child) const;
  // adopt() for nodes still to be checked.
  ParsedNode adopt(ParsedNode node, ParsedNode child) const;

  // With `conditional` false, `if` does not belong to the expression.
  ParsedNode expression(bool conditional = true);
  // An expression, or several with commas: a tuple without parentheses.
  ParsedNode open_tuple(bool conditional = true);
  ParsedNode primary();
  // `|a|b(…)` after `node`, which may be null; `first`: the first `|` is left out.
  ParsedNode filter_chain(Mutable node, bool first);
  bool tuple_ends() const;

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::size_t level_ = 0;
  bool soft_ = false;  // inside of `if`: unknown filters and tests are found when they are used
  std::vector<Needed> needed_;

 private:
  ParsedNode binary(Operator op, ParsedNode left, ParsedNode (ExpressionParser::*operand)());
  ParsedNode disjunction();
  ParsedNode conjunction();
  ParsedNode negation();
  Operator comparison_here();
  ParsedNode comparison();
  ParsedNode sum();
  ParsedNode concatenation();
  ParsedNode product();
  ParsedNode power();
  ParsedNode factor();
  ParsedNode unary(bool with_filter);
  ParsedNode items(Mutable node);
  ParsedNode dict();
  ParsedNode parenthesis();
  ParsedNode postfix(ParsedNode node);
  ParsedNode member(ParsedNode receiver);
  ParsedNode subscript(ParsedNode receiver);
  ParsedNode subscript_part(bool& is_slice);
  ParsedNode arguments(ParsedNode node);
  ParsedNode filters(ParsedNode node);
  ParsedNode test(ParsedNode subject);
  expr::Parsed<std::string> dotted_name();
};

}  // namespace foehn::jinja
