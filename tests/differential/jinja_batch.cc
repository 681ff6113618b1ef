// Answers strings with Jinja2 expressions for jinja_diff.py; protocol: common/batch.h. A string is what stands in a
// workflow: one whole `{{ … }}` gives a value of its own type, anything else a text.
#include <iostream>

#include "dsl/expr/jinja/parser.h"
#include "dsl/expr/jinja/program.h"
#include "dsl/expr/parts.h"
#include "tests/differential/common/batch.h"
#include "tests/differential/common/encode.h"
#include "tests/differential/common/host.h"
#include "tests/unit/dsl/expr/fake_scope.h"

namespace {

using foehn::differential::Reply;

using foehn::jinja::Node;

// What is printed of a tree must parse to the same tree; else the reason why it does not.
std::string reprinted(const Node& root, bool expression) {
  const std::string printed = foehn::jinja::to_text(root);
  const auto again = expression ? foehn::jinja::parse_expression(printed) : foehn::jinja::parse_template(printed);
  if (!again) return "printed as " + printed + ", which does not parse: " + again.error().message;
  return foehn::jinja::equal(root, *again->root) ? "" : "printed as " + printed + ", which means something else";
}

Reply evaluate(const std::string& text, const foehn::Value& context) {
  const std::string_view whole = foehn::expr::whole_jinja(text);
  const auto program = whole.empty() ? foehn::jinja::compile_template(text) : foehn::jinja::compile_expression(whole);
  const auto tree = whole.empty() ? foehn::jinja::parse_template(text) : foehn::jinja::parse_expression(whole);
  // Jinja2 finds some mistakes when it compiles that are found here when evaluating: one kind of failure.
  if (!program) return {Reply::Kind::kSyntax, {}, program.error().message, {}};
  std::string problem = reprinted(*tree->root, !whole.empty());
  foehn::test::FakeScope scope(context);
  foehn::differential::answer_host(scope, context);
  const auto result = foehn::jinja::evaluate(**program, scope, foehn::dsl::Budget{});
  if (!result)
    return {Reply::Kind::kError, {}, result.error().error.message + result.error().place, std::move(problem)};
  return {Reply::Kind::kValue, foehn::differential::encode(*result), {}, std::move(problem)};
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  return foehn::differential::serve(std::cin, std::cout, evaluate);
}
