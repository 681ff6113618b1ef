#include "engine/runtime/recovery.h"

#include "engine/base/limits.h"

namespace foehn::runtime {
namespace {

constexpr std::size_t kPageRows = 10'000;

}  // namespace

Status recover(EngineParts& parts) {
  std::size_t scheduled = 0;
  std::size_t lost = 0;
  std::size_t waiting = 0;
  std::optional<ActionRunId> after;
  for (;;) {
    FOEHN_TRY(const auto page, parts.store.pending_runs(after, kPageRows));
    for (const store::PendingRun& run : page) {
      if (run.state == core::State::kRunning && !run.is_sync) {
        ++waiting;  // completes by a report from outside
        continue;
      }
      const bool is_new = !parts.restores.contains(run.execution_id);
      Restore& restore = parts.restores[run.execution_id];
      if (run.state == core::State::kRunning) {
        restore.lost.push_back({run.run_id, run.attempt, ""});
        ++lost;
      } else {
        ++scheduled;
      }
      if (is_new) ask_to_load(parts, run.execution_id);
    }
    if (page.size() < kPageRows) break;
    after = page.back().run_id;
  }
  FOEHN_CHECK_OK(ask_for_inbox(parts));
  FOEHN_CHECK_OK(parts.timers.reload());
  parts.log.info("recovered", {{"scheduled", std::to_string(scheduled)},
                               {"lost", std::to_string(lost)},
                               {"asynchronous", std::to_string(waiting)},
                               {"timers", std::to_string(parts.timers.size())}});
  return {};
}

Status ask_for_inbox(EngineParts& parts) {
  FOEHN_TRY(const auto waiting, parts.store.with_inbox(limits::kInboxMax));
  for (const ExecutionId& id : waiting) {
    if (!parts.restores.contains(id)) ask_to_load(parts, id);
  }
  parts.inbox_left = waiting.size() == limits::kInboxMax;
  return {};
}

}  // namespace foehn::runtime
