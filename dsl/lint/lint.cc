#include "dsl/lint/lint.h"

#include "dsl/yaml/reader.h"

namespace foehn::dsl {

DocumentKind detect_kind(std::string_view text) {
  Diagnostics ignored;
  const auto yaml = read_yaml(text, ignored);
  if (!yaml) return DocumentKind::kWorkflows;
  const YamlNode& root = yaml->root();
  const YamlEntry* name = root.find("name");
  if (name && name->value.is_scalar() && (root.find("workflows") || root.find("actions")))
    return DocumentKind::kWorkbook;
  for (const YamlEntry& entry : root.entries())
    if (entry.value.find("base") && !entry.value.find("tasks")) return DocumentKind::kActions;
  return DocumentKind::kWorkflows;
}

std::vector<LintFindings> lint(const LintInput& input) {
  std::vector<LintFindings> findings;
  for (const LintDocument& document : input.documents) {
    const DocumentKind kind = detect_kind(document.text);
    findings.push_back({kind, compile(document.text, kind, input.catalog).diagnostics});
  }
  return findings;
}

}  // namespace foehn::dsl
