// Sees every step as it is made, before its commit: for the simulator and for tests. Called by the engine thread.
#pragma once

#include "engine/core/step.h"

namespace foehn::runtime {

class StepObserver {
 public:
  virtual ~StepObserver() = default;
  virtual void started(const core::ExecutionState& state, const core::StartExecution& event,
                       const core::StepInput& input, const core::Transition& transition) = 0;
  virtual void stepped(const core::ExecutionState& state, const core::Event& event, const core::StepInput& input,
                       const core::Transition& transition) = 0;
};

}  // namespace foehn::runtime
