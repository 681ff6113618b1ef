// YAQL: parse and evaluate with the budgets of the engine; the result is within them.
#include "dsl/expr/template.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_scope.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace foehn;
  static const fuzz::Scope scope;
  Diagnostics found;
  const dsl::Template compiled =
      dsl::Template::compile(Value("<% " + std::string(fuzz::text_of(data, size)) + " %>"), {1, 1}, found);
  const auto value = compiled.evaluate(scope);
  if (!found.empty()) FOEHN_CHECK(!value.has_value());
  if (value) FOEHN_CHECK(size_bytes(*value) <= 4 * limits::kExpressionBytesMax);
  if (!value) FOEHN_CHECK(!value.error().message.empty());
  return 0;
}
