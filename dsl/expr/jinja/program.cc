#include "dsl/expr/jinja/program.h"

#include "dsl/expr/jinja/eval.h"
#include "dsl/expr/jinja/parser.h"

namespace foehn::jinja {

struct Program {
  NodePtr node;
  bool expression = false;
};

namespace {

expr::Parsed<std::shared_ptr<const Program>> wrap(expr::Parsed<NodePtr> node, bool expression) {
  if (!node) return tl::unexpected(node.error());
  auto program = std::make_shared<Program>();
  program->node = std::move(*node);
  program->expression = expression;
  return program;
}

void collect_roots(const Node& node, std::vector<std::string>& names) {
  if (!node.children.empty() && node.children[0] && node.children[0]->kind == NodeKind::kName &&
      node.children[0]->text == "_") {
    if (node.kind == NodeKind::kAttribute) names.push_back(node.text);
    const bool constant = node.kind == NodeKind::kItem && node.children[1]->kind == NodeKind::kLiteral;
    if (constant && node.children[1]->literal.is_string())
      names.push_back(node.children[1]->literal.get<std::string>());
  }
  for (const auto& child : node.children)
    if (child) collect_roots(*child, names);
}

}  // namespace

expr::Parsed<std::shared_ptr<const Program>> compile_expression(std::string_view text) {
  return wrap(parse_expression(text), true);
}

expr::Parsed<std::shared_ptr<const Program>> compile_template(std::string_view text) {
  return wrap(parse_template(text), false);
}

Result<Value> evaluate(const Program& program, const dsl::Scope& scope, const dsl::Budget& budget) {
  expr::Evaluation evaluation(scope, budget);
  if (program.expression) return expr::to_value(evaluation, evaluate_expression(evaluation, *program.node));
  std::string text = render(evaluation, *program.node);
  if (evaluation.failed()) return fail(evaluation.error());
  return Value(std::move(text));
}

void add_roots(const Program& program, std::vector<std::string>& names) { collect_roots(*program.node, names); }

}  // namespace foehn::jinja
