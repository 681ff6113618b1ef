// The layout as a whole: parts one by one, then y, ports and routes of each, then all parts on one sheet.
#include "dsl/graph/layout.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

#include "dsl/graph/layered.h"

namespace foehn::dsl {
namespace {

using layered::Index;
using layered::Item;
using layered::kNone;
using layered::Layers;

constexpr double kPortGap = 13;      // between edges at one side of a node
constexpr double kPortMargin = 14;   // from the node's corner
constexpr double kPortReach = 44;    // how far from its middle an edge leaves a node to shorten its way
constexpr double kLoopWidth = 26;    // room beside a node for an edge to itself
constexpr double kSheetRatio = 1.7;  // width to height of what is packed

// ---- ports: where edges touch a node's lower or upper side

struct Port {
  Index item = kNone;  // what the edge goes to next
  std::uint32_t style = 0;
  double wish = 0;  // offset from the middle
  double offset = 0;
};

// Offsets near the wishes, kPortGap apart and within ±limit. `ports` are ordered from left to right.
void spread(std::vector<Port>& ports, double limit) {
  if (ports.empty()) return;
  const double room = 2 * limit;
  const double gap = ports.size() > 1 ? std::min(kPortGap, room / static_cast<double>(ports.size() - 1)) : 0;
  // Least squares under order and distance: neighbours that are too close form a block around their mean.
  struct Block {
    double sum;
    std::size_t count;
    double mean() const { return sum / static_cast<double>(count); }
  };
  std::vector<Block> blocks;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    blocks.push_back({ports[i].wish - gap * static_cast<double>(i), 1});
    while (blocks.size() > 1 && blocks[blocks.size() - 2].mean() > blocks.back().mean()) {
      blocks[blocks.size() - 2].sum += blocks.back().sum;
      blocks[blocks.size() - 2].count += blocks.back().count;
      blocks.pop_back();
    }
  }
  std::size_t at = 0;
  const double highest = limit - gap * static_cast<double>(ports.size() - 1);
  for (const Block& block : blocks)
    for (std::size_t i = 0; i < block.count; ++i, ++at)
      ports[at].offset = std::clamp(block.mean(), -limit, std::max(highest, -limit)) + gap * static_cast<double>(at);
}

// ---- one connected part

class Part {
 public:
  // `beside`: by node, the room for edges to itself at each side, which is part of its width.
  Part(const LayoutInput& input, const std::vector<double>& beside, const LayoutStyle& style)
      : input_(input), beside_(beside), style_(style) {
    layers_ = layered::make_layers(input, style);
    layered::reduce_crossings(layers_);
    x_ = layered::place_items(layers_, style);
  }

  Layout run() {
    place_ranks();
    make_ports();
    Layout layout;
    for (Index node = 0; node < input_.nodes.size(); ++node)
      layout.nodes.push_back({{x_[node], middle_[rank_of(node)]}, rank_of(node)});
    for (Index edge = 0; edge < input_.edges.size(); ++edge) layout.routes.push_back(route(edge));
    shift_to_zero(layout);
    return layout;
  }

 private:
  std::uint32_t rank_of(Index item) const { return layers_.items[item].rank; }
  double half_width(Index node) const { return input_.nodes[node].width / 2 - beside_[node]; }
  double top(Index rank) const { return middle_[rank] - height_[rank] / 2; }
  double bottom(Index rank) const { return middle_[rank] + height_[rank] / 2; }

  void place_ranks() {
    const std::size_t count = layers_.ranks.size();
    height_.assign(count, 0);
    middle_.assign(count, 0);
    std::vector<bool> has_nodes(count, false);
    for (const Item& item : layers_.items) {
      height_[item.rank] = std::max(height_[item.rank], item.height);
      if (item.node != kNone) has_nodes[item.rank] = true;
    }
    double y = 0;
    for (std::size_t rank = 0; rank < count; ++rank) {
      if (rank > 0) y += (has_nodes[rank] && has_nodes[rank - 1] ? style_.rank_gap : style_.rank_gap * 0.62);
      middle_[rank] = y + height_[rank] / 2;
      y += height_[rank];
    }
  }

