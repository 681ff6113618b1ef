// CronService: starts the workflows of cron triggers when they are due. State is the triggers' records alone: a start
// has an id made of trigger and due time, so that a crash between the start and the change of the record repeats a
// start that exists already. Runs that were missed (the server was down,
// or in maintenance) collapse to one. Called by one thread (worker.h).
#pragma once

#include <atomic>
#include <optional>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/store/records.h"
#include "workflows/triggers/cron_trigger.h"
#include "workflows/triggers/starter.h"

namespace foehn::triggers {

class CronService {
 public:
  CronService(store::Records& records, Starter start, const Clock& clock, Log& log)
      : records_(records), start_(std::move(start)), clock_(clock), log_(log) {}

  // Fires what is due; when to call again: nullopt = when a trigger has been made, or hold() has ended.
  std::optional<WallTime> run_due();
  // While held nothing fires; what was due meanwhile counts as missed. Any thread.
  void hold(bool held) { held_ = held; }

  // The execution of this trigger for this due time.
  static ExecutionId execution_id(store::RecordId trigger, WallTime due) {
    return derive_id<ExecutionId>(trigger, static_cast<std::uint64_t>(due.us));
  }

 private:
  bool fire(CronTrigger trigger);
  Status advance(CronTrigger& trigger);

  store::Records& records_;
  Starter start_;
  const Clock& clock_;
  Log& log_;
  std::atomic<bool> held_{false};
};

}  // namespace foehn::triggers
