// The language: compile() and lint() of definitions of 10, 100 and 1,000 tasks, against what yaml-cpp alone needs to
// read the same text. Target: compile at most 1.6 times as long; the ratio is measured in one go (`ratio`), turn by
// turn and in processor time, so that a machine that gets slower or busier meanwhile slows both.
#include <benchmark/benchmark.h>
#include <yaml-cpp/yaml.h>

#include <ctime>
#include <string>

#include "dsl/lint/lint.h"

namespace foehn::dsl {
namespace {

// Tasks as people write them: two lines to ten, every third with policies, every fifth a loop over items.
std::string definition_of(std::int64_t tasks) {
  std::string text =
      "---\nversion: '2.0'\n\nprovision:\n  description: Makes what the tasks ask for.\n  type: direct\n"
      "  input:\n    - hosts\n    - region: eu-1\n    - size: 3\n"
      "  output:\n    done: <% $.last %>\n"
      "  task-defaults:\n    on-error:\n      - clean_up\n\n  tasks:\n";
  for (std::int64_t i = 0; i < tasks; ++i) {
    const std::string n = std::to_string(i);
    text += "    step_" + n + ":\n";
    switch (i % 5) {
      case 0:
        text += "      action: std.echo output=<% $.region %>\n      publish:\n        last: <% task().result %>\n";
        break;
      case 1:
        text += "      action: std.http\n      input:\n        url: https://<% $.region %>.example.org/v1/hosts/" + n +
                "\n        method: POST\n        body:\n          size: <% $.size %>\n          name: host-" + n +
                "\n        timeout: 30\n      retry:\n        count: 5\n        delay: 2\n"
                "        break-on: <% task().result.status = 404 %>\n";
        break;
      case 2:
        text +=
            "      with-items: host in <% $.hosts %>\n      concurrency: 4\n"
            "      action: std.ssh cmd=\"uname -a\" host=<% $.host %> username=\"root\"\n      keep-result: false\n";
        break;
      case 3:
        text +=
            "      description: Waits until everything is quiet.\n      wait-before: 1\n      timeout: 600\n"
            "      action: std.noop\n";
        break;
      default:
        text += "      workflow: configure name=\"host-" + n +
                "\" size=<% $.size * 2 %>\n"
                "      publish:\n        last: \"{{ task().result.id }}\"\n";
    }
    if (i + 1 < tasks) {
      text += "      on-success:\n        - step_" + std::to_string(i + 1) + "\n";
      if (i % 3 == 0) text += "        - clean_up: <% $.size > 100 %>\n";
    }
    text += "\n";
  }
  return text + "    clean_up:\n      action: std.noop\n      on-error: noop\n";
}

void yaml_cpp_load(benchmark::State& state) {
  const std::string text = definition_of(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(YAML::Load(text));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

void compile_definition(benchmark::State& state) {
  const std::string text = definition_of(state.range(0));
  if (!compile(text, DocumentKind::kWorkflows, nullptr).ok()) return state.SkipWithError("the definition is wrong");
  for (auto _ : state) benchmark::DoNotOptimize(compile(text, DocumentKind::kWorkflows, nullptr));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// The time shown is that of compile(); `ratio` is the figure of the target.
void compile_against_yaml_cpp(benchmark::State& state) {
  const std::string text = definition_of(state.range(0));
  double yaml = 0;
  double own = 0;
  for (auto _ : state) {
    const double begin = cpu_seconds();
    benchmark::DoNotOptimize(YAML::Load(text));
    const double middle = cpu_seconds();
    benchmark::DoNotOptimize(compile(text, DocumentKind::kWorkflows, nullptr));
    const double end = cpu_seconds();
    yaml += middle - begin;
    own += end - middle;
    state.SetIterationTime(end - middle);
  }
  state.counters["ratio"] = own / yaml;
}

void lint_definition(benchmark::State& state) {
  const std::string text = definition_of(state.range(0));
  LintInput input;
  input.documents.push_back({"bench.yaml", text});
  input.known_workflows.push_back("configure");
  for (auto _ : state) benchmark::DoNotOptimize(lint(input));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

void sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgName("tasks")->Arg(10)->Arg(100)->Arg(1000)->Unit(benchmark::kMicrosecond);
}
BENCHMARK(yaml_cpp_load)->Apply(sizes);
BENCHMARK(compile_definition)->Apply(sizes);
BENCHMARK(compile_against_yaml_cpp)->Apply(sizes)->UseManualTime();
BENCHMARK(lint_definition)->Apply(sizes);

}  // namespace
}  // namespace foehn::dsl

BENCHMARK_MAIN();
