// The formats of `foehn lint`. Values in, text out.
#pragma once

#include <string>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/base/value.h"

namespace foehn::cli {

struct LintedFile {
  std::string path;
  std::string text;
  Diagnostics diagnostics;
};

struct LintCounts {
  std::size_t files = 0, errors = 0, warnings = 0;
};
LintCounts count_findings(const std::vector<LintedFile>& files);
std::string summary_line(const LintCounts& counts);  // "3 files: 1 error, 2 warnings"

std::string lint_text(const std::vector<LintedFile>& files);    // with source lines and carets, and the summary
std::string lint_github(const std::vector<LintedFile>& files);  // workflow commands of GitHub Actions
Value lint_json(const std::vector<LintedFile>& files);
Value lint_sarif(const std::vector<LintedFile>& files, const std::string& version);  // SARIF 2.1.0

}  // namespace foehn::cli
