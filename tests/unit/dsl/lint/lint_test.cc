// Goal: lint finds what a careful reader would, at its exact place, across documents, and is silent about what is
// right. Method: whole texts in, whole reports out. The plain example of each code is in docs/diagnostics.md
// (page_test.cc).
#include "dsl/lint/lint.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "dsl/lint/expressions.h"
#include "tests/unit/dsl/lint/catalog.h"

namespace foehn::dsl {
namespace {

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string listed(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics)
    text += diagnostic.code + " " + std::to_string(diagnostic.mark.line) + ":" +
            std::to_string(diagnostic.mark.column) + " " + diagnostic.message + "\n";
  return text;
}

// Of one direct workflow `wf` with the given tasks, unindented.
std::string tasks(std::string_view text, std::string_view rest = "") {
  std::string out = "version: '2.0'\nwf:\n";
  out.append(rest).append("  tasks:\n");
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    out.append("    ").append(text.substr(at, end - at)).append("\n");
    at = end + 1;
  }
  return listed(lint_one(out));
}

TEST(Lint, TenMistakesInOneFile) {
  const std::string text = read("tests/unit/dsl/lint/ten.yaml");
  EXPECT_EQ(render(lint_one(text), text, "ten.yaml"),
            R"text(ten.yaml:13:15: warning: the action 'std.ehco' does not exist now (task 'check') [W307]
  13 |       action: std.ehco output="checking"
     |               ^
  hint: Did you mean 'std.echo'?
ten.yaml:14:7: error: Additional properties are not allowed ('on-succes' was unexpected) (task 'check') [E202]
  14 |       on-succes: fetch
     |       ^
  hint: Did you mean 'on-success'?
ten.yaml:19:41: warning: the variable 'vresion' is defined nowhere: it is no input, no var, and no task publishes it ('input' of task 'fetch') [W310]
  19 |         url: http://mirror.example/<% $.vresion %>
     |                                         ^
  hint: Did you mean 'version'?
ten.yaml:23:11: error: Task 'instal' not found. [E301]
  23 |         - instal
     |           ^
  hint: Did you mean 'install'?
ten.yaml:24:22: warning: the condition is the text 'needed' and always true ('on-success' of task 'fetch') [W317]
  24 |         - notify: <% needed %>
     |                      ^
  hint: Variables begin with $: write <% $.needed %>.
ten.yaml:28:19: error: Wrong format of 'with-items' property. Please use format 'var in {[some, list] | <% $.array %> }: 'host in $.hosts' ('with-items' of task 'install') [E210]
  28 |       with-items: host in $.hosts
     |                   ^
  hint: Write `host in <% $.hosts %>`.
ten.yaml:32:25: error: Parse error: unexpected end of statement of expression '$.host +' [E401]
  32 |           to <% $.host + %>
     |                         ^
  hint: At the caret something is missing or too much: an operand, an operator, a bracket or a quote.
ten.yaml:37:34: warning: the variable 'package' never reaches this place ('input' of task 'fallback') [W311]
  37 |         output: "no mirror: <% $.package %>"
     |                                  ^
  hint: It is published by 'fetch', and no way leads from there to here.
ten.yaml:39:17: warning: the expression that begins here with <% is not closed in its line, so it stays plain text [W329]
  39 |         report: <% task(fetch).result
     |                 ^
  hint: Write %> before the end of the line; an expression cannot span lines.
ten.yaml:43:16: error: 'soon' is not valid under any of the given schemas ('timeout' of task 'notify') [E203]
  43 |       timeout: soon
     |                ^
  hint: It must be an integer of at least 0, or one expression.
)text");
}

TEST(Lint, SamplesAndShippedWorkflowsAreClean) {
  std::vector<std::string> texts;
  std::vector<std::string> names;
  for (const std::string_view folder : {"samples", "workflows"})
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
      if (entry.path().extension() == ".yaml" && is_definition(read(entry.path()))) {
        texts.push_back(read(entry.path()));
        names.push_back(entry.path());
      }
  ASSERT_GT(texts.size(), 15U);
  LintInput input;
  for (std::size_t i = 0; i < texts.size(); ++i) input.documents.push_back({names[i], texts[i]});
  const auto findings = lint(input);
  for (std::size_t i = 0; i < findings.size(); ++i) EXPECT_EQ(render(findings[i].diagnostics, texts[i], names[i]), "");
}

