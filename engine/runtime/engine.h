// Engine: the loop around the pure core. No thread and no clock of its own: engine_thread drives it in the server, the
// simulator and tests call pump() themselves. Start here.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "dsl/validate/action_catalog.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/result.h"
#include "engine/core/direct_run.h"
#include "engine/core/event.h"
#include "engine/core/model.h"
#include "engine/ports/action_port.h"
#include "engine/ports/event_sink.h"
#include "engine/ports/notify_port.h"
#include "engine/runtime/options.h"
#include "engine/store/catalog.h"
#include "engine/store/query.h"
#include "engine/store/store.h"

namespace foehn::runtime {

// Starts a workflow. Exactly one of workflow_id and workflow_name. An execution of that id that exists is the answer.
struct StartRequest {
  std::optional<ExecutionId> id;  // absent: a random one
  std::optional<DefinitionId> workflow_id;
  std::string workflow_name;
  std::string workflow_namespace;
  std::string project_id;
  std::string description;
  Value input = Value::object();
  Value params = Value::object();
  std::optional<ExecutionId> source_id;
  std::string definition_hash;  // with source_id: the revision to run; "" = the present one
};

// What a caller gets after the commit: the rows as they are now (copies).
struct Answer {
  core::Execution execution;
  std::optional<core::Task> task;      // the task an event named
  std::optional<core::ActionRun> run;  // the run an event named
  bool existed = false;                // start: the execution was there already
};
using Reply = std::function<void(Result<Answer>)>;  // called by the engine thread after the commit, exactly once

struct PumpResult {
  std::size_t stepped = 0;  // events
  bool committed = false;
  bool more = false;  // call again at once
};

// How long commits took: counts per bound (not cumulative), the last of all above; and their sum.
struct CommitLatency {
  static constexpr std::array<std::int64_t, 12> kBoundsUs = {100,    250,    500,    1'000,   2'500,   5'000,
                                                             10'000, 25'000, 50'000, 100'000, 500'000, 2'500'000};
  std::array<std::uint64_t, kBoundsUs.size() + 1> counts{};
  std::uint64_t sum_us = 0;
  void add(std::int64_t us);
};

struct EngineStats {
  std::uint64_t events = 0, commits = 0, stale_results = 0, recovered_runs = 0, resident = 0, ready = 0, in_flight = 0;
  std::uint64_t store_failures = 0;  // commits or reads refused in a row; not 0 = the engine is read-only
  std::uint64_t store_failures_total = 0;
  std::uint64_t inbox = 0;           // requests, results and deliveries that wait to be stepped
  std::int64_t inbox_age_us = 0;     // of the oldest that the engine thread has not yet taken
  std::int64_t ready_age_us = 0;     // how long there has always been a run that waits to leave
  CommitLatency commit_latency;
};

class Engine final : public ports::EventSink {
 public:
  Engine(EngineOptions options, const Clock& clock, store::Store& store, store::Catalog& catalog, store::Query& query,
         ports::ActionPort& actions, const dsl::ActionCatalog& action_catalog, ports::NotifyPort& notify, Log& log);
  ~Engine() override;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Any thread. Waits while the inbox is full; after close() the reply gets kUnavailable.
  void start(StartRequest request, Reply reply);
  // Runs an action without a workflow; the answer has its run as it was before it left. Errors: start_action()'s.
  void start_action(core::StartAction request, Reply reply);
  // Events from outside for an existing execution: Pause, Resume, Stop, Rerun, Skip, Update, ActionFinished (attempt
  // 0), ActionUpdated. Errors of the reply: kNotFound, kFailedPrecondition, kInvalidArgument with Mistral's texts.
  void submit(ExecutionId execution_id, core::Event event, Reply reply);
  // Deletes an execution with everything below it; kFailedPrecondition unless it is complete or `force`.
  void remove(ExecutionId execution_id, bool force, Reply reply);
  void action_finished(ExecutionId execution_id, ActionRunId run_id, std::uint32_t attempt,
                       core::ActionOutcome outcome) override;

  // Engine thread only.
  Status recover();  // rows → events; before the first pump
  PumpResult pump();
  std::optional<WallTime> next_deadline();  // when the soonest timer is due, or a refusing store is tried again
  bool idle() const;                        // nothing queued, ready or in flight
  bool wait(std::int64_t max_us);           // for an event or the time; true when something may be there
  std::optional<Error> fatal() const;       // the store has refused limits::kStoreRetriesMax times in a row

  // Any thread.
  void close();  // no more requests are taken and nothing more is started; queued requests get
                 // kUnavailable here, results that are queued are still pumped
  void wake();
  EngineStats stats() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace foehn::runtime
