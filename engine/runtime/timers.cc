#include "engine/runtime/timers.h"

#include <limits>

namespace foehn::runtime {

Status Timers::reload() {
  by_due_.clear();
  due_of_.clear();
  window_end_.reset();
  constexpr WallTime kAll{std::numeric_limits<std::int64_t>::max()};
  FOEHN_TRY(auto rows, store_.timers_until(kAll, resident_max_));
  if (rows.size() == resident_max_) window_end_ = rows.back().due_at;
  for (const core::Timer& timer : rows) {
    by_due_.emplace(std::pair(timer.due_at, timer.id), timer);
    due_of_.emplace(timer.id, timer.due_at);
  }
  loaded_ = true;
  return {};
}

Status Timers::refill() {
  if (loaded_ && (!by_due_.empty() || !window_end_)) return {};
  return reload();
}

void Timers::add(const core::Timer& timer) {
  if (!loaded_) return;
  if (window_end_ && timer.due_at >= *window_end_) return;
  if (!due_of_.emplace(timer.id, timer.due_at).second) return;
  by_due_.emplace(std::pair(timer.due_at, timer.id), timer);
  // Full: the latest go back to being rows only.
  while (by_due_.size() > resident_max_) {
    const auto last = std::prev(by_due_.end());
    window_end_ = last->second.due_at;
    due_of_.erase(last->second.id);
    by_due_.erase(last);
  }
}

void Timers::remove(TimerId id) {
  const auto found = due_of_.find(id);
  if (found == due_of_.end()) return;
  by_due_.erase(std::pair(found->second, id));
  due_of_.erase(found);
}

std::optional<core::Timer> Timers::take_due(WallTime now) {
  if (by_due_.empty()) return std::nullopt;
  const auto first = by_due_.begin();
  if (first->second.due_at > now) return std::nullopt;
  core::Timer timer = first->second;
  due_of_.erase(timer.id);
  by_due_.erase(first);
  return timer;
}

std::optional<WallTime> Timers::next() const {
  if (!loaded_) return WallTime{0};
  if (!by_due_.empty()) return by_due_.begin()->second.due_at;
  return window_end_;
}

}  // namespace foehn::runtime