TEST(Lint, NamesThatNothingCanReferTo) {
  const std::string_view text =
      "version: '2.0'\nwf:\n  input: [retries = 3, the host, ok, two words = 1, fine: 2]\n  tasks:\n    '': {action: "
      "std.noop}\n    a task: {action: std.noop}\n    t: {action: std.noop}\n"
      "back:\n  type: reverse\n  tasks: {a b: {action: std.noop}, c: {action: std.noop, requires: [a b]}}\n";
  LintInput input;
  input.documents = {{"a.yaml", text}};
  const auto findings = lint(input);
  EXPECT_EQ(listed(findings[0].diagnostics),
            "W332 3:11 the input is called 'retries = 3', a name with blanks\n"
            "W332 3:24 the input is called 'the host', a name with blanks\n"
            "W332 3:38 the input is called 'two words = 1', a name with blanks\n"
            "W332 5:5 a task has an empty name\n"
            "W332 6:5 the task name 'a task' has blanks\n");
  EXPECT_EQ(findings[0].diagnostics[0].hint, "A default is written with a colon: 'retries: …'.");
  EXPECT_EQ(findings[0].diagnostics[1].hint, "Expressions read it as $.name: write it with _.");
}

// What cannot be read is missing, too: one message says both. What is missing besides is told, with all of it.
TEST(Lint, ADroppedParameterIsToldOnce) {
  const auto codes = [](const std::string& call) {
    const std::string workflows = "version: '2.0'\nwf: {tasks: {t: {" + call + "}}}\n" +
                                  "sub: {input: [a, b: 1], tasks: {t: {action: std.noop}}}\n";
    const SmallCatalog catalog;
    LintInput input;
    input.documents = {{"wf.yaml", workflows}, {"act.yaml", "version: '2.0'\nact: {base: std.noop, input: [a, b]}\n"}};
    input.catalog = &catalog;
    const auto findings = lint(input);
    std::string out;
    for (const Diagnostic& diagnostic : findings[0].diagnostics) out += diagnostic.code + " " + diagnostic.message + "\n";
    return out;
  };
  const std::string dropped = "W220 the inline parameter 'a' is dropped, because its value '$.a' cannot be read (";
  EXPECT_EQ(codes("action: act a=$.a b=1"), dropped + "'action' of task 't')\n");
  EXPECT_EQ(codes("workflow: sub a=$.a"), dropped + "'workflow' of task 't')\n");
  EXPECT_EQ(codes("action: act a=$.a"),
            "W308 Invalid input [name=act, missing=['a', 'b']] (task 't')\n" + dropped + "'action' of task 't')\n");
  EXPECT_EQ(codes("action: act b=1"), "W308 Invalid input [name=act, missing=['a']] (task 't')\n");
  EXPECT_EQ(codes("workflow: sub b=1"), "W316 the workflow 'sub' needs the input 'a' (task 't')\n");
}

TEST(Lint, DocumentsSeeEachOther) {
  const std::string_view book =
      "version: '2.0'\nname: book\nactions:\n  say: {base: std.echo, base-input: {output: <% $.text %>}, input: "
      "[text]}\n"
      "workflows:\n  main:\n    tasks:\n      a: {workflow: sub name=1, on-success: b}\n      b: {action: say txet=1}\n"
      "      c: {workflow: book.sub}\n      d: {workflow: othr}\n  sub: {input: [name], tasks: {t: {action: say "
      "text=<% "
      "$.name %>}}}\n";
  const std::string_view other = "version: '2.0'\nother: {tasks: {t: {action: book.say text=1}}}\n";
  const std::string_view action = "version: '2.0'\nshout: {base: std.echo output=1}\n";
  const SmallCatalog catalog;
  LintInput input;
  input.documents = {{"book.yaml", book}, {"other.yaml", other}, {"shout.yaml", action}};
  input.catalog = &catalog;
  const auto findings = lint(input);
  EXPECT_EQ(findings[0].kind, DocumentKind::kWorkbook);
  EXPECT_EQ(listed(findings[0].diagnostics),
            "W308 9:19 Invalid input [name=say, missing=['text'], unexpected=['txet']] (task 'b')\n"
            "W316 10:21 the workflow 'book.sub' needs the input 'name' (task 'c')\n"
            "W315 11:21 the workflow 'othr' is in none of these files (task 'd')\n");
  EXPECT_EQ(findings[0].diagnostics[2].hint, "Did you mean 'other'?");
  EXPECT_EQ(listed(findings[1].diagnostics), "");
  EXPECT_EQ(findings[2].kind, DocumentKind::kActions);
  input.known_workflows = {"othr"};
  EXPECT_EQ(lint(input)[0].diagnostics.size(), 2U);
}