  // Every edge's first and last step gets a place at its node's side; edges that run together share it.
  void make_ports() {
    lower_.resize(input_.nodes.size());
    upper_.resize(input_.nodes.size());
    for (Index edge = 0; edge < input_.edges.size(); ++edge) {
      const auto& chain = layers_.chains[edge];
      if (chain.empty()) continue;
      const std::uint32_t style = input_.edges[edge].style;
      add_port(lower_[chain.front()], chain.front(), chain[1], style);
      add_port(upper_[chain.back()], chain.back(), chain[chain.size() - 2], style);
    }
    for (Index node = 0; node < input_.nodes.size(); ++node) {
      const double limit = std::max(0.0, half_width(node) - kPortMargin);
      for (auto* side : {&lower_[node], &upper_[node]}) {
        std::sort(side->begin(), side->end(), [this](const Port& a, const Port& b) {
          return std::tuple(x_[a.item], a.item, a.style) < std::tuple(x_[b.item], b.item, b.style);
        });
        spread(*side, limit);
      }
    }
  }

  void add_port(std::vector<Port>& side, Index node, Index next, std::uint32_t style) const {
    const auto known = std::find_if(side.begin(), side.end(),
                                    [&](const Port& port) { return port.item == next && port.style == style; });
    if (known != side.end()) return;
    const double reach = std::min(kPortReach, std::max(0.0, half_width(node) - kPortMargin));
    const bool bend = layers_.items[next].node == kNone;
    // Two nodes go half of the way each.
    side.push_back({next, style, std::clamp((x_[next] - x_[node]) * (bend ? 1 : 0.5), -reach, reach), 0});
  }

  double port_x(const std::vector<Port>& side, Index node, Index next, std::uint32_t style) const {
    for (const Port& port : side)
      if (port.item == next && port.style == style) return x_[node] + port.offset;
    return x_[node];
  }

  Route route(Index edge) const {
    Route route;
    const LayoutEdge& own = input_.edges[edge];
    const auto& chain = layers_.chains[edge];
    if (chain.empty()) return loop(own);
    route.upward = layers_.reversed[edge];
    const Index from = chain.front(), to = chain.back();
    const double start = middle_[rank_of(from)] + input_.nodes[from].height / 2;
    const double start_x = port_x(lower_[from], from, chain[1], own.style);
    route.points.push_back({start_x, start});
    if (start < bottom(rank_of(from))) route.points.push_back({start_x, bottom(rank_of(from))});
    for (std::size_t i = 1; i + 1 < chain.size(); ++i) {
      const Index rank = rank_of(chain[i]);
      route.points.push_back({x_[chain[i]], top(rank)});
      if (height_[rank] > 0) route.points.push_back({x_[chain[i]], bottom(rank)});
    }
    const double end = middle_[rank_of(to)] - input_.nodes[to].height / 2;
    const double end_x = port_x(upper_[to], to, chain[chain.size() - 2], own.style);
    if (end > top(rank_of(to))) route.points.push_back({end_x, top(rank_of(to))});
    route.points.push_back({end_x, end});
    if (route.upward) std::reverse(route.points.begin(), route.points.end());
    if (const Index label = layers_.label_item[edge]; label != kNone)
      route.label = Point{x_[label], middle_[rank_of(label)]};
    return route;
  }

  Route loop(const LayoutEdge& edge) const {
    const Index node = edge.from;
    const double right = x_[node] + half_width(node);
    const double y = middle_[rank_of(node)], quarter = input_.nodes[node].height / 4;
    Route route{{{right, y + quarter}, {right, y - quarter}}, true, std::nullopt};
    if (edge.label_width > 0) route.label = Point{right + kLoopWidth + edge.label_width / 2, y};
    return route;
  }

  void shift_to_zero(Layout& layout) const {
    double left = 0, right = 0;
    for (std::size_t item = 0; item < x_.size(); ++item) {
      const double half = layers_.items[item].width / 2;
      left = item == 0 ? x_[item] - half : std::min(left, x_[item] - half);
      right = item == 0 ? x_[item] + half : std::max(right, x_[item] + half);
    }
    for (auto& node : layout.nodes) node.center.x -= left;
    for (auto& route : layout.routes) {
      for (auto& point : route.points) point.x -= left;
      if (route.label) route.label->x -= left;
    }
    layout.width = right - left;
    layout.height = middle_.empty() ? 0 : bottom(static_cast<Index>(middle_.size() - 1));
  }

