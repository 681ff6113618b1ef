#include "dsl/expr/jinja/program.h"

#include <algorithm>

#include "dsl/expr/jinja/parser.h"
#include "dsl/expr/jinja/renderer.h"
#include "engine/base/diagnostic.h"

namespace foehn::jinja {

struct Program {
  Tree tree;
  std::string source;
  bool expression = false;
};

namespace {

expr::Parsed<std::shared_ptr<const Program>> wrap(expr::Parsed<Tree> tree, std::string_view text, bool expression) {
  if (!tree) return tl::unexpected(tree.error());
  auto program = std::make_shared<Program>();
  program->tree = std::move(*tree);
  program->source = text;
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

// Jinja2 looks for filters and tests before it evaluates.
bool has_all(expr::Evaluation& evaluation, Renderer& renderer, const Needed& needed) {
  if (needed.filter && renderer.is_host_function(needed.name)) return true;
  const std::string near = nearest_name(needed.name, needed.filter ? filter_names() : test_names());
  evaluation.fail(std::string(needed.filter ? "No filter named '" : "No test named '") + needed.name + "'." +
                  (near.empty() ? "" : " Did you mean '" + near + "'?"));
  return false;
}

}  // namespace

expr::Parsed<std::shared_ptr<const Program>> compile_expression(std::string_view text) {
  return wrap(parse_expression(text), text, true);
}

expr::Parsed<std::shared_ptr<const Program>> compile_template(std::string_view text) {
  return wrap(parse_template(text), text, false);
}

expr::Evaluated evaluate(const Program& program, const dsl::Scope& scope, const dsl::Budget& budget) {
  expr::Evaluation evaluation(scope, budget);
  Renderer renderer(evaluation);
  // An expression is shown without the blanks around it.
  const std::size_t blanks = program.expression ? program.source.find_first_not_of(" \t") : 0;
  const auto failure = [&](std::uint32_t offset) {
    return tl::unexpected(expr::failure_at(evaluation.error(), program.source, offset, blanks));
  };
  for (const Needed& needed : program.tree.needed)
    if (!has_all(evaluation, renderer, needed)) return failure(needed.offset);
  Result<Value> result = Value();
  if (program.expression) {
    const Datum value = renderer.eval(*program.tree.root);
    // Mistral: str(result), so that an undefined value is an error.
    if (!is_undefined(value) || !value.as<UndefinedObject>()->strict || usable(evaluation, value))
      result = to_result(evaluation, value);
  } else {
    std::string text;
    if (renderer.exec(*program.tree.root, text)) result = Value(std::move(text));
  }
  if (evaluation.failed()) return failure(evaluation.place_or(program.tree.root->offset));
  return std::move(*result);
}

void add_roots(const Program& program, std::vector<std::string>& names) { collect_roots(*program.tree.root, names); }

}  // namespace foehn::jinja
