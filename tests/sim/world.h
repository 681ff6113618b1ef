// One seeded world: random definitions, several executions, the real Engine on a MemStore, and everything that can go
// wrong in between. run() returns what was violated, or nothing. Same seed, same run.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/log.h"
#include "tests/sim/checkers.h"
#include "tests/sim/faults.h"
#include "tests/sim/workload.h"
#include "tests/support/fake_clock.h"

namespace foehn::sim {

struct WorldOptions {
  std::uint64_t seed = 1;
  bool verbose = false;
};

class World {
 public:
  World(WorldOptions options, Log& log);
  ~World();

  std::optional<std::string> run();
  std::string describe() const;  // definitions and features, for the report
  std::size_t executions() const { return starts_.size(); }
  std::uint64_t crashes() const { return crashes_; }
  std::uint64_t steps() const { return shadow_.steps(); }

 private:
  class Lookup;
  class Silence final : public ports::NotifyPort {
   public:
    void notify(const core::Notice&) override {}
  };
  struct Start {
    ExecutionId id;
    bool submitted = false;
    bool acknowledged = false;
    bool removed = false;
    bool disturbed = false;  // by hand: its outcome is not the reference's
  };

  void define();
  void boot();
  void crash(const char* where);
  void pump();
  void submit_starts(bool all);
  void random_act();
  void random_fault();
  void random_control();
  core::RerunTasks random_rerun(Prng& prng, const core::Task& task, const std::vector<store::TaskRow>& failed);
  void finish();
  bool advance();  // one thing that makes progress; false when there is none
  bool resume_paused();
  void report_asynchronous();
  void check_end();
  void check_reference(const Start& start, const store::StoredExecution& stored);
  const GenWorkflow& workflow_named(const std::string& name) const;
  void say(const std::string& what) const;

  const WorldOptions options_;
  Log& log_;
  Prng prng_;
  testing::FakeClock clock_;
  Silence silence_;
  store::MemStore store_;
  FaultyStore faulty_;
  SimActions actions_;
  std::unique_ptr<Lookup> lookup_;
  Shadow shadow_;
  Workload workload_;
  Value env_;
  bool clock_was_set_ = false;
  runtime::EngineOptions engine_options_;
  std::unique_ptr<runtime::Engine> engine_;
  std::vector<Start> starts_;
  std::uint64_t crashes_ = 0;
  std::set<ExecutionId> disturbed_;  // executions with tasks re-run or skipped by hand
};

}  // namespace foehn::sim
