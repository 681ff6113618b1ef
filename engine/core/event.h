// Event: the only thing that can change an execution, through step(). Names are past or asked-for facts.
// Producers: api (Start, Pause, Resume, Stop, Rerun, Skip, Update), executor (ActionFinished), timers (TimerFired),
// recovery (ActionLost), other executions of the same tree (Child…).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/base/id.h"
#include "engine/base/value.h"
#include "engine/core/action_request.h"
#include "engine/core/model.h"

namespace foehn::core {

// Creates the execution `id`. The runtime has resolved the definition. Input defaults and checks happen in the step.
struct StartExecution {
  ExecutionId id;
  DefinitionId workflow_id;
  std::string workflow_namespace;
  std::string project_id;
  std::string description;
  Value input = Value::object();
  Value params = Value::object();  // env already resolved to an object
  std::optional<ParentLink> parent;
  std::optional<ExecutionId> root_id;
  std::optional<ExecutionId> source_id;
  std::uint32_t depth = 0;
};

struct ActionAdmitted {
  ActionRunId run_id;
};  // SCHEDULED → RUNNING: capacity is there, it leaves after the commit
struct ActionFinished {
  ActionRunId run_id;
  std::uint32_t attempt = 0;  // 0 = reported from outside (PUT): not fenced
  ActionOutcome outcome;
  std::string reason{};  // why somebody ended the run by hand; becomes the run's state_info
};
struct ActionUpdated {
  ActionRunId run_id;
  State state;
};  // PAUSED or RUNNING, asynchronous actions only
struct ActionLost {
  ActionRunId run_id;
  std::uint32_t attempt = 0;
};  // was RUNNING when the engine died
struct TimerFired {
  TimerId timer_id;
};

// From the child execution to its parent.
struct ChildChanged {
  ActionRunId run_id;  // the parent's record: same id as the child execution
  State state;         // complete, PAUSED or RUNNING
  std::optional<std::string> state_info;
  Value output;            // null unless complete
  bool by_parent = false;  // PAUSED or RUNNING as the parent asked for: it only takes note
};

struct PauseExecution {
  bool from_parent = false;
};
struct ResumeExecution {
  Value env;
  bool from_parent = false;
};  // env: object to merge, or null
struct StopExecution {
  State state;
  std::optional<std::string> message;
  bool from_parent = false;
};
struct RerunTask {
  TaskId task_id;
  bool reset = true;
  Value env;
};
// Tasks of a sub-workflow; `path` are the runs that lead to it, from an execution above.
struct RerunBelow {
  std::vector<ActionRunId> path{};
  std::vector<TaskId> task_ids{};
};
// Beyond Mistral: several tasks at once, while others run, with all that has run behind them, by another revision.
struct RerunTasks {
  std::vector<TaskId> task_ids{};      // ERROR or CANCELLED ones; with `downstream` also SUCCESS. May be empty: goes on
  bool reset = true;                   // false: with-items keep their good results
  bool downstream = false;             // what has run behind them is superseded and runs anew when it is reached
  bool all = false;                    // everything is superseded; the execution begins again. task_ids is empty
  std::vector<std::uint32_t> items{};  // with-items: only these, whatever their state; of exactly one task
  Value env{};                         // object to merge, or null
  Value input{};                       // object laid over the evaluated input of each task, or null
  std::string definition_hash{};       // of the revision to go on by; "" = the present one
  std::vector<RerunBelow> below{};     // the same in sub-workflows, which are waited for from this step on
  bool from_parent = false;            // which waits for us: a refusal is answered by our state
};
struct SkipTask {
  TaskId task_id;
  Value env;
};
struct UpdateExecution {
  std::optional<std::string> description;
  Value env;
};

using Event =
    std::variant<StartExecution, ActionAdmitted, ActionFinished, ActionUpdated, ActionLost, TimerFired, ChildChanged,
                 PauseExecution, ResumeExecution, StopExecution, RerunTask, SkipTask, UpdateExecution, RerunTasks>;

std::string_view name_of(const Event& event);  // "ActionFinished", for logs and the simulator

}  // namespace foehn::core
