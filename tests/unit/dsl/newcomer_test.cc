// Goal: the hints of mistakes that people bring along from other systems say what to write here. Method: the mistake in
// one line; the hint, whole.
#include <gtest/gtest.h>

#include "dsl/lint/lint.h"
#include "tests/unit/dsl/support.h"

namespace foehn::dsl {
namespace {

// The hint of the first diagnostic with the code, of a workflow whose task `t` has these attributes.
std::string hint(std::string_view code, const std::string& attributes, const std::string& type = "direct") {
  const std::string text = "version: '2.0'\nwf:\n  type: " + type +
                           "\n  tasks:\n    first: {action: std.noop}\n    t:\n      " + attributes + "\n";
  const std::vector<LintFindings> findings = lint({{{"wf.yaml", text}}, nullptr, {}});
  for (const Diagnostic& one : findings[0].diagnostics)
    if (one.code == code) return one.hint;
  return "no " + std::string(code);
}

TEST(Newcomer, ExpressionsWithoutDelimiters) {
  EXPECT_EQ(hint("E203", "fail-on: $.a = 1"), "An expression stands between <% and %>: <% $.a = 1 %>.");
  EXPECT_EQ(hint("E203", "timeout: _.a"), "An expression stands between {{ and }}: '{{ _.a }}'.");
  EXPECT_EQ(hint("E210", "with-items: h in $.hosts"), "Write `h in <% $.hosts %>`.");
  EXPECT_EQ(hint("E210", "with-items: h in _.hosts"), "Write `h in {{ _.hosts }}`.");
  EXPECT_EQ(hint("E210", "with-items: h in hosts"), "Write `h in <% $.hosts %>` when it is a variable.");
  EXPECT_EQ(hint("E210", "with-items: h"), "Write `var in <% list %>` or `var in [1, 2, \"a\"]`.");
  const std::string values =
      "An inline value is a quoted text, an expression, a [list], true, false, null or digits, right behind the =: ";
  EXPECT_EQ(hint("W220", "action: std.echo output=$.a"), values + "write output=<% $.a %>, or give it under 'input'.");
  EXPECT_EQ(hint("W220", "action: std.echo output=_.a"), values + "write output={{ _.a }}, or give it under 'input'.");
  EXPECT_EQ(hint("W220", "action: std.echo output=<% $.a"), values + "end the expression with %> in the same line.");
  EXPECT_EQ(hint("W220", "action: std.echo output=a"), values + "write output=\"a\", or give it under 'input'.");
}

TEST(Newcomer, NumbersAndSwitches) {
  EXPECT_EQ(hint("E203", "timeout: 5s"), "Write the number without a unit: times are seconds.");
  EXPECT_EQ(hint("E203", "timeout: 10 minutes"), "Write the number without a unit: times are seconds.");
  EXPECT_EQ(hint("E203", "timeout: '5'"), "Write it without quotes: 5.");
  EXPECT_EQ(hint("E203", "timeout: soon"), "It must be an integer of at least 0, or one expression.");
  EXPECT_EQ(hint("E203", "pause-before: 'no'"), "Write it without quotes, true or false.");
  EXPECT_EQ(hint("E203", "publish: [{a: 1}]"), "Leave out the dashes: it must be a mapping, not a list.");
}

TEST(Newcomer, WordsOfOtherSystems) {
  EXPECT_EQ(hint("E202", "needs: first", "reverse"), "Did you mean 'requires'?");
  EXPECT_EQ(hint("E202", "needs: first"), "In a direct workflow the task before names the next one under 'on-success'.");
  EXPECT_EQ(hint("E202", "when: yes"), "A condition stands where the task is named: on-success: [{task: <% … %>}].");
  EXPECT_EQ(hint("E202", "loop: [1]"), "Did you mean 'with-items'?");
  EXPECT_EQ(hint("E202", "register: x"), "Values for later tasks go under 'publish'.");
  EXPECT_EQ(hint("W310", "input: {output: <% $.first %>}"), "It is a task: its result is task(first).result.");
}

TEST(Newcomer, YamlOfOtherSystems) {
  EXPECT_EQ(hint("E107", "input: {{ _.a }}"), "A text that begins with {{ must be in quotes: '{{ … }}'.");
  EXPECT_EQ(hint("E101", "input: &all\n        a: 1"),
            "Anchors and aliases do not exist in this language: & is plain text. Write the values out, or use "
            "task-defaults.");
  EXPECT_EQ(hint("E101", "input: a: 1"), "A text holding \": \" must be quoted; check the indentation of this line.");
}

}  // namespace
}  // namespace foehn::dsl
