// Goal: docs/diagnostics.md tells the truth: every code of the program has a section, its wrong example gives exactly
// this code and its right example nothing. Codes whose example would be megabytes are given here.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "dsl/diagnostic_codes.h"
#include "engine/base/limits.h"
#include "tests/unit/dsl/lint/catalog.h"

namespace foehn::dsl {
namespace {

std::string read_page() {
  std::ifstream file("docs/diagnostics.md");
  return {std::istreambuf_iterator<char>(file), {}};
}

// Code → the texts of its fenced blocks.
std::map<std::string, std::vector<std::string>> sections(const std::string& page) {
  std::map<std::string, std::vector<std::string>> found;
  for (std::size_t at = page.find("\n## "); at != page.npos; at = page.find("\n## ", at + 1)) {
    const std::string section = page.substr(at + 4, page.find("\n## ", at + 1) - at - 4);
    auto& blocks = found[section.substr(0, 4)];
    for (std::size_t open = section.find("```yaml"); open != section.npos;) {
      const std::size_t begin = section.find('\n', open) + 1;
      const std::size_t end = section.find("```", begin);
      blocks.push_back(section.substr(begin, end - begin));
      open = section.find("```yaml", end + 3);
    }
  }
  return found;
}

std::string with_value(std::size_t nesting, const std::string& value) {
  std::string text = "version: '2.0'\nwf:\n  tasks:\n    t: {action: std.echo, input: {output: ";
  for (std::size_t i = 0; i < nesting; ++i) text += "{x: ";
  return text + value + std::string(nesting, '}') + "}}\n";
}

std::string generated(const std::string& code) {
  const std::string task = "version: '2.0'\nwf: {tasks: {t: {action: std.noop}}}\n";
  const std::string expression = "<% 1" + std::string(limits::kExpressionTextMax, ' ') + "+ 1 %>";
  if (code == "E102") return task + std::string(limits::kDefinitionBytesMax, '#');
  if (code == "E103") return task + "x: " + std::string(100, '[') + std::string(100, ']');
  if (code == "E104") return task + "x: [" + std::string(limits::kYamlNodesMax, ',');
  if (code == "E105") return task + std::string("#\0", 2);
  if (code == "E108") {
    std::string text = "version: '2.0'\n";
    for (std::size_t i = 0; i <= kStoredBounds.definitions_max; ++i)
      text += "w" + std::to_string(i) + ": {tasks: {t: {action: std.noop}}}\n";
    return text;
  }
  if (code == "E308") {
    std::string text = "version: '2.0'\n";
    for (std::size_t i = 1; i < limits::kAdhocChainMax; ++i)
      text += "a" + std::to_string(i) + ": {base: a" + std::to_string(i + 1) + "}\n";
    return text + "a50: {base: std.noop}\n";
  }
  if (code == "E109") {
    std::string text = "version: '2.0'\nwf:\n  tasks:\n";
    for (std::size_t i = 0; i <= kStoredBounds.tasks_max; ++i) text += "    t" + std::to_string(i) + ": {action: a}\n";
    return text;
  }
  if (code == "E404") return with_value(0, expression);
  if (code == "W404") return with_value(2, expression);
  if (code != "E306") return {};
  std::string text = "version: '2.0'\nwf:\n  task-defaults:\n    on-success: [";
  for (int i = 0; i < 1'100; ++i) text += "t" + std::to_string(i) + ", ";
  text += "noop]\n  tasks:\n";
  for (int i = 0; i < 1'100; ++i) text += "    t" + std::to_string(i) + ": {action: std.noop}\n";
  return text;
}

TEST(DiagnosticsPage, EveryCodeHasASectionThatTellsTheTruth) {
  const auto found = sections(read_page());
  for (const DiagnosticCode& entry : diagnostic_codes()) {
    const std::string code(entry.code);
    ASSERT_TRUE(found.contains(code)) << code;
    if (code[0] == 'T') continue;  // of test files: tests/unit/engine/scenario/player_test.cc
    std::vector<std::string> blocks = found.at(code);
    if (blocks.empty()) blocks = {generated(code), "version: '2.0'\nwf: {tasks: {t: {action: std.noop}}}\n"};
    ASSERT_EQ(blocks.size(), 2U) << code;
    std::set<std::string> codes;
    for (const Diagnostic& diagnostic : lint_one(blocks[0])) {
      codes.insert(diagnostic.code);
      EXPECT_NE(diagnostic.hint, "") << code << ": " << diagnostic.message;
    }
    EXPECT_EQ(codes, std::set<std::string>{code});
    EXPECT_EQ(render(lint_one(blocks[1]), blocks[1], code), "");
  }
  EXPECT_EQ(found.size(), diagnostic_codes().size());
}

}  // namespace
}  // namespace foehn::dsl
