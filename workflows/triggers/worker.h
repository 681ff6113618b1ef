// Worker: a thread that does something when it is due or when somebody wakes it. Sleeps in between; looks at the wall
// clock once in limits::kTriggerWaitMsMax, so that a jump of it is noticed. The destructor waits for the work at hand.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "engine/base/clock.h"

namespace foehn::triggers {

class Worker {
 public:
  // `work` says when it wants to be called again; nullopt: only when woken. It is called once at the start.
  Worker(const Clock& clock, std::function<std::optional<WallTime>()> work);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void wake();  // any thread

 private:
  void run();

  const Clock& clock_;
  std::function<std::optional<WallTime>()> work_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = true;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace foehn::triggers
