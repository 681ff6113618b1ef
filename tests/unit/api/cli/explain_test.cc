// `foehn explain`: whole texts; every code and every attribute can be explained; every example is accepted by the
// compiler.
#include "api/cli/explain.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "dsl/compile.h"
#include "dsl/diagnostic_codes.h"
#include "dsl/parse/attribute.h"

namespace foehn::cli {
namespace {

TEST(Explain, ACodeIsTheSectionOfThePage) {
  const auto text = explain_word("e301");
  ASSERT_TRUE(text.has_value());
  EXPECT_EQ(text->substr(0, 5), "E301\n");
  EXPECT_NE(text->find("\nWrong:\n\n    version: '2.0'\n"), text->npos) << *text;
  EXPECT_NE(text->find("\nRight:\n\n    version: '2.0'\n"), text->npos) << *text;
  EXPECT_EQ(text->find("```"), text->npos);
  EXPECT_EQ(*explain_word("E103"),
            "E103\n\nThe document is nested too deeply.\n"
            "Mappings and lists may be nested 64 deep. Such depth is a mistake or an attack.\n");
  for (const auto& code : dsl::diagnostic_codes()) EXPECT_TRUE(explain_word(code.code)) << code.code;
}

TEST(Explain, TheListHasALinePerCode) {
  const std::string list = explain_codes();
  EXPECT_EQ(list.substr(0, list.find('\n')), "E101  The text is not well-formed YAML.");
  EXPECT_EQ(static_cast<std::size_t>(std::count(list.begin(), list.end(), '\n')), dsl::diagnostic_codes().size());
}

TEST(Explain, AnAttributeHasItsMeaningFormsAndAnExample) {
  EXPECT_EQ(explain_word("join").value(),
            "join of a task of a direct workflow\n"
            "  Start once all, one or N of the inbound tasks are done.\n"
            "  It is all, one, or an integer of at least 0 without quotes.\n"
            "\n"
            "    join: all\n"
            "    action: std.noop\n");
  EXPECT_EQ(explain_word("timeout").value(),
            "timeout of a task\n"
            "  Seconds after which the task fails.\n"
            "  It is an integer of at least 0, or one expression.\n"
            "\n"
            "    action: std.noop\n"
            "    timeout: 600\n"
            "\n"
            "Also in: task-defaults\n");
}

TEST(Explain, UnknownWordsGetTheNearest) {
  EXPECT_EQ(explain_word("E3O1").error().message, "there is no code or attribute 'E3O1'\n  Did you mean 'E301'?");
  EXPECT_EQ(explain_word("retri").error().message, "there is no code or attribute 'retri'\n  Did you mean 'retry'?");
  EXPECT_EQ(explain_word("xyzzy").error().message,
            "there is no code or attribute 'xyzzy'; `foehn explain` lists the codes");
}

TEST(Explain, ThePointerNamesEachCodeOnce) {
  const auto of = [](const char* code) { return Diagnostic{code, Severity::kError, {1, 1}, "m", ""}; };
  EXPECT_EQ(explain_pointer({}), "");
  EXPECT_EQ(explain_pointer({of("E203"), of("W307"), of("E203")}), "see: foehn explain E203 W307\n");
  EXPECT_EQ(explain_pointer({of("E1"), of("E2"), of("E3"), of("E4"), of("E5"), of("E6")}),
            "see: foehn explain E1 E2 E3 E4 E5\n");
}

std::string indented(std::string_view text, std::size_t columns) {
  std::string out(columns, ' ');
  for (const char c : text) {
    out += c;
    if (c == '\n') out.append(columns, ' ');
  }
  return out + "\n";
}

// The example inside of a document that has what it refers to.
std::string document_of(const AttributeExample& example) {
  const std::string task = "    b: {action: std.noop}\n    c: {action: std.noop}\n";
  const std::string text(example.text);
  const std::string head = "version: '2.0'\nwf:\n  input: [hosts]\n";
  const std::string start = "    a: {action: std.noop, on-success: [t]}\n";
  if (example.kind == "workbook") {
    std::string rest;
    if (example.name != "version") rest += "version: '2.0'\n";
    if (example.name != "name") rest += "name: book\n";
    if (example.name != "workflows") rest += "workflows:\n  wf: {tasks: {t: {action: std.noop}}}\n";
    return rest + text + "\n";
  }
  if (example.kind == "action") return "version: '2.0'\nact:\n" + indented(text, 2);
  if (example.name == "tasks") return "version: '2.0'\nwf:\n" + indented(text, 2);
  if (example.kind == "workflow") return "version: '2.0'\nwf:\n" + indented(text, 2) + "  tasks:\n" + task;
  if (example.name == "requires") return head + "  type: reverse\n  tasks:\n" + task + "    t:\n" + indented(text, 6);
  const std::string begin = head + "  tasks:\n" + start + task + "    t:\n";
  if (example.kind == "task") return begin + indented(text, 6);
  const std::string action = "      action: std.noop\n";
  if (example.kind == "retry") return begin + action + "      retry:\n" + indented(text, 8);
  if (example.kind == "on-clause") return begin + action + "      on-success:\n" + indented(text, 8);
  return begin + action + "      on-success:\n        publish:\n" + indented(text, 10);
}

TEST(Explain, EveryExampleIsAccepted) {
  for (const AttributeExample& example : attribute_examples()) {
    const auto kind = example.kind == "workbook" ? dsl::DocumentKind::kWorkbook
                      : example.kind == "action" ? dsl::DocumentKind::kActions
                                                 : dsl::DocumentKind::kWorkflows;
    const std::string text = document_of(example);
    EXPECT_EQ(render(dsl::compile(text, kind, nullptr).diagnostics, text, example.name), "") << text;
    EXPECT_NE(("\n" + std::string(example.text)).find("\n" + std::string(example.name) + ":"), std::string::npos);
  }
}

TEST(Explain, EveryAttributeThatCountsHasAnExample) {
  for (const auto& object : dsl::describe_language()) {
    for (const auto& row : object.rows) {
      EXPECT_TRUE(explain_word(row.name)) << row.name;
      const bool counts = !row.doc.starts_with("Ignored") && !row.doc.starts_with("Accepted and ignored") &&
                          object.kind != "task-defaults";
      const auto examples = attribute_examples();
      const bool found = std::any_of(examples.begin(), examples.end(), [&](const AttributeExample& example) {
        return example.kind == object.kind && example.name == row.name;
      });
      EXPECT_EQ(found, counts) << object.kind << " " << row.name;
    }
  }
}

}  // namespace
}  // namespace foehn::cli
