// Answers strings as they stand in workflows for inline_diff.py; protocol: common/batch.h. The same code as the engine's:
// a string is plain text, one expression with a value of its own type, or a text with expressions in it.
#include <iostream>

#include "dsl/expr/place.h"
#include "dsl/expr/template.h"
#include "tests/differential/common/batch.h"
#include "tests/differential/common/encode.h"
#include "tests/unit/dsl/expr/fake_scope.h"

namespace {

using foehn::differential::Reply;

Reply evaluate(const std::string& text, const foehn::Value& context) {
  foehn::Diagnostics diagnostics;
  const auto compiled = foehn::dsl::Template::compile(foehn::Value(text), {1, 1}, diagnostics);
  if (!diagnostics.empty()) return {Reply::Kind::kSyntax, {}, diagnostics[0].message, {}};
  const foehn::test::FakeScope scope(context);
  const auto value = compiled.evaluate(scope);
  if (value) return {Reply::Kind::kValue, foehn::differential::encode(*value), {}, {}};
  // What stands behind the message: ", at column 3]" and the lines with the caret; what stands before it is the text.
  const std::string& message = value.error().message;
  const std::size_t error = message.find(", error=");
  const std::size_t end = message.size() - foehn::expr::caret_of(message).size() - 1;
  return {Reply::Kind::kError, {}, message.substr(error + 8, end - error - 8), {}};
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  return foehn::differential::serve(std::cin, std::cout, evaluate);
}
