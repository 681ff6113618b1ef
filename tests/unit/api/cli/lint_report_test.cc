// The formats of `foehn lint`, as whole texts.
#include "api/cli/lint_report.h"

#include <gtest/gtest.h>

namespace foehn::cli {
namespace {

std::vector<LintedFile> findings() {
  return {{"a b.yaml",
           "version: '2.0'\nw: x\n",
           {{"E203", Severity::kError, {2, 4}, "'x' is not of type 'object'", "Write a mapping."},
            {"W307", Severity::kWarning, {2, 1}, "100% sure: a, b", ""}}},
          {"c.yaml", "", {}}};
}

TEST(LintReport, WritesTextWithASummary) {
  EXPECT_EQ(lint_text(findings()),
            "a b.yaml:2:4: error: 'x' is not of type 'object' [E203]\n"
            "  2 | w: x\n"
            "    |    ^\n"
            "  hint: Write a mapping.\n"
            "a b.yaml:2:1: warning: 100% sure: a, b [W307]\n"
            "  2 | w: x\n"
            "    | ^\n"
            "2 files: 1 error, 1 warning\n");
  EXPECT_EQ(lint_text({{"c.yaml", "", {}}}), "1 file: clean\n");
}

TEST(LintReport, WritesGitHubCommands) {
  EXPECT_EQ(lint_github(findings()),
            "::error file=a b.yaml,line=2,col=4,title=E203::'x' is not of type 'object'%0AWrite a mapping.\n"
            "::warning file=a b.yaml,line=2,col=1,title=W307::100%25 sure: a, b\n");
}

TEST(LintReport, WritesJson) {
  EXPECT_EQ(
      to_json(lint_json(findings())),
      R"({"files":2,"errors":1,"warnings":1,"findings":[{"file":"a b.yaml","line":2,"column":4,"severity":"error",)"
      R"("code":"E203","message":"'x' is not of type 'object'","hint":"Write a mapping."},{"file":"a b.yaml","line":2,)"
      R"("column":1,"severity":"warning","code":"W307","message":"100% sure: a, b","hint":""}]})");
}

TEST(LintReport, WritesSarif) {
  const Value log = lint_sarif(findings(), "1.2");
  EXPECT_EQ(
      to_json(log["runs"][0]["results"][0]),
      R"({"ruleId":"E203","ruleIndex":0,"level":"error","message":{"text":"'x' is not of type 'object'\nWrite a )"
      R"(mapping."},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"a%20b.yaml"},"region":{"startLine":2,)"
      R"("startColumn":4}}}]})");
  EXPECT_EQ(to_json(log["runs"][0]["tool"]["driver"]["rules"][0]),
            R"({"id":"E203","shortDescription":{"text":"A value of a form that the attribute does not accept."}})");
  EXPECT_EQ(log["version"], "2.1.0");
}

}  // namespace
}  // namespace foehn::cli
