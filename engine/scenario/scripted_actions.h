// ActionPort of a scenario: outcomes come from scripts, at virtual times; actions without an effect outside of the
// process run for real; anything else is refused, so that a test never touches the world. One thread.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/ports/action_port.h"
#include "engine/runtime/engine.h"
#include "engine/scenario/suite.h"
#include "engine/store/query.h"

namespace foehn::scenario {

class VirtualClock final : public Clock {
 public:
  WallTime wall() const override { return wall_; }
  MonoTime mono() const override { return {wall_.us - kStartUs + 1}; }
  void move_to(WallTime time) { wall_ = std::max(wall_, time); }
  double seconds() const { return static_cast<double>(wall_.us - kStartUs) / 1e6; }
  static WallTime at(double seconds) { return {kStartUs + static_cast<std::int64_t>(seconds * 1e6)}; }

 private:
  static constexpr std::int64_t kStartUs = 1'767'225'600'000'000;  // 2026-01-01
  WallTime wall_{kStartUs};
};

class ScriptedActions final : public ports::ActionPort {
 public:
  // `real` runs pure actions and knows the signatures. All references outlive this.
  ScriptedActions(ports::ActionPort& real, const Suite& suite, const Case& one, store::Query& query,
                  const VirtualClock& clock);

  std::optional<ports::ActionTraits> traits(std::string_view action) const override;
  Status check_input(std::string_view action, const Value& input) const override;
  std::string capacity_key(std::string_view, const Value&) const override { return {}; }
  bool is_pure(std::string_view, const Value&) const override { return false; }
  std::size_t capacity(const std::string&) const override { return limits::kActionsAtOnceMax; }
  void start(ports::ActionRequest request, const std::string& capacity_key) override;
  ports::ActionOutcome run_pure(const ports::ActionRequest& request) override;
  void cancel(ActionRunId run_id) override;

  // When the soonest outcome is due.
  std::optional<WallTime> next_due() const;
  // Tells the engine of everything due by now; false when there was nothing.
  bool deliver(runtime::Engine& engine);
  // What went beyond the scripts: "task 'x' runs std.http, which …".
  const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  struct Pending {
    WallTime due;
    ExecutionId execution_id;
    ActionRunId run_id;
    std::uint32_t attempt = 1;  // 0: reported from outside
    ports::ActionOutcome outcome;
  };
  const std::vector<Outcome>* script_of(const ports::ActionRequest& request, std::string& key);
  Outcome real_outcome(const ports::ActionRequest& request);

  ports::ActionPort& real_;
  const Suite& suite_;
  const Case& case_;
  store::Query& query_;
  const VirtualClock& clock_;
  std::vector<Pending> pending_;  // in order of start
  std::map<std::string, std::size_t, std::less<>> used_;
  std::vector<std::string> complaints_;
  std::set<std::string> complained_;
};

}  // namespace foehn::scenario
