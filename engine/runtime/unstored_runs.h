// Runs of actions that nobody keeps (POST /v2/action_executions without save_result): the core's own step, driven in
// memory by the thread that waits for the answer, with an action port of its own. Nothing of it survives a crash, and
// nothing has to: the caller's connection does not either. Any thread; run() blocks.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>

#include "engine/base/clock.h"
#include "engine/core/direct_run.h"
#include "engine/ports/action_port.h"
#include "engine/ports/event_sink.h"
#include "engine/runtime/definitions.h"

namespace foehn::runtime {

class UnstoredRuns final : public ports::EventSink {
 public:
  UnstoredRuns(const Clock& clock, store::Catalog& catalog, const dsl::ActionCatalog& actions);
  ~UnstoredRuns() override;

  // The port whose outcomes come to this sink; before anything else is called.
  void connect(ports::ActionPort& actions) { actions_ = &actions; }

  // What start_action() makes of the request: its errors, and whether the action is synchronous.
  Result<core::ActionRun> check(const core::StartAction& event);
  // Runs a synchronous action to its end. kTimeout with Mistral's text after limits::kDirectRunWaitMs, and then the
  // action is asked to stop; kUnavailable: too many wait, or `stopping` became true.
  Result<core::ActionRun> run(const core::StartAction& event, const std::atomic<bool>& stopping);

  void action_finished(ExecutionId execution_id, ActionRunId run_id, std::uint32_t attempt,
                       core::ActionOutcome outcome) override;

 private:
  class Lookup;
  Result<core::Started> start(const core::StartAction& event);
  Result<core::ActionOutcome> wait_for(ActionRunId run_id, const std::atomic<bool>& stopping);
  core::StepInput step_input();

  const Clock& clock_;
  ports::ActionPort* actions_ = nullptr;
  std::mutex definitions_mutex_;  // Definitions is for one thread
  Definitions definitions_;
  std::unique_ptr<Lookup> lookup_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::map<Uuid, std::optional<core::ActionOutcome>> waiting_;  // runs under way; an outcome that nobody has taken
};

}  // namespace foehn::runtime
