// step(): the deterministic heart. Changes `state` in place, returns what changed and what to do after the commit.
// No I/O, clock, thread, randomness or log; same inputs give the same bytes.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/action_request.h"
#include "engine/core/event.h"
#include "engine/core/execution_state.h"
#include "engine/core/transition.h"

namespace foehn::core {

// What the core may know of the world during a step; all read-only.
using AdhocSpecPtr = std::shared_ptr<const dsl::AdhocActionSpec>;

class Lookup {
 public:
  virtual ~Lookup() = default;
  // The ad-hoc action that `name` means in the workflow `workflow_name`: of the same workbook before others, of the
  // namespace before the default one; its full name is in the spec. Null when there is none. "" = no workflow.
  virtual Result<AdhocSpecPtr> adhoc_action(std::string_view name, std::string_view workflow_name,
                                            std::string_view action_namespace) const = 0;
  // Traits and input check of actions (delegates to ActionPort).
  virtual std::optional<ActionTraits> action_traits(std::string_view action) const = 0;
  virtual Status check_action_input(std::string_view action, const Value& input) const = 0;
  // For executions() and tasks() of the expression language: objects as those functions return them.
  // `filter` is an object of the given keyword arguments. Bounded by limits::kPageMax.
  virtual Result<Value> executions(const Value& filter) const = 0;
  virtual Result<Value> tasks(const Value& filter) const = 0;
  // The workflow of that name in the definition text with this hash: a revision to go on by. Errors: kNotFound.
  virtual Result<dsl::DefinitionPtr> definition(const std::string& hash, std::string_view workflow_name) const;
};

struct StepInput {
  WallTime now;
  Value environment = Value::object();  // params.env of the root execution
  const Lookup* lookup = nullptr;       // never null when stepping
};

// Creates the aggregate of a StartExecution and steps it. Errors (input does not fit, unknown task_name, …) leave
// nothing behind: kInvalidArgument with Mistral's text.
struct Started {
  std::unique_ptr<ExecutionState> state;
  Transition transition;
};
Result<Started> start(dsl::DefinitionPtr definition, const StartExecution& event, const StepInput& input);

// Every other event. Refusals are in Transition::status.
Transition step(ExecutionState& state, const Event& event, const StepInput& input);

// The violated invariant as text, or nullopt. Cheap enough for every step in debug, tests and simulation.
std::optional<std::string> check_invariants(const ExecutionState& state);

}  // namespace foehn::core
