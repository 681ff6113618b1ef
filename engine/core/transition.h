// What a step produced besides the changed state: the changed rows (Delta) and what has to happen after the commit.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "engine/core/event.h"
#include "engine/core/model.h"
#include "engine/core/notice.h"

namespace foehn::core {

// Changed rows only; ids into the ExecutionState, which has the rows. A batch coalesces the Deltas of its steps.
struct Delta {
  bool execution = false;
  bool definition = false;  // of the execution: it goes on by another revision; `execution` is set, too
  std::vector<TaskId> tasks;  // each id once, in order of first change
  std::vector<ActionRunId> runs;
  std::vector<TimerId> timers;       // created
  std::vector<TimerId> timers_gone;  // fired or cancelled
  bool empty() const { return !execution && tasks.empty() && runs.empty() && timers.empty() && timers_gone.empty(); }
};

// A run that is SCHEDULED and waits for admission.
struct ScheduleAction {
  ActionRunId run_id;
};
// An admitted run: leaves after the commit.
struct RunAction {
  ActionRunId run_id;
};
struct CancelAction {
  ActionRunId run_id;
};
// A sub-workflow to start: the runtime resolves the definition; when that fails it steps the parent with
// ChildChanged{ERROR, text}.
struct StartChild {
  StartExecution start;
  std::string workflow_name;
  std::string parent_workflow_name;  // for workbook-relative lookup
};
// An event for another execution of the tree.
struct Deliver {
  ExecutionId to;
  Event event;
};
struct Notify {
  Notice notice;
};

using Command = std::variant<ScheduleAction, RunAction, CancelAction, StartChild, Deliver, Notify>;

struct Transition {
  Delta delta;
  std::vector<Command> commands;
  Status status;  // refused events (wrong state, unknown task): the error for the caller; state is unchanged then
};

}  // namespace foehn::core
