// Answers YAQL expressions for yaql_diff.py; protocol: common/batch.h.
#include <iostream>

#include "dsl/expr/place.h"
#include "dsl/expr/yaql/ast.h"
#include "dsl/expr/yaql/eval.h"
#include "dsl/expr/yaql/parser.h"
#include "tests/differential/common/batch.h"
#include "tests/differential/common/encode.h"
#include "tests/differential/common/host.h"
#include "tests/unit/dsl/expr/fake_scope.h"

namespace {

using foehn::differential::Reply;

// What is printed of a tree must parse to the same tree; else the reason.
std::string reprinted(const foehn::yaql::Node& tree) {
  const std::string printed = foehn::yaql::to_text(tree);
  const auto again = foehn::yaql::parse(printed);
  if (!again) return "printed as " + printed + ", which does not parse: " + again.error().message;
  return foehn::yaql::equal(tree, **again) ? "" : "printed as " + printed + ", which means something else";
}

Reply evaluate(const std::string& expression, const foehn::Value& context) {
  const auto parsed = foehn::yaql::parse(expression);
  if (!parsed) return {Reply::Kind::kSyntax, {}, parsed.error().message, {}};
  std::string problem = reprinted(**parsed);
  foehn::test::FakeScope scope(context);
  foehn::differential::answer_host(scope, context);
  scope.reply("now", 1'700'000'000'000'000);
  scope.reply("random", 1);
  foehn::expr::Evaluation evaluation(scope, foehn::dsl::Budget{});
  const foehn::expr::Datum result = foehn::yaql::evaluate(evaluation, **parsed);
  foehn::Value encoded = foehn::differential::encode(evaluation, result);
  if (!evaluation.failed()) return {Reply::Kind::kValue, std::move(encoded), {}, std::move(problem)};
  const auto failure =
      foehn::expr::failure_at(evaluation.error(), expression, evaluation.place_or((*parsed)->offset));
  return {Reply::Kind::kError, {}, failure.error.message + failure.place, std::move(problem)};
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  return foehn::differential::serve(std::cin, std::cout, evaluate);
}
