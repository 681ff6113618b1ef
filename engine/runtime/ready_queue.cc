#include "engine/runtime/ready_queue.h"

#include <algorithm>
#include <utility>

namespace foehn::runtime {

void ReadyQueue::push(ReadyRun run) {
  const bool is_new = !roots_.contains(run.root_id);
  Root& root = roots_[run.root_id];
  const std::string key = lane(run);
  auto& runs = root.by_key[key];
  const bool new_lane = runs.empty();
  if (new_lane) root.turns.push_back(key);
  if (is_new) {
    turns_.push_back(run.root_id);
  } else if (root.aside && new_lane) {
    // A lane that was not asked in this pump: the root gets another turn.
    root.aside = false;
    turns_.push_back(run.root_id);
    std::erase(aside_, run.root_id);
  }
  runs.push_back(std::move(run));
  ++size_;
}

std::optional<ReadyRun> ReadyQueue::pop(const std::function<bool(const std::string&)>& has_room) {
  while (!turns_.empty()) {
    const ExecutionId id = turns_.front();
    turns_.pop_front();
    Root& root = roots_.at(id);
    for (std::size_t asked = root.turns.size(); asked > 0; --asked) {
      const std::string key = root.turns.front();
      root.turns.pop_front();
      auto& runs = root.by_key.at(key);
      if (!runs.front().pure && !has_room(runs.front().key)) {
        root.turns.push_back(key);
        continue;
      }
      ReadyRun run = std::move(runs.front());
      runs.pop_front();
      --size_;
      if (runs.empty()) {
        root.by_key.erase(key);
      } else {
        root.turns.push_back(key);
      }
      if (root.turns.empty()) {
        roots_.erase(id);
      } else {
        turns_.push_back(id);
      }
      return run;
    }
    root.aside = true;
    aside_.push_back(id);
  }
  return std::nullopt;
}

void ReadyQueue::begin() {
  for (const ExecutionId& id : aside_) {
    roots_.at(id).aside = false;
    turns_.push_back(id);
  }
  aside_.clear();
}

void ReadyQueue::remove(ExecutionId id, ExecutionId root_id) {
  const auto found = roots_.find(root_id);
  if (found == roots_.end()) return;
  Root& root = found->second;
  for (auto lane = root.by_key.begin(); lane != root.by_key.end();) {
    size_ -= std::erase_if(lane->second, [&](const ReadyRun& run) { return run.execution_id == id; });
    if (!lane->second.empty()) {
      ++lane;
      continue;
    }
    std::erase(root.turns, lane->first);
    lane = root.by_key.erase(lane);
  }
  if (!root.turns.empty()) return;
  roots_.erase(found);
  std::erase(turns_, root_id);
  std::erase(aside_, root_id);
}

}  // namespace foehn::runtime
