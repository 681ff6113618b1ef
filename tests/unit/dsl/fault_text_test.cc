// Goal: what people see for the mistakes they make: the whole fault text, word for word. Method: one document per
// mistake. Where a recorded answer of a Mistral server exists, the first paragraph has its words.
#include <gtest/gtest.h>

#include "tests/unit/dsl/support.h"

namespace foehn::dsl {
namespace {

std::string fault(std::string_view text, DocumentKind kind = DocumentKind::kWorkflows) {
  return fault_text(compile(text, kind, nullptr), text);
}

TEST(FaultText, UnknownAttribute) {
  EXPECT_EQ(fault(R"yaml(version: '2.0'
wf:
  tasks:
    create:
      action: std.noop
      on-sucess: wait
    wait: {action: std.noop}
)yaml"),
            R"text(Invalid DSL: Additional properties are not allowed ('on-sucess' was unexpected) (task 'create')

6:7: error: Additional properties are not allowed ('on-sucess' was unexpected) (task 'create') [E202]
  6 |       on-sucess: wait
    |       ^
  hint: Did you mean 'on-success'?
)text");
}

TEST(FaultText, UnknownTask) {
  EXPECT_EQ(fault(R"yaml(version: '2.0'
wf:
  tasks:
    create:
      action: std.noop
      on-success: [wiat, fial]
    wait: {action: std.noop}
)yaml"),
            R"text(Task 'wiat' not found.

6:20: error: Task 'wiat' not found. [E301]
  6 |       on-success: [wiat, fial]
    |                    ^
  hint: Did you mean 'wait'?
6:26: error: Task 'fial' not found. [E301]
  6 |       on-success: [wiat, fial]
    |                          ^
  hint: Did you mean 'fail'?
)text");
}

TEST(FaultText, QuotedNumbers) {
  EXPECT_EQ(fault(R"yaml(version: '2.0'
wf:
  tasks:
    a: {action: std.noop, timeout: '10', on-success: b}
    b: {join: '2'}
)yaml"),
            R"text(Invalid DSL: '10' is not valid under any of the given schemas ('timeout' of task 'a')

4:36: error: '10' is not valid under any of the given schemas ('timeout' of task 'a') [E203]
  4 |     a: {action: std.noop, timeout: '10', on-success: b}
    |                                    ^
  hint: Write it without quotes: 10.
5:15: error: '2' is not valid under any of the given schemas ('join' of task 'b') [E203]
  5 |     b: {join: '2'}
    |               ^
  hint: It must be all, one, or an integer of at least 0 without quotes.
)text");
}

TEST(FaultText, MissingTasks) {
  EXPECT_EQ(fault(R"yaml(version: '2.0'
wf:
  description: x
)yaml"),
            R"text(Invalid DSL: 'tasks' is a required property (workflow 'wf')

2:1: error: 'tasks' is a required property (workflow 'wf') [E201]
  2 | wf:
    | ^
  hint: Add 'tasks': The tasks by name.
)text");
}

TEST(FaultText, MissingVersion) {
  EXPECT_EQ(fault(R"yaml(wf:
  tasks:
    t: {action: std.noop}
)yaml"),
            R"text(Invalid DSL: 'version' is a required property

1:1: error: 'version' is a required property [E201]
  1 | wf:
    | ^
  hint: Begin the document with version: '2.0'.
)text");
}

TEST(FaultText, MisspelledWorkflowAttribute) {
  EXPECT_EQ(fault(R"yaml(version: '2.0'
wf:
  taks-defaults: {timeout: 10}
  tasks:
    t: {action: std.noop}
)yaml"),
            R"text(3:3: warning: 'taks-defaults' is no attribute of a workflow and is ignored (workflow 'wf') [W225]
  3 |   taks-defaults: {timeout: 10}
    |   ^
  hint: Did you mean 'task-defaults'?
)text");
}

TEST(FaultText, ActionAndWorkflow) {
  EXPECT_EQ(
      fault(R"yaml(version: '2.0'
wf:
  tasks:
    t: {action: std.noop, workflow: sub}
)yaml"),
      R"text(Invalid DSL: {'action': 'std.noop', 'workflow': 'sub'} is valid under each of {'type': 'object', 'required': ['workflow']}, {'type': 'object', 'required': ['action']} (task 't')

4:5: error: {'action': 'std.noop', 'workflow': 'sub'} is valid under each of {'type': 'object', 'required': ['workflow']}, {'type': 'object', 'required': ['action']} (task 't') [E208]
  4 |     t: {action: std.noop, workflow: sub}
    |     ^
  hint: A task runs an action or a workflow, not both.
)text");
}

TEST(FaultText, TaskWithoutBody) {
  EXPECT_EQ(fault(R"yaml(version: '2.0'
wf:
  tasks:
    a: std.noop
    b:
)yaml"),
            R"text(Invalid DSL: 'std.noop' is not of type 'object' (task 'a')

4:8: error: 'std.noop' is not of type 'object' (task 'a') [E203]
  4 |     a: std.noop
    |        ^
  hint: It must be a mapping with at least one entry.
5:5: error: None is not of type 'object' (task 'b') [E203]
  5 |     b:
    |     ^
  hint: It must be a mapping with at least one entry.
)text");
}

TEST(FaultText, ConditionWithText) {
  EXPECT_EQ(
      fault(R"yaml(version: '2.0'
wf:
  tasks:
    a:
      on-success:
        - b: <% $.x > 1 %> and true
        - yes
        - next step
    b: {action: std.noop}
)yaml"),
      R"text(Invalid DSL: '<% $.x > 1 %> and true' is not valid under any of the given schemas ('on-success' of task 'a')

6:14: error: '<% $.x > 1 %> and true' is not valid under any of the given schemas ('on-success' of task 'a') [E211]
  6 |         - b: <% $.x > 1 %> and true
    |              ^
  hint: A condition is one whole expression, <% … %> or {{ … }}, with nothing around it.
7:11: error: True is not valid under any of the given schemas ('on-success' of task 'a') [E211]
  7 |         - yes
    |           ^
  hint: YAML reads yes as boolean; put it in quotes.
8:11: error: 'next step' is not valid under any of the given schemas ('on-success' of task 'a') [E211]
  8 |         - next step
    |           ^
  hint: An entry is a task name, `fail msg="…"`, or a one-key mapping {task: <% condition %>}.
)text");
}

TEST(FaultText, DroppedParameters) {
  EXPECT_EQ(fault(R"yaml(version: '2.0'
wf:
  tasks:
    a: {action: std.http url=http://x timeout=1.5}
)yaml"),
            R"text(4:26: warning: the inline parameter 'url' is dropped, because its value 'http://x' cannot be read ('action' of task 'a') [W220]
  4 |     a: {action: std.http url=http://x timeout=1.5}
    |                          ^
  hint: An inline value is a quoted text, an expression, a [list], true, false, null or digits, right behind the =: write url="http://x", or give it under 'input'.
4:48: warning: the value of the inline parameter ends before '.5', which is ignored ('action' of task 'a') [W220]
  4 |     a: {action: std.http url=http://x timeout=1.5}
    |                                                ^
  hint: Put the whole value in quotes, or give it under 'input'. An inline value is a quoted text, an expression, a [list], true, false, null or digits.
)text");
}

TEST(FaultText, RetryWithoutDelay) {
  EXPECT_EQ(fault(R"yaml(version: '2.0'
wf:
  tasks:
    a:
      action: std.noop
      retry: {count: 3}
)yaml"),
            R"text(Invalid DSL: 'delay' is a required property ('retry' of task 'a')

6:7: error: 'delay' is a required property ('retry' of task 'a') [E201]
  6 |       retry: {count: 3}
    |       ^
  hint: Add 'delay': Seconds between two tries.
)text");
}

TEST(FaultText, WrongWithItems) {
  EXPECT_EQ(
      fault(R"yaml(version: '2.0'
wf:
  tasks:
    a: {action: std.noop, with-items: i of <% $.list %>}
    b: {action: std.noop, with-items: 'i in [a, b]'}
)yaml"),
      R"text(Wrong format of 'with-items' property. Please use format 'var in {[some, list] | <% $.array %> }: 'i of <% $.list %>' ('with-items' of task 'a')

4:39: error: Wrong format of 'with-items' property. Please use format 'var in {[some, list] | <% $.array %> }: 'i of <% $.list %>' ('with-items' of task 'a') [E210]
  4 |     a: {action: std.noop, with-items: i of <% $.list %>}
    |                                       ^
  hint: Write `var in <% list %>` or `var in [1, 2, "a"]`.
5:45: error: Invalid array in 'with-items' clause: [a, b], error: invalid JSON: parse error at line 1, column 2: syntax error while parsing value - invalid literal; last read: '[a' ('with-items' of task 'b') [E210]
  5 |     b: {action: std.noop, with-items: 'i in [a, b]'}
    |                                             ^
  hint: The list must be JSON: texts in double quotes.
)text");
}

TEST(FaultText, PublishWithoutScope) {
  EXPECT_EQ(fault(R"yaml(version: '2.0'
wf:
  tasks:
    a:
      on-success:
        publish: {x: 1}
)yaml"),
            R"text(Invalid DSL: Additional properties are not allowed ('x' was unexpected) ('publish' of task 'a')

6:19: error: Additional properties are not allowed ('x' was unexpected) ('publish' of task 'a') [E202]
  6 |         publish: {x: 1}
    |                   ^
  hint: It may have: branch, global.
)text");
}

TEST(FaultText, ReverseWithOnSuccess) {
  EXPECT_EQ(fault(R"yaml(version: '2.0'
wf:
  type: reverse
  tasks:
    a: {action: std.noop, on-success: b, requires: [b, c]}
    b: {action: std.noop}
)yaml"),
            R"text(Invalid DSL: Additional properties are not allowed ('on-success' was unexpected) (task 'a')

5:27: error: Additional properties are not allowed ('on-success' was unexpected) (task 'a') [E202]
  5 |     a: {action: std.noop, on-success: b, requires: [b, c]}
    |                           ^
  hint: It belongs to direct workflows; this one is reverse.
5:56: error: Task 'c' not found. [E301]
  5 |     a: {action: std.noop, on-success: b, requires: [b, c]}
    |                                                        ^
  hint: The workflow has the tasks a, b.
)text");
}

// The words are those of dsl/expr; here only the places count.
TEST(FaultText, PlacesOfExpressionMistakes) {
  std::string places;
  const Compiled compiled = compile_workflows(R"yaml(version: '2.0'
wf:
  vars: {é: <% 1 + %>}
  tasks:
    t: {action: std.echo output=<% * %>, input: {deep: {er: "<% * %>"}}}
)yaml");
  for (const auto& diagnostic : compiled.diagnostics)
    places += diagnostic.code + " " + std::to_string(diagnostic.mark.line) + ":" +
              std::to_string(diagnostic.mark.column) + "\n";
  EXPECT_EQ(places, "E401 3:19\nE401 5:36\nW401 5:65\n");
  EXPECT_EQ(compiled.diagnostics[2].hint, "At the caret something is missing or too much: an operand, an operator, a bracket or a quote. The definition is "
            "accepted, but this value cannot be evaluated.");
}

TEST(FaultText, NoStartTask) {
  EXPECT_EQ(
      fault(R"yaml(version: '2.0'
wf:
  tasks:
    a: {action: std.noop, on-success: b}
    b: {action: std.noop, on-success: a}
)yaml"),
      R"text(Failed to find start tasks in direct workflow. There must be at least one task without inbound transition.[workflow_name=wf]

2:1: error: Failed to find start tasks in direct workflow. There must be at least one task without inbound transition.[workflow_name=wf] [E303]
  2 | wf:
    | ^
  hint: Every task is the target of an on-clause, so none can be the first.
)text");
}

TEST(FaultText, JoinTooBig) {
  EXPECT_EQ(fault(R"yaml(version: '2.0'
wf:
  tasks:
    a: {action: std.noop, on-success: b}
    b: {action: std.noop, join: 3}
)yaml"),
            R"text(Not enough inbound tasks for task with 'join' [task_name=b, join=3, inbound_tasks=1]

5:5: error: Not enough inbound tasks for task with 'join' [task_name=b, join=3, inbound_tasks=1] [E304]
  5 |     b: {action: std.noop, join: 3}
    |     ^
  hint: The join waits for more tasks than can lead to it: write 'join: all', or name this task in more on-clauses.
)text");
}

TEST(FaultText, ConditionsThatAreIgnored) {
  EXPECT_EQ(
      fault(R"yaml(version: '2.0'
wf:
  tasks:
    a:
      on-success: {next: {b: <% $.x %>}}
      on-error: {b: <% $.y %>}
      on-complete: fail msg=text
    b: {keep-result: <% $.z %>}
)yaml"),
      R"text(5:30: warning: the condition is ignored, as in Mistral: the task is always started ('next' of task 'a') [W221]
  5 |       on-success: {next: {b: <% $.x %>}}
    |                              ^
  hint: Make it a list: next: [{b: …}].
6:17: warning: a mapping here makes no transition, as in Mistral ('on-error' of task 'a') [W222]
  6 |       on-error: {b: <% $.y %>}
    |                 ^
  hint: Make it a list: on-error: [{b: …}].
7:20: warning: 'msg=text' is ignored ('on-complete' of task 'a') [W223]
  7 |       on-complete: fail msg=text
    |                    ^
  hint: An engine command takes msg="text" or msg=<% expression %>, nothing else.
8:22: warning: the expression is never evaluated and counts as true, as in Mistral ('keep-result' of task 'b') [W224]
  8 |     b: {keep-result: <% $.z %>}
    |                      ^
  hint: Write true or false.
)text");
}

TEST(FaultText, Alias) {
  EXPECT_EQ(
      fault(R"yaml(version: '2.0'
wf:
  tasks:
    a:
      <<: *base
      action: std.noop
)yaml"),
      R"text(Definition could not be parsed: expected a mapping or list of mappings for merging

5:11: error: Definition could not be parsed: expected a mapping or list of mappings for merging [E107]
  5 |       <<: *base
    |           ^
  hint: Anchors and aliases (&x, *x) are plain text here; write the keys out.
)text");
}

TEST(FaultText, UnquotedColon) {
  EXPECT_EQ(fault(R"yaml(version: '2.0'
wf:
  description: about: this
  tasks: {t: {action: n}}
)yaml"),
            R"text(Definition could not be parsed: mapping values are not allowed here

3:21: error: Definition could not be parsed: mapping values are not allowed here [E101]
  3 |   description: about: this
    |                     ^
  hint: A text holding ": " must be quoted; check the indentation of this line.
)text");
}

TEST(FaultText, TabIndentation) {
  EXPECT_EQ(fault("version: '2.0'\nwf:\n\ttasks: {t: {action: n}}\n"),
            R"text(Definition could not be parsed: mapping values are not allowed here

3:7: error: Definition could not be parsed: mapping values are not allowed here [E101]
  3 |  tasks: {t: {action: n}}
    |       ^
  hint: Indent with spaces, not with tabs.
)text");
}

TEST(FaultText, OpenBracket) {
  EXPECT_EQ(fault(R"yaml(version: '2.0'
wf:
  tasks: [
)yaml"),
            R"text(Definition could not be parsed: expected ',' or ']', but got the end of the text: this [ is never closed

3:10: error: Definition could not be parsed: expected ',' or ']', but got the end of the text: this [ is never closed [E101]
  3 |   tasks: [
    |          ^
  hint: Close it with ], or quote the text if the bracket belongs to it.
)text");
}

TEST(FaultText, WorkbookAsWorkflow) {
  EXPECT_EQ(fault(R"yaml(version: '2.0'
name: wb
workflows: {a: {tasks: {t: {action: n}}}}
)yaml"),
            R"text(Invalid DSL: 'wb' is not of type 'object' (workflow 'name')

2:7: error: 'wb' is not of type 'object' (workflow 'name') [E203]
  2 | name: wb
    |       ^
  hint: This is a workbook, not a list of workflows; send it as a workbook.
)text");
}

TEST(FaultText, Empty) {
  EXPECT_EQ(fault(R"yaml()yaml"),
            R"text(Invalid DSL: 'version' is a required property

1:1: error: 'version' is a required property [E201]
  1 | 
    | ^
  hint: Begin the document with version: '2.0'.
)text");
}

TEST(FaultText, ActionWithoutBase) {
  EXPECT_EQ(fault(R"yaml(version: '2.0'
a:
  input: [x]
)yaml",
                  DocumentKind::kActions),
            R"text(Invalid DSL: 'base' is a required property (action 'a')

2:1: error: 'base' is a required property (action 'a') [E201]
  2 | a:
    | ^
  hint: Add 'base': The action to run, with inline parameters.
)text");
}

TEST(FaultText, WorkbookWithoutName) {
  EXPECT_EQ(fault(R"yaml(version: '2.0'
workflows:
  a.b: {tasks: {t: {action: n}}}
)yaml",
                  DocumentKind::kWorkbook),
            R"text(Invalid DSL: 'name' is a required property (workbook)

1:1: error: 'name' is a required property (workbook) [E201]
  1 | version: '2.0'
    | ^
  hint: Add 'name': The prefix of the names of all items.
3:3: error: Invalid DSL: 'a.b' does not match any of the regexes: '^(?!version$)[\\w-]+$', '^version$' [E207]
  3 |   a.b: {tasks: {t: {action: n}}}
    |   ^
  hint: Inside a workbook a name has letters, digits, _ and - only.
)text");
}

}  // namespace
}  // namespace foehn::dsl
