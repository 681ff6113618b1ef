// x of every item. After U. Brandes and B. Köpf, "Fast and Simple Horizontal Coordinate Assignment" (GD 2001): four
// alignments of items with their median neighbours, each packed, and their average median. Long edges become straight.
#include <algorithm>
#include <array>
#include <limits>
#include <unordered_set>

#include "dsl/graph/layered.h"

namespace foehn::dsl::layered {
namespace {

constexpr double kFar = std::numeric_limits<double>::infinity();

std::uint64_t pair_key(Index above, Index below) { return (std::uint64_t{above} << 32U) | below; }

class Placer {
 public:
  Placer(const Layers& layers, const LayoutStyle& style) : layers_(layers), style_(style) { find_conflicts(); }

  std::vector<double> place() {
    std::array<std::vector<double>, 4> all;
    for (std::size_t which = 0; which < 4; ++which) all[which] = align_and_pack(which >= 2, which % 2 == 1);
    bring_together(all);
    std::vector<double> x(layers_.items.size());
    for (std::size_t item = 0; item < x.size(); ++item) {
      std::array<double, 4> four = {all[0][item], all[1][item], all[2][item], all[3][item]};
      std::sort(four.begin(), four.end());
      x[item] = (four[1] + four[2]) / 2;
    }
    return x;
  }

 private:
  bool is_bend(Index item) const { return layers_.items[item].node == kNone; }

  double distance(Index left, Index right) const {
    const double gap = is_bend(left) || is_bend(right) ? style_.line_gap : style_.node_gap;
    return (layers_.items[left].width + layers_.items[right].width) / 2 + gap;
  }

  // Edges that cross a straight piece of a long edge give way to it.
  void find_conflicts() {
    for (std::size_t rank = 1; rank < layers_.ranks.size(); ++rank) {
      const auto& lower = layers_.ranks[rank];
      const std::size_t width = layers_.ranks[rank - 1].size();
      std::size_t first = 0, next = 0;
      for (std::size_t place = 0; place < lower.size(); ++place) {
        const Index above = bend_above(lower[place]);
        if (above == kNone && place + 1 != lower.size()) continue;
        const std::size_t last = above == kNone ? width : layers_.position[above];
        for (; next <= place; ++next) mark_outside(lower[next], first, last);
        first = last;
      }
    }
  }

  Index bend_above(Index item) const {
    if (!is_bend(item)) return kNone;
    for (const Index above : layers_.up[item])
      if (is_bend(above)) return above;
    return kNone;
  }

  void mark_outside(Index item, std::size_t first, std::size_t last) {
    for (const Index above : layers_.up[item]) {
      const std::size_t place = layers_.position[above];
      if ((place < first || place > last) && !(is_bend(item) && is_bend(above)))
        conflicts_.insert(pair_key(above, item));
    }
  }

  // One of the four: from below or from above, to the left or to the right.
  std::vector<double> align_and_pack(bool from_below, bool to_right) {
    align(from_below, to_right);
    std::vector<double> x = pack(to_right);
    if (to_right)
      for (double& one : x) one = -one;
    return x;
  }

  void align(bool from_below, bool to_right) {
    const std::size_t count = layers_.items.size();
    root_.resize(count);
    next_.resize(count);
    for (Index item = 0; item < count; ++item) root_[item] = next_[item] = item;
    const auto& neighbours = from_below ? layers_.down : layers_.up;
    const std::size_t ranks = layers_.ranks.size();
    for (std::size_t step = 0; step < ranks; ++step) {
      const std::size_t number = from_below ? ranks - 1 - step : step;
      const auto& rank = layers_.ranks[number];
      const Index width = neighbour_rank_width(number, from_below);
      std::int64_t before = -1;
      for (std::size_t place = 0; place < rank.size(); ++place) {
        const Index item = rank[to_right ? rank.size() - 1 - place : place];
        align_item(item, neighbours[item], to_right ? width : 0, from_below, before);
      }
    }
  }

  Index neighbour_rank_width(std::size_t number, bool from_below) const {
    if (from_below ? number + 1 == layers_.ranks.size() : number == 0) return 0;
    return static_cast<Index>(layers_.ranks[from_below ? number + 1 : number - 1].size());
  }

