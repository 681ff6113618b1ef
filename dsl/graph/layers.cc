// Graph → layers: back edges turned round, ranks, bends of long edges.
#include <algorithm>
#include <unordered_map>

#include "dsl/graph/layered.h"

namespace foehn::dsl::layered {
namespace {

constexpr std::size_t kBendsMax = 400'000;  // a drawing beyond that shows nothing; longer edges then run straight

using Adjacency = std::vector<std::vector<Index>>;  // by node: edge numbers

Adjacency edges_by(const LayoutInput& input, bool outgoing) {
  Adjacency lists(input.nodes.size());
  for (Index edge = 0; edge < input.edges.size(); ++edge) {
    const LayoutEdge& one = input.edges[edge];
    if (one.from != one.to) lists[outgoing ? one.from : one.to].push_back(edge);
  }
  return lists;
}

// Edges that lead back to a node of the walk's own path. The walk begins at nodes without inbound edges, then takes the
// rest in order, so that a circle is cut where a reader would.
class BackEdges {
 public:
  explicit BackEdges(const LayoutInput& input)
      : input_(input), out_(edges_by(input, true)), state_(input.nodes.size(), 0), back_(input.edges.size(), false) {}

  std::vector<bool> find() {
    const Adjacency in = edges_by(input_, false);
    for (Index node = 0; node < state_.size(); ++node)
      if (in[node].empty()) walk(node);
    for (Index node = 0; node < state_.size(); ++node) walk(node);
    return std::move(back_);
  }

 private:
  void walk(Index start) {
    if (state_[start] != 0) return;
    std::vector<std::pair<Index, std::size_t>> path{{start, 0}};
    state_[start] = 1;
    while (!path.empty()) {
      auto& [node, next] = path.back();
      if (next == out_[node].size()) {
        state_[node] = 2;
        path.pop_back();
        continue;
      }
      const Index edge = out_[node][next++];
      const Index target = input_.edges[edge].to;
      if (state_[target] == 1) {
        back_[edge] = true;
      } else if (state_[target] == 0) {
        state_[target] = 1;
        path.emplace_back(target, 0);
      }
    }
  }

  const LayoutInput& input_;
  Adjacency out_;
  std::vector<char> state_;  // 0 not seen, 1 on the path, 2 left
  std::vector<bool> back_;
};

class Builder {
 public:
  Builder(const LayoutInput& input, const LayoutStyle& style)
      : input_(input), style_(style), step_(has_labels(input) ? 2 : 1) {
    layers_.reversed = BackEdges(input).find();
  }

  Layers build() {
    rank_nodes();
    for (Index node = 0; node < input_.nodes.size(); ++node)
      add_item({node, rank_[node], input_.nodes[node].width, input_.nodes[node].height});
    layers_.chains.resize(input_.edges.size());
    layers_.label_item.assign(input_.edges.size(), kNone);
    for (Index edge = 0; edge < input_.edges.size(); ++edge) add_chain(edge);
    drop_empty_ranks();
    first_order();
    return std::move(layers_);
  }

 private:
  // With labels there is a rank between any two, where they stand.
  static bool has_labels(const LayoutInput& input) {
    return std::any_of(input.edges.begin(), input.edges.end(),
                       [](const LayoutEdge& e) { return e.label_width > 0 && e.from != e.to; });
  }

  Index upper(Index edge) const { return layers_.reversed[edge] ? input_.edges[edge].to : input_.edges[edge].from; }
  Index lower(Index edge) const { return layers_.reversed[edge] ? input_.edges[edge].from : input_.edges[edge].to; }

  // Longest path from the top; then nodes with more edges below than above move down to their successors.
  void rank_nodes() {
    const std::size_t count = input_.nodes.size();
    Adjacency out(count), in(count);
    for (Index edge = 0; edge < input_.edges.size(); ++edge) {
      if (upper(edge) == lower(edge)) continue;
      out[upper(edge)].push_back(edge);
      in[lower(edge)].push_back(edge);
    }
    std::vector<std::size_t> waiting(count);
    std::vector<Index> order;
    order.reserve(count);
    for (Index node = 0; node < count; ++node) {
      waiting[node] = in[node].size();
      if (waiting[node] == 0) order.push_back(node);
    }
    rank_.assign(count, 0);
    for (std::size_t at = 0; at < order.size(); ++at) {
      for (const Index edge : out[order[at]]) {
        const Index target = lower(edge);
        rank_[target] = std::max(rank_[target], rank_[order[at]] + step_);
        if (--waiting[target] == 0) order.push_back(target);
      }
    }
    for (auto node = order.rbegin(); node != order.rend(); ++node) {
      if (in[*node].empty() || out[*node].size() <= in[*node].size()) continue;
      Index most = kNone;
      for (const Index edge : out[*node]) most = std::min(most, rank_[lower(edge)] - step_);
      rank_[*node] = most;
    }
  }

