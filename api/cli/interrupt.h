// SIGINT ends what a command waits for, not the program. One guard at a time, of the main thread.
#pragma once

#include <chrono>
#include <csignal>

namespace foehn::cli {

// While it lives a SIGINT is only noted; the old handler comes back afterwards.
class InterruptGuard {
 public:
  InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
  ~InterruptGuard();

 private:
  struct sigaction old_ {};
};

// How often who waits for another thread looks for one.
inline constexpr std::chrono::milliseconds kInterruptLook{50};

// Whether one came since the guard was made. Any thread.
bool is_interrupted();

}  // namespace foehn::cli
