// Independent witnesses of a simulated run. Shadow: sees every step, replays the committed ones on states of its own
// and compares with the rows of the store. The functions look at rows alone. A violation is thrown (faults.h).
#pragma once

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "engine/runtime/observer.h"
#include "engine/store/mem/mem_store.h"
#include "tests/sim/workload.h"

namespace foehn::sim {

class Shadow final : public runtime::StepObserver {
 public:
  Shadow(store::MemStore& store, const core::Lookup& lookup, bool verbose)
      : store_(store), lookup_(lookup), verbose_(verbose) {}

  void started(const core::ExecutionState& state, const core::StartExecution& event, const core::StepInput& input,
               const core::Transition& transition) override;
  void stepped(const core::ExecutionState& state, const core::Event& event, const core::StepInput& input,
               const core::Transition& transition) override;

  // The pump is over; its steps were committed or they never happened. `compare`: look at the rows, too.
  void end_pump(bool committed, bool compare);
  void compare_all();
  std::uint64_t steps() const { return steps_; }

 private:
  struct Recorded {
    ExecutionId id;
    core::Event event;
    WallTime now;
    Value environment;
    dsl::DefinitionPtr definition;  // of a start
    std::string commands;           // what the engine's step asked for
  };
  void replay(const Recorded& recorded);
  void say(const core::Event& event, ExecutionId id, const core::Transition& transition) const;
  void compare(ExecutionId id);

  store::MemStore& store_;
  const core::Lookup& lookup_;
  const bool verbose_;
  std::vector<Recorded> pump_;
  std::map<ExecutionId, std::unique_ptr<core::ExecutionState>> states_;
  std::uint64_t steps_ = 0;
};

std::string to_text(const core::ExecutionRows& rows);

// Rows of one execution that has come to rest: order of tasks, one accepted result, children agree.
// `rerun`: tasks were re-run or skipped by hand, or the clock was set, so that times say nothing about order.
void check_rows(store::MemStore& store, const store::StoredExecution& stored, const GenWorkflow& workflow, bool rerun);

}  // namespace foehn::sim
