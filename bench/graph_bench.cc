// Drawing of large workflows: layout alone and the whole SVG. Target: layout of 3,000 nodes in less than 50 ms.
#include <benchmark/benchmark.h>

#include "dsl/compile.h"
#include "dsl/graph/chart.h"
#include "dsl/graph/layout.h"
#include "engine/base/prng.h"

namespace foehn::dsl {
namespace {

enum Shape : int { kChain, kWorkflow, kTree, kDense };

// kWorkflow: each task follows one or two of the sixty before it, as in large hand-written workflows.
LayoutInput graph_of(int shape, std::uint32_t nodes) {
  Prng prng(1);
  LayoutInput input;
  input.nodes.assign(nodes, {150, 46});
  for (std::uint32_t i = 1; i < nodes; ++i) {
    const std::uint32_t first = i > 60 ? i - 60 : 0, row = i / 30;
    const auto near = [&] { return first + static_cast<std::uint32_t>(prng.below(i - first)); };
    const auto above = [&] { return (row - 1) * 30 + static_cast<std::uint32_t>(prng.below(30)); };
    if (shape == kChain) input.edges.push_back({i - 1, i});
    if (shape == kTree) input.edges.push_back({(i - 1) / 3, i});
    if (shape == kWorkflow) input.edges.push_back({near(), i});
    if (shape == kWorkflow && prng.chance(50)) input.edges.push_back({near(), i, 0, 1});
    if (shape == kDense && row > 0) {
      input.edges.push_back({above(), i});
      input.edges.push_back({above(), i, 0, 1});
    }
  }
  return input;
}

void layout_of(benchmark::State& state) {
  const LayoutInput input = graph_of(static_cast<int>(state.range(0)), static_cast<std::uint32_t>(state.range(1)));
  for (auto _ : state) benchmark::DoNotOptimize(lay_out(input));
}
BENCHMARK(layout_of)
    ->ArgNames({"shape", "nodes"})
    ->Args({kChain, 3000})
    ->Args({kWorkflow, 30})
    ->Args({kWorkflow, 3000})
    ->Args({kTree, 3000})
    ->Args({kDense, 3000})
    ->Unit(benchmark::kMillisecond);

void svg_of_3000_tasks(benchmark::State& state) {
  const LayoutInput graph = graph_of(kWorkflow, 3000);
  Chart chart{"big", "direct", {}, {}};
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    chart.nodes.push_back({"task_" + std::to_string(i), "std.echo", "", "", "", ChartNodeKind::kTask});
  for (const LayoutEdge& edge : graph.edges)
    chart.edges.push_back({edge.from, edge.to, edge.style == 0 ? EdgeKind::kSuccess : EdgeKind::kError, ""});
  const std::vector<Chart> charts = {chart};
  for (auto _ : state) benchmark::DoNotOptimize(to_svg(charts));
}
BENCHMARK(svg_of_3000_tasks)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace foehn::dsl

BENCHMARK_MAIN();
