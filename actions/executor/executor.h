// The ActionPort of the product: finds the action, arms its timeout, hands the outcome to the EventSink once. Keeps no
// queue: the engine asks for capacity first. start(), run_pure(), cancel() and capacity() are called by the engine
// thread; outcomes come from any thread (I/O threads, timers, or inside start()).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "actions/registry.h"
#include "actions/timer_queue.h"
#include "engine/base/limits.h"
#include "engine/ports/action_port.h"
#include "engine/ports/event_sink.h"
#include "engine/ports/run_log.h"

namespace foehn {
class Log;
}

namespace foehn::actions {

struct ExecutorOptions {
  std::size_t actions_max = limits::kActionsAtOnceMax;
  std::size_t actions_per_target_max = limits::kActionsPerTargetMax;
  // A task's timeout is the engine's to tell, with the policy's text; so much later we end what still runs. That of a
  // run without a task is ours.
  std::int64_t timeout_grace_ms = 5'000;
};

class Executor final : public ports::ActionPort {
 public:
  // `run_log` and `log` may be nullptr.
  Executor(const ActionRegistry& registry, TimerQueue& timers, ports::EventSink& sink, ports::RunLog* run_log, Log* log,
           ExecutorOptions options);
  ~Executor() override;

  std::optional<ports::ActionTraits> traits(std::string_view action) const override;
  Status check_input(std::string_view action, const Value& input) const override;
  std::string capacity_key(std::string_view action, const Value& input) const override;
  bool is_pure(std::string_view action, const Value& input) const override;
  std::size_t capacity(const std::string& key) const override;
  void start(ports::ActionRequest request, const std::string& capacity_key) override;
  ports::ActionOutcome run_pure(const ports::ActionRequest& request) override;
  void cancel(ActionRunId run_id) override;

  // Runs that have started and not ended. Any thread.
  std::size_t running() const;
  // The bound that a run of this action meets first: that of its target, or (key "") that of everything. Any thread.
  struct Slots {
    std::string key;
    std::size_t busy = 0;
    std::size_t most = 0;
  };
  Slots slots(std::string_view action, const Value& input) const;

 private:
  struct Shared;
  ActionContext context_of(const ports::ActionRequest& request) const;

  const ActionRegistry& registry_;
  ports::RunLog* const run_log_;
  const std::shared_ptr<Shared> shared_;  // outlives us in callbacks of actions that end late
};

}  // namespace foehn::actions
