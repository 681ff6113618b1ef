#include "api/cli/lint_report.h"

#include <algorithm>
#include <map>

#include "dsl/diagnostic_codes.h"

namespace foehn::cli {
namespace {

std::string counted(std::size_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

const char* level_of(const Diagnostic& diagnostic) {
  return diagnostic.severity == Severity::kError ? "error" : "warning";
}

// "message hint"
std::string full_text(const Diagnostic& diagnostic) {
  return diagnostic.hint.empty() ? diagnostic.message : diagnostic.message + "\n" + diagnostic.hint;
}

// GitHub's own escapes; properties also those of their separators.
std::string github_text(std::string_view text, bool property) {
  std::string out;
  for (const char c : text) {
    if (c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ','))) {
      constexpr std::string_view kHex = "0123456789ABCDEF";
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    } else {
      out += c;
    }
  }
  return out;
}

// A path as the URI reference that SARIF wants.
std::string uri_of(std::string_view path) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-_.~/").find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    }
  }
  return out;
}

Value sarif_result(const LintedFile& file, const Diagnostic& diagnostic, std::size_t rule) {
  const Value region = {{"startLine", std::max(1U, diagnostic.mark.line)},
                        {"startColumn", std::max(1U, diagnostic.mark.column)}};
  const Value place = {{"artifactLocation", {{"uri", uri_of(file.path)}}}, {"region", region}};
  Value result = {{"ruleId", diagnostic.code},
                  {"ruleIndex", rule},
                  {"level", level_of(diagnostic)},
                  {"message", {{"text", full_text(diagnostic)}}}};
  result["locations"] = Value::array();
  result["locations"].push_back(Value{{"physicalLocation", place}});
  return result;
}

}  // namespace

LintCounts count_findings(const std::vector<LintedFile>& files) {
  LintCounts counts;
  counts.files = files.size();
  for (const LintedFile& file : files)
    for (const Diagnostic& diagnostic : file.diagnostics)
      ++(diagnostic.severity == Severity::kError ? counts.errors : counts.warnings);
  return counts;
}

std::string summary_line(const LintCounts& counts) {
  const std::string files = counted(counts.files, "file");
  if (counts.errors + counts.warnings == 0) return files + ": clean";
  return files + ": " + counted(counts.errors, "error") + ", " + counted(counts.warnings, "warning");
}

std::string lint_text(const std::vector<LintedFile>& files) {
  std::string out;
  for (const LintedFile& file : files) out += render(file.diagnostics, file.text, file.path);
  return out + summary_line(count_findings(files)) + "\n";
}

std::string lint_github(const std::vector<LintedFile>& files) {
  std::string out;
  for (const LintedFile& file : files) {
    for (const Diagnostic& diagnostic : file.diagnostics) {
      out += std::string("::") + level_of(diagnostic) + " file=" + github_text(file.path, true) +
             ",line=" + std::to_string(diagnostic.mark.line) + ",col=" + std::to_string(diagnostic.mark.column) +
             ",title=" + github_text(diagnostic.code, true) + "::" + github_text(full_text(diagnostic), false) + "\n";
    }
  }
  return out;
}

Value lint_json(const std::vector<LintedFile>& files) {
  const LintCounts counts = count_findings(files);
  Value findings = Value::array();
  for (const LintedFile& file : files) {
    for (const Diagnostic& diagnostic : file.diagnostics)
      findings.push_back(Value{{"file", file.path},
                               {"line", diagnostic.mark.line},
                               {"column", diagnostic.mark.column},
                               {"severity", level_of(diagnostic)},
                               {"code", diagnostic.code},
                               {"message", diagnostic.message},
                               {"hint", diagnostic.hint}});
  }
  return Value{{"files", counts.files},
               {"errors", counts.errors},
               {"warnings", counts.warnings},
               {"findings", std::move(findings)}};
}

Value lint_sarif(const std::vector<LintedFile>& files, const std::string& version) {
  std::map<std::string, std::size_t> rules;
  for (const LintedFile& file : files)
    for (const Diagnostic& diagnostic : file.diagnostics) rules.emplace(diagnostic.code, 0);
  Value rule_list = Value::array();
  for (auto& [code, number] : rules) {
    number = rule_list.size();
    const dsl::DiagnosticCode* known = dsl::find_diagnostic_code(code);
    rule_list.push_back(
        Value{{"id", code}, {"shortDescription", {{"text", known ? std::string(known->title) : code}}}});
  }
  Value results = Value::array();
  for (const LintedFile& file : files)
    for (const Diagnostic& diagnostic : file.diagnostics)
      results.push_back(sarif_result(file, diagnostic, rules.at(diagnostic.code)));
  Value run = {{"tool", {{"driver", {{"name", "foehn"}, {"version", version}, {"rules", std::move(rule_list)}}}}},
               {"columnKind", "unicodeCodePoints"},
               {"results", std::move(results)}};
  Value log = {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"}, {"version", "2.1.0"}};
  log["runs"] = Value::array();
  log["runs"].push_back(std::move(run));
  return log;
}

}  // namespace foehn::cli
