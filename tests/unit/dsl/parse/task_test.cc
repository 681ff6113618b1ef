// Goal: every rule about tasks (dsl.md §2–§6, §13) with a document that keeps it and one that breaks it. Method: the
// attributes of one task as text, the codes of the errors as expectation.
#include <gtest/gtest.h>

#include "tests/unit/dsl/support.h"

namespace foehn::dsl {
namespace {

struct Rule {
  std::string_view attributes;
  std::string_view codes;  // "" = accepted without any diagnostic
};

class TaskRules : public ::testing::TestWithParam<Rule> {};

TEST_P(TaskRules, Codes) {
  const std::string text = task_document(GetParam().attributes);
  const Compiled compiled = compile_workflows(text);
  EXPECT_EQ(codes(compiled.diagnostics), GetParam().codes) << text << listed(compiled.diagnostics);
}

INSTANTIATE_TEST_SUITE_P(
    Simple, TaskRules,
    ::testing::Values(
        Rule{"description: d", "W110"}, Rule{"action: std.noop", ""}, Rule{"action: ''", "E204"},
        Rule{"action: 5", "E203"}, Rule{"action: ~", "E203"}, Rule{"action: <% $.name %> a=1", ""},
        Rule{"action: {a: 1}", "E203"}, Rule{"action: \" x\"", "E209"}, Rule{"action: std.echo output=-1", "W220"},
        Rule{"workflow: sub a=1", ""}, Rule{"workflow: ''", "E204"}, Rule{"workflow: [a]", "E203"},
        Rule{"action: a\nworkflow: b", "E208"}, Rule{"tags: [a, b]", ""}, Rule{"tags: []", "E204"},
        Rule{"tags: [a, a]", "E205"}, Rule{"tags: ['']", "E204"}, Rule{"tags: a", "E203"}, Rule{"tags: [1]", "E203"},
        Rule{"tags: ~", "E203"}, Rule{"input: {a: 1}", ""}, Rule{"input: <% $.all %>", ""}, Rule{"input: ''", "E203"},
        Rule{"input: {}", "E203"}, Rule{"input: ~", "E203"}, Rule{"input: [a]", "E203"}, Rule{"input: 1", "E203"},
        Rule{"action: a x=1\ninput: {x: 2}", "W226"}, Rule{"action: a x=1\ninput: {y: 2}", ""},
        Rule{"publish: {a: 1}", ""}, Rule{"publish: ''", "E203"}, Rule{"publish: {}", "E204"},
        Rule{"publish: ~", "E203"}, Rule{"publish: [a]", "E203"}, Rule{"publish-on-error: {a: 1}", ""},
        Rule{"publish-on-error: {}", "E204"}, Rule{"publish-on-skip: {a: 1}", ""}, Rule{"publish-on-skip: x", "E203"},
        Rule{"keep-result: true", ""}, Rule{"keep-result: false", ""}, Rule{"keep-result: <% 'a' in $.x %>", "W224"},
        Rule{"keep-result: ''", "E203"}, Rule{"keep-result: []", "E203"}, Rule{"keep-result: asd", "E203"},
        Rule{"keep-result: ~", "E203"}, Rule{"keep-result: 12345", "E203"}, Rule{"safe-rerun: true", ""},
        Rule{"safe-rerun: <% $.x %>", "W224"}, Rule{"safe-rerun: ''", "E203"}, Rule{"target: host", ""},
        Rule{"target: <% $.host %>", ""}, Rule{"target: ''", "E204"}, Rule{"target: 12", "E203"},
        Rule{"name: 1\nversion: x\ntype: reverse", ""}, Rule{"foo: 1", "E202"}, Rule{"requires: t2", "E202"}));

INSTANTIATE_TEST_SUITE_P(
    WithItems, TaskRules,
    ::testing::Values(Rule{"with-items: i in <% $.y %>", ""}, Rule{"with-items: 'i in {{ _.y }}'", ""},
                      Rule{"with-items: 'i in [1, 2, \"a\"]'", ""},
                      Rule{"with-items: ['i in <% $.y %>', 'j in [1, 2]']", ""},
                      Rule{"with-items: i  in  <% $.y %> trailing", ""}, Rule{"with-items: my-item in <% $.y %>", ""},
                      Rule{"with-items: ''", "E203"}, Rule{"with-items: []", "E203"}, Rule{"with-items: ['']", "E203"},
                      Rule{"with-items: ~", "E203"}, Rule{"with-items: 12345", "E203"},
                      Rule{"with-items: x in y", "E210"}, Rule{"with-items: <% $.y %>", "E210"},
                      Rule{"with-items: 'i in [a, b]'", "E210"}, Rule{"with-items: 'i in []'", "E210"},
                      Rule{"with-items: i of <% $.y %>", "E210"},
                      Rule{"with-items: ['i in <% $.a %>', 'i in <% $.a %>']", "E203"},
                      Rule{"with-items: ['i in <% $.a %>', 'j in b']", "E210"}));

INSTANTIATE_TEST_SUITE_P(
    Policies, TaskRules,
    ::testing::Values(
        Rule{"wait-before: 2", ""}, Rule{"wait-before: <% $.n %>", ""}, Rule{"wait-before: 0", ""},
        Rule{"wait-before: 1.1", "E203"}, Rule{"wait-before: '1'", "E203"}, Rule{"wait-before: -1", "E203"},
        Rule{"wait-before: true", "E203"}, Rule{"wait-before: x <% $.n %>", "E203"}, Rule{"wait-after: 2", ""},
        Rule{"wait-after: '5'", "E203"}, Rule{"timeout: 300", ""}, Rule{"timeout: ''", "E203"},
        Rule{"timeout: '{{ _.t }}'", ""}, Rule{"concurrency: 10", ""}, Rule{"concurrency: many", "E203"},
        Rule{"pause-before: true", ""}, Rule{"pause-before: <% $.p %>", ""}, Rule{"pause-before: 'False'", "E203"},
        Rule{"fail-on: true", ""}, Rule{"fail-on: <% $.a > 1 %>", ""}, Rule{"fail-on: 1", "E203"},
        Rule{"retry: {count: 3, delay: 1}", ""}, Rule{"retry: {count: <% $.c %>, delay: 1, break-on: <% true %>}", ""},
        Rule{"retry: {count: 3, delay: 1, continue-on: '{{ _.x }}'}", ""},
        Rule{"retry: count=10 delay=5 break-on=<% $.my_val = 10 %>", ""}, Rule{"retry: {count: 3}", "E201"},
        Rule{"retry: {delay: 3}", "E201"}, Rule{"retry: {}", "E201 E201"}, Rule{"retry: count=3", "E201"},
        Rule{"retry: ''", "E203"}, Rule{"retry: 3", "E203"}, Rule{"retry: {count: -1, delay: 1}", "E203"},
        Rule{"retry: {count: '3', delay: 1}", "E203"}, Rule{"retry: {count: 3, delay: 1, break-on: true}", "E203"},
        Rule{"retry: {count: 3, delay: 1, foo: 1}", "E202"}, Rule{"retry: count=\"3\" delay=1", "E203"},
        Rule{"retry: count=3 delay=1 foo=1", "E202"}, Rule{"retry: count=3 delay=1 often", "W220"}));

INSTANTIATE_TEST_SUITE_P(
    Clauses, TaskRules,
    ::testing::Values(
        Rule{"on-success: t2", ""}, Rule{"on-success: [t2]", ""}, Rule{"on-success: [t2, fail]", ""},
        Rule{"on-success:\n  - t2: <% $.x %>", ""}, Rule{"on-success:\n  - t2: '{{ _.x }}  '", ""},
        Rule{"on-success: {next: t2}", ""}, Rule{"on-success: {next: [t2: <% $.x %>, fail]}", ""},
        Rule{"on-success: {publish: {branch: {a: 1}}}", ""},
        Rule{"on-success: {publish: {branch: {a: 1}, global: {b: 2}, atomic: {c: 3}}, next: [t2]}", ""},
        Rule{"on-success: fail", ""}, Rule{"on-success: fail msg=\"text\"", ""},
        Rule{"on-success: fail(msg='some text')", ""}, Rule{"on-success: fail(msg='x')", ""},
        Rule{"on-success: fail(msg=<% $.a %>)", ""}, Rule{"on-success:\n  - fail msg='no': <% $.x %>", ""},
        Rule{"on-success: ['succeed msg=\"ok\"', 'pause(msg=\"wait for me\")', noop]", ""},
        Rule{"on-success: []", "E211"}, Rule{"on-success: ~", "E211"}, Rule{"on-success: ''", "E211"},
        Rule{"on-success: [t2, t2]", "E205"}, Rule{"on-success: 1", "E211"}, Rule{"on-success: [1]", "E211"},
        Rule{"on-success: t 2", "E211"}, Rule{"on-success: 't2 '", "E211"}, Rule{"on-success: [t2, '']", "E211"},
        Rule{"on-success: <% $.next %>", "E211"}, Rule{"on-success: yes", "E211"}, Rule{"on-success: {}", "E211"},
        Rule{"on-success: [{t2: x}]", "E211"}, Rule{"on-success: [{t2: x <% $.y %>}]", "E211"},
        Rule{"on-success: [{t2: <% $.y %> x}]", "E211"}, Rule{"on-success: [{t2: true}]", "E211"},
        Rule{"on-success: [{t2: <% $.x %>, t1: <% $.x %>}]", "E211"}, Rule{"on-success: [{}]", "E211"},
        Rule{"on-success: [[t2]]", "E211"}, Rule{"on-success: email%", "E301"}, Rule{"on-success: nope", "E301"},
        Rule{"on-success: [nope: <% $.x %>]", "E301"}, Rule{"on-success: {publish: {var1: 1}}", "E202"},
        Rule{"on-success: {publish: {name: x}}", "E203"}, Rule{"on-success: {publish: {branch: {}}}", "E204"},
        Rule{"on-success: {publish: ''}", "E203"}, Rule{"on-success: {next: t2, foo: 1}", "E202"},
        Rule{"on-success: {next: []}", "E211"}, Rule{"on-success: {t2: <% true %>}", "W222"},
        Rule{"on-success: {next: {t2: <% $.x %>}}", "W221"}, Rule{"on-success: fail msg=x", "W223"},
        Rule{"on-success: fail msg='a' code=5", "W223"}, Rule{"on-error: t2", ""}, Rule{"on-error: nope", "E301"},
        Rule{"on-complete: t2", ""}, Rule{"on-complete: {next: nope}", "E301"}, Rule{"on-skip: t2", ""},
        Rule{"on-skip: nope", "E301"}));

INSTANTIATE_TEST_SUITE_P(Join, TaskRules,
                         ::testing::Values(Rule{"on-success: t2\njoin: 0", ""}, Rule{"join: ''", "E203"},
                                           Rule{"join: ~", "E203"}, Rule{"join: '3'", "E203"}, Rule{"join: -3", "E203"},
                                           Rule{"join: some", "E203"}, Rule{"join: 1.5", "E203"},
                                           Rule{"join: all", "E304"}, Rule{"join: one", "E304"},
                                           Rule{"join: 2", "E304"}, Rule{"join: all\non-error: t1", "W306"}));

INSTANTIATE_TEST_SUITE_P(
    Expressions, TaskRules,
    ::testing::Values(Rule{"action: std.echo output=<% * %>", "E401"}, Rule{"input: {a: <% * %>}", "E401"},
                      Rule{"publish: {a: <% * %>}", "E401"}, Rule{"publish-on-error: {a: '{{ * }}'}", "E402"},
                      Rule{"on-success: [t2: <% * %>]", "E401"}, Rule{"with-items: i in <% * %>", "E401"},
                      Rule{"wait-before: <% * %>", "E401"}, Rule{"retry: count=<% * %> delay=1", "E401"},
                      Rule{"keep-result: <% * %>", "W224 E401"}, Rule{"on-success: fail msg=<% * %>", "E401"},
                      Rule{"action: std.http url=\"{{ $ }}\"", "E402"}, Rule{"target: <% * %>", "E401"},
                      Rule{"fail-on: <% * %>", "E401"}, Rule{"input: {a: [<% * %>]}", "W401"},
                      Rule{"input: {a: {b: <% * %>}}", "W401"}, Rule{"input: {a: '<% $.a %> {{ _.b }}'}", "E403"},
                      Rule{"on-success: {publish: {global: {a: <% * %>}}}", "E401"}));

TEST(Task, SpecOfAFullTask) {
  const Compiled compiled = compile_workflows(task_document(
      "action: std.http url=\"http://x\" timeout=5\n"
      "input: {headers: {a: <% $.b %>}}\n"
      "with-items: ['i in <% $.y %>', 'j in [1, 2]']\n"
      "publish: {v: <% task().result %>}\n"
      "keep-result: false\nsafe-rerun: true\ntarget: <% $.host %>\n"
      "retry: count=3 delay=<% $.d %> continue-on=<% $.c %>\n"
      "wait-before: 1\nwait-after: 2\ntimeout: 3\nconcurrency: 4\npause-before: true\nfail-on: <% $.f %>\n"
      "on-error: ['fail msg=\"no <% $.x %>\"']\n"
      "on-complete: {publish: {branch: {p: 1}, global: {q: 2}}, next: [{t2: <% $.go %>}]}\n"));
  ASSERT_EQ(listed(compiled.diagnostics), "");
  const TaskSpec& task = compiled.workflows[0]->spec.tasks[1];
  EXPECT_EQ(task.name, "t1");
  EXPECT_EQ(task.description, "d");
  EXPECT_EQ(task.action->name.source(), "std.http");
  ASSERT_EQ(task.action->inline_input.size(), 2U);
  EXPECT_EQ(task.action->inline_input[1].second.source(), Value(5));
  EXPECT_EQ(to_json(task.input->source()), R"json({"headers":{"a":"<% $.b %>"}})json");
  ASSERT_EQ(task.with_items.size(), 2U);
  EXPECT_EQ(task.with_items[1].variable, "j");
  EXPECT_EQ(to_json(task.with_items[1].collection.source()), "[1,2]");
  EXPECT_FALSE(task.with_items[0].collection.is_literal());
  EXPECT_EQ(task.publish[0].first, "v");
  EXPECT_FALSE(task.keep_result);
  EXPECT_EQ(task.safe_rerun, true);
  EXPECT_EQ(task.target->source(), "<% $.host %>");
  EXPECT_EQ(task.policies.retry->count.source(), Value(3));
  EXPECT_EQ(task.policies.retry->delay.source(), "<% $.d %>");
  EXPECT_FALSE(task.policies.retry->break_on.has_value());
  EXPECT_EQ(task.policies.retry->continue_on->source(), "<% $.c %>");
  EXPECT_EQ(task.policies.wait_before->source(), Value(1));
  EXPECT_EQ(task.policies.wait_after->source(), Value(2));
  EXPECT_EQ(task.policies.timeout->source(), Value(3));
  EXPECT_EQ(task.policies.concurrency->source(), Value(4));
  EXPECT_EQ(task.policies.pause_before->source(), Value(true));
  EXPECT_EQ(task.policies.fail_on->source(), "<% $.f %>");
  const auto& on_error = task.clauses[static_cast<std::size_t>(Clause::kError)];
  EXPECT_TRUE(on_error.declared);
  EXPECT_EQ(on_error.next[0].command, EngineCommand::kFail);
  EXPECT_EQ(on_error.next[0].message->source(), "no <% $.x %>");
  const auto& on_complete = task.clauses[static_cast<std::size_t>(Clause::kComplete)];
  EXPECT_EQ(on_complete.next[0].target, "t2");
  EXPECT_EQ(on_complete.next[0].condition->source(), "<% $.go %>");
  EXPECT_EQ(on_complete.publish.branch[0].first, "p");
  EXPECT_EQ(on_complete.publish.global[0].first, "q");
  EXPECT_FALSE(task.clauses[static_cast<std::size_t>(Clause::kSuccess)].declared);
}

TEST(Task, VariableOfWithItemsGivesBackLetters) {
  const Compiled compiled = compile_workflows(task_document("with-items: iin<% $.y %>"));
  ASSERT_EQ(listed(compiled.diagnostics), "");
  EXPECT_EQ(compiled.workflows[0]->spec.tasks[1].with_items[0].variable, "i");
}

TEST(Task, NamesOfAnyShapeAndTheirLength) {
  std::string text = "version: '2.0'\nwf:\n  tasks:\n";
  for (const std::string_view name :
       {"t2-task", "t3.task", "t4,task", "t5+task", "t6$task", "t7%task", "t8^task", "1", "é t"})
    text += "    " + std::string(name) + ": {action: std.noop}\n";
  EXPECT_EQ(listed(compile_workflows(text).diagnostics), "");
  const auto with_name = [](const std::string& name, std::string_view join) {
    return "version: '2.0'\nwf:\n  tasks:\n    a: {on-success: " + name + "}\n    " + name + ": {description: d" +
           std::string(join) + "}\n";
  };
  const std::string longest(255, 'x');
  EXPECT_EQ(codes(compile_workflows(with_name(longest, "")).diagnostics), "");
  EXPECT_EQ(listed(compile_workflows(with_name(longest + "y", "")).diagnostics),
            "E207 5:5 The length of a '" + longest + "y' task name must not exceed 255 symbols\n");
  const std::string join(208, 'x');
  EXPECT_EQ(codes(compile_workflows(with_name(join, ", join: all")).diagnostics), "");
  EXPECT_EQ(listed(compile_workflows(with_name(join + "y", ", join: all")).diagnostics),
            "E207 5:5 The length of a '" + join + "y' join task name must not exceed 208 symbols\n");
}

TEST(Task, MustBeANonEmptyMapping) {
  const auto with_task = [](std::string_view task) {
    return listed(compile_workflows("version: '2.0'\nwf:\n  tasks:\n    t1: " + std::string(task) + "\n").diagnostics);
  };
  EXPECT_EQ(with_task(""), "E203 4:5 None is not of type 'object' (task 't1')\n");
  EXPECT_EQ(with_task("{}"), "E204 4:9 {} should be non-empty (task 't1')\n");
  EXPECT_EQ(with_task("std.noop"), "E203 4:9 'std.noop' is not of type 'object' (task 't1')\n");
  EXPECT_EQ(with_task("{description: x}"), "");
}

TEST(TaskDefaults, Keys) {
  const auto with_defaults = [](std::string_view attributes) {
    return codes(
        compile_workflows(task_document("", "  task-defaults: " + std::string(attributes) + "\n")).diagnostics);
  };
  EXPECT_EQ(
      with_defaults("{retry: {count: 1, delay: 1}, wait-before: 1, wait-after: 1, timeout: 1, pause-before: false, "
                    "concurrency: 1, fail-on: false, on-error: fail, safe-rerun: true, requires: [t1]}"),
      "");
  EXPECT_EQ(with_defaults("{action: std.noop}"), "E202");
  EXPECT_EQ(with_defaults("{join: all}"), "E202");
  EXPECT_EQ(with_defaults("{}"), "E204");
  EXPECT_EQ(with_defaults("~"), "E203");
  EXPECT_EQ(with_defaults("{on-error: nope}"), "E301");
  EXPECT_EQ(with_defaults("{timeout: '1'}"), "E203");
}

}  // namespace
}  // namespace foehn::dsl
