// Flow: how the tasks of a workflow follow each other. Two kinds, direct and reverse; stateless.
#pragma once

#include <vector>

#include "engine/core/stepper.h"

namespace foehn::core {

class Flow {
 public:
  virtual ~Flow() = default;
  // Commands of a started execution.
  virtual std::vector<NextCommand> first(Stepper& step) const = 0;
  // Commands of a complete task, in order. Errors: of conditions and messages.
  virtual Result<std::vector<NextCommand>> next(Stepper& step, const Task& task) const = 0;
  // What output expressions see.
  virtual Context final_context(Stepper& step) const = 0;
};

// The flow of the execution's workflow.
const Flow& flow_of(const Stepper& step);
const Flow& direct_flow();
const Flow& reverse_flow();

// Scratch::flow, built when absent.
const FlowIndex& flow_index(Stepper& step);

}  // namespace foehn::core