TEST(Lint, InputsOfAdhocActionsHaveNamesThatCanBeRead) {
  EXPECT_EQ(listed(lint_one("version: '2.0'\nact:\n  input: [retries = 3, ok]\n  base: std.echo output=<% $.ok %>\n")),
            "W332 3:11 the input is called 'retries = 3', a name with blanks\n");
}

TEST(Lint, AdhocActionsAreRead) {
  const std::string_view actions =
      "  notify:\n    input: [msg, unused]\n    base: std.htp\n    base-input: {outptu: <% $.mgs %>}\n"
      "    output: <% $.foo.whre($ > 1) %>\n"
      "  n2: {base: std.echo outptu=\"x\"}\n"
      "  all: {input: [a, b], base: std.echo, base-input: {output: <% $ %>}, output: <% $.c %>}\n"
      "  one: {input: [a, b, c], base: std.echo output=<% $.get(a) %>, base-input: {delay: '{{ _.b }}'}}\n";
  const std::string book = "version: '2.0'\nname: wb\nactions:\n" + std::string(actions);
  EXPECT_EQ(listed(lint_one(book)),
            "W333 5:13 nothing reads the input 'msg' (action 'wb.notify')\n"
            "W333 5:18 nothing reads the input 'unused' (action 'wb.notify')\n"
            "W307 6:11 the action 'std.htp' does not exist now ('base' of action 'wb.notify')\n"
            "W310 7:31 the variable 'mgs' is no input of the action ('base-input' of action 'wb.notify')\n"
            "W313 8:22 expressions know no 'whre' ('output' of action 'wb.notify')\n"
            "W308 9:14 Invalid input [name=std.echo, missing=['output'], unexpected=['outptu']] ('base' of action "
            "'wb.n2')\n"
            "W333 11:23 nothing reads the input 'c' (action 'wb.one')\n");
}

// What one workflow or action gets wrong hides nothing about the others.
TEST(Lint, AMistakeHidesNothingElsewhere) {
  const std::string_view text =
      "version: '2.0'\none: {tasks: {a: {action: std.noop, on-success: 'b c'}}}\n"
      "two: {tasks: {a: {action: std.echo output=<% $.x %>}, j: {join: 3}}}\n"
      "three: {tasks: {a: {action: std.noop, foo: 1}, lonely: {join: 3}}}\n";
  EXPECT_EQ(listed(lint_one(text)),
            "E211 2:49 'b c' is not valid under any of the given schemas ('on-success' of task 'a')\n"
            "W310 3:48 the variable 'x' is defined nowhere: it is no input, no var, and no task publishes it ('action' "
            "of task 'a')\n"
            "E304 3:55 Not enough inbound tasks for task with 'join' [task_name=j, join=3, inbound_tasks=0]\n"
            "E202 4:39 Additional properties are not allowed ('foo' was unexpected) (task 'a')\n"
            "E304 4:48 Not enough inbound tasks for task with 'join' [task_name=lonely, join=3, inbound_tasks=0]\n");
  const std::string_view actions =
      "version: '2.0'\nbad: {base: std.noop, output: <% $. + %>}\ngood: {base: std.noop}\n";
  const std::string_view caller = "version: '2.0'\nwf: {tasks: {a: {action: bad}, b: {action: good}}}\n";
  const SmallCatalog catalog;
  LintInput input;
  input.documents = {{"actions.yaml", actions}, {"wf.yaml", caller}};
  input.catalog = &catalog;
  EXPECT_EQ(listed(lint(input)[1].diagnostics), "");
}

