// Bounded pool of threads for blocking request handlers. submit() from any thread; close() waits for running jobs.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
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
  struct Waiting {
    std::size_t jobs = 0;
    std::int64_t age_us = 0;  // of the oldest
  };
  Waiting waiting() const;
  // Drops waiting jobs, waits for running ones. Idempotent.
  void close();

 private:
  struct Entry {
    Job job;
    std::chrono::steady_clock::time_point since;
  };
  void run();

  const std::size_t queue_max_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Entry> jobs_;
  bool closed_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace foehn::http
