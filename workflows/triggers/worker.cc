#include "workflows/triggers/worker.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "engine/base/limits.h"

namespace foehn::triggers {

Worker::Worker(const Clock& clock, std::function<std::optional<WallTime>()> work)
    : clock_(clock), work_(std::move(work)), thread_([this] { run(); }) {}

Worker::~Worker() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Worker::wake() {
  {
    std::lock_guard lock(mutex_);
    woken_ = true;
  }
  changed_.notify_all();
}

void Worker::run() {
  std::unique_lock lock(mutex_);
  std::optional<WallTime> due;
  while (!stopping_) {
    const std::int64_t now = clock_.wall().us;
    if (woken_ || (due && due->us <= now)) {
      woken_ = false;
      lock.unlock();
      due = work_();
      lock.lock();
      continue;
    }
    const auto something = [this] { return woken_ || stopping_; };
    if (!due) {
      changed_.wait(lock, something);
    } else {
      const std::int64_t wait_us = std::min(due->us - now, limits::kTriggerWaitMsMax * 1000);
      changed_.wait_for(lock, std::chrono::microseconds(wait_us), something);
    }
  }
}

}  // namespace foehn::triggers