TEST(Lint, NamesInEachOthersWay) {
  const SmallCatalog catalog;
  LintInput input;
  input.documents = {{"a.yaml", "version: '2.0'\nwf: {input: [x, y], vars: {x: 1, y: <% $.y + 1 %>}, tasks: {t: {action: std.noop}}}\n"},
                     {"b.yaml", "version: '2.0'\nwf: {tasks: {t: {action: std.noop}}}\n"},
                     {"c.yaml", "version: '2.0'\nstd.noop:\n  base: std.fail\n"}};
  input.catalog = &catalog;
  const auto findings = lint(input);
  EXPECT_EQ(listed(findings[0].diagnostics), "W334 2:28 the var 'x' takes the place of the input of that name\n");
  EXPECT_EQ(listed(findings[1].diagnostics), "W334 2:1 the workflow 'wf' is defined in a.yaml, too\n");
  EXPECT_EQ(listed(findings[2].diagnostics),
            "W334 3:3 the ad-hoc action 'std.noop' has the name of a built-in action\n");
}

TEST(LintVariables, EveryWayIsFollowed) {
  EXPECT_EQ(tasks("a: {action: std.noop, publish: {x: 1}, on-success: [b, c]}\n"
                  "b: {action: std.noop, on-success: j}\nc: {action: std.noop, publish: {y: 1}, on-success: j}\n"
                  "j: {join: all, action: std.echo output=<% $.x + $.y %>}"),
            "");
  EXPECT_EQ(tasks("a: {action: std.noop, publish: {x: 1}, on-success: j}\nb: {action: std.noop, on-success: j}\n"
                  "j: {join: one, action: std.echo output=<% $.x %>}"),
            "W312 6:49 the variable 'x' is not there on every way to this place ('action' of task 'j')\n");
  EXPECT_EQ(tasks("a: {action: std.noop, publish: {x: 1}, publish-on-error: {y: 1}, on-success: b, on-error: c}\n"
                  "b: {action: std.echo output=<% $.x %>}\nc: {action: std.echo output=<% $.y %>}"),
            "");
  EXPECT_EQ(tasks("a: {action: std.noop, publish: {x: 1}, on-success: [{b: <% $.x %>}], on-error: [{c: <% $.x %>}]}\n"
                  "b: {action: std.noop}\nc: {action: std.noop}"),
            "W311 4:94 the variable 'x' never reaches this place ('on-error' of task 'a')\n");
  EXPECT_EQ(
      tasks("a: {action: std.noop, on-success: {publish: {global: {g: 1}}}}\nb: {action: std.echo output=<% $.g %>}"),
      "");
  EXPECT_EQ(tasks("a: {action: std.echo output=<% $.x %>, publish: {x: 1}}"),
            "W311 4:38 the variable 'x' never reaches this place ('action' of task 'a')\n");
  EXPECT_EQ(tasks("a: {action: std.noop, publish: {x: 1, y: <% $.x %>}}"),
            "W311 4:51 the variable 'x' never reaches this place ('publish' of task 'a')\n");
}

TEST(LintVariables, LoopsKeepWhatTheFirstRoundBrings) {
  EXPECT_EQ(tasks("begin: {action: std.noop, publish: {n: 0}, on-success: step}\n"
                  "step: {action: std.echo output=<% $.n %>, publish: {n: <% $.n + 1 %>}, on-success: [{step: <% $.n < "
                  "3 %>}]}"),
            "");
  EXPECT_EQ(tasks("begin: {action: std.noop, on-success: step}\n"
                  "step: {action: std.echo output=<% $.n %>, publish: {n: 1}, on-success: [{step: <% $.n < 3 %>}]}"),
            "W312 5:41 the variable 'n' is not there on every way to this place ('action' of task 'step')\n");
}

