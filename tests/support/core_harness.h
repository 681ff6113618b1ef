// CoreHarness: executions of the core alone, in memory, as the runtime would drive them – events are stepped at once,
// runs are admitted at once, children are started, time is virtual. Every step is followed by check_invariants(). For
// conformance tests and unit tests of the core; one thread.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dsl/compile.h"
#include "engine/core/step.h"

namespace foehn::test {

// How one run of a task ends.
struct ScriptedRun {
  enum class Kind { kBuiltin, kOutcome, kHold };  // kHold: its outcome comes by finish()
  Kind kind = Kind::kBuiltin;
  core::ActionOutcome outcome;
};

// Every row of an execution as text, for comparing two histories.
std::string dump_rows(const core::ExecutionState& state);

class CoreHarness final : public core::Lookup {
 public:
  // Adds all workflows of a document, the ad-hoc actions of one, or a workbook. Returns the fault text of a bad one, ""
  // otherwise. Namespaces as in the product: the exact one, then the default one.
  std::string define(const std::string& text, dsl::DocumentKind kind = dsl::DocumentKind::kWorkflows,
                     const std::string& space = "");
  // A text that no new execution is made of; its hash. Empty when it does not compile.
  std::string add_revision(const std::string& text);
  // The runs of a task in order of creation; when they are used up the last one counts, unless `exhausts`.
  void script(const std::string& task, std::vector<ScriptedRun> runs) { scripts_[task] = std::move(runs); }

  Result<ExecutionId> start(const std::string& workflow, Value input = Value::object(), Value params = Value::object(),
                            const std::string& space = "");
  // As after a restart: every execution is made again from its rows.
  void reload();
  // Steps one event and everything that follows at once.
  Status submit(ExecutionId id, core::Event event);
  // Lets time pass; due timers fire in order.
  void advance(std::int64_t seconds);
  // Fires timers until none is left.
  void run_out();

  core::ExecutionState* state(ExecutionId id);
  // The n-th execution of a workflow in order of start; null when there is none.
  core::ExecutionState* find(const std::string& workflow, std::size_t nth = 0);
  const std::vector<std::string>& broken() const { return broken_; }      // violated invariants
  const std::vector<std::string>& admitted() const { return admitted_; }  // names of tasks, one per run that left
  const std::vector<ActionRunId>& cancel_requests() const { return cancel_requests_; }
  const std::vector<core::Notice>& notices() const { return notices_; }
  std::size_t steps() const { return steps_; }
  WallTime now() const { return now_; }
  const std::vector<std::unique_ptr<core::ExecutionState>>& all() const { return executions_; }
  std::string dump() const;  // dump_rows() of all

  // core::Lookup
  Result<core::AdhocSpecPtr> adhoc_action(std::string_view name, std::string_view workflow_name,
                                          std::string_view action_namespace) const override;
  std::optional<core::ActionTraits> action_traits(std::string_view action) const override;
  Status check_action_input(std::string_view action, const Value& input) const override;
  Result<Value> executions(const Value& filter) const override;
  Result<Value> tasks(const Value& filter) const override;
  Result<dsl::DefinitionPtr> definition(const std::string& hash, std::string_view workflow_name) const override;

 private:
  struct Queued {
    ExecutionId to;
    core::Event event;
  };

  core::StepInput step_input(const core::StartExecution* start, ExecutionId id) const;
  void take(ExecutionId id, core::Transition transition);
  void obey(ExecutionId id, core::Command& command);
  void start_child(const core::StartChild& start);
  void run_action(ExecutionId id, ActionRunId run_id);
  void drain();
  void check(ExecutionId id);
  bool fire_next_timer(WallTime until);

  // By namespace and name.
  struct Found {
    dsl::DefinitionPtr definition;
    std::string space;
    std::string workbook;
  };
  const Found* find_workflow(const std::string& name, const std::string& space) const;
  std::map<std::pair<std::string, std::string>, Found> definitions_;
  std::map<std::pair<std::string, std::string>, std::pair<core::AdhocSpecPtr, std::string>> actions_;  // and workbook
  std::vector<std::string> definition_order_;
  std::map<std::string, dsl::DefinitionPtr> revisions_;  // by hash
  std::map<std::string, std::vector<ScriptedRun>> scripts_;
  std::map<std::string, std::size_t> used_;
  std::vector<std::unique_ptr<core::ExecutionState>> executions_;
  std::map<ExecutionId, core::ExecutionState*> by_id_;
  std::deque<Queued> queue_;
  std::vector<std::string> broken_, admitted_;
  std::vector<ActionRunId> cancel_requests_;
  std::vector<core::Notice> notices_;
  std::uint64_t started_ = 0;
  std::size_t steps_ = 0;
  WallTime now_{1'700'000'000'000'000};
};

}  // namespace foehn::test
