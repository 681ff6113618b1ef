// Goal: no text makes the compiler crash, recurse without bound, or take more than linear time. Method: the worst texts
// we can think of; the test's own time limit is the clock.
#include <gtest/gtest.h>

#include "engine/base/limits.h"
#include "tests/unit/dsl/support.h"

namespace foehn::dsl {
namespace {

std::string repeated(std::string_view piece, std::size_t count) {
  std::string text;
  text.reserve(piece.size() * count);
  for (std::size_t i = 0; i < count; ++i) text += piece;
  return text;
}

constexpr DocumentKind kKinds[] = {DocumentKind::kWorkflows, DocumentKind::kActions, DocumentKind::kWorkbook};

TEST(Hostile, DeepNestingIsRefused) {
  for (const std::string_view piece : {"[", "{", "- ", "? ", "{a: ", "[a, "}) {
    const std::string text = repeated(piece, 10'000);
    EXPECT_EQ(codes(compile_workflows(text).diagnostics), "E103") << piece;
  }
  std::string indented;
  for (std::size_t i = 0; i < 1'000; ++i) indented += std::string(i, ' ') + "a:\n";
  EXPECT_EQ(codes(compile_workflows(indented).diagnostics), "E103");
}

TEST(Hostile, LongRunsOfOneSign) {
  for (const char sign : std::string("[]{},:?-!|>'\"%@`&*#.\\ \n\t<~=$\x01")) {
    for (const DocumentKind kind : kKinds) {
      const Compiled compiled = compile(std::string(30'000, sign), kind, nullptr);
      EXPECT_FALSE(compiled.ok()) << sign;
      EXPECT_EQ(compiled.workflows.size(), 0U);
    }
  }
}

TEST(Hostile, AMegabyteOfTextAnywhere) {
  const std::string big(1'000'000, 'x');
  for (const std::string_view attribute :
       {"description", "action", "workflow", "input", "with-items", "publish", "join", "retry", "on-success", "timeout",
        "target", "keep-result", "tags", "foo"}) {
    const Compiled compiled = compile_workflows(task_document(std::string(attribute) + ": " + big));
    std::size_t bytes = 0;
    for (const auto& diagnostic : compiled.diagnostics) bytes += diagnostic.message.size() + diagnostic.hint.size();
    EXPECT_LT(bytes, 2'000U) << attribute;
  }
  EXPECT_FALSE(compile_workflows(task_document("'" + big + "': 1")).ok());
  EXPECT_FALSE(compile_workflows("version: '2.0'\n? " + big + "\n: {tasks: {t: {action: a}}}\n").ok());
}

TEST(Hostile, InvalidExpressionsInEachPlace) {
  for (const std::string_view expression : {"<% * %>", "'{{ * }}'"}) {
    for (const std::string_view attribute :
         {"description", "action",           "workflow",        "input",        "with-items",
          "publish",     "publish-on-error", "publish-on-skip", "join",         "retry",
          "on-success",  "on-error",         "on-complete",     "on-skip",      "timeout",
          "wait-before", "wait-after",       "concurrency",     "pause-before", "fail-on",
          "target",      "keep-result",      "safe-rerun",      "tags",         "name",
          "foo"}) {
      const std::string text(expression);
      for (const std::string& value : {text, "[" + text + "]", "{a: " + text + "}"})
        compile_workflows(task_document(std::string(attribute) + ": " + value));
    }
  }
}

TEST(Hostile, DiagnosticsAreBounded) {
  std::string text = "version: '2.0'\nwf:\n  tasks:\n";
  for (int i = 0; i < 20'000; ++i)
    text += "    t" + std::to_string(i) + ": {foo: 1, on-success: nope, timeout: <% * %>}\n";
  const Compiled compiled = compile_workflows(text);
  EXPECT_EQ(compiled.diagnostics.size(), limits::kDiagnosticsMax);
  std::string many = "version: '2.0'\nwf:\n  tasks:\n";
  for (int i = 0; i < 50'000; ++i)
    many += "    task" + std::to_string(i) + ": {on-success: taks" + std::to_string(i) + "}\n";
  EXPECT_EQ(compile_workflows(many).diagnostics.size(), limits::kDiagnosticsMax);
}

// Rendering once split the whole line for each diagnostic.
TEST(Hostile, ManyMistakesInOneLongLine) {
  std::string text = "{version: '2.0', wf: {tasks: {";
  for (int i = 0; i < 50'000; ++i) text += "é" + std::to_string(i) + ": {foo: 1}, ";
  text += "t: {action: n}}}}";
  const Compiled compiled = compile_workflows(text);
  EXPECT_EQ(compiled.diagnostics.size(), limits::kDiagnosticsMax);
  EXPECT_LT(fault_text(compiled, text).size(), 100'000U);
}

TEST(Hostile, WarningsDoNotHideErrors) {
  std::string text = "version: '2.0'\nwf:\n";
  for (int i = 0; i < 500; ++i) text += "  x" + std::to_string(i) + ": 1\n";
  text += "  tasks: {t: {foo: 1}}\n";
  const Compiled compiled = compile_workflows(text);
  EXPECT_FALSE(compiled.ok());
  EXPECT_EQ(compiled.diagnostics.size(), limits::kDiagnosticsMax);
  EXPECT_EQ(compiled.diagnostics.back().code, "E202");
}

TEST(Hostile, AHundredThousandTasks) {
  std::string text = "version: '2.0'\nwf:\n tasks:\n";
  for (int i = 0; i < 100'000; ++i)
    text += "  t" + std::to_string(i) + ": {on-success: t" + std::to_string(i + 1) + "}\n";
  text += "  t100000: {action: std.noop}\n";
  ASSERT_LT(text.size(), limits::kDefinitionBytesMax);
  const Compiled compiled = compile_workflows(text);
  EXPECT_EQ(listed(compiled.diagnostics), "");
  ASSERT_EQ(compiled.workflows.size(), 1U);
  EXPECT_EQ(compiled.workflows[0]->graph.start_tasks.size(), 1U);
}

TEST(Hostile, ManyWorkflowsInOneDocument) {
  std::string text = "version: '2.0'\n";
  for (int i = 0; i < 5'000; ++i) text += "w" + std::to_string(i) + ": {tasks: {t: {action: a}}}\n";
  EXPECT_EQ(compile_workflows(text).workflows.size(), 5'000U);
}

}  // namespace
}  // namespace foehn::dsl
