// Answers strings with Jinja2 expressions for jinja_diff.py; protocol: common/batch.h. A string is what stands in a
// workflow: one whole `{{ … }}` gives a value of its own type, anything else a text.
#include <iostream>

#include "dsl/expr/jinja/program.h"
#include "dsl/expr/parts.h"
#include "tests/differential/common/batch.h"
#include "tests/differential/common/encode.h"
#include "tests/unit/dsl/expr/fake_scope.h"

namespace {

using foehn::differential::Reply;

Reply evaluate(const std::string& text, const foehn::Value& context) {
  const std::string_view whole = foehn::expr::whole_jinja(text);
  const auto program = whole.empty() ? foehn::jinja::compile_template(text) : foehn::jinja::compile_expression(whole);
  // Jinja2 finds some mistakes when it compiles that are found here when evaluating: one kind of failure.
  if (!program) return {Reply::Kind::kError, {}, program.error().message};
  const foehn::test::FakeScope scope(context);
  const auto result = foehn::jinja::evaluate(**program, scope, foehn::dsl::Budget{});
  if (!result) return {Reply::Kind::kError, {}, result.error().message};
  return {Reply::Kind::kValue, foehn::differential::encode(*result), {}};
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  return foehn::differential::serve(std::cin, std::cout, evaluate);
}
