// Jinja2's statements as text. Tags are written without signs; text that the tags beside it would change, or that looks
// like a tag, stands in {% raw %}, so that each piece of it is read again as it is.
#include "dsl/expr/jinja/ast.h"

namespace foehn::jinja {
namespace {

std::string inside(const std::string& tag) { return "{% " + tag + " %}"; }

// Where `if` would belong to the statement.
std::string no_condition(const Node& node) {
  return node.kind == NodeKind::kConditional ? "(" + to_text(node) + ")" : to_text(node);
}

std::string text_piece(const std::string& text, bool behind_text) {
  constexpr std::string_view kBlanks = " \t\r\n\f\v\x1c\x1d\x1e\x1f";
  const bool plain = !behind_text && text.find('{') == text.npos && kBlanks.find(text.front()) == kBlanks.npos &&
                     kBlanks.find(text.back()) == kBlanks.npos;
  return plain ? text : "{%+ raw %}" + text + "{%+ endraw %}";
}

// A body; what {% print %} gives is a sequence of its own.
std::string sequence_text(const Node& node) {
  std::string out;
  bool behind_text = false;
  for (const NodePtr& child : node.children) {
    if (child->kind == NodeKind::kText) {
      out += text_piece(child->text, behind_text);
    } else if (child->kind == NodeKind::kSequence) {
      std::string list;
      for (const NodePtr& print : child->children) list += (list.empty() ? "" : ", ") + to_text(*print->children[0]);
      out += inside("print " + list);
    } else {
      out += to_text(*child);
    }
    behind_text = child->kind == NodeKind::kText;
  }
  return out;
}

std::string if_text(const Node& node) {
  std::string out;
  for (std::size_t i = 0; i + 1 < node.children.size(); i += 2)
    out += inside((i == 0 ? "if " : "elif ") + no_condition(*node.children[i])) + to_text(*node.children[i + 1]);
  if (node.children.size() % 2 != 0) out += inside("else") + to_text(*node.children.back());
  return out + inside("endif");
}

std::string for_text(const Node& node) {
  std::string tag = "for " + to_text(*node.children[0]) + " in " + no_condition(*node.children[1]);
  if (node.children[2]) tag += " if " + to_text(*node.children[2]);
  if (node.recursive) tag += " recursive";
  std::string out = inside(tag) + to_text(*node.children[3]);
  if (node.children[4]) out += inside("else") + to_text(*node.children[4]);
  return out + inside("endfor");
}

// |a|b(1), of filters without a subject.
std::string filters_text(const Node& node) {
  std::string out = node.children[0] ? filters_text(*node.children[0]) : "";
  out += "|" + node.text;
  for (std::size_t i = 1; i < node.children.size(); ++i)
    out += (i == 1 ? "(" : ", ") + to_text(*node.children[i]) + (i + 1 == node.children.size() ? ")" : "");
  return out;
}

std::string with_text(const Node& node) {
  std::string tag = "with";
  for (std::size_t i = 0; i + 1 < node.children.size(); i += 2)
    tag += (i == 0 ? " " : ", ") + to_text(*node.children[i]) + " = " + to_text(*node.children[i + 1]);
  return inside(tag) + to_text(*node.children.back()) + inside("endwith");
}

// (a, b=1): the defaults stand behind the body and belong to the last names.
std::string signature_text(const Node& macro) {
  const std::size_t defaults = macro.children.size() - 1;
  std::string out = "(";
  for (std::size_t i = 0; i < macro.names.size(); ++i) {
    out += (i == 0 ? "" : ", ") + macro.names[i];
    const std::size_t from = macro.names.size() - defaults;
    if (i >= from) out += "=" + to_text(*macro.children[1 + i - from]);
  }
  return out + ")";
}

std::string block_text(const Node& node) {
  const std::string tag = "block " + node.text + (node.recursive ? " scoped" : "") + (node.negated ? " required" : "");
  return inside(tag) + to_text(*node.children[0]) + inside("endblock");
}

// What is taken from the other template is not part of the tree.
std::string loader_text(const Node& node) {
  const std::string name = to_text(*node.children[0]);
  if (node.text == "from") return inside("from " + name + " import x");
  return inside(node.text + " " + name + (node.text == "import" ? " as x" : ""));
}

}  // namespace

std::string statement_text(const Node& node) {
  const auto child = [&node](std::size_t i) { return to_text(*node.children[i]); };
  switch (node.kind) {
    case NodeKind::kNamespaceSet:
      return node.text + "." + node.names[0];
    case NodeKind::kText:
      return text_piece(node.text, false);
    case NodeKind::kPrint:
      return "{{ " + child(0) + " }}";
    case NodeKind::kIf:
      return if_text(node);
    case NodeKind::kFor:
      return for_text(node);
    case NodeKind::kSet:
      return inside("set " + child(0) + " = " + child(1));
    case NodeKind::kSetBlock:
      return inside("set " + child(0) + (node.children[2] ? filters_text(*node.children[2]) : "")) + child(1) +
             inside("endset");
    case NodeKind::kWith:
      return with_text(node);
    case NodeKind::kMacro:
      return inside("macro " + node.text + signature_text(node)) + child(0) + inside("endmacro");
    case NodeKind::kCallBlock:
      return inside("call" + signature_text(*node.children[0]) + " " + child(1)) +
             to_text(*node.children[0]->children[0]) + inside("endcall");
    case NodeKind::kFilterBlock:
      return inside("filter " + filters_text(*node.children[0]).substr(1)) + child(1) + inside("endfilter");
    case NodeKind::kBlock:
      return block_text(node);
    case NodeKind::kAutoescape:
      return inside("autoescape " + child(0)) + child(1) + inside("endautoescape");
    case NodeKind::kLoader:
      return loader_text(node);
    default:
      return sequence_text(node);
  }
}

}  // namespace foehn::jinja
