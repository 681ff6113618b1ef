// foehn test
#include "api/cli/author.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "api/cli/output.h"
#include "api/server/offline.h"
#include "engine/scenario/names.h"
#include "engine/scenario/player.h"
#include "engine/scenario/report.h"

namespace foehn::cli {
namespace {

namespace fs = std::filesystem;
using scenario::CaseResult;
using scenario::SuiteResult;

bool is_test_file(const fs::path& path) {
  const std::string kind = path.extension().string();
  return (kind == ".yaml" || kind == ".yml") && path.stem().string().ends_with("_test");
}

// Files as they are; of folders every *_test.yaml below, but nothing in folders that begin with a dot.
Result<std::vector<std::string>> test_files(std::vector<std::string> paths) {
  if (paths.empty()) paths.push_back(".");
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    std::vector<std::string> found;
    fs::recursive_directory_iterator entry(path, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
      const std::string name = entry->path().filename().string();
      if (entry->is_directory(error) && name.starts_with('.')) entry.disable_recursion_pending();
      if (is_test_file(name) && entry->is_regular_file(error))
        found.push_back(entry->path().lexically_normal().string());
    }
    if (error) return fail(ErrorCode::kInvalidArgument, "cannot read " + path + ": " + error.message());
    if (found.empty()) return fail(ErrorCode::kInvalidArgument, "no *_test.yaml below " + path);
    std::sort(found.begin(), found.end());
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

// What all test files share.
struct Tools {
  const Global& global;
  const TestOptions& options;
  server::OfflineActions& actions;
  Log& log;
  SystemClock clock{};
  scenario::Coverage coverage{};
};

Result<std::vector<scenario::Document>> read_documents(const std::string& file, const scenario::Suite& suite) {
  std::vector<scenario::Document> documents;
  if (!suite.inline_text.empty()) documents.push_back({file + " (workflow)", suite.inline_text});
  for (const std::string& path : suite.documents) {
    const std::string full = (fs::path(file).parent_path() / path).lexically_normal().string();
    FOEHN_TRY(std::string text, read_file(full));
    documents.push_back({full, std::move(text)});
  }
  return documents;
}

SuiteResult run_file(Tools& tools, const std::string& file) {
  SuiteResult result{file, {}, {}};
  const auto text = read_file(file);
  if (!text) {
    result.broken = text.error().message;
    return result;
  }
  Diagnostics diagnostics;
  const auto suite = scenario::read_suite(*text, diagnostics);
  result.broken = render(diagnostics, *text, file);
  if (!suite) return result;
  const auto documents = read_documents(file, *suite);
  if (!documents) {
    result.broken = documents.error().message;
    return result;
  }
  const auto program = scenario::compile_documents(*documents, tools.actions.catalog());
  result.broken = program.problems;
  if (!program.ok()) return result;
  const Diagnostics names = scenario::check_names(*suite, program, tools.actions.catalog());
  result.broken = render(names, *text, file);
  if (!names.empty()) return result;
  scenario::Player player(program, tools.actions.catalog(), tools.actions.port(), tools.clock, tools.log);
  for (const scenario::Case& one : suite->cases)
    if (one.name.find(tools.options.filter) != std::string::npos) result.cases.push_back(player.play(*suite, one));
  tools.coverage.add(player.coverage());
  return result;
}

std::string indented(const std::string& text, const std::string& by) {
  std::string out = by;
  for (const char c : text) {
    out += c;
    if (c == '\n') out += by;
  }
  return out;
}

void print_suite(const Style& style, const SuiteResult& suite) {
  std::printf("%s\n", suite.path.c_str());
  if (!suite.broken.empty()) std::printf("%s\n", indented(suite.broken, "  ").c_str());
  for (const CaseResult& one : suite.cases) {
    const char* mark = one.passed() ? (style.ascii ? "ok  " : "✔") : (style.ascii ? "FAIL" : "✖");
    const char* colour = one.passed() ? "32" : "31";
    const std::string painted = style.colour ? std::string("\x1b[") + colour + "m" + mark + "\x1b[0m" : mark;
    const std::string place = one.passed() ? "" : "  (line " + std::to_string(one.mark.line) + ")";
    std::printf("  %s %s%s\n", painted.c_str(), one.name.c_str(), place.c_str());
    for (const std::string& line : one.failures) std::printf("%s\n", indented(line, "      ").c_str());
  }
}

Value json_of(const std::vector<SuiteResult>& suites) {
  const scenario::Totals totals = scenario::total_of(suites);
  Value tests = Value::array();
  for (const SuiteResult& suite : suites) {
    if (!suite.broken.empty())
      tests.push_back(Value{{"file", suite.path}, {"name", nullptr}, {"passed", false}, {"failures", {suite.broken}}});
    for (const CaseResult& one : suite.cases) {
      Value failures = Value::array();
      for (const std::string& line : one.failures) failures.push_back(line);
      tests.push_back(Value{{"file", suite.path},
                            {"line", one.mark.line},
                            {"name", one.name},
                            {"passed", one.passed()},
                            {"virtual_seconds", one.virtual_s},
                            {"failures", std::move(failures)}});
    }
  }
  return Value{
      {"passed", totals.passed}, {"failed", totals.failed}, {"broken", totals.broken}, {"tests", std::move(tests)}};
}

std::string summary(const scenario::Totals& totals) {
  const std::size_t count = totals.passed + totals.failed;
  std::string text = std::to_string(count) + (count == 1 ? " test: " : " tests: ") + std::to_string(totals.passed) +
                     " passed, " + std::to_string(totals.failed) + " failed";
  if (totals.broken > 0)
    text += "; " + std::to_string(totals.broken) + (totals.broken == 1 ? " file" : " files") + " could not be run";
  return text;
}

}  // namespace

int run_tests(const Global& global, const TestOptions& options) {
  const auto files = test_files(options.paths);
  if (!files) return report(files.error());
  Log log({.level = LogLevel::kError, .json = false, .file = ""});
  const auto actions = server::make_offline_actions();
  Tools tools{global, options, *actions, log};
  std::vector<SuiteResult> suites;
  for (const std::string& file : *files) suites.push_back(run_file(tools, file));
  const scenario::Totals totals = scenario::total_of(suites);
  if (global.output == "json" || global.output == "jsonl") {
    std::printf("%s\n", pretty(json_of(suites)).c_str());
  } else {
    for (const SuiteResult& suite : suites) print_suite(global.style, suite);
    std::printf("\n%s\n%s", scenario::coverage_text(tools.coverage).c_str(), (summary(totals) + "\n").c_str());
  }
  if (!options.junit.empty()) {
    std::ofstream out(options.junit, std::ios::binary | std::ios::trunc);
    out << scenario::junit_xml(suites);
    if (!out.flush()) return report({ErrorCode::kInvalidArgument, "cannot write " + options.junit});
  }
  if (totals.broken > 0) return kExitUsage;
  return totals.failed > 0 ? kExitFindings : kExitOk;
}

}  // namespace foehn::cli
