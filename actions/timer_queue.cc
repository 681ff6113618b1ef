#include "actions/timer_queue.h"

#include <chrono>

namespace foehn::actions {
namespace {

std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Beyond this a delay is "never" for practical purposes; keeps the arithmetic from overflowing.
constexpr std::int64_t kDelayMsMax = 100LL * 365 * 24 * 3600 * 1000;

}  // namespace

TimerQueue::TimerQueue() : thread_([this] { loop(); }) {}

TimerQueue::~TimerQueue() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  thread_.join();
}

TimerQueue::Handle TimerQueue::schedule(std::int64_t delay_ms, std::function<void()> callback) {
  const std::int64_t bounded_ms = std::clamp<std::int64_t>(delay_ms, 0, kDelayMsMax);
  std::lock_guard lock(mutex_);
  const Key key{now_us() + bounded_ms * 1000, next_++};
  const bool first = due_.empty() || key < due_.begin()->first;
  due_.emplace(key, std::move(callback));
  by_handle_.emplace(key.second, key);
  if (first) wake_.notify_all();
  return key.second;
}

bool TimerQueue::cancel(Handle handle) {
  std::function<void()> dropped;  // destroyed outside the lock: it may own anything
  std::lock_guard lock(mutex_);
  const auto found = by_handle_.find(handle);
  if (found == by_handle_.end()) return false;
  const auto entry = due_.find(found->second);
  dropped = std::move(entry->second);
  due_.erase(entry);
  by_handle_.erase(found);
  return true;
}

void TimerQueue::loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (due_.empty()) {
      wake_.wait(lock);
      continue;
    }
    const auto first = due_.begin();
    const std::int64_t wait_us = first->first.first - now_us();
    if (wait_us > 0) {
      wake_.wait_for(lock, std::chrono::microseconds(wait_us));
      continue;
    }
    auto callback = std::move(first->second);
    by_handle_.erase(first->first.second);
    due_.erase(first);
    lock.unlock();
    callback();
    callback = nullptr;
    lock.lock();
  }
}

}  // namespace foehn::actions
