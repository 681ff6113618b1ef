// Whole test files played: what passes, and the words of what fails. The actions behind are
// tests/support/fake_actions.h.
#include "engine/scenario/player.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "engine/scenario/names.h"
#include "engine/scenario/report.h"
#include "tests/support/fake_actions.h"

namespace foehn::scenario {
namespace {

constexpr const char* kWorkflow = R"(
version: '2.0'
main:
  input: [n: 1]
  output: {sum: <% $.sum %>}
  tasks:
    first: {action: test.run x=<% $.n %>, publish: {a: <% task().result %>}, on-success: second, on-error: mend}
    second: {action: std.echo output=<% $.a + 1 %>, publish: {sum: <% task().result %>}}
    mend: {action: std.noop, publish: {sum: 0}}
items:
  output: {all: <% $.all %>}
  tasks:
    each: {with-items: 'i in [1, 2, 3]', action: test.run x=<% $.i %>, publish: {all: <% task().result %>}}
parent:
  output: {below: <% $.below %>}
  tasks:
    call: {workflow: main, publish: {below: <% task().result %>}}
slow:
  tasks:
    wait: {wait-before: 3600, on-success: ask}
    ask: {action: test.async, on-success: done}
    done: {action: std.noop}
circle:
  tasks:
    init: {action: std.noop, on-success: again}
    again: {action: std.noop, on-success: again}
)";

class PlayerTest : public ::testing::Test {
 protected:
  // The failures of the first case of `tests` (the part of a test file from "tests:" on).
  std::vector<std::string> play(const std::string& tests) {
    Diagnostics diagnostics;
    const auto suite = read_suite("workflow: x.yaml\n" + tests, diagnostics);
    EXPECT_TRUE(suite) << render(diagnostics, tests, "test");
    const Program program = compile_documents({{"x.yaml", kWorkflow}}, actions_);
    EXPECT_EQ(program.problems, "");
    if (!suite || !program.ok()) return {"broken"};
    Player player(program, actions_, actions_, clock_, log_);
    result_ = player.play(*suite, suite->cases.at(0));
    coverage_ = player.coverage();
    return result_.failures;
  }