TEST(LintVariables, LookupsAndOwnDollarsAreNoReads) {
  EXPECT_EQ(tasks("a: {action: std.echo, input: {output: \"<% $.get(x, 1) + $.l.where($.y > $.z).len() %>\"}}",
                  "  input: [l]\n"),
            "");
  EXPECT_EQ(tasks("a: {action: std.echo, input: {output: \"{{ _.x | default(1) }}\"}}\n"
                  "b: {action: std.echo, input: {output: \"{{ 1 if _.y is defined and _.y else 2 }}\"}}\n"
                  "c: {action: std.echo, input: {output: \"{{ _.get('z') }}\"}}\n"
                  "d: {action: std.echo, input: {output: \"{% for i in [1] %}{{ i }}{{ loop.index }}{% endfor %}\"}}"),
            "");
  EXPECT_EQ(tasks("a: {action: std.echo output=<% env().x + execution().id %>}"), "");
}

TEST(LintVariables, ItemsAreSeenWhereTheyAre) {
  EXPECT_EQ(
      tasks("a:\n  with-items: i in [1, 2]\n  action: std.echo output=<% $.i %>\n  publish: {x: <% $.i %>}"),
      "W310 7:25 the variable 'i' is defined nowhere: it is no input, no var, and no task publishes it ('publish' of "
      "task 'a')\n");
  EXPECT_EQ(tasks("a: {action: std.noop, publish: {i: 1}, on-success: b}\nb:\n  with-items: i in [1, 2]\n  action: "
                  "std.echo output=<% $.i %>"),
            "W319 6:19 the published variable 'i' takes the place of the item variable of the same name (task 'b')\n");
}

TEST(LintVariables, VarsSeeInputsOnly) {
  EXPECT_EQ(
      tasks("a: {action: std.echo output=<% $.v + $.w %>}", "  input: [i]\n  vars: {v: <% $.i %>, w: <% $.v %>}\n"),
      "W311 4:32 the variable 'v' is not there yet ('vars')\n");
}

TEST(LintVariables, ReverseWorkflowsFollowRequires) {
  EXPECT_EQ(tasks("a: {action: std.noop, publish: {x: 1}}\nb: {requires: a, action: std.noop}\nc: {requires: b, "
                  "action: std.echo output=<% $.x %>}\n"
                  "d: {action: std.echo output=<% $.x %>}",
                  "  type: reverse\n"),
            "W311 8:38 the variable 'x' never reaches this place ('action' of task 'd')\n");
}

TEST(LintNames, PlacesInEveryStyleOfText) {
  EXPECT_EQ(tasks("a:\n  action: std.echo\n  input:\n    output: |\n      first line\n      é <% nwo1() %>"),
            "W313 9:16 expressions know no 'nwo1' ('input' of task 'a')\n");
  EXPECT_EQ(tasks("a:\n  action: std.echo\n  input:\n    output: >-\n      one\n      two\n      <% nope() %>"),
            "W313 10:14 expressions know no 'nope' ('input' of task 'a')\n");
  EXPECT_EQ(tasks("a: {action: std.echo, input: {output: \"\\u00e9 <% nope() %>\"}}"),
            "W313 4:54 expressions know no 'nope' ('input' of task 'a')\n");
  EXPECT_EQ(tasks("a: {action: std.echo, input: {output: 'x''y <% nope() %>'}}"),
            "W313 4:52 expressions know no 'nope' ('input' of task 'a')\n");
  EXPECT_EQ(tasks("a: {action: std.echo, input: {output: \"{{ name }} {{ _.b | nope }}\"}}", "  input: [b]\n"),
            "W313 5:47 expressions know no 'name' ('input' of task 'a')\n"
            "W313 5:64 expressions know no 'nope' ('input' of task 'a')\n");
}

