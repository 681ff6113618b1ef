// After the commit: starts, cancels, notices, answers. The only caller of ActionPort::start and cancel, and it sees
// committed commands only. Engine thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>

#include "engine/ports/notify_port.h"
#include "engine/runtime/batch.h"
#include "engine/runtime/parts.h"

namespace foehn::runtime {

class Dispatcher {
 public:
  Dispatcher(EngineParts& parts, ports::NotifyPort& notify) : parts_(parts), notify_(notify) {}

  void run(Batch& batch);
  void answer(Batch& batch);
  // An outcome came in. The root execution of a run that was in flight.
  std::optional<ExecutionId> finished(ActionRunId run_id, std::uint32_t attempt);
  // Asks those to stop whose execution (and its root) `which` names.
  void cancel_if(const std::function<bool(ExecutionId execution, ExecutionId root)>& which);
  std::size_t in_flight() const { return in_flight_.size(); }

 private:
  bool start(const RunToStart& run);  // false: it does not leave after all

  struct InFlight {
    ExecutionId execution_id;
    ExecutionId root_id;
    std::uint32_t attempt = 1;
  };
  EngineParts& parts_;
  ports::NotifyPort& notify_;
  std::unordered_map<ActionRunId, InFlight> in_flight_;
};

}  // namespace foehn::runtime