  testing::FakeActions actions_;
  SystemClock clock_;
  Log log_{{.level = LogLevel::kError, .json = false, .file = ""}};
  CaseResult result_;
  Coverage coverage_;
};
using Lines = std::vector<std::string>;

TEST_F(PlayerTest, PlaysScriptsByTaskAndRealActions) {
  EXPECT_EQ(play("tests: [{given: {tasks: {first: {result: 41}}}, expect: {output: {sum: 42}, order: [first, second], "
                 "tasks: {first: {input: {x: 1}, runs: 1}}, never: [mend]}}]"),
            Lines{});
  EXPECT_EQ(coverage_.started.at("main"), (std::set<std::string>{"first", "second"}));
  EXPECT_EQ(coverage_text(coverage_), "main: 2 of 3 tasks ran; never: mend\nall tasks ran in 0 of 1 workflow\n");
}

TEST_F(PlayerTest, SaysEverythingThatIsNotAsExpected) {
  EXPECT_EQ(play("tests: [{given: {actions: {test.run: {error: broken}}}, expect: {state: ERROR, output: {sum: 1}, "
                 "order: [second], tasks: {first: SUCCESS, second: SUCCESS}, never: [mend], seconds: 1}}]"),
            (Lines{"state: expected ERROR, got SUCCESS", "output.sum: expected 1, got 0",
                   "tasks.first.state: expected SUCCESS, got ERROR\n  because: broken", "tasks.second: never started",
                   "never: task 'mend' exists, its state is SUCCESS",
                   "order: 'second' never started; tasks started: first, mend", "seconds: expected 1, got 0"}));
}

TEST_F(PlayerTest, RefusesWhatReachesOutside) {
  const Lines failures = play("tests: [{expect: {output: {sum: 0}}}]");
  EXPECT_EQ(failures, (Lines{"task 'first' of workflow 'main' runs test.run, which reaches outside: script it under "
                             "given.tasks.first or given.actions.test.run"}));
  EXPECT_TRUE(actions_.started.empty());
}

TEST_F(PlayerTest, ScriptsItemsByTheirNumber) {
  EXPECT_EQ(play("tests: [{workflow: items, given: {tasks: {each: {items: {1: {result: two, after: 5}}, otherwise: "
                 "{result: other}}}}, expect: {output: {all: [other, two, other]}, seconds: 5}}]"),
            Lines{});
}

TEST_F(PlayerTest, RepeatsTheLastOutcomeAndCountsRuns) {
  EXPECT_EQ(play("tests: [{workflow: items, given: {tasks: {each: [{result: 1}, {result: 2}]}}, expect: {output: {all: "
                 "[1, 2, 2]}, tasks: {each: {runs: 3}}}}]"),
            Lines{});
}

TEST_F(PlayerTest, FollowsSubWorkflows) {
  EXPECT_EQ(
      play("tests: [{workflow: parent, given: {tasks: {main.first: {result: 1}}}, expect: {output: {below: {sum: "
           "2}}, executions: {main: [{state: SUCCESS, tasks: {second: SUCCESS}}]}, order: [call, first, second]}}]"),
      Lines{});
  EXPECT_EQ(
      play("tests: [{workflow: parent, given: {tasks: {first: {result: 1}}}, expect: {executions: {main: [{output: "
           "{sum: 3}}, {}]}}}]"),
      (Lines{"executions.main: expected 2, got 1", "executions.main[0].output.sum: expected 3, got 2"}));
}

TEST_F(PlayerTest, LetsHoursPassAtOnceAndTakesSteps) {
  EXPECT_EQ(
      play("tests: [{workflow: slow, then: [{at: 10, check: {tasks: {wait: DELAYED}}}, {check: {state: RUNNING, "
           "tasks: {ask: RUNNING}}}, {finish: {task: ask, result: 1}}], expect: {tasks: {done: SUCCESS}, seconds: "
           "3600}}]"),
      Lines{});
  EXPECT_EQ(result_.virtual_s, 3600);
  EXPECT_LT(result_.real_us, 10'000'000);
}

TEST_F(PlayerTest, AScriptedOutcomeOfAnAsynchronousActionIsReported) {
  EXPECT_EQ(play("tests: [{workflow: slow, given: {tasks: {ask: {result: {x: 1}, after: 5}}}, "
                 "expect: {tasks: {ask: {state: SUCCESS, result: {x: 1}}, done: SUCCESS}, seconds: 3605}}]"),
            Lines{});
  EXPECT_EQ(play("tests: [{workflow: slow, given: {actions: {test.async: {error: no}}}, "
                 "expect: {state: ERROR, tasks: {ask: ERROR}, seconds: 3600}}]"),
            Lines{});
}

TEST_F(PlayerTest, PausesStopsAndRerunsFromOutside) {
  EXPECT_EQ(
      play("tests: [{workflow: slow, then: [{at: 1, pause: null}, {check: {state: PAUSED}}, {stop: {state: CANCELLED, "
           "message: enough}}], expect: {state: CANCELLED, state_info: enough}}]"),
      Lines{});
  EXPECT_EQ(
      play("tests: [{given: {tasks: {first: [{error: x}, {result: 1}], mend: {error: y}}}, then: [{check: {state: "
           "ERROR}}, {rerun: first}], expect: {state: ERROR, tasks: {first: SUCCESS, second: SUCCESS}}}]"),
      Lines{});
}

TEST_F(PlayerTest, NamesTheLineOfAStepThatIsRefused) {
  EXPECT_EQ(play("tests:\n- then:\n  - rerun: nothing\n  given: {tasks: {first: {result: 1}}}\n  expect: {}\n"),
            (Lines{"step at line 4: no task 'nothing' has been created yet"}));
}

TEST_F(PlayerTest, TellsWhyTheStartIsRefused) {
  EXPECT_EQ(play("tests: [{workflow: none, expect: {}}]").size(), 1U);
  const Lines failures = play("tests: [{input: {unknown: 1}, expect: {}}]");
  ASSERT_EQ(failures.size(), 1U);
  EXPECT_NE(failures[0].find("unknown"), std::string::npos) << failures[0];
}

TEST_F(PlayerTest, KnowsWorkbooksAndAdHocActions) {
  const char* book = R"(
version: '2.0'
name: book
actions:
  twice: {base: std.echo, base-input: {output: <% $.x + $.x %>}, input: [x]}
workflows:
  main: {output: {n: <% $.n %>}, tasks: {a: {workflow: sub n=3, publish: {n: <% task().result.n %>}}}}
  sub: {input: [n], output: {n: <% $.m %>}, tasks: {b: {action: twice x=<% $.n %>, publish: {m: <% task().result %>}}}}
)";
  Diagnostics diagnostics;
  const auto suite = read_suite(
      "workflow: b.yaml\ntests: [{expect: {output: {n: 6}, executions: {book.sub: [{tasks: {b: SUCCESS}}]}}}]", diagnostics);
  const Program program = compile_documents({{"b.yaml", book}}, actions_);
  ASSERT_EQ(program.problems, "");
  Player player(program, actions_, actions_, clock_, log_);
  EXPECT_EQ(player.play(*suite, suite->cases.at(0)).failures, Lines{});
}

TEST_F(PlayerTest, CompileProblemsAreShownWithTheirPlace) {
  const Program program =
      compile_documents({{"bad.yaml", "version: '2.0'\nw: {tasks: {t: {on-success: u}}}\n"}}, actions_);
  EXPECT_NE(program.problems.find("bad.yaml:2:"), std::string::npos) << program.problems;
}

