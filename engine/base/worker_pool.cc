#include "engine/base/worker_pool.h"

#include <system_error>
#include <utility>

namespace foehn {

WorkerPool::WorkerPool(std::size_t threads_max, std::size_t queue_max)
    : threads_max_(threads_max), queue_max_(queue_max) {
  threads_.reserve(threads_max);
}

WorkerPool::~WorkerPool() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ready_.notify_all();
  for (std::thread& thread : threads_)
    if (thread.joinable()) thread.join();
}

bool WorkerPool::submit(Job job) {
  std::lock_guard lock(mutex_);
  if (stopping_ || jobs_.size() >= queue_max_) return false;
  // Without any thread the job would never run; with some it only waits longer.
  if (jobs_.size() >= idle_ && threads_.size() < threads_max_ && !start_thread() && threads_.empty()) return false;
  jobs_.push_back({std::move(job), std::chrono::steady_clock::now()});
  ready_.notify_one();
  return true;
}

bool WorkerPool::start_thread() {
  try {
    threads_.emplace_back([this] { run(); });
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

WorkerPool::Waiting WorkerPool::waiting() const {
  std::lock_guard lock(mutex_);
  if (jobs_.empty()) return {};
  const auto age = std::chrono::steady_clock::now() - jobs_.front().since;
  return {jobs_.size(), std::chrono::duration_cast<std::chrono::microseconds>(age).count()};
}

std::size_t WorkerPool::threads() const {
  std::lock_guard lock(mutex_);
  return threads_.size();
}

void WorkerPool::close() {
  std::deque<Entry> dropped;  // destroyed without the mutex: a job may hold what calls back
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(jobs_);
    ready_.notify_all();
  }
  dropped.clear();
  for (std::thread& thread : threads_)
    if (thread.joinable()) thread.join();
}

void WorkerPool::run() {
  for (;;) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      ++idle_;
      ready_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      --idle_;
      if (jobs_.empty()) return;
      job = std::move(jobs_.front().job);
      jobs_.pop_front();
    }
    job();
  }
}

}  // namespace foehn
