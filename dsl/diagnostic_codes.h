// The stable codes of the language's diagnostics: one line per code, for `foehn explain` and docs/diagnostics.md.
// Codes are never reused. E4xx come from dsl/expr.
#pragma once

#include <span>
#include <string_view>

namespace foehn::dsl {

struct DiagnosticCode {
  std::string_view code;
  std::string_view title;
  bool invalid_dsl;  // Mistral writes "Invalid DSL: " before its text (a schema failure there)
};

std::span<const DiagnosticCode> diagnostic_codes();
const DiagnosticCode* find_diagnostic_code(std::string_view code);

}  // namespace foehn::dsl