// A script that nothing uses and an expectation that always holds are mistakes of the test.
TEST(NamesOfATest, AreThoseOfItsWorkflows) {
  const testing::FakeActions actions;
  const auto problems = [&](const std::string& workflow, const std::string& text) {
    Diagnostics diagnostics;
    const auto suite = read_suite("workflow: x.yaml\n" + text, diagnostics);
    EXPECT_TRUE(suite) << render(diagnostics, text, "test");
    const Program program = compile_documents({{"x.yaml", workflow}}, actions);
    return render(check_names(*suite, program, actions), "workflow: x.yaml\n" + text, "t.yaml");
  };
  EXPECT_EQ(problems(kWorkflow, "given: {tasks: {main.frist: {result: 1}, slow.ask: {result: 1}}, actions: {test.rnu: "
                                "{result: 1}, test.run: {result: 1}}}\n"
                                "tests:\n- expect:\n    never: [mend, mned]\n    executions: {main: [{never: [zzzzzz]}]}\n"),
            R"text(t.yaml:2:17: error: 'given' names the task 'main.frist', which no workflow of this file has [T105]
  2 | given: {tasks: {main.frist: {result: 1}, slow.ask: {result: 1}}, actions: {test.rnu: {result: 1}, te
    |                 ^
  hint: Did you mean 'main.first'?
t.yaml:2:76: error: 'given' names the action 'test.rnu', which no workflow of this file calls [T105]
  2 | given: {tasks: {main.frist: {result: 1}, slow.ask: {result: 1}}, actions: {test.rnu: {result: 1}, te
    |                                                                            ^
  hint: Did you mean 'test.run'?
t.yaml:5:19: error: 'never' names the task 'mned', which no workflow of this file has [T105]
  5 |     never: [mend, mned]
    |                   ^
  hint: Did you mean 'mend'?
t.yaml:6:34: error: 'never' names the task 'zzzzzz', which no workflow of this file has [T105]
  6 |     executions: {main: [{never: [zzzzzz]}]}
    |                                  ^
  hint: Check the spelling.
)text");
  EXPECT_EQ(problems("version: '2.0'\nw: {input: [a], tasks: {t: {action: my.own}, u: {action: <% $.a %>}}}\n",
                     "given: {actions: {my.own: {result: 1}, any: {result: 1}}}\ntests: [{expect: {never: [t]}}]\n"),
            "");
}

// docs/diagnostics.md: the wrong text of each code gives that code alone, the right one none.
TEST(DiagnosticsPage, TellsTheTruthAboutTestFiles) {
  std::ifstream file("docs/diagnostics.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  const testing::FakeActions actions;
  for (const std::string code : {"T101", "T102", "T103", "T104", "T105"}) {
    std::size_t at = page.find("\n## " + code + "\n");
    ASSERT_NE(at, page.npos) << code;
    for (const std::string& expected : {code, std::string()}) {
      const std::size_t begin = page.find("```yaml\n", at) + 8;
      at = page.find("```", begin);
      const std::string text = page.substr(begin, at - begin);
      Diagnostics diagnostics;
      if (const auto suite = read_suite(text, diagnostics)) {
        const Program program = compile_documents({{"x.yaml", suite->inline_text}}, actions);
        EXPECT_EQ(program.problems, "");
        diagnostics = check_names(*suite, program, actions);
      }
      ASSERT_EQ(diagnostics.size(), expected.empty() ? 0U : 1U) << render(diagnostics, text, code);
      for (const Diagnostic& one : diagnostics) EXPECT_EQ(one.code, expected);
      at += 3;
    }
  }
}

TEST(Report, WritesJUnit) {
  const std::vector<SuiteResult> suites = {
      {"a_test.yaml", {{"good", {3, 1}, {}, 1, 1'500}, {"b<a>d", {9, 1}, {"x: expected \"1\"", "second"}, 0, 0}}, ""},
      {"b_test.yaml", {}, "cannot read"}};
  EXPECT_EQ(
      junit_xml(suites),
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"foehn\" tests=\"3\" failures=\"1\" errors=\"1\">\n"
      "  <testsuite name=\"a_test.yaml\" tests=\"2\" failures=\"1\" errors=\"0\" time=\"0.001500\">\n"
      "    <testcase classname=\"a_test.yaml\" name=\"good\" file=\"a_test.yaml\" line=\"3\" time=\"0.001500\"/>\n"
      "    <testcase classname=\"a_test.yaml\" name=\"b&lt;a&gt;d\" file=\"a_test.yaml\" line=\"9\" "
      "time=\"0.000000\">\n"
      "      <failure message=\"x: expected &quot;1&quot;\">x: expected &quot;1&quot;&#10;second</failure>\n"
      "    </testcase>\n"
      "  </testsuite>\n"
      "  <testsuite name=\"b_test.yaml\" tests=\"1\" failures=\"0\" errors=\"1\" time=\"0.000000\">\n"
      "    <testcase classname=\"b_test.yaml\" name=\"file\">\n"
      "      <error message=\"cannot be run\">cannot read</error>\n"
      "    </testcase>\n"
      "  </testsuite>\n"
      "</testsuites>\n");
}

}  // namespace
}  // namespace foehn::scenario
