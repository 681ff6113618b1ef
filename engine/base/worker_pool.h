// Bounded pool of threads for calls that block: request handlers, cloud drivers. A thread is started when a job finds
// none idle, so that a pool nobody uses costs nothing; it stays until the end. submit() and waiting() from any thread.
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

namespace foehn {

class WorkerPool {
 public:
  using Job = std::function<void()>;

  WorkerPool(std::size_t threads_max, std::size_t queue_max);
  ~WorkerPool();  // runs what is queued, then joins
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False when the queue is full, the pool stops, or the system has no thread for it: the job is not run.
  bool submit(Job job);
  struct Waiting {
    std::size_t jobs = 0;
    std::int64_t age_us = 0;  // of the oldest
  };
  Waiting waiting() const;
  std::size_t threads() const;  // started so far
  // Drops waiting jobs, waits for running ones. Idempotent; not for two threads at once.
  void close();

 private:
  struct Entry {
    Job job;
    std::chrono::steady_clock::time_point since;
  };
  bool start_thread();  // with mutex_ held
  void run();

  const std::size_t threads_max_;
  const std::size_t queue_max_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Entry> jobs_;
  std::size_t idle_ = 0;  // threads that wait, or have been woken and hold no job yet
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace foehn
