// The soonest timers of the store, bounded: when more exist than fit, the rest stay rows until their turn comes.
// Engine thread only.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "engine/base/clock.h"
#include "engine/core/model.h"
#include "engine/store/store.h"

namespace foehn::runtime {

class Timers {
 public:
  Timers(store::Store& store, std::size_t resident_max) : store_(store), resident_max_(resident_max) {}

  // Reads the first window from the store, forgetting what is held. Errors: those of the store.
  Status reload();
  // Reads the next window when this one is used up; call between batches.
  Status refill();
  void forget() { loaded_ = false; }   // the next refill() reads anew
  void add(const core::Timer& timer);  // committed
  void remove(TimerId id);             // fired, cancelled or gone
  // Takes the soonest timer that is due, if any.
  std::optional<core::Timer> take_due(WallTime now);
  // When to look again: the soonest timer, or the end of the window.
  std::optional<WallTime> next() const;
  std::size_t size() const { return by_due_.size(); }

 private:
  store::Store& store_;
  const std::size_t resident_max_;
  std::map<std::pair<WallTime, TimerId>, core::Timer> by_due_;
  std::map<TimerId, WallTime> due_of_;
  bool loaded_ = false;
  std::optional<WallTime> window_end_;  // timers from here on may be rows only; absent = all are held
};

}  // namespace foehn::runtime
