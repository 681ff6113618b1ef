// Waits: requests whose answer waits for the end of an execution. They hold no handler thread: the engine's thread
// tells of committed transitions, a thread of this looks whether the answer is there, and gives up at its deadline,
// when its client is gone or when the server stops. Owned by the composition root; stop() before the HTTP server is
// stopped and before anything that a wait looks into is destroyed.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include "api/http/message.h"
#include "engine/base/clock.h"
#include "engine/base/limits.h"
#include "engine/base/result.h"
#include "engine/ports/notify_port.h"

namespace foehn::rest {

// Why a wait ends without what was waited for.
enum class GivenUp { kDeadline, kStopping };

struct Wait {
  ExecutionId execution_id;  // whose end is worth a look
  std::int64_t timeout_ms = limits::kExecutionWaitMs;
  std::function<std::optional<http::Response>()> look;  // the answer when it is there; may read the store
  std::function<http::Response(GivenUp)> give_up;
};

class Waits final : public ports::NotifyPort {
 public:
  explicit Waits(const Clock& clock, std::size_t waiters_max = limits::kWaitersMax);
  ~Waits() override;  // stop()
  Waits(const Waits&) = delete;
  Waits& operator=(const Waits&) = delete;

  void notify(const ports::Notice& notice) override;
  // Of an execution that was removed: no transition tells of that. Any thread.
  void wake(ExecutionId id);
  // A response that is pending until `look` gives one, first of all at once. Any thread. kUnavailable: too many wait.
  Result<http::Response> wait(Wait wait);
  // Everyone gives up, now and from now on; returns when all have been answered.
  void stop();
  std::size_t waiting() const;
  // Compares the deadlines with the clock now. For clocks that do not run by themselves.
  void look_at_clock();

 private:
  class Pending;
  using PendingPtr = std::shared_ptr<Pending>;

  void add(PendingPtr pending);
  void leave(Pending& pending);
  void run();
  // Of the thread, with mutex_ held; each lets go of it meanwhile and is true when it has done something.
  bool look_at_woken(std::unique_lock<std::mutex>& lock);
  bool end_late(std::unique_lock<std::mutex>& lock);

  const Clock& clock_;
  const std::size_t waiters_max_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t count_ = 0;  // pending answers that exist
  std::unordered_multimap<ExecutionId, PendingPtr> table_;
  std::unordered_set<ExecutionId> woken_;
  bool clock_moved_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace foehn::rest