  // `mirror`: width of the neighbours' rank when it is read from the right, else 0.
  void align_item(Index item, const std::vector<Index>& list, Index mirror, bool from_below, std::int64_t& before) {
    if (list.empty()) return;
    sorted_.clear();
    for (const Index one : list)
      sorted_.emplace_back(mirror ? mirror - 1 - layers_.position[one] : layers_.position[one], one);
    if (sorted_.size() > 1) std::sort(sorted_.begin(), sorted_.end());
    const std::size_t size = sorted_.size();
    for (std::size_t middle = (size - 1) / 2; middle <= size / 2; ++middle) {
      const auto [place, other] = sorted_[middle];
      if (next_[item] != item || before >= static_cast<std::int64_t>(place)) continue;
      if (conflicts_.contains(from_below ? pair_key(item, other) : pair_key(other, item))) continue;
      next_[other] = item;
      root_[item] = root_[other];
      next_[item] = root_[item];
      before = static_cast<std::int64_t>(place);
    }
  }

  struct Distance {
    Index left, right;
    double least;
  };

  // Blocks of aligned items as far left as they can be, then each as far right as its right neighbours allow.
  std::vector<double> pack(bool to_right) {
    const std::size_t count = layers_.items.size();
    collect_distances(to_right);
    std::vector<std::size_t> waiting(count, 0), begin(count + 1, 0);
    for (const Distance& one : distances_) {
      ++waiting[one.right];
      ++begin[one.left + 1];
    }
    for (std::size_t i = 0; i < count; ++i) begin[i + 1] += begin[i];
    std::vector<Index> ordered(distances_.size());
    std::vector<std::size_t> fill(begin.begin(), begin.end() - 1);
    for (Index i = 0; i < distances_.size(); ++i) ordered[fill[distances_[i].left]++] = i;
    std::vector<Index> order;
    for (Index item = 0; item < count; ++item)
      if (root_[item] == item && waiting[item] == 0) order.push_back(item);
    std::vector<double> x(count, 0);
    for (std::size_t at = 0; at < order.size(); ++at) {
      for (std::size_t i = begin[order[at]]; i < begin[order[at] + 1]; ++i) {
        const Distance& one = distances_[ordered[i]];
        x[one.right] = std::max(x[one.right], x[one.left] + one.least);
        if (--waiting[one.right] == 0) order.push_back(one.right);
      }
    }
    for (auto block = order.rbegin(); block != order.rend(); ++block) {
      double most = kFar;
      for (std::size_t i = begin[*block]; i < begin[*block + 1]; ++i) {
        const Distance& one = distances_[ordered[i]];
        most = std::min(most, x[one.right] - one.least);
      }
      if (most != kFar) x[*block] = std::max(x[*block], most);
    }
    for (std::size_t item = 0; item < count; ++item) x[item] = x[root_[item]];
    return x;
  }

  void collect_distances(bool to_right) {
    distances_.clear();
    for (const auto& rank : layers_.ranks) {
      for (std::size_t place = 0; place + 1 < rank.size(); ++place) {
        const Index a = root_[rank[place]], b = root_[rank[place + 1]];
        const double least = distance(rank[place], rank[place + 1]);
        distances_.push_back(to_right ? Distance{b, a, least} : Distance{a, b, least});
      }
    }
  }

  // All four beside the narrowest one: left ones by their left side, right ones by their right.
  void bring_together(std::array<std::vector<double>, 4>& all) const {
    std::array<std::pair<double, double>, 4> sides;
    std::size_t narrowest = 0;
    for (std::size_t which = 0; which < 4; ++which) {
      sides[which] = {kFar, -kFar};
      for (std::size_t item = 0; item < layers_.items.size(); ++item) {
        const double half = layers_.items[item].width / 2;
        sides[which].first = std::min(sides[which].first, all[which][item] - half);
        sides[which].second = std::max(sides[which].second, all[which][item] + half);
      }
      const auto width = [&](std::size_t one) { return sides[one].second - sides[one].first; };
      if (width(which) < width(narrowest)) narrowest = which;
    }
    for (std::size_t which = 0; which < 4; ++which) {
      const double shift =
          which % 2 == 1 ? sides[narrowest].second - sides[which].second : sides[narrowest].first - sides[which].first;
      for (double& one : all[which]) one += shift;
    }
  }

  const Layers& layers_;
  const LayoutStyle& style_;
  std::unordered_set<std::uint64_t> conflicts_;  // lookup only
  std::vector<Index> root_, next_;
  std::vector<std::pair<Index, Index>> sorted_;
  std::vector<Distance> distances_;
};

}  // namespace

std::vector<double> place_items(const Layers& layers, const LayoutStyle& style) {
  return Placer(layers, style).place();
}

}  // namespace foehn::dsl::layered
