// The stages of the layout of one connected part. Internal to dsl/graph; see layout.h.
#pragma once

#include <cstdint>
#include <vector>

#include "dsl/graph/layout.h"

namespace foehn::dsl::layered {

using Index = std::uint32_t;
inline constexpr Index kNone = 0xFFFFFFFFU;

// A node, a bend of a long edge, or the label of an edge.
struct Item {
  Index node = kNone;  // kNone: a bend or a label
  Index rank = 0;
  double width = 0;
  double height = 0;
};

struct Layers {
  std::vector<Item> items;                 // the nodes first, by number
  std::vector<std::vector<Index>> up;      // by item: its neighbours one rank above
  std::vector<std::vector<Index>> down;    // and one below
  std::vector<std::vector<Index>> ranks;   // items of each rank from left to right
  std::vector<Index> position;             // of an item in its rank
  std::vector<std::vector<Index>> chains;  // by edge: its items from above to below; empty for a loop
  std::vector<bool> reversed;              // by edge: drawn against its direction
  std::vector<Index> label_item;           // by edge, or kNone
};

// layers.cc: circles, ranks, bends. The order within ranks is that of a depth-first walk.
Layers make_layers(const LayoutInput& input, const LayoutStyle& style);
// order.cc: fewer crossings.
void reduce_crossings(Layers& layers);
std::uint64_t count_crossings(const Layers& layers);
// place.cc: x of every item.
std::vector<double> place_items(const Layers& layers, const LayoutStyle& style);

}  // namespace foehn::dsl::layered
