#include "engine/runtime/work_queue.h"

#include <algorithm>
#include <utility>

namespace foehn::runtime {
namespace {

bool is_outcome(const Item& item) {
  const auto* event = std::get_if<core::Event>(&item.what);
  return item.keep && event != nullptr && std::holds_alternative<core::ActionFinished>(*event);
}

}  // namespace

void WorkQueue::settle_lane(Item& item) {
  if (item.lane.is_nil()) item.lane = item.execution_id;
}

void WorkQueue::push(ItemPtr item) {
  settle_lane(*item);
  ++size_;
  if (outcomes_first_ && is_outcome(*item)) return outcomes_.push_back(std::move(item));
  auto& queue = items_[item->lane];
  if (queue.empty()) turns_.push_back(item->lane);
  queue.push_back(std::move(item));
}

void WorkQueue::push_front(ItemPtr item) {
  settle_lane(*item);
  ++size_;
  if (outcomes_first_ && is_outcome(*item)) return outcomes_.push_front(std::move(item));
  auto& queue = items_[item->lane];
  if (queue.empty()) turns_.push_front(item->lane);
  queue.push_front(std::move(item));
}

ItemPtr WorkQueue::pop_lane() {
  const ExecutionId id = turns_.front();
  turns_.pop_front();
  const auto found = items_.find(id);
  ItemPtr item = std::move(found->second.front());
  found->second.pop_front();
  if (found->second.empty()) {
    items_.erase(found);
  } else {
    turns_.push_back(id);
  }
  return item;
}

ItemPtr WorkQueue::pop() {
  while (size_ > 0) {
    ItemPtr item;
    if (outcomes_.empty()) {
      item = pop_lane();
    } else {
      item = std::move(outcomes_.front());
      outcomes_.pop_front();
    }
    --size_;
    if (item->dead) continue;
    item->taken = true;
    return item;
  }
  return nullptr;
}

std::vector<ItemPtr> WorkQueue::take_all_of(const std::unordered_set<ExecutionId>& ids) {
  std::vector<ItemPtr> taken;
  for (ItemPtr& item : take_all()) {
    item->taken = false;
    if (ids.contains(item->execution_id)) {
      taken.push_back(std::move(item));
    } else {
      push(std::move(item));
    }
  }
  return taken;
}

std::vector<ItemPtr> WorkQueue::take_rows_of(ExecutionId id, ExecutionId lane) {
  std::vector<ItemPtr> taken;
  const auto found = items_.find(lane);
  if (found == items_.end()) return taken;
  std::deque<ItemPtr> rest;
  for (ItemPtr& item : found->second) {
    const bool wanted = item->execution_id == id && !item->inbox_id.empty() && !item->dead;
    if (wanted) {
      taken.push_back(std::move(item));
    } else {
      rest.push_back(std::move(item));
    }
  }
  size_ -= taken.size();
  found->second = std::move(rest);
  if (!found->second.empty()) return taken;
  items_.erase(found);
  std::erase(turns_, lane);
  return taken;
}

void WorkQueue::prefer_outcomes() {
  if (std::exchange(outcomes_first_, true)) return;
  std::deque<ItemPtr> all;
  while (!turns_.empty()) all.push_back(pop_lane());
  size_ = 0;
  for (ItemPtr& item : all) push(std::move(item));
}

bool WorkQueue::has_message(ExecutionId from, ExecutionId to) const {
  const auto is_message = [from, to](const ItemPtr& item) {
    return item->execution_id == to && item->from == from && !item->dead;
  };
  return std::any_of(items_.begin(), items_.end(), [&](const auto& lane) {
    return std::any_of(lane.second.begin(), lane.second.end(), is_message);
  });
}

std::vector<ItemPtr> WorkQueue::take_all() {
  std::vector<ItemPtr> taken;
  while (ItemPtr item = pop()) taken.push_back(std::move(item));
  return taken;
}

}  // namespace foehn::runtime
