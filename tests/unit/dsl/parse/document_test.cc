// Goal: the rules about workflows, ad-hoc actions, workbooks and whole documents (dsl.md §0, §1, §8, §11, §12), each
// with a document that keeps it and one that breaks it.
#include <gtest/gtest.h>

#include "dsl/checksum.h"
#include "dsl/parse/attribute.h"
#include "tests/unit/dsl/support.h"

namespace foehn::dsl {
namespace {

std::string workflow_codes(std::string_view attributes) {
  return codes(compile_workflows(task_document("", std::string(attributes))).diagnostics);
}
std::string document_codes(std::string_view text) { return codes(compile_workflows(text).diagnostics); }
std::string action_codes(std::string_view text) {
  return codes(compile(text, DocumentKind::kActions, nullptr).diagnostics);
}
std::string workbook_codes(std::string_view text) {
  return codes(compile(text, DocumentKind::kWorkbook, nullptr).diagnostics);
}

TEST(WorkflowDocument, Version) {
  const auto with_version = [](std::string_view version) {
    return document_codes("version: " + std::string(version) + "\nwf: {tasks: {t: {action: a}}}\n");
  };
  EXPECT_EQ(with_version("'2.0'"), "");
  EXPECT_EQ(with_version("2.0"), "");
  EXPECT_EQ(with_version("2"), "");
  EXPECT_EQ(with_version("'3.0'"), "");
  EXPECT_EQ(with_version("''"), "E203");
  EXPECT_EQ(with_version("~"), "E203");
  EXPECT_EQ(with_version("-1"), "E203");
  EXPECT_EQ(with_version("true"), "E203");
  EXPECT_EQ(with_version("[2]"), "E203");
  EXPECT_EQ(document_codes("wf: {tasks: {t: {action: a}}}\n"), "E201");
  EXPECT_EQ(document_codes(""), "E201");
  EXPECT_EQ(document_codes("version: '2.0'\n"), "E213");
  EXPECT_EQ(document_codes("just text\n"), "E203");
  EXPECT_EQ(document_codes("- a\n"), "E203");
}

TEST(WorkflowDocument, Attributes) {
  EXPECT_EQ(workflow_codes("  type: direct\n"), "");
  EXPECT_EQ(workflow_codes("  type: reverse\n"), "");
  EXPECT_EQ(workflow_codes("  type: other\n"), "E206");
  EXPECT_EQ(workflow_codes("  type: ~\n"), "E206");
  EXPECT_EQ(workflow_codes("  description: 5\n"), "");
  EXPECT_EQ(workflow_codes("  tags: [a, b]\n"), "");
  EXPECT_EQ(workflow_codes("  tags: [a, a]\n"), "E205");
  EXPECT_EQ(workflow_codes("  tags: []\n"), "E204");
  EXPECT_EQ(workflow_codes("  input: [a, b: 1, c: ~]\n"), "");
  EXPECT_EQ(workflow_codes("  input: []\n"), "E204");
  EXPECT_EQ(workflow_codes("  input: [12345]\n"), "E203");
  EXPECT_EQ(workflow_codes("  input: [~]\n"), "E203");
  EXPECT_EQ(workflow_codes("  input: ['']\n"), "E203");
  EXPECT_EQ(workflow_codes("  input: [a, a]\n"), "E205");
  EXPECT_EQ(workflow_codes("  input: [{a: 1, b: 2}]\n"), "E203");
  EXPECT_EQ(workflow_codes("  input: {a: 1}\n"), "E203");
  for (const std::string_view name : {"output", "output-on-error", "vars"}) {
    const std::string key = "  " + std::string(name) + ": ";
    EXPECT_EQ(workflow_codes(key + "{a: {b: [<% $.x %>]}}\n"), "");
    EXPECT_EQ(workflow_codes(key + "{}\n"), "E204");
    EXPECT_EQ(workflow_codes(key + "[]\n"), "E203");
    EXPECT_EQ(workflow_codes(key + "text\n"), "E203");
    EXPECT_EQ(workflow_codes(key + "~\n"), "E203");
    EXPECT_EQ(workflow_codes(key + "{a: <% * %>}\n"), "E401");
    EXPECT_EQ(workflow_codes(key + "{a: {b: <% * %>}}\n"), "W401");
  }
  EXPECT_EQ(workflow_codes("  unknown: 1\n"), "W225");
  EXPECT_EQ(workflow_codes("  name: other\n  version: 1\n"), "");
}

TEST(WorkflowDocument, Tasks) {
  EXPECT_EQ(document_codes("version: '2.0'\nwf: {description: x}\n"), "E201");
  EXPECT_EQ(document_codes("version: '2.0'\nwf: {tasks: {}}\n"), "E204");
  EXPECT_EQ(document_codes("version: '2.0'\nwf: {tasks: ~}\n"), "E203");
  EXPECT_EQ(document_codes("version: '2.0'\nwf: {tasks: [a]}\n"), "E203");
  EXPECT_EQ(document_codes("version: '2.0'\nwf: {}\n"), "E204");
  EXPECT_EQ(document_codes("version: '2.0'\nwf: text\n"), "E203");
  EXPECT_EQ(document_codes("version: '2.0'\nwf: {tasks: {yes: {action: a}}}\n"), "E207");
  EXPECT_EQ(document_codes("version: '2.0'\nwf: {tasks: {'yes': {action: a}}}\n"), "");
}

TEST(WorkflowDocument, Names) {
  const auto with_name = [](std::string_view name) {
    return document_codes("version: '2.0'\n" + std::string(name) + ": {tasks: {t: {action: a}}}\n");
  };
  EXPECT_EQ(with_name("a.b-c"), "");
  EXPECT_EQ(with_name("x y"), "E207");
  EXPECT_EQ(with_name("b9b2d4a6-0d5c-4f5b-8d8e-2f0b7d6f5a11"), "E207");
  EXPECT_EQ(with_name("b9b2d4a60d5c4f5b8d8e2f0b7d6f5a11"), "E207");
  EXPECT_EQ(with_name("b9b2d4a6-0d5c-4f5b-8d8e-2f0b7d6f5a1"), "");
  EXPECT_EQ(with_name(std::string(255, 'n')), "");
  EXPECT_EQ(with_name(std::string(256, 'n')), "E207");
  EXPECT_EQ(with_name("on"), "E207");
}

TEST(WorkflowDocument, RawHasTheInjectedKeys) {
  const Compiled compiled = compile_workflows(
      "version: '2.0'\nwf:\n  type: reverse\n  name: other\n  tasks:\n    t: {action: std.noop, name: x}\n");
  ASSERT_EQ(listed(compiled.diagnostics), "");
  EXPECT_EQ(to_json(compiled.workflows[0]->spec.raw),
            R"({"type":"reverse","name":"wf","tasks":{"t":{"action":"std.noop","name":"t","version":"2.0",)"
            R"("type":"reverse"}},"version":"2.0"})");
}

TEST(WorkflowDocument, SeveralWorkflowsAreCutApart) {
  const Compiled compiled = compile_workflows(
      "version: '2.0'\n# first\nb:\n  tasks:\n    t: {action: std.echo output=\"x\"}\na:\n  tags: [x]\n  tasks: {t: "
      "{action: n}}\n");
  ASSERT_EQ(listed(compiled.diagnostics), "");
  ASSERT_EQ(compiled.workflows.size(), 2U);
  EXPECT_EQ(compiled.workflows[0]->spec.name, "b");
  EXPECT_EQ(compiled.workflows[0]->source,
            "version: '2.0'\nb:\n  tasks:\n    t:\n      action: std.echo output=\"x\"\n");
  EXPECT_EQ(compiled.workflows[0]->hash, md5_hex(compiled.workflows[0]->source));
  EXPECT_EQ(compiled.workflows[1]->source, "version: '2.0'\na:\n  tags:\n    - x\n  tasks:\n    t:\n      action: n\n");
  const Compiled again = compile_workflows(compiled.workflows[1]->source);
  ASSERT_EQ(again.workflows.size(), 1U);
  EXPECT_EQ(again.workflows[0]->hash, compiled.workflows[1]->hash);
  EXPECT_EQ(again.workflows[0]->spec.raw, compiled.workflows[1]->spec.raw);
}

TEST(WorkflowDocument, ReverseTasks) {
  const auto reverse = [](std::string_view attributes) {
    return document_codes(
        "version: '2.0'\nwf:\n  type: reverse\n  tasks:\n    t2: {action: a}\n    t1:\n      action: a\n      " +
        std::string(attributes) + "\n");
  };
  EXPECT_EQ(reverse("requires: t2"), "");
  EXPECT_EQ(reverse("requires: [t2]"), "");
  EXPECT_EQ(reverse("requires: ''"), "E203");
  EXPECT_EQ(reverse("requires: []"), "E203");
  EXPECT_EQ(reverse("requires: ['']"), "E203");
  EXPECT_EQ(reverse("requires: ~"), "E203");
  EXPECT_EQ(reverse("requires: 12345"), "E203");
  EXPECT_EQ(reverse("requires: [t2, t2]"), "E203");
  EXPECT_EQ(reverse("requires: nope"), "E301");
  EXPECT_EQ(reverse("requires: noop"), "E301");
  EXPECT_EQ(reverse("on-success: t2"), "E202");
  EXPECT_EQ(reverse("join: all"), "E202");
}

TEST(ActionDocument, Rules) {
  const auto with = [](std::string_view attributes) {
    return action_codes("version: '2.0'\nact:\n  " + std::string(attributes) + "\n");
  };
  EXPECT_EQ(with("base: std.echo output=\"<% $.w %>\""), "");
  EXPECT_EQ(
      with("{base: std.echo, base-input: {output: <% $.w %>}, input: [w, x: 1], output: ~, description: d, tags: [t]}"),
      "");
  EXPECT_EQ(with("input: [x]"), "E201");
  EXPECT_EQ(with("base: ''"), "E204");
  EXPECT_EQ(with("{base: a, base-input: {}}"), "E204");
  EXPECT_EQ(with("{base: a, input: []}"), "E204");
  EXPECT_EQ(with("{base: a, output: {x: <% $ %>}}"), "");
  EXPECT_EQ(with("{base: a, output: <% * %>}"), "E401");
  EXPECT_EQ(with("{base: a, foo: 1}"), "E202");
  EXPECT_EQ(with("{base: a, description: ''}"), "E204");
  EXPECT_EQ(action_codes("act: {base: a}\n"), "E201");
  EXPECT_EQ(action_codes("version: '2.0'\n"), "E213");
  EXPECT_EQ(action_codes("version: '2.0'\nact: ~\n"), "E203");
  const Compiled compiled =
      compile("version: '2.0'\nact: {base: std.echo output=1, input: [a: 2]}\n", DocumentKind::kActions, nullptr);
  ASSERT_EQ(compiled.actions.size(), 1U);
  EXPECT_EQ(compiled.actions[0].base.name.source(), "std.echo");
  EXPECT_EQ(to_json(compiled.actions[0].raw),
            R"({"base":"std.echo output=1","input":[{"a":2}],"name":"act","version":"2.0"})");
}

TEST(WorkbookDocument, Rules) {
  constexpr std::string_view kWorkflows = "workflows: {one: {tasks: {t: {action: say w=1}}}}\n";
  const auto with = [&](std::string_view head) { return workbook_codes(std::string(head) + std::string(kWorkflows)); };
  EXPECT_EQ(with("version: '2.0'\nname: wb\ndescription: d\ntags: [x]\nactions: {say: {base: std.echo, input: [w]}}\n"),
            "");
  EXPECT_EQ(with("version: 2.0\nname: wb\n"), "");
  EXPECT_EQ(with("version: '3.0'\nname: wb\n"), "E212");
  EXPECT_EQ(with("name: wb\n"), "E201");
  EXPECT_EQ(with("version: '2.0'\n"), "E201");
  EXPECT_EQ(with("version: '2.0'\nname: wb\nfoo: 1\n"), "E202");
  EXPECT_EQ(with("version: '2.0'\nname: wb\nactions: {}\n"), "E204");
  EXPECT_EQ(with("version: '2.0'\nname: wb\nactions: {a.b: {base: x}}\n"), "E207");
  EXPECT_EQ(with("version: '2.0'\nname: wb\nactions: {version: '2.0', a: {base: x}}\n"), "");
  EXPECT_EQ(workbook_codes("version: '2.0'\nname: wb\nworkflows: {a b: {tasks: {t: {action: n}}}}\n"), "E207");
  EXPECT_EQ(workbook_codes("version: '2.0'\nname: wb\nworkflows: ~\n"), "E203");
}

TEST(WorkbookDocument, ItemsAreNamedAfterIt) {
  const Compiled compiled = compile(
      "version: '2.0'\nname: wb\nactions: {say: {base: std.echo}}\nworkflows: {one: {tasks: {t: "
      "{action: say}}}}\n",
      DocumentKind::kWorkbook, nullptr);
  ASSERT_EQ(listed(compiled.diagnostics), "");
  EXPECT_EQ(compiled.actions[0].name, "wb.say");
  EXPECT_EQ(compiled.workflows[0]->spec.name, "wb.one");
  EXPECT_EQ(compiled.workflows[0]->source, "version: '2.0'\nwb.one:\n  tasks:\n    t:\n      action: say\n");
}

TEST(Language, EveryAttributeIsDescribed) {
  std::string kinds;
  for (const auto& object : describe_language()) {
    kinds += std::string(object.kind) + " ";
    for (const auto& row : object.rows) {
      EXPECT_FALSE(row.doc.empty()) << object.kind << " " << row.name;
      EXPECT_EQ(row.form == Form::kNode, !row.accepts.empty()) << object.kind << " " << row.name;
    }
  }
  EXPECT_EQ(kinds, "workflow task task-defaults retry on-clause publish action workbook ");
}

}  // namespace
}  // namespace foehn::dsl
