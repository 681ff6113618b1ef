// ExecutionState: one execution as an aggregate – its rows, indexes over them, and the record of what changed.
// Owned by the runtime's execution table; used by the engine thread only; changed by step() alone.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "dsl/definition.h"
#include "engine/core/model.h"
#include "engine/core/scratch.h"
#include "engine/core/transition.h"

namespace foehn::core {

// The rows of one execution, as loaded from a store.
struct ExecutionRows {
  Execution execution;
  std::vector<Task> tasks;      // in order of creation
  std::vector<ActionRun> runs;  // in order of creation
  std::vector<Timer> timers;
};

// An error unless every task of `rows` is one of `definition`: whoever reads both from a store asks before anything
// relies on it.
Status check_rows(const dsl::Definition& definition, const ExecutionRows& rows);

// Like derive_uuid(), but ids of one execution sort by serial number (up to 2^31).
Uuid serial_uuid(ExecutionId execution, std::uint64_t serial);

class ExecutionState {
 public:
  ExecutionState(dsl::DefinitionPtr definition, ExecutionRows rows);
  ExecutionState(const ExecutionState&) = delete;
  ExecutionState& operator=(const ExecutionState&) = delete;

  const dsl::Definition& definition() const { return *definition_; }
  const Execution& execution() const { return execution_; }
  const std::vector<std::unique_ptr<Task>>& tasks() const { return tasks_; }
  const std::vector<std::unique_ptr<ActionRun>>& runs() const { return runs_; }
  const std::map<TimerId, Timer>& timers() const { return timers_; }

  const Task* task(TaskId id) const;
  const ActionRun* run(ActionRunId id) const;
  // Task executions of that name, in order of creation, without superseded ones; empty when there are none.
  const std::vector<Task*>& tasks_named(std::string_view name) const;
  const std::vector<ActionRun*>& runs_of(TaskId id) const;

  bool has_timer(TaskId id, TimerKind kind) const;

  // Counters kept up to date by the change functions: completion is decided without scanning.
  std::size_t unfinished_tasks() const { return unfinished_tasks_; }
  std::size_t tasks_in(State state) const { return task_counts_[static_cast<std::size_t>(state)]; }

  // Changes (step() and its handlers only). Each records the row in the current Delta.
  Execution& change_execution();
  Task& change_task(TaskId id);
  ActionRun& change_run(ActionRunId id);
  Task& add_task(Task task);
  // The task stays a row, but tasks_named() does not know it any more.
  void supersede_task(TaskId id);
  // Goes on by another revision of the workflow; all that was derived from the present one is forgotten.
  void change_definition(dsl::DefinitionPtr definition);
  ActionRun& add_run(ActionRun run);
  void add_timer(Timer timer);
  void remove_timer(TimerId id);
  void remove_timers_of(TaskId id);
  // Sets a task's state and keeps the counters right; the only way to do so.
  void set_task_state(Task& task, State state);
  std::uint64_t next_serial() { return change_execution().next_serial++; }
  // The id of a new task or run. Ids of one execution sort in the order in which they were made.
  template <class NewId>
  NewId new_id() {
    return NewId{serial_uuid(execution_.id, next_serial())};
  }

  // Derived data that saves recomputation; see scratch.h. Never stored, rebuilt when absent.
  Scratch& scratch() { return scratch_; }
  const Scratch& scratch() const { return scratch_; }
  // Sets updated_at of everything changed since the last take_delta().
  void stamp(WallTime now);

  Delta take_delta();
  std::size_t size_bytes() const;  // approximate, for the table's bound

 private:
  void index_task(Task& task);
  void index_run(ActionRun& run);
  void measure(const Uuid& id, std::size_t bytes);
  dsl::DefinitionPtr definition_;
  Execution execution_;
  std::vector<std::unique_ptr<Task>> tasks_;
  std::vector<std::unique_ptr<ActionRun>> runs_;
  std::map<TimerId, Timer> timers_;
  std::unordered_map<TaskId, Task*> task_index_;           // lookup only
  std::unordered_map<ActionRunId, ActionRun*> run_index_;  // lookup only
  std::map<std::string, std::vector<Task*>, std::less<>> tasks_by_name_;
  std::unordered_map<TaskId, std::vector<ActionRun*>> runs_by_task_;  // lookup only
  std::unordered_map<TaskId, std::vector<TimerId>> timers_by_task_;   // lookup only
  std::size_t unfinished_tasks_ = 0;
  std::array<std::size_t, kStateCount> task_counts_{};
  std::size_t rows_bytes_ = 0;                       // of all rows, as last measured
  std::unordered_map<Uuid, std::size_t> row_bytes_;  // of each; lookup only
  Delta delta_;
  std::unordered_set<Uuid> changed_;  // ids in delta_; lookup only
  Scratch scratch_;
};

}  // namespace foehn::core
