// Told of committed transitions (webhooks, event streams, resource states). Called by the engine thread after the
// commit; must not block. May be told twice after a crash, never of something that was not committed.
#pragma once

#include <optional>
#include <string>

#include "engine/base/clock.h"
#include "engine/base/id.h"
#include "engine/core/states.h"

namespace foehn::ports {

struct Notice {
  enum class Kind { kExecution, kTask };
  Kind kind = Kind::kExecution;
  ExecutionId execution_id;
  std::optional<TaskId> task_id;
  std::string workflow_name;
  std::string name;                    // of the task
  core::State state = core::State::kIdle;
  std::optional<std::string> state_info;
  WallTime at;
};

class NotifyPort {
 public:
  virtual ~NotifyPort() = default;
  virtual void notify(const Notice& notice) = 0;
};

}  // namespace foehn::ports
