// The layout as a picture: whatever the graph, no two nodes overlap, every edge is drawn from its node to its node and
// through no other, ranks follow the edges outside of circles, and a node more moves the others little.
#include "dsl/graph/layout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "dsl/graph/layered.h"
#include "engine/base/prng.h"

namespace foehn::dsl {
namespace {

LayoutInput graph(std::size_t nodes, const std::vector<std::pair<std::uint32_t, std::uint32_t>>& edges) {
  LayoutInput input;
  input.nodes.assign(nodes, {120, 46});
  for (const auto& [from, to] : edges) input.edges.push_back({from, to});
  return input;
}

// No two boxes closer than touching.
void expect_apart(const LayoutInput& input, const Layout& layout) {
  for (std::size_t a = 0; a < input.nodes.size(); ++a) {
    for (std::size_t b = a + 1; b < input.nodes.size(); ++b) {
      const Point &p = layout.nodes[a].center, &q = layout.nodes[b].center;
      const bool apart = std::abs(p.x - q.x) >= (input.nodes[a].width + input.nodes[b].width) / 2 - 0.01 ||
                         std::abs(p.y - q.y) >= (input.nodes[a].height + input.nodes[b].height) / 2 - 0.01;
      ASSERT_TRUE(apart) << "nodes " << a << " and " << b << " overlap";
    }
  }
}

bool on_side(const LayoutNode& size, Point center, Point point, bool lower) {
  return std::abs(point.x - center.x) <= size.width / 2 + 0.01 &&
         std::abs(point.y - (center.y + (lower ? size.height : -size.height) / 2)) < 0.01;
}

void expect_drawn(const LayoutInput& input, const Layout& layout) {
  for (std::size_t i = 0; i < input.edges.size(); ++i) {
    const LayoutEdge& edge = input.edges[i];
    const Route& route = layout.routes[i];
    ASSERT_GE(route.points.size(), 2U) << "edge " << i;
    if (edge.from == edge.to) continue;
    const bool up = route.upward;
    EXPECT_TRUE(on_side(input.nodes[edge.from], layout.nodes[edge.from].center, route.points.front(), !up)) << i;
    EXPECT_TRUE(on_side(input.nodes[edge.to], layout.nodes[edge.to].center, route.points.back(), up)) << i;
    const auto from = layout.nodes[edge.from].rank, to = layout.nodes[edge.to].rank;
    EXPECT_TRUE(up ? from > to : from < to) << "edge " << i << " from rank " << from << " to " << to;
    EXPECT_EQ(edge.label_width > 0, route.label.has_value()) << i;
  }
}

// The vertical pieces of an edge pass beside the nodes of the ranks between.
void expect_clear_of_nodes(const LayoutInput& input, const Layout& layout) {
  for (std::size_t i = 0; i < input.edges.size(); ++i) {
    const auto& points = layout.routes[i].points;
    for (std::size_t p = 1; p < points.size(); ++p) {
      if (input.edges[i].from == input.edges[i].to || std::abs(points[p].x - points[p - 1].x) > 0.01) continue;
      for (std::size_t n = 0; n < input.nodes.size(); ++n) {
        const Point& at = layout.nodes[n].center;
        const double low = std::min(points[p].y, points[p - 1].y), high = std::max(points[p].y, points[p - 1].y);
        const bool beside = std::abs(points[p].x - at.x) >= input.nodes[n].width / 2;
        const bool over =
            high <= at.y - input.nodes[n].height / 2 + 0.01 || low >= at.y + input.nodes[n].height / 2 - 0.01;
        ASSERT_TRUE(beside || over) << "edge " << i << " runs through node " << n;
      }
    }
  }
}

LayoutInput random_graph(std::uint64_t seed) {
  Prng prng(seed);
  LayoutInput input;
  const std::size_t nodes = 1 + prng.below(40);
  for (std::size_t i = 0; i < nodes; ++i)
    input.nodes.push_back({60.0 + static_cast<double>(prng.below(200)), prng.chance(30) ? 62.0 : 24.0});
  const std::size_t edges = prng.below(nodes * 2 + 1);
  const bool circles = prng.chance(50), labels = prng.chance(50);
  for (std::size_t i = 0; i < edges; ++i) {
    auto from = static_cast<std::uint32_t>(prng.below(nodes)), to = static_cast<std::uint32_t>(prng.below(nodes));
    if (!circles && from > to) std::swap(from, to);
    const double label = labels && from != to && prng.chance(30) ? 40.0 + static_cast<double>(prng.below(100)) : 0;
    input.edges.push_back({from, to, label, static_cast<std::uint32_t>(prng.below(3))});
  }
  return input;
}

TEST(Layout, KeepsItsPromisesOnRandomGraphs) {
  for (std::uint64_t seed = 1; seed <= 600; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const LayoutInput input = random_graph(seed);
    const Layout layout = lay_out(input);
    expect_apart(input, layout);
    expect_drawn(input, layout);
    expect_clear_of_nodes(input, layout);
    for (const PlacedNode& node : layout.nodes) {
      EXPECT_GE(node.center.x, 0);
      EXPECT_LE(node.center.x, layout.width);
      EXPECT_LE(node.center.y, layout.height);
    }
    if (HasFatalFailure() || HasNonfatalFailure()) return;
  }
}

TEST(Layout, IsTheSameEachTime) {
  const LayoutInput input = random_graph(7);
  const Layout first = lay_out(input), second = lay_out(input);
  for (std::size_t i = 0; i < input.nodes.size(); ++i) {
    EXPECT_EQ(first.nodes[i].center.x, second.nodes[i].center.x);
    EXPECT_EQ(first.nodes[i].center.y, second.nodes[i].center.y);
  }
}

TEST(Layout, OnlyEdgesOfCirclesRunUpward) {
  const Layout layout = lay_out(graph(5, {{0, 1}, {1, 2}, {2, 0}, {2, 3}, {3, 4}, {4, 4}}));
  std::vector<bool> upward;
  for (const Route& route : layout.routes) upward.push_back(route.upward);
  EXPECT_EQ(upward, (std::vector<bool>{false, false, true, false, false, true}));
  EXPECT_EQ(layout.nodes[4].rank, 4U);
}

TEST(Layout, DrawsAChainAsAStraightLine) {
  const Layout layout = lay_out(graph(4, {{0, 1}, {1, 2}, {2, 3}}));
  for (const PlacedNode& node : layout.nodes) EXPECT_EQ(node.center.x, layout.nodes[0].center.x);
  for (const Route& route : layout.routes) EXPECT_EQ(route.points.front().x, route.points.back().x);
}

TEST(Layout, DrawsADiamondSymmetrically) {
  const Layout layout = lay_out(graph(4, {{0, 1}, {0, 2}, {1, 3}, {2, 3}}));
  EXPECT_LT(layout.nodes[1].center.x, layout.nodes[2].center.x);
  EXPECT_DOUBLE_EQ(layout.nodes[0].center.x, (layout.nodes[1].center.x + layout.nodes[2].center.x) / 2);
  EXPECT_DOUBLE_EQ(layout.nodes[3].center.x, layout.nodes[0].center.x);
}

TEST(Layout, AvoidsCrossingsThatCanBeAvoided) {
  // Two parents with children in the wrong order, a planar ladder, and a tree that is given breadth first.
  const std::vector<LayoutInput> planar = {
      graph(6, {{0, 4}, {0, 5}, {1, 2}, {1, 3}}),
      graph(8, {{0, 1}, {0, 3}, {1, 2}, {3, 4}, {2, 5}, {4, 5}, {0, 6}, {6, 7}, {7, 5}}),
      graph(7, {{0, 1}, {0, 2}, {2, 3}, {1, 4}, {2, 5}, {1, 6}}),
      graph(10, {{0, 9}, {0, 8}, {0, 7}, {9, 1}, {8, 2}, {7, 3}, {1, 6}, {2, 6}, {3, 6}, {6, 5}, {0, 5}, {5, 4}})};
  for (const LayoutInput& input : planar) {
    layered::Layers layers = layered::make_layers(input, {});
    layered::reduce_crossings(layers);
    EXPECT_EQ(layered::count_crossings(layers), 0U);
  }
}

TEST(Layout, CountsCrossingsAsPairsOfEdges) {
  const LayoutInput input = graph(4, {{0, 3}, {1, 2}});
  layered::Layers layers = layered::make_layers(input, {});
  layers.ranks = {{0, 1}, {2, 3}};
  layers.position = {0, 1, 0, 1};
  EXPECT_EQ(layered::count_crossings(layers), 1U);
}

// A task more at the end of one branch: everything else keeps its rank and its neighbours.
TEST(Layout, MovesLittleWhenANodeIsAdded) {
  const std::vector<std::pair<std::uint32_t, std::uint32_t>> edges = {{0, 1}, {0, 2}, {0, 3}, {1, 4},
                                                                      {2, 4}, {3, 5}, {4, 6}, {5, 6}};
  auto more = edges;
  more.emplace_back(5, 7);
  const Layout before = lay_out(graph(7, edges)), after = lay_out(graph(8, more));
  for (std::size_t i = 0; i < 7; ++i) {
    EXPECT_EQ(before.nodes[i].center.y, after.nodes[i].center.y) << i;
    EXPECT_LE(std::abs(before.nodes[i].center.x - after.nodes[i].center.x), 150) << i;
    for (std::size_t j = 0; j < 7; ++j) {
      const bool left =
          before.nodes[i].rank == before.nodes[j].rank && before.nodes[i].center.x < before.nodes[j].center.x;
      if (left) {
        EXPECT_LT(after.nodes[i].center.x, after.nodes[j].center.x) << i << " and " << j;
      }
    }
  }
}

TEST(Layout, LongEdgesToOneNodeRunTogether) {
  const Layout layout = lay_out(graph(6, {{0, 1}, {1, 2}, {2, 3}, {3, 5}, {0, 5}, {1, 5}}));
  std::set<double> ends;
  for (const std::size_t edge : {4, 5}) ends.insert(layout.routes[edge].points.back().x);
  EXPECT_EQ(ends.size(), 1U);
  EXPECT_NE(layout.routes[3].points.back().x, *ends.begin());
}

TEST(Layout, DrawsNothing) {
  const Layout layout = lay_out({});
  EXPECT_EQ(layout.nodes.size(), 0U);
  EXPECT_EQ(layout.width, 0);
}

TEST(Layout, PutsUnrelatedPartsSideBySide) {
  const Layout layout = lay_out(graph(30, {}));
  EXPECT_GT(layout.width, layout.height);
  EXPECT_GT(layout.height, 46);
}

}  // namespace
}  // namespace foehn::dsl
