// Definition → chart → formats: what a drawing shows of each kind of workflow, and the texts of the formats as a whole.
#include "dsl/graph/chart.h"

#include <gtest/gtest.h>

#include "dsl/compile.h"

namespace foehn::dsl {
namespace {

std::vector<Chart> charts_of(const std::string& text, DocumentKind kind = DocumentKind::kWorkflows) {
  const Compiled compiled = compile(text, kind, nullptr);
  EXPECT_TRUE(compiled.ok()) << fault_text(compiled, text);
  std::vector<Chart> charts;
  for (const auto& definition : compiled.workflows) charts.push_back(make_chart(*definition));
  return charts;
}

std::string edges_text(const Chart& chart) {
  std::string text;
  for (const ChartEdge& edge : chart.edges)
    text += chart.nodes[edge.from].name + " -" + std::string(to_string(edge.kind)) + "-> " + chart.nodes[edge.to].name +
            (edge.condition.empty() ? "" : " if " + edge.condition) + "\n";
  return text;
}

constexpr const char* kDirect = R"(
version: '2.0'
deploy:
  input: [hosts, {fast: true}]
  task-defaults:
    on-error: undo
  tasks:
    plan:
      action: std.http url=<% $.u %>
      on-success:
        - build: <% $.fast %>
        - test
      on-complete: noop
    build:
      with-items: host in <% $.hosts %>
      action: std.ssh host=<% $.host %> cmd="make"
      concurrency: 4
      retry: count=3 delay=5
      on-success: ship
    test: {workflow: checks, wait-before: 10, timeout: <% $.t %>, on-success: ship}
    ship: {join: all, description: "Ship it"}
    undo: {action: std.noop, on-success: [fail, build]}
)";

TEST(Chart, ShowsADirectWorkflow) {
  const Chart chart = charts_of(kDirect).at(0);
  EXPECT_EQ(chart.about, "direct · input: hosts, fast");
  EXPECT_EQ(edges_text(chart),
            "plan -on-success-> build if $.fast\n"
            "plan -on-success-> test\n"
            "plan -on-error-> undo\n"
            "plan -on-complete-> noop\n"
            "build -on-success-> ship\n"
            "build -on-error-> undo\n"
            "test -on-success-> ship\n"
            "test -on-error-> undo\n"
            "ship -on-error-> undo\n"
            "undo -on-success-> fail\n"
            "undo -on-success-> build\n");
  std::string nodes;
  for (const ChartNode& node : chart.nodes) nodes += node.name + " | " + node.detail + " | " + node.marks + "\n";
  EXPECT_EQ(nodes,
            "plan | std.http | \n"
            "build | std.ssh | each host · 4 at once · retry 3×\n"
            "test | checks | wait 10 s · timeout\n"
            "ship | std.noop | join all\n"
            "undo | std.noop | \n"
            "noop |  | \n"
            "fail |  | \n");
}

TEST(Chart, LeadsFromWhatIsRequiredToWhatRequiresIt) {
  const Chart chart =
      charts_of(
          "version: '2.0'\n"
          "make: {type: reverse, tasks: {link: {requires: [a, b]}, a: {requires: src}, b: {requires: src}, "
          "src: {action: std.noop}}}\n")
          .at(0);
  EXPECT_EQ(edges_text(chart), "a -requires-> link\nb -requires-> link\nsrc -requires-> a\nsrc -requires-> b\n");
  EXPECT_TRUE(chart.nodes[3].start);
  EXPECT_FALSE(chart.nodes[0].start);
}

constexpr const char* kBook = R"(
version: '2.0'
name: book
workflows:
  main: {tasks: {t: {workflow: sub}, "u \"x\" <&>": {action: std.noop}}}
  sub: {tasks: {s: {action: std.echo output=1}}}
)";

TEST(Chart, FindsTheSubWorkflowsOfAWorkbook) {
  const std::vector<Chart> charts = charts_of(kBook, DocumentKind::kWorkbook);
  ASSERT_EQ(charts.size(), 2U);
  EXPECT_EQ(charts[0].name, "book.main");
  EXPECT_EQ(called_chart(charts, 0, charts[0].nodes[0]), 1U);
  EXPECT_EQ(called_chart(charts, 0, charts[0].nodes[1]), 2U);
  EXPECT_NE(to_svg(charts).find("<title>u &quot;x&quot; &lt;&amp;&gt;\nstd.noop</title>"), std::string::npos);
}

