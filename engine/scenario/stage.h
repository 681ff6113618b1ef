// One case on its own engine and store. Internal to engine/scenario; see player.h.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/ports/notify_port.h"
#include "engine/runtime/observer.h"
#include "engine/scenario/player.h"
#include "engine/scenario/scripted_actions.h"
#include "engine/store/mem/mem_store.h"

namespace foehn::scenario {

// Which tasks start, in order, and what belongs to coverage.
class StartLog final : public runtime::StepObserver {
 public:
  void started(const core::ExecutionState& state, const core::StartExecution& event, const core::StepInput& input,
               const core::Transition& transition) override;
  void stepped(const core::ExecutionState& state, const core::Event& event, const core::StepInput& input,
               const core::Transition& transition) override;

  const std::vector<std::string>& order() const { return order_; }
  const Coverage& coverage() const { return coverage_; }

 private:
  void look(const core::ExecutionState& state, const core::Transition& transition);

  std::vector<std::string> order_;  // names of tasks
  std::set<TaskId> seen_;
  Coverage coverage_;
};

class Stage {
 public:
  Stage(const Program& program, const dsl::ActionCatalog& catalog, ports::ActionPort& real, const Suite& suite,
        const Case& one, Log& log);
  ~Stage();

  std::vector<std::string> play();  // what went wrong
  double seconds() const { return passed().get<double>(); }
  const Coverage& coverage() const { return start_log_.coverage(); }

 private:
  class Silence final : public ports::NotifyPort {
   public:
    void notify(const ports::Notice&) override {}
  };

  Value passed() const;
  Status define();
  Status start();
  bool run_until(std::optional<WallTime> until);  // false: no end in sight
  bool advance(std::optional<WallTime> until);
  void take_step(const Step& step);
  void submit(const Step& step, core::Event event, ExecutionId owner);
  Result<core::Event> event_of(const Step& step, const core::ExecutionState& state);
  void check(const Value& expect, bool final_check);
  std::unique_ptr<core::ExecutionState> load(ExecutionId id);

  const Program& program_;
  const dsl::ActionCatalog& catalog_;
  const Case& case_;
  Log& log_;
  VirtualClock clock_;
  store::MemStore store_;
  Silence silence_;
  StartLog start_log_;
  ScriptedActions actions_;
  std::unique_ptr<runtime::Engine> engine_;
  ExecutionId root_{derive_uuid(Uuid{}, 1)};
  std::vector<std::string> failures_;
};

}  // namespace foehn::scenario