TEST(LintNames, WhatTasksAndExecutionsDoNotGive) {
  EXPECT_EQ(tasks("a: {action: std.noop, publish: {x: <% task(a).reslt %>, y: <% task(a).result.any %>}}"),
            "W335 4:51 there is no task().reslt ('publish' of task 'a')\n");
  EXPECT_EQ(tasks("a: {action: std.noop, publish: {x: \"{{ task('a').reslt }}\", y: \"{{ task().get('any') }}\"}}"),
            "W335 4:54 there is no task().reslt ('publish' of task 'a')\n");
  EXPECT_EQ(tasks("a: {action: std.noop, publish: {x: <% tasks().stat %>, y: <% execution().name %>}}"),
            "W335 4:51 there is no tasks().stat ('publish' of task 'a')\n");
  EXPECT_EQ(tasks("a: {action: std.noop, publish: {x: <% env().any %>, y: \"{{ task().any | default(1) }}\"}}"), "");
  const auto hint = [](const std::string& expression) {
    return lint_one("version: '2.0'\nwf: {output: {x: <% " + expression + " %>}, tasks: {a: {action: std.noop}}}\n")
        .at(0)
        .hint;
  };
  EXPECT_EQ(hint("task(a).reslt"), "Did you mean 'result'?");
  EXPECT_EQ(hint("execution().workflow"),
            "It has id, name, spec, input, params, created_at, updated_at, root_execution_id.");
}

TEST(LintTexts, AnExpressionThatYamlCuts) {
  const auto told = [](const std::string& value) {
    std::string text;
    for (const Diagnostic& one : lint_one("version: '2.0'\nwf:\n  output: " + value + "\n  tasks: {a: {action: std.noop}}\n"))
      text += one.code + " " + std::to_string(one.mark.column) + " " + one.message + " | " + one.hint + "\n";
    return text;
  };
  EXPECT_EQ(told("{a: 1, b: <% len([1, 2]) %>}").substr(0, 5), "E101 ");
  EXPECT_EQ(told("{a: 1, b: <% coalesce(1, 5) %>}"),
            "W329 21 the expression that begins here with <% is cut by YAML before its %>, so it stays plain text | Put "
            "the whole value in quotes: a comma, a bracket, ': ' or ' #' ends a text without them.\n");
  EXPECT_EQ(told("{a: 1, b: <% 1 + 5 }"),
            "W329 21 the expression that begins here with <% is not closed in its line, so it stays plain text | Write %> "
            "before the end of the line; an expression cannot span lines.\n");
}

TEST(LintNames, AVariableWithoutADot) {
  EXPECT_EQ(tasks("a: {action: std.noop, publish: {x: <% $x + 1 %>}}", "  input: [x]\n"),
            "W313 5:43 expressions know no '$x' ('publish' of task 'a')\n");
  EXPECT_EQ(tasks("a: {action: std.noop, publish: {x: \"<% let(y => $.x) -> $y %>\", z: <% $.x.select($1) %>}}",
                  "  input: [x]\n"),
            "");
}

