#include "dsl/expr/jinja/ast.h"

#include <cmath>

#include "dsl/expr/text.h"

namespace foehn::jinja {
namespace {

std::string list_of(const Node& node, std::size_t from) {
  std::string out;
  for (std::size_t i = from; i < node.children.size(); ++i) {
    if (i != from) out += ", ";
    out += to_text(*node.children[i]);
  }
  return out;
}

// Every operand stands in parentheses unless it is a simple one.
std::string operand(const Node& node) {
  switch (node.kind) {
    case NodeKind::kUnary:
    case NodeKind::kBinary:
    case NodeKind::kCompare:
    case NodeKind::kConditional:
    case NodeKind::kFilter:
    case NodeKind::kTest:
      return "(" + to_text(node) + ")";
    default:
      return to_text(node);
  }
}

std::string literal_text(const Value& value) {
  if (value.is_string()) return expr::quote_text(value.get_ref<const std::string&>());
  if (value.is_number_float() && !std::isfinite(value.get<double>())) return "1e999";  // the only way to write it
  return to_python_repr(value);
}

// The point behind a number would belong to the number.
std::string receiver(const Node& node) {
  const bool number = node.kind == NodeKind::kLiteral && node.literal.is_number();
  return number ? "(" + to_text(node) + ")" : operand(node);
}

std::string optional_text(const Node* node) { return node ? to_text(*node) : ""; }

std::string dict_text(const Node& node) {
  std::string out = "{";
  for (std::size_t i = 0; i + 1 < node.children.size(); i += 2)
    out += (i == 0 ? "" : ", ") + to_text(*node.children[i]) + ": " + to_text(*node.children[i + 1]);
  return out + "}";
}

}  // namespace

std::string_view symbol_of(Operator op) {
  switch (op) {
    case Operator::kOr:
      return "or";
    case Operator::kAnd:
      return "and";
    case Operator::kNot:
      return "not";
    case Operator::kEqual:
      return "==";
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
    case Operator::kNotIn:
      return "not in";
    case Operator::kAdd:
      return "+";
    case Operator::kSubtract:
      return "-";
    case Operator::kConcat:
      return "~";
    case Operator::kMultiply:
      return "*";
    case Operator::kDivide:
      return "/";
    case Operator::kFloorDivide:
      return "//";
    case Operator::kModulo:
      return "%";
    case Operator::kPower:
      return "**";
    case Operator::kNone:
      break;
  }
  return "";
}

std::string to_text(const Node& node) {
  const auto child = [&node](std::size_t i) -> const Node& { return *node.children[i]; };
  const auto arguments = [&node] { return node.children.size() > 1 ? "(" + list_of(node, 1) + ")" : std::string(); };
  switch (node.kind) {
    case NodeKind::kLiteral:
      return literal_text(node.literal);
    case NodeKind::kName:
      return node.text;
    case NodeKind::kAttribute:
      return receiver(child(0)) + "." + node.text;
    case NodeKind::kItem:
      return operand(child(0)) + "[" + to_text(child(1)) + "]";
    case NodeKind::kSlice:
      return operand(child(0)) + "[" + optional_text(node.children[1].get()) + ":" +
             optional_text(node.children[2].get()) + ":" + optional_text(node.children[3].get()) + "]";
    case NodeKind::kCall:
      return operand(child(0)) + "(" + list_of(node, 1) + ")";
    case NodeKind::kKeyword:
      return node.text + "=" + to_text(child(0));
    case NodeKind::kUnpack:
      return "*" + to_text(child(0));
    case NodeKind::kUnpackKeys:
      return "**" + to_text(child(0));
    case NodeKind::kFilter:
      return operand(child(0)) + "|" + node.text + arguments();
    case NodeKind::kTest: {
      // `x is defined not` is the only way to write a name that is a word of the language.
      const bool word = node.children.size() == 2 && child(1).kind == NodeKind::kName && child(1).text == "not";
      return operand(child(0)) + (node.negated ? " is not " : " is ") + node.text + (word ? " not" : arguments());
    }
    case NodeKind::kUnary:
      return std::string(symbol_of(node.op)) + " " + operand(child(0));
    case NodeKind::kBinary:
      return operand(child(0)) + " " + std::string(symbol_of(node.op)) + " " + operand(child(1));
    case NodeKind::kCompare: {
      std::string out = operand(child(0));
      for (std::size_t i = 0; i < node.ops.size(); ++i)
        out += " " + std::string(symbol_of(node.ops[i])) + " " + operand(child(i + 1));
      return out;
    }
    case NodeKind::kConditional:
      return operand(child(0)) + " if " + operand(child(1)) + (node.children[2] ? " else " + operand(child(2)) : "");
    case NodeKind::kList:
      return "[" + list_of(node, 0) + "]";
    case NodeKind::kTuple:
      return "(" + list_of(node, 0) + (node.children.size() == 1 ? ",)" : ")");
    case NodeKind::kDict:
      return dict_text(node);
    default:
      return statement_text(node);
  }
}

bool equal(const Node& left, const Node& right) {
  if (left.kind != right.kind || left.op != right.op || left.negated != right.negated || left.text != right.text)
    return false;
  if (left.recursive != right.recursive) return false;
  if (left.literal != right.literal || left.literal.type() != right.literal.type()) return false;
  if (left.ops != right.ops || left.names != right.names || left.children.size() != right.children.size()) return false;
  for (std::size_t i = 0; i < left.children.size(); ++i) {
    if (!left.children[i] != !right.children[i]) return false;
    if (left.children[i] && !equal(*left.children[i], *right.children[i])) return false;
  }
  return true;
}

}  // namespace foehn::jinja