constexpr const char* kSmall = R"(
version: '2.0'
one:
  tasks:
    a: {action: 'std.echo output="x"', on-success: [{b: '<% $.n > "1" %>'}], on-error: fail}
    b: {workflow: two}
two: {tasks: {c: {with-items: 'i in [1]', action: std.noop}}}
)";

TEST(Chart, WritesDot) {
  EXPECT_EQ(to_dot(charts_of(kSmall)),
            "digraph workflow {\n"
            "  compound=true;\n"
            "  node [shape=box, style=rounded, fontname=\"sans-serif\", fontsize=11];\n"
            "  edge [fontname=\"sans-serif\", fontsize=9];\n"
            "  subgraph cluster_0 {\n"
            "    label=\"one\";\n"
            "    w0n0 [label=\"a\\nstd.echo\"];\n"
            "    w0n1 [label=\"b\\ntwo\", peripheries=2];\n"
            "    w0n2 [label=\"fail\", shape=oval, style=filled, fillcolor=\"#eef1f5\"];\n"
            "    w0n0 -> w0n1 [color=\"#16794a\", style=solid, tooltip=\"on-success\", label=\"$.n > \\\"1\\\"\"];\n"
            "    w0n0 -> w0n2 [color=\"#c22f3a\", style=dashed, tooltip=\"on-error\"];\n"
            "  }\n"
            "  subgraph cluster_1 {\n"
            "    label=\"two\";\n"
            "    w1n0 [label=\"c\\nstd.noop\\neach i\", shape=box3d, tooltip=\"with-items: i in [1]\"];\n"
            "  }\n"
            "  w0n1 -> w1n0 [style=dotted, arrowhead=open, lhead=cluster_1, tooltip=\"sub-workflow\"];\n"
            "}\n");
}

TEST(Chart, WritesMermaid) {
  EXPECT_EQ(to_mermaid(charts_of(kSmall)),
            "flowchart TD\n"
            "  subgraph w0[\"one\"]\n"
            "    w0n0[\"a<br/>std.echo\"]\n"
            "    w0n1[[\"b<br/>two\"]]\n"
            "    w0n2([\"fail\"])\n"
            "    w0n0 -->|\"$.n #62; #34;1#34;\"| w0n1\n"
            "    w0n0 -.->|\"on-error\"| w0n2\n"
            "  end\n"
            "  subgraph w1[\"two\"]\n"
            "    w1n0[\"c<br/>std.noop<br/>each i\"]\n"
            "  end\n"
            "  w0n1 -.-o w1\n"
            "  linkStyle 0 stroke:#16794a\n"
            "  linkStyle 1 stroke:#c22f3a\n");
}

TEST(Chart, WritesEveryTaskEdgeAndConditionIntoTheSvg) {
  const std::vector<Chart> charts = charts_of(kSmall);
  const std::string svg = to_svg(charts);
  EXPECT_EQ(svg, to_svg(charts));
  EXPECT_NE(svg.find("<title>a → b\non-success when $.n &gt; &quot;1&quot;</title>"), std::string::npos) << svg;
  EXPECT_NE(svg.find("<title>a → fail\non-error</title>"), std::string::npos);
  EXPECT_NE(svg.find(">$.n &gt; &quot;1&quot;</text>"), std::string::npos);
  EXPECT_NE(svg.find("<a href=\"#wf-1\"><title>b\ntwo</title>"), std::string::npos);
  EXPECT_NE(svg.find("prefers-color-scheme:dark"), std::string::npos);
  for (const char* outside : {"<script", "http://www.w3.org/1999/xlink", "@import", "url(http"})
    EXPECT_EQ(svg.find(outside), std::string::npos) << outside;
}

TEST(Chart, MarksTheStatesOfAnExecution) {
  std::vector<Chart> charts = charts_of(kSmall);
  mark_states(charts[0], {{"a", "ERROR"}});
  EXPECT_EQ(charts[0].nodes[0].state, "ERROR");
  EXPECT_EQ(charts[0].nodes[1].state, "");
  EXPECT_NE(to_svg(charts).find("class=\"n sERROR\""), std::string::npos);
}

}  // namespace
}  // namespace foehn::dsl