TEST(LintNames, FunctionsMethodsAndFilters) {
  const auto told = [](const std::string& value) {
    std::string text;
    for (const Diagnostic& one :
         lint_one("version: '2.0'\nwf: {input: [x], output: {v: \"" + value + "\"}, tasks: {a: {action: std.noop}}}\n"))
      text += one.code + " " + std::to_string(one.mark.column) + " " + one.message + " | " + one.hint + "\n";
    return text;
  };
  const auto is = [](const std::string& column, const std::string& what, const std::string& hint) {
    return "W313 " + column + " '" + what + " ('output') | Write " + hint + ".\n";
  };
  EXPECT_EQ(told("<% keys($.x) %>"), is("34", "keys' is a method, not a function", "$.x.keys()"));
  EXPECT_EQ(told("<% where($.x, $ > 1) %>"), is("34", "where' is a method, not a function", "$.x.where($ > 1)"));
  EXPECT_EQ(told("<% join(',', $.x) %>"), is("34", "join' is a method, not a function", "','.join($.x)"));
  EXPECT_EQ(told("<% 1 + repeat(1) %>"), is("38", "repeat' is a method, not a function", "(1).repeat()"));
  EXPECT_EQ(told("<% keys($.x + {a => 1}) %>"),
            is("34", "keys' is a method, not a function", "($.x + {a => 1}).keys()"));
  EXPECT_EQ(told("<% keys() %>"), is("34", "keys' is a method, not a function", "value.keys(…)"));
  EXPECT_EQ(told("<% $.x.range() %>"), is("38", "range' is a function, not a method", "range(…)"));
  EXPECT_EQ(told("<% $.x.json_dump() %>"), is("38", "json_dump' is a function, not a method", "json_dump(…)"));
  EXPECT_EQ(told("<% $.x.keys().len() + len($.x) %>"), "");
  EXPECT_EQ(told("{{ length(_.x) }}"), is("34", "length' is a filter, not a function", "_.x | length"));
  EXPECT_EQ(told("{{ join(_.x, ',') }}"), is("34", "join' is a filter, not a function", "_.x | join(',')"));
  EXPECT_EQ(told("{{ keys(_.x) }}"), is("34", "keys' is a method, not a function", "_.x.keys()"));
  EXPECT_EQ(told("{{ _.x | keys }}"), is("40", "keys' is a method, not a filter", "_.x.keys()"));
  EXPECT_EQ(told("{{ _.x | range }}"), is("40", "range' is a function, not a filter", "range(…)"));
  EXPECT_EQ(told("{{ _.x.length() }}"), is("38", "length' is a filter, not a method", "_.x | length"));
  EXPECT_EQ(told("{{ _.x.keys() | list | length }}"), "");
  EXPECT_EQ(told("{{ zzzzzzzz(_.x) }}"),
            "W313 34 expressions know no 'zzzzzzzz' ('output') | Check the spelling; a filter stands behind a bar: {{ "
            "_.name | filter }}.\n");
}

TEST(LintNames, PythonsConstantsAreTexts) {
  const auto told = [](const std::string& expression) {
    std::string text;
    for (const Diagnostic& one : lint_one("version: '2.0'\nwf:\n  input: [x]\n  tasks:\n    a: {action: std.noop, "
                                          "publish: {v: \"<% " +
                                          expression + " %>\"}}\n"))
      text += one.code + " " + std::to_string(one.mark.column) + " " + one.message + " | " + one.hint + "\n";
    return text;
  };
  const std::string is_text = " is a text here, not a constant ('publish' of task 'a') | ";
  EXPECT_EQ(told("$.x = True"), "W317 50 'True'" + is_text + "true is written in lower case: true.\n");
  EXPECT_EQ(told("not False"), "W317 48 'False'" + is_text + "false is written in lower case: false.\n");
  EXPECT_EQ(told("$.x != None"), "W317 51 'None'" + is_text + "YAQL calls it null: null.\n");
  EXPECT_EQ(told("$.x = true and $.x != 'True' and dict(True => 1)"), "");
  const Diagnostics found =
      lint_one("version: '2.0'\nwf: {tasks: {a: {action: std.noop, pause-before: <% False %>}}}\n");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].message,
            "the condition is the text 'False', and 'pause-before' fails without a boolean ('pause-before' of task 'a')");
  EXPECT_EQ(found[0].hint, "Write it in small letters: <% true %>, <% false %>.");
}

TEST(LintNames, ConditionsOfOneWord) {
  const auto hint = [](const std::string& word) {
    return lint_one("version: '2.0'\nwf: {tasks: {a: {action: std.noop, on-success: [{b: <% " + word +
                    " %>}]}, b: {action: std.noop}}}\n")
        .at(0)
        .hint;
  };
  EXPECT_EQ(hint("True"), "Write it in small letters: <% true %>, <% false %>.");
  EXPECT_EQ(hint("None"), "YAQL calls it null: <% $.name = null %>.");
  EXPECT_EQ(hint("done"), "Variables begin with $: write <% $.done %>.");
}

