#include "engine/runtime/work_queue.h"

#include <algorithm>
#include <utility>

namespace foehn::runtime {

void WorkQueue::push(ItemPtr item) {
  auto& queue = items_[item->execution_id];
  if (queue.empty()) turns_.push_back(item->execution_id);
  queue.push_back(std::move(item));
  ++size_;
}

void WorkQueue::push_front(ItemPtr item) {
  auto& queue = items_[item->execution_id];
  if (queue.empty()) turns_.push_front(item->execution_id);
  queue.push_front(std::move(item));
  ++size_;
}

ItemPtr WorkQueue::pop() {
  while (!turns_.empty()) {
    const ExecutionId id = turns_.front();
    turns_.pop_front();
    const auto found = items_.find(id);
    ItemPtr item = std::move(found->second.front());
    found->second.pop_front();
    --size_;
    if (found->second.empty()) {
      items_.erase(found);
    } else {
      turns_.push_back(id);
    }
    if (item->dead) continue;
    item->taken = true;
    return item;
  }
  return nullptr;
}

std::vector<ItemPtr> WorkQueue::take_all_of(ExecutionId id) {
  std::vector<ItemPtr> taken;
  const auto found = items_.find(id);
  if (found == items_.end()) return taken;
  for (auto& item : found->second) {
    if (!item->dead) taken.push_back(std::move(item));
  }
  size_ -= found->second.size();
  items_.erase(found);
  turns_.erase(std::find(turns_.begin(), turns_.end(), id));
  return taken;
}

std::vector<ItemPtr> WorkQueue::take_all() {
  std::vector<ItemPtr> taken;
  while (ItemPtr item = pop()) taken.push_back(std::move(item));
  return taken;
}

}  // namespace foehn::runtime
