// Whole documents through compile() and lint(): bounded, repeatable findings with a code that has a page.
#include <string>

#include "dsl/diagnostic_codes.h"
#include "dsl/lint/lint.h"
#include "engine/base/limits.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace foehn;

constexpr std::size_t kMessageMax = 2'000;

void check(const Diagnostics& found) {
  FOEHN_CHECK(found.size() <= limits::kDiagnosticsMax);
  for (const Diagnostic& diagnostic : found) {
    FOEHN_CHECK(dsl::find_diagnostic_code(diagnostic.code) != nullptr);
    FOEHN_CHECK(!diagnostic.message.empty());
    FOEHN_CHECK(diagnostic.message.size() <= kMessageMax);
    FOEHN_CHECK(diagnostic.hint.size() <= kMessageMax);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const dsl::DocumentKind kind = dsl::detect_kind(text);
  const dsl::Compiled compiled = dsl::compile(text, kind, nullptr);
  check(compiled.diagnostics);
  FOEHN_CHECK(compiled.ok() || compiled.workflows.empty());
  const std::string fault = dsl::fault_text(compiled, text);
  for (const auto& workflow : compiled.workflows) {
    // What the store keeps of a workflow must mean the same when it is read back.
    const dsl::Compiled again = dsl::compile(workflow->source, dsl::DocumentKind::kWorkflows, nullptr);
    if (!again.ok() && kind == dsl::DocumentKind::kWorkbook) continue;  // names with a dot, see workbooks
    FOEHN_CHECK(again.ok());
  }
  const std::string copy(text);  // other addresses
  FOEHN_CHECK(dsl::fault_text(dsl::compile(copy, kind, nullptr), copy) == fault);
  dsl::LintInput input;
  input.documents.push_back({"fuzz.yaml", text});
  check(dsl::lint(input).at(0).diagnostics);
  return 0;
}
