#include "dsl/expr/yaql/ast.h"

#include <array>
#include <charconv>

#include "dsl/expr/text.h"

namespace foehn::yaql {
namespace {

std::string list_of(const Node& node, std::size_t from) {
  std::string out;
  for (std::size_t i = from; i < node.children.size(); ++i) {
    if (i != from) out += ", ";
    out += to_text(*node.children[i]);
  }
  return out;
}

std::string operand(const Node& node) {
  const bool composed = node.kind == NodeKind::kUnary || node.kind == NodeKind::kBinary;
  return composed ? "(" + to_text(node) + ")" : to_text(node);
}

std::string literal_text(const Value& value) {
  if (value.is_string()) return expr::quote_text(value.get_ref<const std::string&>());
  if (!value.is_number_float()) return value.dump();
  std::array<char, 1'100> digits{};
  // Never an exponent: YAQL has none.
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value.get<double>(),
                                          std::chars_format::fixed);
  std::string text(digits.data(), end);
  return text.find('.') == std::string::npos ? text + ".0" : text;
}

}  // namespace

std::string_view symbol_of(Operator op) {
  switch (op) {
    case Operator::kSend:
      return "->";
    case Operator::kOr:
      return "or";
    case Operator::kAnd:
      return "and";
    case Operator::kNot:
      return "not";
    case Operator::kEqual:
      return "=";
    case Operator::kNotEqual:
      return "!=";
    case Operator::kLess:
      return "<";
    case Operator::kLessEqual:
      return "<=";
    case Operator::kGreater:
      return ">";
    case Operator::kGreaterEqual:
      return ">=";
    case Operator::kIn:
      return "in";
    case Operator::kAdd:
      return "+";
    case Operator::kSubtract:
      return "-";
    case Operator::kMultiply:
      return "*";
    case Operator::kDivide:
      return "/";
    case Operator::kModulo:
      return "mod";
    case Operator::kMatches:
      return "=~";
    case Operator::kMatchesNot:
      return "!~";
    case Operator::kNone:
      break;
  }
  return "";
}

std::string to_text(const Node& node) {
  const auto child = [&node](std::size_t i) -> const Node& { return *node.children[i]; };
  const std::string dot = node.safe ? "?." : ".";
  switch (node.kind) {
    case NodeKind::kLiteral:
      return literal_text(node.literal);
    case NodeKind::kKeyword:
      return node.literal.get<std::string>();
    case NodeKind::kVariable:
      return "$" + node.text;
    case NodeKind::kMember:
      return operand(child(0)) + dot + node.text;
    case NodeKind::kDot:
      return operand(child(0)) + dot + "(" + to_text(child(1)) + ")";
    case NodeKind::kMethod:
      return operand(child(0)) + dot + node.text + "(" + list_of(node, 1) + ")";
    case NodeKind::kCall:
      return node.text + "(" + list_of(node, 0) + ")";
    case NodeKind::kUnary:
      return std::string(symbol_of(node.op)) + " " + operand(child(0));
    case NodeKind::kBinary:
      return operand(child(0)) + " " + std::string(symbol_of(node.op)) + " " + operand(child(1));
    case NodeKind::kIndex:
      return operand(child(0)) + "[" + list_of(node, 1) + "]";
    case NodeKind::kList:
      return "[" + list_of(node, 0) + "]";
    case NodeKind::kDict:
      return "{" + list_of(node, 0) + "}";
    case NodeKind::kRule:
      return to_text(child(0)) + " => " + to_text(child(1));
    case NodeKind::kSkipped:
      return "";
  }
  return "";
}

bool equal(const Node& left, const Node& right) {
  if (left.kind != right.kind || left.op != right.op || left.safe != right.safe || left.text != right.text)
    return false;
  if (left.literal != right.literal || left.literal.type() != right.literal.type()) return false;
  if (left.children.size() != right.children.size()) return false;
  for (std::size_t i = 0; i < left.children.size(); ++i)
    if (!equal(*left.children[i], *right.children[i])) return false;
  return true;
}

}  // namespace foehn::yaql