  Index add_item(Item item) {
    layers_.items.push_back(item);
    layers_.up.emplace_back();
    layers_.down.emplace_back();
    return static_cast<Index>(layers_.items.size() - 1);
  }

  void link(Index above, Index below) {
    auto& list = layers_.down[above];
    if (std::find(list.begin(), list.end(), below) != list.end()) return;
    list.push_back(below);
    layers_.up[below].push_back(above);
  }

  void add_chain(Index edge) {
    const Index from = upper(edge), to = lower(edge);
    if (from == to) return;
    const LayoutEdge& own = input_.edges[edge];
    auto& chain = layers_.chains[edge];
    chain.push_back(from);
    const bool alone = own.label_width > 0 || layers_.reversed[edge];
    if (layers_.items.size() < kBendsMax) {
      if (alone) {
        add_own_bends(edge, chain);
      } else {
        add_shared_bends((std::uint64_t{to} << 32U) | own.style, to, chain);
      }
    }
    chain.push_back(to);
    for (std::size_t i = 1; i < chain.size(); ++i)
      if (layers_.items[chain[i]].rank == layers_.items[chain[i - 1]].rank + 1) link(chain[i - 1], chain[i]);
  }

  void add_own_bends(Index edge, std::vector<Index>& chain) {
    const LayoutEdge& own = input_.edges[edge];
    const Index first = rank_[chain.front()] + 1, last = rank_[lower(edge)];
    // Beside the node that decides: for an edge upward that is the lower one.
    const Index labelled = layers_.reversed[edge] ? last - 1 : first;
    for (Index rank = first; rank < last; ++rank) {
      const bool label = own.label_width > 0 && rank == labelled;
      chain.push_back(add_item({kNone, rank, label ? own.label_width : 0, label ? style_.label_height : 0}));
      if (label) layers_.label_item[edge] = chain.back();
    }
  }

  // One line of bends per target and style: edges join it at the rank below their node.
  void add_shared_bends(std::uint64_t key, Index to, std::vector<Index>& chain) {
    const Index first = rank_[chain.front()] + 1;
    if (first >= rank_[to]) return;
    auto& trunk = trunks_[key];
    if (trunk.empty()) trunk.assign(rank_[to], kNone);
    for (Index rank = first; rank < rank_[to]; ++rank) {
      if (trunk[rank] == kNone) trunk[rank] = add_item({kNone, rank, 0, 0});
      chain.push_back(trunk[rank]);
    }
  }

  void drop_empty_ranks() {
    Index deepest = 0;
    for (const Item& item : layers_.items) deepest = std::max(deepest, item.rank);
    std::vector<Index> number(deepest + 1, 0);
    for (const Item& item : layers_.items) number[item.rank] = 1;
    Index next = 0;
    for (Index& one : number) {
      const bool used = one != 0;
      one = next;
      if (used) ++next;
    }
    for (Item& item : layers_.items) item.rank = number[item.rank];
    layers_.ranks.resize(next);
  }

  void first_order() {
    layers_.position.assign(layers_.items.size(), kNone);
    std::vector<std::pair<Index, std::size_t>> path;
    const auto visit = [&](Index item) {
      auto& rank = layers_.ranks[layers_.items[item].rank];
      layers_.position[item] = static_cast<Index>(rank.size());
      rank.push_back(item);
      path.emplace_back(item, 0);
    };
    const auto walk = [&](Index start) {
      if (layers_.position[start] != kNone) return;
      visit(start);
      while (!path.empty()) {
        auto& [item, next] = path.back();
        if (next == layers_.down[item].size()) {
          path.pop_back();
        } else if (const Index below = layers_.down[item][next++]; layers_.position[below] == kNone) {
          visit(below);
        }
      }
    };
    for (Index item = 0; item < layers_.items.size(); ++item)
      if (layers_.up[item].empty()) walk(item);
    for (Index item = 0; item < layers_.items.size(); ++item) walk(item);
  }

  const LayoutInput& input_;
  const LayoutStyle& style_;
  const Index step_;
  Layers layers_;
  std::vector<Index> rank_;
  std::unordered_map<std::uint64_t, std::vector<Index>> trunks_;  // lookup only
};

}  // namespace

Layers make_layers(const LayoutInput& input, const LayoutStyle& style) { return Builder(input, style).build(); }

}  // namespace foehn::dsl::layered
