// Stepper: one step under way – the state, the world as the step may know it, and what it has produced so far. Created
// by start() and step(), passed by reference to every handler, gone when the step returns. Handlers change states only
// through it, so that counters, notices and the parent are never forgotten.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/step.h"

namespace foehn::core {

// What a completed task (or the start) asks for: run a task, or an engine command.
struct NextCommand {
  std::string target;                                      // task name, or the command's word
  dsl::EngineCommand command = dsl::EngineCommand::kNone;  // kNone: run the task
  std::string event;                                       // "on-success", …; "" at the start
  Value message;                                           // of engine commands; evaluated
  std::optional<TaskId> from;
};

// Left to do before the step is settled; see settle.cc.
struct Work {
  enum class Kind { kDispatch, kJoin };
  Kind kind = Kind::kDispatch;
  TaskId task_id;                 // kDispatch: the completed task (nil at the start); kJoin: the join task
  std::vector<NextCommand> next;  // kDispatch
};

class Stepper {
 public:
  Stepper(ExecutionState& execution_state, const StepInput& step_input, std::vector<Command>& out)
      : state(execution_state), input(step_input), commands(out) {}
  Stepper(const Stepper&) = delete;
  Stepper& operator=(const Stepper&) = delete;

  ExecutionState& state;
  const StepInput& input;
  std::vector<Command>& commands;
  std::deque<Work> work;
  bool by_parent = false;              // while doing what the parent execution asked for: it need not react to that
  std::vector<dsl::TaskIndex> newly_dead;  // tasks found out of reach in this step, whose joins have not been told
  std::vector<TaskId> decided_joins;   // join tasks that were started or failed in this step

  const Execution& execution() const { return state.execution(); }
  const dsl::WorkflowSpec& spec() const { return state.definition().spec; }
  const dsl::WorkflowGraph& graph() const { return state.definition().graph; }
  dsl::TaskIndex index_of(const Task& task) const;
  const dsl::TaskSpec& spec_of(const Task& task) const { return spec().tasks[index_of(task)]; }
  bool running() const { return execution().state == State::kRunning; }
  bool finished() const { return is_complete(execution().state); }
  // params.env of the root execution: what the runtime gave, or our own when this is the root (a step may change it).
  const Value& environment() const;

  // Sets state and state_info and tells the watchers.
  void set_task(Task& task, State to, std::optional<std::string> info);
  // The same for the execution; also tells the parent execution, if there is one.
  void set_execution(State to, std::optional<std::string> info);

  // `before`: the state it changes from; nullopt: a new one, or only told again.
  void notify(const Task& task, std::optional<State> before = std::nullopt);
  void deliver(ExecutionId to, Event event) { commands.push_back(Deliver{to, std::move(event)}); }
  void tell_parent();  // our state, if there is one
  // Sends `event` to every child execution that is not complete.
  void deliver_to_children(const Event& event);
  void start_timer(const Task& task, TimerKind kind, std::int64_t seconds);
  // What successors of `task` see (data_flow.h), made once for all of them. complete_task() forgets it first.
  const Context& outbound_of(const Task& task);
  void forget_outbound() { outbound_task_ = TaskId{}; }
  // Runs of this task that have not left the engine are not worth starting any more.
  void drop_scheduled_runs(const Task& task);

 private:
  TaskId outbound_task_;  // of `outbound_`; nil = none
  Context outbound_;
};

// "Can't change workflow execution state from X to Y. [workflow=…, execution_id=…]"
std::string invalid_change_text(const Execution& execution, State to);
// "Failed to <verb> task [error=…, wf=…, task=…]:\n…": why a workflow was failed by force. Mistral puts a traceback
// there, we put the place in the document.
std::string failure_text(const Stepper& step, std::string_view verb, const Task& task, const std::string& error);
// `text` cut to the bound of state_info, at a character's end.
std::string cut_info(std::string text);
// kInvalidArgument "Field size limit exceeded [class=…, field=…, size=…KB, limit=…KB]" when the JSON text is too long.
Status check_size(const Value& value, std::string_view class_name, std::string_view field);
// "['a', 'b']"
std::string python_list(const std::vector<std::string>& names);

}  // namespace foehn::core
