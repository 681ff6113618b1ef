// Goal: effective clauses, inbound tasks, start tasks and required tasks are Mistral's; what can never run is an error
// with Mistral's words. Method: small documents through compile(), relations written as text.
#include <gtest/gtest.h>

#include "tests/unit/dsl/support.h"

namespace foehn::dsl {
namespace {

std::string tasks(std::string_view body) { return "version: '2.0'\nwf:\n" + std::string(body); }

// "name: success>a,b error>c <- x,y" per task.
std::string relations(const Compiled& compiled) {
  if (!compiled.ok()) return listed(compiled.diagnostics);
  const auto& [spec, graph, source, hash] = *compiled.workflows[0];
  std::string out;
  for (std::size_t i = 0; i < spec.tasks.size(); ++i) {
    const auto& node = graph.nodes[i];
    out += spec.tasks[i].name + (node.is_start ? "*:" : ":");
    for (std::size_t c = 0; c < kClauseCount; ++c) {
      if (node.effective[c].next.empty()) continue;
      out += " " + std::string(to_string(static_cast<Clause>(c))) + ">";
      for (const auto& next : node.effective[c].next) out += next.target + ",";
    }
    for (const TaskIndex from : node.inbound) out += " <" + spec.tasks[from].name;
    for (const TaskIndex required : node.requires_) out += " requires " + spec.tasks[required].name;
    out += "\n";
  }
  return out;
}

TEST(Graph, OwnClausesAndDefaults) {
  EXPECT_EQ(relations(compile_workflows(tasks(R"(  task-defaults:
    on-error: [cleanup, fail]
    on-success: {publish: {branch: {x: 1}}, next: b}
  tasks:
    a: {on-success: {publish: {branch: {a: 1}}}}
    b: {on-error: a2, on-complete: [noop, cleanup]}
    a2: {on-success: succeed}
    cleanup: {action: std.noop}
)"))),
            "a*: on-success>b, on-error>cleanup,fail,\n"
            "b: on-error>a2, on-complete>noop,cleanup, <a <cleanup\n"
            "a2: on-success>succeed, on-error>cleanup,fail, <b\n"
            "cleanup: on-success>b, on-error>fail, <a <b <a2\n");
}

TEST(Graph, InboundTasksAreDistinct) {
  EXPECT_EQ(relations(compile_workflows(tasks(R"(  tasks:
    a: {on-success: [j, j: <% $.x %>], on-error: j, on-complete: j}
    b: {on-success: j}
    j: {join: 2}
)"))),
            "a*: on-success>j,j, on-error>j, on-complete>j,\nb*: on-success>j,\nj: <a <b\n");
}

TEST(Graph, CommandWinsOverTheTaskOfItsName) {
  const Compiled compiled =
      compile_workflows(tasks("  tasks:\n    a: {on-success: fail}\n    fail: {action: std.noop}\n"));
  EXPECT_EQ(relations(compiled), "a*: on-success>fail,\nfail: <a\n");
  EXPECT_EQ(listed(compiled.diagnostics), "W309 5:5 the task 'fail' is hidden by the engine command of the same name\n");
}

TEST(Graph, NoStartTask) {
  EXPECT_EQ(relations(compile_workflows(tasks("  tasks:\n    a: {on-success: b}\n    b: {on-success: a}\n"))),
            "E303 2:1 Failed to find start tasks in direct workflow. There must be at least one task without inbound "
            "transition.[workflow_name=wf]\n");
}

TEST(Graph, JoinsThatCannotBeFulfilled) {
  EXPECT_EQ(
      relations(compile_workflows(tasks("  tasks:\n    a: {on-success: b}\n    b: {join: 3}\n    c: {join: all}\n"))),
      "E304 5:5 Not enough inbound tasks for task with 'join' [task_name=b, join=3, inbound_tasks=1]\n"
      "E304 6:5 No inbound tasks for task with 'join: all' [task_name=c]\n");
}

TEST(Graph, UnknownTargetsWithSuggestion) {
  const Compiled compiled =
      compile_workflows(tasks("  task-defaults: {on-error: clean}\n  tasks:\n    create: {on-success: [delet, fial]}\n "
                              "   delete: {action: a}\n    cleanup: {action: a}\n"));
  EXPECT_EQ(listed(compiled.diagnostics),
            "E301 3:29 Task 'clean' not found.\nE301 5:27 Task 'delet' not found.\nE301 5:34 Task 'fial' not found.\n");
  EXPECT_EQ(compiled.diagnostics[1].hint, "Did you mean 'delete'?");
}

TEST(Graph, ReverseRequires) {
  EXPECT_EQ(relations(compile_workflows(tasks(R"(  type: reverse
  task-defaults: {requires: [base]}
  tasks:
    top: {requires: [mid, base]}
    mid: {action: a}
    base: {action: a}
)"))),
            "top: requires mid requires base\nmid: requires base\nbase:\n");
}

TEST(Graph, CircleOfRequiresIsNamed) {
  EXPECT_EQ(relations(compile_workflows(tasks(R"(  type: reverse
  tasks:
    z: {requires: a}
    a: {requires: [d, b]}
    b: {requires: c}
    c: {requires: [d, a]}
    d: {action: x}
)"))),
            "E305 6:5 Tasks require each other in a circle: a -> b -> c -> a [workflow_name=wf]\n");
}

TEST(Graph, ALongChainIsNoRecursion) {
  std::string text = tasks("  type: reverse\n  tasks:\n    t0: {action: a}\n");
  for (int i = 1; i < 20'000; ++i)
    text += "    t" + std::to_string(i) + ": {requires: t" + std::to_string(i - 1) + "}\n";
  EXPECT_EQ(listed(compile_workflows(text).diagnostics), "");
}

// 2,000 default transitions for each of 2,000 tasks are 4 million.
TEST(Graph, DefaultTransitionsAreBounded) {
  std::string text = tasks("  task-defaults:\n    on-success:\n");
  for (int i = 0; i < 2'000; ++i) text += "    - t" + std::to_string(i) + "\n";
  text += "  tasks:\n";
  for (int i = 0; i < 2'000; ++i) text += "    t" + std::to_string(i) + ": {action: a}\n";
  EXPECT_EQ(
      listed(compile_workflows(text).diagnostics),
      "E306 2:1 The workflow has more than 1000000 transitions, with those of 'task-defaults' counted for each task\n");
}

}  // namespace
}  // namespace foehn::dsl
