// The author's tools: lint, graph, schema, eval and test. They need no server, except where --execution is given. One
// function per command, called with parsed options; returns the exit code. Options are declared in author_options.cc.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/cli/commands.h"

namespace CLI {
class App;
}

namespace foehn::cli {

struct LintOptions {
  std::vector<std::string> paths;
  std::string format = "text";  // text, json, sarif, github
};
// 0 clean, 11 findings, 2 a path that cannot be read.
int lint_paths(const LintOptions& options);

struct GraphOptions {
  std::string file;
  std::string workflow;   // only this one
  std::string execution;  // id: the workflow is that of an execution on the server, with the states of its tasks
  bool svg = false, mermaid = false, dot = false;  // none: SVG
};
int draw_graph(const Global& global, const GraphOptions& options);

int print_schema(const std::string& kind);

// Codes and attributes; none: the list of codes. 5 for a word that is neither.
int explain(const std::vector<std::string>& words);

struct EvalOptions {
  std::string expression;
  std::string data;       // file, - for standard input
  std::string execution;  // with task: evaluated by the server in the task's context
  std::string task;
  bool yaql = false, jinja = false;
};
int evaluate(const Global& global, const EvalOptions& options);

struct TestOptions {
  std::vector<std::string> paths;
  std::string junit;   // file to write
  std::string filter;  // only tests whose name has this in it
};
// 0 all passed, 11 some failed, 2 a test file that cannot be read.
int run_tests(const Global& global, const TestOptions& options);

// What the options are parsed into.
struct AuthorArguments {
  LintOptions lint;
  GraphOptions graph;
  std::string schema_kind = "workflow";
  std::vector<std::string> explained;
  EvalOptions eval;
  TestOptions test;
};
// Declares the commands; the chosen one is put into `command`. All references must outlive the parsing and the call.
void add_author_tools(CLI::App& app, const Global& global, AuthorArguments& arguments, std::function<int()>& command);

}  // namespace foehn::cli
