#include "api/http/handler_pool.h"

#include <utility>

namespace foehn::http {

HandlerPool::HandlerPool(std::size_t threads, std::size_t queue_max) : queue_max_(queue_max) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

HandlerPool::~HandlerPool() { close(); }

bool HandlerPool::submit(Job job) {
  std::lock_guard lock(mutex_);
  if (closed_ || jobs_.size() >= queue_max_) return false;
  jobs_.push_back({std::move(job), std::chrono::steady_clock::now()});
  ready_.notify_one();
  return true;
}

HandlerPool::Waiting HandlerPool::waiting() const {
  std::lock_guard lock(mutex_);
  if (jobs_.empty()) return {};
  const auto age = std::chrono::steady_clock::now() - jobs_.front().since;
  return {jobs_.size(), std::chrono::duration_cast<std::chrono::microseconds>(age).count()};
}

void HandlerPool::close() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    jobs_.clear();
    ready_.notify_all();
  }
  for (std::thread& thread : threads_)
    if (thread.joinable()) thread.join();
}

void HandlerPool::run() {
  for (;;) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [this] { return closed_ || !jobs_.empty(); });
      if (closed_) return;
      job = std::move(jobs_.front().job);
      jobs_.pop_front();
    }
    job();
  }
}

}  // namespace foehn::http
