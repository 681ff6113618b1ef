#include "dsl/expr/yaql/roots.h"

#include "dsl/expr/yaql/functions.h"

namespace foehn::yaql {
namespace {

bool is_root(const Node& node) { return node.kind == NodeKind::kVariable && node.text.empty(); }

bool constant_text(const Node& node) {
  return (node.kind == NodeKind::kLiteral || node.kind == NodeKind::kKeyword) && node.literal.is_string();
}

// Whether argument `position` (the receiver of a method is 0) is a lambda in some form of the function.
bool is_lambda(const Node& node, std::size_t position) {
  if (!node.overloads) return false;
  for (const Overload* overload : node.overloads->items)
    for (std::size_t i = 0; i < overload->parameters.size() && overload->parameters[i].type != 0; ++i) {
      const auto type = overload->parameters[i].type;
      if ((i == position || (type & kVariadic) != 0) && (type & kLambdaType) != 0 && overload->form == kMethod)
        return true;
    }
  return false;
}

}  // namespace

void add_roots(const Node& node, std::vector<std::string>& names) {
  if (node.kind == NodeKind::kMember && node.of_root) names.push_back(node.text);
  const bool keyed = (node.kind == NodeKind::kMethod && node.text == "get") || node.kind == NodeKind::kIndex;
  if (keyed && node.children.size() > 1 && is_root(*node.children[0]) && constant_text(*node.children[1]))
    names.push_back(node.children[1]->literal.get<std::string>());
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    if (node.kind == NodeKind::kMethod && i > 0 && is_lambda(node, i)) continue;
    if (node.kind == NodeKind::kBinary && node.op == Operator::kSend && i == 1) continue;
    add_roots(*node.children[i], names);
  }
}

}  // namespace foehn::yaql
