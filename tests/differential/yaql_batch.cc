// Answers YAQL expressions for yaql_diff.py; protocol: common/batch.h.
#include <iostream>

#include "dsl/expr/yaql/ast.h"
#include "dsl/expr/yaql/eval.h"
#include "dsl/expr/yaql/parser.h"
#include "tests/differential/common/batch.h"
#include "tests/differential/common/encode.h"
#include "tests/unit/dsl/expr/fake_scope.h"

namespace {

using foehn::differential::Reply;

Reply evaluate(const std::string& expression, const foehn::Value& context) {
  const auto parsed = foehn::yaql::parse(expression);
  if (!parsed) return {Reply::Kind::kSyntax, {}, parsed.error().message};
  const foehn::test::FakeScope scope(context);
  foehn::expr::Evaluation evaluation(scope, foehn::dsl::Budget{});
  const foehn::expr::Datum result = foehn::yaql::evaluate(evaluation, **parsed);
  foehn::Value encoded = foehn::differential::encode(evaluation, result);
  if (evaluation.failed()) return {Reply::Kind::kError, {}, evaluation.error().message};
  return {Reply::Kind::kValue, std::move(encoded), {}};
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  return foehn::differential::serve(std::cin, std::cout, evaluate);
}
