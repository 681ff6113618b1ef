// Goal: probable mistakes are warnings: unreachable tasks, unknown actions, wrong parameters. Method: a small catalog;
// whole diagnostics.
#include "dsl/validate/validate.h"

#include <gtest/gtest.h>

#include "tests/unit/dsl/support.h"

namespace foehn::dsl {
namespace {

class TwoActions final : public ActionCatalog {
 public:
  std::optional<ActionSignature> signature(std::string_view action) const override {
    if (action == "std.echo") return ActionSignature{{{"output", true}, {"delay", false}}, false};
    if (action == "std.mistral_http") return ActionSignature{{{"url", true}}, true};
    if (action == "std.noop") return ActionSignature{};
    return std::nullopt;
  }
  std::vector<std::string> action_names() const override { return {"std.echo", "std.mistral_http", "std.noop"}; }
};

std::string checked(std::string_view attributes) {
  const TwoActions catalog;
  const Compiled compiled = compile_workflows(task_document(attributes), &catalog);
  EXPECT_TRUE(compiled.ok());
  std::string out;
  for (const auto& diagnostic : compiled.diagnostics) out += diagnostic.message + " | " + diagnostic.hint + "\n";
  return out;
}

TEST(Actions, KnownOnesPass) {
  EXPECT_EQ(checked("action: std.echo output=1"), "");
  EXPECT_EQ(checked("action: std.echo\ninput: {output: 1, delay: 2}"), "");
  EXPECT_EQ(checked("action: std.echo\ninput: <% $.all %>"), "");
  EXPECT_EQ(checked("action: <% $.any %> foo=1"), "");
  EXPECT_EQ(checked("action: std.mistral_http anything=1"), "");
  EXPECT_EQ(checked("workflow: whatever"), "");
}

TEST(Actions, UnknownName) {
  EXPECT_EQ(checked("action: std.ecoh output=1"),
            "the action 'std.ecoh' does not exist now (task 't1') | Did you mean 'std.echo'?\n");
}

TEST(Actions, WrongParameters) {
  EXPECT_EQ(checked("action: std.echo"), "Invalid input [name=std.echo, missing=['output']] (task 't1') | std.echo takes: output (required), delay.\n");
  EXPECT_EQ(checked("action: std.echo outptu=1 x=2"),
            "Invalid input [name=std.echo, missing=['output'], unexpected=['outptu', 'x']] (task 't1') | Did you mean "
            "'output'?\n");
}

TEST(Actions, OfTheSameWorkbookAreKnown) {
  const TwoActions catalog;
  const Compiled compiled = compile(
      "version: '2.0'\nname: wb\nactions: {say: {base: std.echo output=1, input: [w, x: 1]}}\nworkflows: {one: {tasks: {a: "
      "{action: "
      "say w=1}, b: {action: say}, c: {action: wb.say w=1}}}}\n",
      DocumentKind::kWorkbook, &catalog);
  EXPECT_EQ(listed(compiled.diagnostics), "W308 4:61 Invalid input [name=say, missing=['w']] (task 'b')\n");
}

std::string reached(const std::string& tasks) {
  return listed(compile_workflows("version: '2.0'\nwf:\n  tasks:\n" + tasks).diagnostics);
}

TEST(Reachable, WhatStandsBehindTheEndOfAList) {
  EXPECT_EQ(reached("    a: {on-success: [fail, b], on-error: [{succeed: <% 1 = 2 %>}, c], on-complete: [pause, d]}\n"
                    "    b: {action: n}\n    c: {action: n}\n    d: {action: n}\n"),
            "W306 5:5 no start task leads to the task 'b'; it never runs\n");
  EXPECT_EQ(reached("    a: {on-success: [succeed, b], on-error: b}\n    b: {action: n}\n"), "");
}

TEST(Reachable, JoinsThatWaitForThemselvesOrEachOther) {
  EXPECT_EQ(reached("    a: {on-success: j}\n    j: {join: all, on-error: j, on-success: k}\n    k: {action: n}\n"),
            "W306 5:5 the join 'j' never starts: it waits for itself\n");
  EXPECT_EQ(reached("    a: {on-success: [j, k]}\n    j: {join: all, on-success: k}\n"
                    "    k: {join: 2, on-success: j}\n"),
            "W306 5:5 the join 'j' never starts: it waits for 'k', which cannot lead to it\n"
            "W306 6:5 the join 'k' never starts: it waits for 'j', which cannot lead to it\n");
  EXPECT_EQ(reached("    a: {on-success: j}\n    b: {on-success: j}\n    j: {join: 2, on-success: j}\n"), "");
  EXPECT_EQ(reached("    a: {on-success: j}\n    j: {join: one, on-success: k}\n    k: {on-error: j}\n"), "");
}

std::string hints(const std::string& workflow) {
  std::string text;
  for (const Diagnostic& one : compile_workflows("version: '2.0'\nwf: " + workflow + "\n").diagnostics)
    text += one.code + " " + one.hint + "\n";
  return text;
}

TEST(Hints, SignsOfOtherLanguages) {
  const auto of = [](const std::string& expression) {
    return hints("{tasks: {a: {publish: {x: \"" + expression + "\"}}}}");
  };
  EXPECT_EQ(of("<% $.x == 1 %>"), "E401 One sign compares: <% $.a = 1 %>.\n");
  EXPECT_EQ(of("<% $.a && $.b %>"), "E401 YAQL writes it as a word: <% $.a and $.b %>.\n");
  EXPECT_EQ(of("<% $.a || $.b %>"), "E401 YAQL writes it as a word: <% $.a or $.b %>.\n");
  EXPECT_EQ(of("<% !$.a %>"), "E401 YAQL writes it as a word: <% not $.a %>.\n");
  EXPECT_EQ(of("<% $.x ? 1 : 2 %>"), "E401 YAQL chooses with switch: <% switch($.a => 1, true => 2) %>.\n");
  EXPECT_EQ(of("<% $.x if $.y else 1 %>"), "E401 YAQL chooses with switch: <% switch($.a => 1, true => 2) %>.\n");
  EXPECT_EQ(of("<% $.x is none %>"), "E401 YAQL compares with null: <% $.a = null %>.\n");
  EXPECT_EQ(of("{{ $.x }}"), "E402 In Jinja2 variables are below _: {{ _.a }}.\n");
  EXPECT_EQ(of("<% $.a + %>").substr(0, 21), "E401 At the caret som");
}

TEST(Hints, SayWhichWordIsMeant) {
  EXPECT_EQ(hints("{tasks: {a: {join: al}}}"), "E203 Did you mean 'all'?\n");
  EXPECT_EQ(hints("{type: revers, tasks: {a: {action: n}}}"), "E206 Did you mean 'reverse'?\n");
  EXPECT_EQ(hints("{tasks: {a: {requries: b}, b: {action: n}}}"),
            "E202 Did you mean 'requires'? It belongs to reverse workflows; this one is direct.\n");
  EXPECT_EQ(hints("{timeout: 5, tasks: {a: {action: n}}}"),
            "W225 It belongs to a task, or under 'task-defaults' for all tasks.\n");
  EXPECT_EQ(hints("{publish: {x: 1}, tasks: {a: {action: n}}}"), "W225 It belongs to a task.\n");
  EXPECT_EQ(hints("{on_success: a, tasks: {a: {action: n}}}"),
            "W225 Did you mean 'on-success'? It belongs to a task, or under 'task-defaults' for all tasks.\n");
  EXPECT_EQ(hints("{requires: b, tasks: {a: {action: n}}}"),
            "W225 It may have: type, description, tags, input, output, output-on-error, vars, task-defaults, tasks.\n");
  const TwoActions catalog;
  const auto of_book = [&](const std::string& called) {
    return compile("version: '2.0'\nname: wb\nactions: {act: {base: std.echo output=1}}\nworkflows: {one: {tasks: {a: "
                   "{action: " + called + "}}}}\n",
                   DocumentKind::kWorkbook, &catalog)
        .diagnostics.at(0)
        .hint;
  };
  EXPECT_EQ(of_book("actt"), "Did you mean 'act'?");
  EXPECT_EQ(of_book("my.custom"), "Create the action before the workflow runs, or choose one of `foehn action list`.");
}

std::string counted(const std::string& text, DocumentKind kind) {
  constexpr DocumentBounds kFew{.definitions_max = 2, .tasks_max = 3};
  const Compiled compiled = compile("version: '2.0'\n" + text, kind, nullptr, kFew);
  std::string answer = listed(compiled.diagnostics);
  for (const Diagnostic& one : compiled.diagnostics) answer += one.hint + "\n";
  EXPECT_EQ(compiled.ok(), answer.empty());
  return answer;
}

TEST(Size, ATextDefinesNoMoreThanIsStoredAtOnce) {
  const std::string flow = ": {tasks: {t: {action: n}}}\n";
  EXPECT_EQ(counted("a" + flow + "b" + flow, DocumentKind::kWorkflows), "");
  EXPECT_EQ(counted("a" + flow + "b" + flow + "c" + flow + "d: {}\n", DocumentKind::kWorkflows),
            "E108 4:1 the document holds 4 definitions, and at most 2 are stored at once\n"
            "Send them in several texts.\n");
  EXPECT_EQ(counted("a: {base: n}\nb: {base: n}\n", DocumentKind::kActions), "");
  EXPECT_EQ(counted("a: {base: n}\nb: {base: n}\nc: {base: n}\n", DocumentKind::kActions),
            "E108 4:1 the document holds 3 definitions, and at most 2 are stored at once\n"
            "Send them in several texts.\n");
  const std::string book = "name: wb\nactions: {a: {base: n}}\nworkflows:\n  b" + flow;
  EXPECT_EQ(counted(book, DocumentKind::kWorkbook), "");
  EXPECT_EQ(counted(book + "  c" + flow, DocumentKind::kWorkbook),
            "E108 6:3 the document holds 3 definitions, and at most 2 are stored at once\n"
            "Send them in several texts.\n");
}

TEST(Size, TheTasksOfATextAreCountedTogether) {
  const std::string three = ": {tasks: {t: {action: n}, u: {action: n}, v: {action: n}}}\n";
  EXPECT_EQ(counted("a" + three, DocumentKind::kWorkflows), "");
  const std::string told =
      "the document holds 4 tasks up to this workflow, and at most 3 are stored at once\n"
      "Give parts of the work to sub-workflows, and send those in texts of their own.\n";
  EXPECT_EQ(counted("a" + three + "b: {tasks: {t: {action: n}}}\n", DocumentKind::kWorkflows), "E109 3:5 " + told);
  EXPECT_EQ(counted("name: wb\nworkflows:\n  a" + three + "  b: {tasks: {t: nonsense}}\n", DocumentKind::kWorkbook),
            "E109 5:7 " + told);
  // Nobody counts what is not there.
  EXPECT_EQ(counted("a: {tasks: [1, 2, 3, 4]}\n", DocumentKind::kWorkflows).substr(0, 4), "E203");
  EXPECT_EQ(counted("a: 1\n", DocumentKind::kWorkflows).substr(0, 4), "E203");
}

TEST(Actions, AWarningThatIsDroppedCostsNothing) {
  class Slow final : public ActionCatalog {
   public:
    std::optional<ActionSignature> signature(std::string_view) const override { return std::nullopt; }
    std::vector<std::string> action_names() const override {
      ++lists;
      return {"std.noop"};
    }
    mutable int lists = 0;
  } catalog;
  std::string text = "version: '2.0'\n";
  for (int i = 0; i < 300; ++i) text += "w" + std::to_string(i) + ": {tasks: {t: {action: a" + std::to_string(i) + "}}}\n";
  EXPECT_EQ(compile_workflows(text, &catalog).diagnostics.size(), 100U);
  EXPECT_EQ(catalog.lists, 1) << "the names of all actions are read once for a text";
}

TEST(Actions, TheNamesOfTheirWorkbooksDecideWhatIsMeant) {
  const TwoActions catalog;
  EXPECT_EQ(listed(compile("version: '2.0'\na.x: {base: std.noop, input: [p]}\nb.x: {base: std.noop, input: [q]}\n"
                           "a.y: {base: x p=1}\nb.y: {base: x q=1}\n",
                           DocumentKind::kActions, &catalog)
                       .diagnostics),
            "");
}

TEST(Reachable, CirclesThatNobodyEnters) {
  EXPECT_EQ(listed(compile_workflows(
                       "version: '2.0'\nwf:\n  tasks:\n    a: {on-success: b}\n    b: {action: n}\n    c: {on-error: "
                       "d}\n    d: {on-complete: c}\n")
                       .diagnostics),
            "W306 6:5 no start task leads to the task 'c'; it never runs\n"
            "W306 7:5 no start task leads to the task 'd'; it never runs\n");
}

}  // namespace
}  // namespace foehn::dsl
