// Delays and timeouts of actions: one thread for all of them. schedule() and cancel() from any thread; callbacks run on
// the timer thread, must not block, and none runs after the destructor has returned.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>

namespace foehn::actions {

class TimerQueue {
 public:
  using Handle = std::uint64_t;

  TimerQueue();
  ~TimerQueue();
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;

  // Calls `callback` once, `delay_ms` from now (steady clock).
  Handle schedule(std::int64_t delay_ms, std::function<void()> callback);
  // True when the callback will surely not run; false when it ran, runs or never was.
  bool cancel(Handle handle);

 private:
  using Key = std::pair<std::int64_t, Handle>;  // due time in steady microseconds, then order of scheduling
  void loop();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::map<Key, std::function<void()>> due_;
  std::unordered_map<Handle, Key> by_handle_;
  Handle next_ = 1;
  bool stopping_ = false;
  std::thread thread_;  // last: starts when the rest exists
};

}  // namespace foehn::actions
