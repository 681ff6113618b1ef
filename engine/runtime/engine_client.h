// Blocking façade over Engine for callers with a thread of their own (REST handlers, services, CLI).
#pragma once

#include "engine/base/result.h"
#include "engine/runtime/engine.h"

namespace foehn::runtime {

class EngineClient {
 public:
  explicit EngineClient(Engine& engine) : engine_(engine) {}

  // Each waits for the commit; kUnavailable when the engine is closing. Never call from the engine thread.
  Result<Answer> start(StartRequest request);
  Result<Answer> start_action(core::StartAction request);
  Result<Answer> submit(ExecutionId execution_id, core::Event event);
  Status remove(ExecutionId execution_id, bool force);
  Engine& engine() { return engine_; }

 private:
  Engine& engine_;
};

}  // namespace foehn::runtime
