// What waits to be stepped: requests, results, deliveries inside a tree, recovery work. Fair: lanes (root executions,
// as far as they are known) take turns. What a tree sends to one of its executions stays in order. When the engine
// stops, outcomes of actions overtake everything else: nothing but them would be lost. Engine thread only.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "engine/base/id.h"
#include "engine/core/direct_run.h"
#include "engine/core/event.h"
#include "engine/core/transition.h"
#include "engine/runtime/engine.h"

namespace foehn::runtime {

struct RemoveRequest {
  bool force = false;
};
// Nothing to step: makes the execution resident, which restores what it was about to do. `look`: reads its inbox even
// when it is resident already.
struct LoadRequest {
  bool look = false;
};

struct Item {
  ExecutionId execution_id;  // that is stepped; of a StartRequest, StartChild and StartAction the one that will exist
  ExecutionId lane;          // whose turn it takes; nil = its own
  std::variant<core::Event, StartRequest, core::StartChild, core::StartAction, RemoveRequest, LoadRequest> what;
  Reply reply;                        // may be empty
  std::string inbox_id;               // row that is consumed together with the step; empty = none
  bool keep = false;                  // must be stepped again when the commit fails: results, losses, inbox rows
  bool timer = false;                 // read again from the store when the commit fails
  std::optional<ExecutionId> sender;  // set for what another step of the same batch produced
  ExecutionId from;                   // whose step it comes from; nil = nobody's. Kept with its inbox row
  bool taken = false;                 // popped
  bool dead = false;                  // its sender was not committed: never happened
  unsigned tries = 0;                 // times that the execution could not be loaded
};
using ItemPtr = std::unique_ptr<Item>;

class WorkQueue {
 public:
  void push(ItemPtr item);
  void push_front(ItemPtr item);  // before everything of its lane, which becomes the next in turn
  ItemPtr pop();                  // null when empty; dead items are dropped
  std::vector<ItemPtr> take_all_of(const std::unordered_set<ExecutionId>& ids);
  // Those that stand for inbox rows of the execution.
  std::vector<ItemPtr> take_rows_of(ExecutionId id, ExecutionId lane);
  std::vector<ItemPtr> take_all();
  // From now on outcomes of actions go first.
  void prefer_outcomes();
  // Whether something that a step of `from` has sent waits for `to`.
  bool has_message(ExecutionId from, ExecutionId to) const;
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

 private:
  static void settle_lane(Item& item);
  ItemPtr pop_lane();

  std::deque<ExecutionId> turns_;  // lanes with items, each once
  std::unordered_map<ExecutionId, std::deque<ItemPtr>> items_;
  std::deque<ItemPtr> outcomes_;  // when they go first
  bool outcomes_first_ = false;
  std::size_t size_ = 0;
};

}  // namespace foehn::runtime
