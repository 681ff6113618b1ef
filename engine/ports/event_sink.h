// Where results of actions go: the engine's queue. Any thread; waits while the queue is full.
#pragma once

#include <cstdint>

#include "engine/base/id.h"
#include "engine/ports/action_request.h"

namespace foehn::ports {

class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void action_finished(ExecutionId execution_id, ActionRunId run_id, std::uint32_t attempt,
                               ActionOutcome outcome) = 0;
};

}  // namespace foehn::ports
