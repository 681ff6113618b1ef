// Reading test files: what is understood, and that every mistake is named with its place and the nearest right word.
#include "engine/scenario/suite.h"

#include <gtest/gtest.h>

namespace foehn::scenario {
namespace {

// "line:column code message | hint" per mistake.
std::string mistakes(const std::string& text) {
  Diagnostics diagnostics;
  const auto suite = read_suite(text, diagnostics);
  EXPECT_EQ(suite.has_value(), !has_errors(diagnostics));
  std::string out;
  for (const Diagnostic& one : diagnostics)
    out += std::to_string(one.mark.line) + ":" + std::to_string(one.mark.column) + " " + one.code + " " + one.message +
           (one.hint.empty() ? "" : " | " + one.hint) + "\n";
  return out;
}

TEST(Suite, ReadsEverything) {
  Diagnostics diagnostics;
  const auto suite = read_suite(R"(
workflow: a.yaml
workflows: [b.yaml]
given: {actions: {std.http: {result: 1}}}
tests:
- name: one
  workflow: w
  input: {a: 1}
  env: {e: 2}
  task_name: t
  given:
    tasks:
      x: [{error: bad, after: 1.5}, {never: true}, {cancelled: true}, {real: true}]
      y: {items: {2: {result: two}}, otherwise: {result: rest}}
  then: [pause, resume, {at: 3, rerun: x}, {skip: x}, {stop: ERROR}, {finish: {task: x, item: 1, result: 5}}, {check: {state: PAUSED}}]
  expect: {state: ERROR}
- expect: {output: 1}
)",
                                diagnostics);
  ASSERT_TRUE(suite) << render(diagnostics, "", "");
  EXPECT_EQ(suite->documents, (std::vector<std::string>{"a.yaml", "b.yaml"}));
  EXPECT_EQ(suite->given.actions.at("std.http").runs.at(0).outcome.data, Value(1));
  ASSERT_EQ(suite->cases.size(), 2U);
  const Case& one = suite->cases[0];
  EXPECT_EQ(one.workflow + one.task_name + to_json(one.input) + to_json(one.env), "wt{\"a\":1}{\"e\":2}");
  const Script& x = one.given.tasks.at("x");
  EXPECT_EQ(x.runs.at(0).outcome.kind, core::OutcomeKind::kError);
  EXPECT_EQ(x.runs.at(0).after_s, 1.5);
  EXPECT_EQ(x.runs.at(1).kind, Outcome::Kind::kNever);
  EXPECT_EQ(x.runs.at(2).outcome.kind, core::OutcomeKind::kCancelled);
  EXPECT_EQ(x.runs.at(3).kind, Outcome::Kind::kReal);
  EXPECT_EQ(one.given.tasks.at("y").items.at(2).at(0).outcome.data, Value("two"));
  EXPECT_EQ(one.given.tasks.at("y").runs.at(0).outcome.data, Value("rest"));
  std::vector<Step::Kind> kinds;
  for (const Step& step : one.steps) kinds.push_back(step.kind);
  EXPECT_EQ(kinds,
            (std::vector<Step::Kind>{Step::Kind::kPause, Step::Kind::kResume, Step::Kind::kRerun, Step::Kind::kSkip,
                                     Step::Kind::kStop, Step::Kind::kFinish, Step::Kind::kCheck}));
  EXPECT_EQ(one.steps[2].at_s, 3.0);
  EXPECT_EQ(one.steps[5].outcome.outcome.data, Value(5));
  EXPECT_EQ(suite->cases[1].name, "test 2");
}

TEST(Suite, TakesADefinitionInTheFile) {
  Diagnostics diagnostics;
  const auto suite = read_suite(
      "workflow: |\n  version: '2.0'\n  w: {tasks: {t: {action: std.noop}}}\ntests: [{expect: {}}]\n", diagnostics);
  ASSERT_TRUE(suite);
  EXPECT_EQ(suite->inline_text, "version: '2.0'\nw: {tasks: {t: {action: std.noop}}}\n");
  EXPECT_TRUE(suite->documents.empty());
}

TEST(Suite, NamesEveryMistake) {
  EXPECT_EQ(mistakes(R"(workflow: a.yaml
tests:
- nam: x
  given: {tasks: {t: {reslt: 1}, u: [], v: {result: 1, error: 2}, w: {items: {one: {result: 1}}}}}
  then: [jump, {rerun: {}}, {pause: null, resume: null}, {stop: SOON}]
  expect: {state: SUCESS, taks: {}, tasks: {t: {stat: ERROR}, u: FINE}}
- name: empty
)"),
            "3:3 T103 A test has no 'nam' | Did you mean 'name'?\n"
            "4:23 T103 An outcome has no 'reslt' | Did you mean 'result'?\n"
            "4:37 T102 The list of outcomes is empty\n"
            "4:44 T104 An outcome has exactly one of result, error, cancelled, never and real\n"
            "4:79 T102 The key of an item is its number, from 0\n"
            "5:10 T104 A step is pause, resume, or a mapping such as rerun: TASK\n"
            "5:24 T101 The step needs the name of a task\n"
            "5:29 T104 A step does exactly one thing\n"
            "5:65 T102 'stop' needs a state: SUCCESS, ERROR or CANCELLED\n"
            "6:27 T103 'expect' has no 'taks' | Did you mean 'tasks'?\n"
            "6:19 T102 'SUCESS' is not a state | Did you mean 'SUCCESS'?\n"
            "6:49 T103 A task's expectation has no 'stat' | Did you mean 'state'?\n"
            "6:66 T102 'FINE' is not a state\n"
            "7:3 T101 The test 'empty' expects nothing | Write expect: {state: SUCCESS}, say.\n");
}

TEST(Suite, NeedsWorkflowAndTests) {
  EXPECT_EQ(mistakes("given: {}\n"),
            "1:1 T101 The test file names no workflow | Write workflow: path/of/definition.yaml, or the definition "
            "itself as a block of text (workflow: |).\n"
            "1:1 T101 The test file has no tests | Write tests: and a list below it.\n");
  EXPECT_EQ(mistakes("just text\n"), "1:1 T102 A test file is a mapping\n");
  EXPECT_NE(mistakes("a: [\n"), "");
}

}  // namespace
}  // namespace foehn::scenario
