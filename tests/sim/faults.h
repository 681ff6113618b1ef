// What the simulated world does to the engine: a clock that moves when told, a store whose commits fail or break off,
// actions that answer late, twice, after a crash or never. All decisions come from one generator.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "dsl/validate/action_catalog.h"
#include "engine/base/prng.h"
#include "engine/ports/action_port.h"
#include "engine/ports/notify_port.h"
#include "engine/runtime/engine.h"
#include "engine/store/mem/mem_store.h"

namespace foehn::sim {

// Thrown through the engine where a real process would be killed.
struct Crash {
  const char* where;
};

// A violated promise; the message is what the report shows.
struct Violation {
  std::string what;
};

// Store calls go to a MemStore, which survives crashes.
class FaultyStore final : public store::Store {
 public:
  explicit FaultyStore(store::MemStore& below) : below_(below) {}

  enum class Fault { kNone, kCrashBefore, kCrashAfter, kFails, kUnknownApplied, kUnknownLost, kLoadFails };
  void arm(Fault fault) { fault_ = fault; }
  // Whether a commit was applied since the last call.
  bool take_applied() { return std::exchange(applied_, false); }

  Result<std::optional<store::StoredExecution>> load(ExecutionId id) override;
  Result<std::vector<store::CommitOutcome>> commit(const store::CommitBatch& batch) override;
  Result<std::vector<store::PendingRun>> pending_runs(std::optional<ActionRunId> after, std::size_t limit) override {
    return below_.pending_runs(after, limit);
  }
  Result<std::vector<core::Timer>> timers_until(WallTime until, std::size_t limit) override {
    return below_.timers_until(until, limit);
  }
  Result<std::optional<WallTime>> next_timer() override { return below_.next_timer(); }
  Result<std::vector<ExecutionId>> with_inbox(std::size_t limit) override { return below_.with_inbox(limit); }
  Result<std::vector<store::InboxItem>> inbox(ExecutionId id) override { return below_.inbox(id); }
  Result<std::size_t> count_below(ExecutionId root, std::size_t enough) override {
    return below_.count_below(root, enough);
  }
  Status remove(ExecutionId id) override { return below_.remove(id); }

 private:
  store::MemStore& below_;
  Fault fault_ = Fault::kNone;
  bool applied_ = false;
};

class SimActions final : public ports::ActionPort, public dsl::ActionCatalog {
 public:
  SimActions(Prng& prng, store::MemStore& store, std::uint64_t seed);

  std::optional<ports::ActionTraits> traits(std::string_view action) const override;
  Status check_input(std::string_view action, const Value& input) const override;
  std::string capacity_key(std::string_view action, const Value& input) const override;
  std::size_t capacity(const std::string& key) const override;
  void start(ports::ActionRequest request, const std::string& capacity_key) override;
  ports::ActionOutcome run_pure(const ports::ActionRequest& request) override;
  void cancel(ActionRunId run_id) override;
  std::optional<dsl::ActionSignature> signature(std::string_view) const override { return std::nullopt; }
  std::vector<std::string> action_names() const override { return {}; }

  // The world's side.
  struct Pending {
    ExecutionId execution_id;
    ActionRunId run_id;
    std::uint32_t attempt = 1;
    std::string key;
    ports::ActionOutcome outcome;
    bool zombie = false;  // started by an engine that is gone, or told a second time
  };
  std::vector<Pending>& pending() { return pending_; }
  void deliver(std::size_t index, runtime::Engine& engine);  // may leave a copy behind, to be told again
  void crashed();                                            // the process is gone: most outcomes with it
  void crash_at_start(int nth) { crash_countdown_ = nth; }
  void set_duplicates(unsigned percent) { duplicate_percent_ = percent; }
  std::uint64_t started() const { return started_.size(); }

 private:
  ports::ActionOutcome outcome_of(const ports::ActionRequest& request);
  void check_start(const ports::ActionRequest& request, const std::string& key);
  void release(const Pending& pending);

  Prng& prng_;
  store::MemStore& store_;
  const std::uint64_t seed_;
  std::size_t bound_ = 5;
  std::size_t host_bound_ = 2;
  unsigned duplicate_percent_ = 0;
  int crash_countdown_ = -1;
  std::vector<Pending> pending_;
  std::map<std::string, std::size_t> running_;  // by key; "" counts all
  std::set<std::pair<ActionRunId, std::uint32_t>> started_;
  std::set<ActionRunId> runs_;
  std::map<std::pair<TaskId, int>, std::vector<ActionRunId>> rounds_;
};

}  // namespace foehn::sim
