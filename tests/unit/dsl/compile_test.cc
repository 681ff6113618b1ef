// Goal: the one door — a good document becomes Definitions with source, hash and raw dict; a bad one gives all of its
// diagnostics and Mistral's fault text. Method: whole documents in, whole texts out; recorded answers of a Mistral
// server give the first line.
#include "dsl/compile.h"

#include <gmock/gmock.h>

#include "tests/unit/dsl/support.h"

namespace foehn::dsl {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::string_view kMain = R"(---
version: '2.0'

rec_main:
  description: a recorded workflow
  tags: [rec, demo]
  input:
    - who
    - times: 2
    - opts: {a: 1}
  output:
    said: <% $.said %>
    items: <% $.items %>
  tasks:
    hello:
      action: std.echo output="Hello <% $.who %>"
      publish:
        said: <% task().result %>
      on-success: [each, last: <% $.times > 5 %>]
    each:
      with-items: i in <% range($.times) %>
      action: std.echo output=<% $.i %>
      publish:
        items: <% task().result %>
    last:
      action: std.noop
)";

TEST(Compile, RecordedWorkflow) {
  const Compiled compiled = compile_workflows(kMain);
  ASSERT_EQ(listed(compiled.diagnostics), "");
  ASSERT_EQ(compiled.workflows.size(), 1U);
  const Definition& definition = *compiled.workflows[0];
  EXPECT_EQ(definition.source, kMain);
  EXPECT_EQ(definition.hash, "9d64e80fd3e1223c11045701bf48bb87");
  const WorkflowSpec& spec = definition.spec;
  EXPECT_EQ(spec.name, "rec_main");
  EXPECT_EQ(spec.description, "a recorded workflow");
  ASSERT_EQ(spec.input.size(), 3U);
  EXPECT_EQ(spec.input[0].name, "who");
  EXPECT_FALSE(spec.input[0].default_value.has_value());
  EXPECT_EQ(spec.input[1].default_value, Value(2));
  ASSERT_EQ(spec.tasks.size(), 3U);
  EXPECT_EQ(spec.tasks[0].action->name.source(), "std.echo");
  EXPECT_EQ(spec.tasks[0].action->inline_input[0].first, "output");
  EXPECT_EQ(spec.tasks[0].action->inline_input[0].second.source(), "Hello <% $.who %>");
  EXPECT_EQ(spec.tasks[1].with_items[0].variable, "i");
  EXPECT_EQ(spec.tasks[1].with_items[0].collection.source(), "<% range($.times) %>");
  EXPECT_EQ(definition.graph.start_tasks, std::vector<TaskIndex>{0});
  const auto& next = definition.graph.nodes[0].effective[0].next;
  ASSERT_EQ(next.size(), 2U);
  EXPECT_EQ(next[0].target, "each");
  EXPECT_FALSE(next[0].condition.has_value());
  EXPECT_EQ(next[1].target, "last");
  EXPECT_EQ(next[1].condition->source(), "<% $.times > 5 %>");
  EXPECT_EQ(definition.graph.nodes[2].inbound, std::vector<TaskIndex>{0});
}

}  // namespace
}  // namespace foehn::dsl
