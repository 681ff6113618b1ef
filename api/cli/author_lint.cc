// foehn lint
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "api/cli/author.h"
#include "api/cli/explain.h"
#include "api/cli/lint_report.h"
#include "api/cli/output.h"
#include "api/server/offline.h"
#include "api/server/version.h"
#include "dsl/lint/lint.h"

namespace foehn::cli {
namespace {

// In a folder there may be YAML of other programs; what was named is looked at in any case.
bool looks_like_definition(const std::string& text) {
  return text.find("tasks:") != std::string::npos || text.find("base:") != std::string::npos;
}

Result<std::vector<LintedFile>> read_all(const std::vector<std::string>& paths) {
  std::vector<LintedFile> files;
  for (const std::string& path : paths) {
    std::error_code ignored;
    const bool folder = path != "-" && std::filesystem::is_directory(path, ignored);
    FOEHN_TRY(const auto found, definition_files({path}));
    for (const std::string& file : found) {
      FOEHN_TRY(std::string text, read_file(file));
      if (folder && !looks_like_definition(text)) continue;
      files.push_back({file, std::move(text), {}});
    }
  }
  return files;
}

// Once per run, and only where somebody reads it.
std::string pointer_for_people(const std::vector<LintedFile>& files) {
  if (isatty(STDOUT_FILENO) == 0) return {};
  Diagnostics all;
  for (const LintedFile& file : files) all.insert(all.end(), file.diagnostics.begin(), file.diagnostics.end());
  return explain_pointer(all);
}

}  // namespace

int lint_paths(const LintOptions& options) {
  auto files = read_all(options.paths);
  if (!files) return report(files.error());
  const auto catalog = server::make_offline_catalog();
  dsl::LintInput input{{}, catalog.get(), {}};
  for (const LintedFile& file : *files) input.documents.push_back({file.path, file.text});
  auto findings = dsl::lint(input);
  for (std::size_t i = 0; i < files->size(); ++i) (*files)[i].diagnostics = std::move(findings[i].diagnostics);
  std::string out;
  if (options.format == "text") out = lint_text(*files) + pointer_for_people(*files);
  if (options.format == "github") out = lint_github(*files);
  if (options.format == "json") out = pretty(lint_json(*files)) + "\n";
  if (options.format == "sarif") out = pretty(lint_sarif(*files, server::kVersion)) + "\n";
  std::fwrite(out.data(), 1, out.size(), stdout);
  const LintCounts counts = count_findings(*files);
  return counts.errors + counts.warnings == 0 ? kExitOk : kExitFindings;
}

}  // namespace foehn::cli
