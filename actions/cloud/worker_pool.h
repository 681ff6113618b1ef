// A few threads for calls that block (cloud drivers). Bounded queue; the executor's capacity per provider keeps it
// short.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace foehn::cloud {

class WorkerPool {
 public:
  WorkerPool(std::size_t threads, std::size_t queue_max);
  ~WorkerPool();  // runs what is queued, then joins
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Any thread; false when the queue is full or the pool is stopping (the job is not run).
  bool submit(std::function<void()> job);

 private:
  void work();

  const std::size_t queue_max_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::function<void()>> jobs_;  // under mutex_
  bool stopping_ = false;                   // under mutex_
  std::vector<std::thread> threads_;
};

}  // namespace foehn::cloud
