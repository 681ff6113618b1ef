// The options of the author's tools.
#include <CLI/CLI.hpp>

#include "api/cli/author.h"
#include "api/cli/usage.h"

namespace foehn::cli {
namespace {

void add_eval(CLI::App& app, const Global& global, EvalOptions& options, std::function<int()>& command) {
  auto* eval = add_command(app, command, "eval", "Evaluate an expression, or a text with expressions, on some data",
                           [&global, &options] { return evaluate(global, options); });
  eval->add_option("expression", options.expression, "'$.a + 1', '<% $.a %>', '{{ _.a }}', 'Hi <% $.name %>'")
      ->required();
  auto* yaql = eval->add_flag("--yaql", options.yaql, "what has no delimiters is YAQL (default)");
  eval->add_flag("--jinja", options.jinja, "what has no delimiters is Jinja2")->excludes(yaql);
  auto* data = eval->add_option("--data", options.data, "what $ and _ are: a JSON or YAML file, - for standard input");
  auto* execution = eval->add_option("--execution", options.execution, "evaluate in the context of an execution");
  eval->add_option("--task", options.task, "and of this task of it (name or id)")->needs(execution);
  execution->excludes(data);
  eval->footer("example: foehn eval '$.hosts.where($.up).name' --data hosts.yaml");
}

void add_test(CLI::App& app, const Global& global, TestOptions& options, std::function<int()>& command) {
  auto* test = add_command(app, command, "test", "Run tests of workflows: scripted actions, virtual time",
                           [&global, &options] { return run_tests(global, options); });
  test->add_option("paths", options.paths, "test files; of a folder every *_test.yaml below it (default: .)");
  test->add_option("--junit", options.junit, "also write a JUnit report to this file");
  test->add_option("--filter", options.filter, "only tests with this in their name");
  test->footer("example: foehn test samples/tests");
}

}  // namespace

void add_author_tools(CLI::App& app, const Global& global, AuthorArguments& arguments, std::function<int()>& command) {
  auto* lint = add_command(app, command, "lint", "Find mistakes and doubtful places in definitions, across files",
                           [&arguments] { return lint_paths(arguments.lint); });
  lint->add_option("paths", arguments.lint.paths, "definitions (YAML); of a folder every *.yaml and *.yml below it")
      ->required();
  lint->add_option("--format", arguments.lint.format, "text (default), json, sarif, github")
      ->check(CLI::IsMember({"text", "json", "sarif", "github"}));
  lint->footer("example: foehn lint samples workflows");

  auto* graph = add_command(app, command, "graph", "Draw the workflows of a file: SVG, Graphviz or Mermaid",
                            [&global, &arguments] { return draw_graph(global, arguments.graph); });
  auto* file = graph->add_option("file", arguments.graph.file, "definition (YAML), - for standard input");
  graph->add_option("-w,--workflow", arguments.graph.workflow, "only this workflow of the file");
  graph->add_option("--execution", arguments.graph.execution, "draw an execution of the server with its states")
      ->excludes(file);
  auto* svg = graph->add_flag("--svg", arguments.graph.svg, "SVG (default)");
  auto* mermaid = graph->add_flag("--mermaid", arguments.graph.mermaid, "Mermaid flowchart")->excludes(svg);
  graph->add_flag("--dot", arguments.graph.dot, "Graphviz")->excludes(svg)->excludes(mermaid);
  graph->footer("example: foehn graph samples/fan_out_join.yaml > fan.svg");

  auto* schema = add_command(app, command, "schema", "Print the JSON Schema of definitions, for editors",
                             [&arguments] { return print_schema(arguments.schema_kind); });
  schema->add_option("kind", arguments.schema_kind, "workflow (default), workbook, action; wf, wb")
      ->check(CLI::IsMember({"workflow", "workbook", "action", "wf", "wb"}));
  schema->footer("example: foehn schema workflow > foehn-workflow.schema.json");

  auto* explained = add_command(app, command, "explain", "Tell what the code of a message, or an attribute, means",
                                [&arguments] { return explain(arguments.explained); });
  explained->add_option("words", arguments.explained, "codes (E301) and attributes (retry); none: lists the codes");
  explained->footer("example: foehn explain E301");

  add_eval(app, global, arguments.eval, command);
  add_test(app, global, arguments.test, command);
}

}  // namespace foehn::cli
