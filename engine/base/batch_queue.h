// Bounded queue: many producers, one consumer that takes everything at once.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

namespace foehn {

template <class T>
class BatchQueue {
 public:
  explicit BatchQueue(std::size_t capacity) : capacity_(capacity) {}

  // Waits while the queue is full; false once closed (the item stays with the caller). Any thread but the consumer's.
  bool push(T&& item) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return items_.size() < capacity_ || closed_; });
    if (closed_) return false;
    items_.push_back(std::move(item));
    if (items_.size() == 1) ready_.notify_one();
    return true;
  }
  // As push(), but false at once when full.
  bool try_push(T item) {
    std::lock_guard lock(mutex_);
    if (closed_ || items_.size() >= capacity_) return false;
    items_.push_back(std::move(item));
    if (items_.size() == 1) ready_.notify_one();
    return true;
  }

  // Consumer: everything waiting, at once; empty when none.
  std::vector<T> take() {
    std::vector<T> taken;
    std::lock_guard lock(mutex_);
    taken.swap(items_);
    room_.notify_all();
    return taken;
  }
  // Consumer: waits for an item, wake(), close() or the time; true when something may be there.
  bool wait_for(std::chrono::microseconds time) {
    std::unique_lock lock(mutex_);
    const bool woken = ready_.wait_for(lock, time, [this] { return !items_.empty() || closed_ || woken_; });
    woken_ = false;
    return woken;
  }
  void wake() {
    std::lock_guard lock(mutex_);
    woken_ = true;
    ready_.notify_one();
  }
  void close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    ready_.notify_all();
    room_.notify_all();
  }
  bool closed() const {
    std::lock_guard lock(mutex_);
    return closed_;
  }
  std::size_t size() const {
    std::lock_guard lock(mutex_);
    return items_.size();
  }

 private:
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::condition_variable room_;
  std::vector<T> items_;
  bool closed_ = false;
  bool woken_ = false;
};

}  // namespace foehn
