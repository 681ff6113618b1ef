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

// ", at line 2, column 5"; nothing for what ran out, which is nobody's place.
std::string place_of(const Program& program, std::uint32_t offset) {
  const std::string_view source = program.source;
  const std::string_view before = source.substr(0, offset);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t begin = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  std::string_view row = before.substr(begin);
  // An expression is shown without the blanks around it.
  if (program.expression)
    row.remove_prefix(std::min(row.size(), std::min(source.find_first_not_of(" \t"), row.size())));
  const auto column =
      1 + std::count_if(row.begin(), row.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  const bool lines = source.find('\n') != std::string_view::npos;
  return std::string(", at ") + (lines ? "line " + std::to_string(line) + ", " : "") + "column " +
         std::to_string(column);
}

}  // namespace

expr::Parsed<std::shared_ptr<const Program>> compile_expression(std::string_view text) {
  return wrap(parse_expression(text), text, true);
}

expr::Parsed<std::shared_ptr<const Program>> compile_template(std::string_view text) {
  return wrap(parse_template(text), text, false);
}

Result<Value> evaluate(const Program& program, const dsl::Scope& scope, const dsl::Budget& budget) {
  expr::Evaluation evaluation(scope, budget);
  Renderer renderer(evaluation);
  for (const Needed& needed : program.tree.needed) {
    if (has_all(evaluation, renderer, needed)) continue;
    return fail(evaluation.error().code, evaluation.error().message + place_of(program, needed.offset));
  }
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
  if (!evaluation.failed()) return result;
  const Error& error = evaluation.error();
  if (error.code == ErrorCode::kResourceExhausted) return fail(error);
  return fail(error.code, error.message + place_of(program, renderer.failed_at(*program.tree.root)));
}

void add_roots(const Program& program, std::vector<std::string>& names) { collect_roots(*program.tree.root, names); }

}  // namespace foehn::jinja
