// The order within ranks: barycentre sweeps down and up, then swaps of neighbours; the best order seen is kept. A fixed
// number of sweeps keeps it deterministic and bounded.
#include <algorithm>

#include "dsl/graph/layered.h"

namespace foehn::dsl::layered {
namespace {

constexpr int kSweepsMax = 24;
constexpr int kSweepsOfBig = 8;  // above kBigItems
constexpr std::size_t kBigItems = 4'000;
constexpr int kSweepsInVain = 4;
constexpr int kSwapRoundsMax = 8;

// Crossings between a rank and the one above it: inversions, counted with a Fenwick tree.
class Crossings {
 public:
  explicit Crossings(const Layers& layers) : layers_(layers) {}

  std::uint64_t between(std::size_t rank) {
    const auto& lower = layers_.ranks[rank];
    tree_.assign(lower.size() + 1, 0);
    std::uint64_t crossings = 0, placed = 0;
    for (const Index above : layers_.ranks[rank - 1]) {
      places_.clear();
      for (const Index below : layers_.down[above]) places_.push_back(layers_.position[below]);
      std::sort(places_.begin(), places_.end());
      for (const Index place : places_) crossings += placed - sum(place + 1);
      for (const Index place : places_) add(place + 1);
      placed += places_.size();
    }
    return crossings;
  }

 private:
  std::uint64_t sum(std::size_t at) const {
    std::uint64_t total = 0;
    for (; at > 0; at &= at - 1) total += tree_[at];
    return total;
  }
  void add(std::size_t at) {
    for (; at < tree_.size(); at += at & (~at + 1)) ++tree_[at];
  }

  const Layers& layers_;
  std::vector<std::uint64_t> tree_;
  std::vector<Index> places_;
};

class Sweeper {
 public:
  explicit Sweeper(Layers& layers) : layers_(layers) {}

  void run() {
    std::uint64_t best = count_crossings(layers_);
    auto kept = layers_.ranks;
    const int sweeps = layers_.items.size() > kBigItems ? kSweepsOfBig : kSweepsMax;
    for (int sweep = 0, in_vain = 0; sweep < sweeps && in_vain < kSweepsInVain && best > 0; ++sweep) {
      // Every second pair of sweeps turns ties round: an order that is stuck gets another chance.
      const bool turn = sweep % 4 >= 2;
      if (sweep % 2 == 0) {
        for (std::size_t rank = 1; rank < layers_.ranks.size(); ++rank) sort_rank(rank, layers_.up, turn);
      } else {
        for (std::size_t rank = layers_.ranks.size() - 1; rank-- > 0;) sort_rank(rank, layers_.down, turn);
      }
      swap_neighbours(2);
      const std::uint64_t now = count_crossings(layers_);
      if (now < best) {
        best = now;
        kept = layers_.ranks;
        in_vain = 0;
      } else {
        ++in_vain;
      }
    }
    restore(kept);
    swap_neighbours(kSwapRoundsMax);
  }

 private:
  // Items without neighbours on that side keep their places.
  void sort_rank(std::size_t number, const std::vector<std::vector<Index>>& neighbours, bool turn) {
    auto& rank = layers_.ranks[number];
    moving_.clear();
    slots_.clear();
    for (std::size_t place = 0; place < rank.size(); ++place) {
      const auto& list = neighbours[rank[place]];
      if (list.empty()) continue;
      double sum = 0;
      for (const Index one : list) sum += layers_.position[one];
      moving_.push_back({sum / static_cast<double>(list.size()), rank[place]});
      slots_.push_back(place);
    }
    if (turn) std::reverse(moving_.begin(), moving_.end());
    std::stable_sort(moving_.begin(), moving_.end(),
                     [](const Moving& a, const Moving& b) { return a.center < b.center; });
    for (std::size_t i = 0; i < slots_.size(); ++i) rank[slots_[i]] = moving_[i].item;
    number_rank(rank);
  }

  void number_rank(const std::vector<Index>& rank) {
    for (std::size_t place = 0; place < rank.size(); ++place) layers_.position[rank[place]] = static_cast<Index>(place);
  }

  void restore(std::vector<std::vector<Index>>& kept) {
    layers_.ranks.swap(kept);
    for (const auto& rank : layers_.ranks) number_rank(rank);
  }

  void swap_neighbours(int rounds_max) {
    for (int round = 0; round < rounds_max; ++round) {
      bool changed = false;
      for (auto& rank : layers_.ranks) {
        for (std::size_t place = 0; place + 1 < rank.size(); ++place) {
          const Index left = rank[place], right = rank[place + 1];
          const std::int64_t gain = gain_of_swap(left, right, layers_.up) + gain_of_swap(left, right, layers_.down);
          if (gain <= 0) continue;
          std::swap(rank[place], rank[place + 1]);
          std::swap(layers_.position[left], layers_.position[right]);
          changed = true;
        }
      }
      if (!changed) return;
    }
  }

  void places_of(const std::vector<Index>& list, std::vector<Index>& places) const {
    places.clear();
    for (const Index one : list) places.push_back(layers_.position[one]);
    if (places.size() > 1) std::sort(places.begin(), places.end());
  }

  // Crossings of the edges of two neighbours as they stand, less those after a swap.
  std::int64_t gain_of_swap(Index left, Index right, const std::vector<std::vector<Index>>& neighbours) {
    if (neighbours[left].empty() || neighbours[right].empty()) return 0;
    places_of(neighbours[left], left_);
    places_of(neighbours[right], right_);
    return pairs_above(left_, right_) - pairs_above(right_, left_);
  }

  // Pairs (a of `first`, b of `second`) with a > b; both sorted.
  static std::int64_t pairs_above(const std::vector<Index>& first, const std::vector<Index>& second) {
    std::int64_t pairs = 0;
    std::size_t below = 0;
    for (const Index place : first) {
      while (below < second.size() && second[below] < place) ++below;
      pairs += static_cast<std::int64_t>(below);
    }
    return pairs;
  }

  struct Moving {
    double center;
    Index item;
  };
  Layers& layers_;
  std::vector<Moving> moving_;
  std::vector<std::size_t> slots_;
  std::vector<Index> left_, right_;
};

}  // namespace

std::uint64_t count_crossings(const Layers& layers) {
  Crossings crossings(layers);
  std::uint64_t total = 0;
  for (std::size_t rank = 1; rank < layers.ranks.size(); ++rank) total += crossings.between(rank);
  return total;
}

void reduce_crossings(Layers& layers) { Sweeper(layers).run(); }

}  // namespace foehn::dsl::layered
