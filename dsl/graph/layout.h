// Layered layout of a directed graph: where nodes stand and how edges run. Own algorithm after Sugiyama: circles are
// cut at back edges, ranks by longest path, dummies on long edges, crossings reduced by barycentre sweeps, x by Brandes
// and Köpf. Pure and deterministic: the same graph gives the same drawing, and an order that is as good as another is
// left as the document has it, so that a new task moves the others little. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace foehn::dsl {

struct Point {
  double x = 0;
  double y = 0;
};

struct LayoutNode {
  double width = 0;
  double height = 0;
};

struct LayoutEdge {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  double label_width = 0;   // 0 = no label
  std::uint32_t style = 0;  // long edges of one style to one node run together
};

struct LayoutInput {
  std::vector<LayoutNode> nodes;  // in the order of the document
  std::vector<LayoutEdge> edges;
};

struct LayoutStyle {
  double node_gap = 28;  // between neighbours of a rank
  double line_gap = 14;  // beside an edge that passes
  double rank_gap = 46;  // between two ranks
  double label_height = 17;
  double component_gap = 48;  // between parts that hang together by nothing
};

struct PlacedNode {
  Point center;
  std::uint32_t rank = 0;
};

// The points of an edge from `from` to `to`; between two of them it runs vertically at both ends. An edge from a node
// to itself has the two points at its right side.
struct Route {
  std::vector<Point> points;
  bool upward = false;  // closes a circle: runs against the ranks
  std::optional<Point> label;
};

struct Layout {
  std::vector<PlacedNode> nodes;
  std::vector<Route> routes;  // as the edges
  double width = 0;
  double height = 0;
};

// Edges must name nodes. Coordinates begin at 0.
Layout lay_out(const LayoutInput& input, const LayoutStyle& style = {});

}  // namespace foehn::dsl
