#include "actions/std/delayed.h"

#include <optional>

namespace foehn::actions {
namespace {
constexpr double kSecondsMax = 3.0e9;  // about a century; keeps the conversion to milliseconds in range
}

Delayed::~Delayed() {
  waiting_->with([&](auto& entries) {
    for (auto& [key, entry] : entries) timers_.cancel(entry.timer);
    entries.clear();
  });
}

void Delayed::finish_after(ActionRunId run_id, double seconds, ActionOutcome outcome, Done done) {
  if (seconds <= 0) return done(std::move(outcome));
  const auto delay_ms = static_cast<std::int64_t>(std::min(seconds, kSecondsMax) * 1000);
  // A run that is not stored has no id of its own.
  const Uuid key = run_id.is_nil() ? random_uuid() : run_id.uuid;
  waiting_->with([&](auto& entries) {
    Entry& entry = entries[key];
    entry.outcome = std::move(outcome);
    entry.done = std::move(done);
    // Under the lock: a timer that fires at once waits for the entry to be complete.
    entry.timer = timers_.schedule(delay_ms, [waiting = waiting_, key] { finish(*waiting, key, false); });
  });
}

void Delayed::cancel(ActionRunId run_id) {
  const auto timer = waiting_->with([&](auto& entries) -> std::optional<TimerQueue::Handle> {
    const auto found = entries.find(run_id.uuid);
    if (found == entries.end()) return std::nullopt;
    return found->second.timer;
  });
  if (timer && timers_.cancel(*timer)) finish(*waiting_, run_id.uuid, true);
}

void Delayed::finish(Waiting& waiting, const Uuid& key, bool cancelled) {
  std::optional<Entry> entry = waiting.with([&](auto& entries) -> std::optional<Entry> {
    const auto found = entries.find(key);
    if (found == entries.end()) return std::nullopt;
    std::optional<Entry> taken(std::move(found->second));
    entries.erase(found);
    return taken;
  });
  if (!entry) return;
  entry->done(cancelled ? ActionOutcome::cancelled() : std::move(entry->outcome));
}

}  // namespace foehn::actions