TEST(LintNames, AFunctionThatIsNotCalled) {
  EXPECT_EQ(tasks("a: {action: std.noop, publish: {x: \"{{ json_parse }}\", y: \"{{ _.y | json_parse }}\"}}", "  input: [y]\n"),
            "W313 5:44 'json_parse' is a function and not called here ('publish' of task 'a')\n");
  EXPECT_EQ(tasks("a: {action: std.noop, publish: {x: <% uuid %>, y: \"<% [uuid, env()] %>\"}}"),
            "W313 4:43 'uuid' is a function and not called here ('publish' of task 'a')\n");
  const Diagnostics found =
      lint_one("version: '2.0'\nwf: {output: {x: '{{ env }}', y: '{{ json_prase }}'}, tasks: {a: {action: std.noop}}}\n");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].hint, "Write env(…).");
  EXPECT_EQ(found[1].hint,
            "Did you mean 'json_parse'? Variables of the workflow are below _: write _.json_prase.");
}

// What surrounds an expression makes the condition a text, and no text is false.
TEST(LintNames, ConditionsThatAreTexts) {
  const auto condition = [](const std::string& text) {
    return tasks("t: {action: std.noop, on-success: [{u: " + text + "}]}\nu: {action: std.noop}");
  };
  const std::string end = "always true ('on-success' of task 't')\n";
  const std::string blank = " the condition is a text, because a blank follows the expression, and " + end;
  EXPECT_EQ(condition("\"<% false %> \""), "W317 4:56" + blank);
  EXPECT_EQ(condition("\"{{ false }} \""), "W317 4:56" + blank);
  EXPECT_EQ(condition("<% 1 > 2 %> and <% true %>"),
            "W317 4:44 the condition is a text with expressions in it, and " + end);
  EXPECT_EQ(condition("'{{ 1 > 2 }} and {{ true }}'"),
            "W317 4:45 the condition is a text with expressions in it, and " + end);
  EXPECT_EQ(condition("<% false %>"), "W317 4:47 the condition is always false ('on-success' of task 't')\n");
  EXPECT_EQ(condition("<% 1 > 2 and true %>"), "");
}

TEST(LintJoins, OnlyContradictionsAreReported) {
  const std::string_view impossible =
      "t: {action: std.noop, on-success: a, on-error: b}\na: {action: std.noop, on-success: c}\n"
      "b: {action: std.noop, on-success: j}\nc: {action: std.noop, on-success: j}\nj: {join: all, on-success: k}\n"
      "k: {join: all}";
  EXPECT_EQ(
      tasks(impossible),
      "W322 8:5 the join 'j' can never start: of the tasks it waits for, some run only when 't' succeeds and some "
      "only when it fails\n");
  EXPECT_EQ(tasks("t: {action: std.noop, on-success: a, on-error: a}\na: {action: std.noop, on-success: j}\n"
                  "b: {action: std.noop, on-complete: j}\nj: {join: all}"),
            "");
}

TEST(LintLoops, ACommandOrConditionEndsThem) {
  EXPECT_EQ(tasks("s: {action: std.noop, on-success: a}\na: {action: std.noop, on-success: [{succeed: <% "
                  "task(a).result %>}, a]}"),
            "");
  EXPECT_EQ(tasks("a: {action: std.noop, retry: {count: 5000000, delay: 1}}"),
            "W320 4:42 'retry' with a count of 5000000 never stops (task 'a')\n");
  EXPECT_EQ(tasks("a: {action: std.noop, retry: {count: 5000000, delay: 1, break-on: <% task(a).result %>}}"), "");
}

TEST(Lint, MistakesInTransitionsDoNotBringFollowers) {
  EXPECT_EQ(tasks("a: {action: std.noop, publish: {x: 1}, on-success: 'b c'}\nb: {action: std.echo output=<% $.x %>}"),
            "E211 4:56 'b c' is not valid under any of the given schemas ('on-success' of task 'a')\n");
}

TEST(Lint, ManyTasksAreFollowedInTime) {
  std::string text = "version: '2.0'\nwf:\n  tasks:\n";
  for (int i = 0; i < 20'000; ++i)
    text += "    t" + std::to_string(i) + ": {action: std.echo output=<% $.get(v" + std::to_string(i) +
            ") %>, publish: {v" + std::to_string(i) + ": 1}, on-success: t" + std::to_string(i + 1) + "}\n";
  text += "    t20000: {action: std.noop}\n";
  EXPECT_EQ(listed(lint_one(text)), "");
}

}  // namespace
}  // namespace foehn::dsl