  const LayoutInput& input_;
  const std::vector<double>& beside_;
  const LayoutStyle& style_;
  Layers layers_;
  std::vector<double> x_, middle_, height_;
  std::vector<std::vector<Port>> lower_, upper_;  // by node
};

// ---- parts that hang together

struct Component {
  LayoutInput input;
  std::vector<double> beside;       // by node: room for edges to itself, at each side
  std::vector<Index> nodes, edges;  // their numbers in the whole
};

Index find_root(std::vector<Index>& parents, Index node) {
  while (parents[node] != node) node = parents[node] = parents[parents[node]];
  return node;
}

// In the order of their first nodes.
std::vector<Component> split(const LayoutInput& input) {
  std::vector<Index> parents(input.nodes.size());
  std::iota(parents.begin(), parents.end(), Index{0});
  std::vector<double> beside(input.nodes.size(), 0);
  for (const LayoutEdge& edge : input.edges) {
    if (edge.from == edge.to) beside[edge.from] = std::max(beside[edge.from], kLoopWidth + edge.label_width);
    const Index a = find_root(parents, edge.from), b = find_root(parents, edge.to);
    parents[std::max(a, b)] = std::min(a, b);
  }
  std::vector<Component> components;
  std::vector<Index> number(input.nodes.size(), kNone), local(input.nodes.size());
  for (Index node = 0; node < input.nodes.size(); ++node) {
    const Index root = find_root(parents, node);
    if (number[root] == kNone) {
      number[root] = static_cast<Index>(components.size());
      components.emplace_back();
    }
    Component& own = components[number[root]];
    local[node] = static_cast<Index>(own.nodes.size());
    own.nodes.push_back(node);
    own.input.nodes.push_back(input.nodes[node]);
    own.input.nodes.back().width += 2 * beside[node];
    own.beside.push_back(beside[node]);
  }
  for (Index edge = 0; edge < input.edges.size(); ++edge) {
    LayoutEdge own = input.edges[edge];
    Component& component = components[number[find_root(parents, own.from)]];
    own.from = local[own.from];
    own.to = local[own.to];
    component.input.edges.push_back(own);
    component.edges.push_back(edge);
  }
  return components;
}

void put(const Component& component, Layout part, Point at, Layout& whole) {
  const auto move = [&](Point& point) {
    point.x += at.x;
    point.y += at.y;
  };
  for (std::size_t i = 0; i < component.nodes.size(); ++i) {
    move(part.nodes[i].center);
    whole.nodes[component.nodes[i]] = part.nodes[i];
  }
  for (std::size_t i = 0; i < component.edges.size(); ++i) {
    for (Point& point : part.routes[i].points) move(point);
    if (part.routes[i].label) move(*part.routes[i].label);
    whole.routes[component.edges[i]] = std::move(part.routes[i]);
  }
  whole.width = std::max(whole.width, at.x + part.width);
  whole.height = std::max(whole.height, at.y + part.height);
}

}  // namespace

Layout lay_out(const LayoutInput& input, const LayoutStyle& style) {
  const std::vector<Component> components = split(input);
  std::vector<Layout> parts;
  double area = 0, widest = 0;
  for (const Component& component : components) {
    parts.push_back(Part(component.input, component.beside, style).run());
    area += (parts.back().width + style.component_gap) * (parts.back().height + style.component_gap);
    widest = std::max(widest, parts.back().width);
  }
  const double sheet = std::max(widest, std::sqrt(area * kSheetRatio));
  Layout whole;
  whole.nodes.resize(input.nodes.size());
  whole.routes.resize(input.edges.size());
  double x = 0, y = 0, row = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const double width = parts[i].width, height = parts[i].height;
    if (x > 0 && x + width > sheet) {
      y += row + style.component_gap;
      x = row = 0;
    }
    put(components[i], std::move(parts[i]), {x, y}, whole);
    x += width + style.component_gap;
    row = std::max(row, height);
  }
  return whole;
}

}  // namespace foehn::dsl
