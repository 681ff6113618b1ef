// Bounded pool of threads for blocking request handlers. submit() from any thread; close() waits for running jobs.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace foehn::http {

class HandlerPool {
 public:
  using Job = std::function<void()>;

  HandlerPool(std::size_t threads, std::size_t queue_max);
  ~HandlerPool();
  HandlerPool(const HandlerPool&) = delete;
  HandlerPool& operator=(const HandlerPool&) = delete;

  // False when the queue is full or closed: the job is not run.
  bool submit(Job job);
  // Drops waiting jobs, waits for running ones. Idempotent.
  void close();

 private:
  void run();

  const std::size_t queue_max_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Job> jobs_;
  bool closed_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace foehn::http
