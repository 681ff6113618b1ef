// Finishes runs after a delay without holding a thread, and lets them be cancelled meanwhile. Any thread.
#pragma once

#include <functional>
#include <memory>
#include <unordered_map>

#include "actions/action.h"
#include "actions/timer_queue.h"
#include "engine/base/sync.h"

namespace foehn::actions {

class Delayed {
 public:
  explicit Delayed(TimerQueue& timers) : timers_(timers), waiting_(std::make_shared<Waiting>()) {}
  // Runs that still wait are dropped: their action is being destroyed with the process.
  ~Delayed();

  // done(outcome) at once when `seconds` is 0, otherwise from the timer thread.
  void finish_after(ActionRunId run_id, double seconds, ActionOutcome outcome, Done done);
  // done(cancelled) for a run that still waits.
  void cancel(ActionRunId run_id);

 private:
  struct Entry {
    TimerQueue::Handle timer = 0;
    ActionOutcome outcome;
    Done done;
  };
  using Waiting = Guarded<std::unordered_map<Uuid, Entry>>;
  static void finish(Waiting& waiting, const Uuid& key, bool cancelled);

  TimerQueue& timers_;
  const std::shared_ptr<Waiting> waiting_;
};

}  // namespace foehn::actions
