// One committed change of state, for those who watch. A value.
#pragma once

#include <optional>
#include <string>

#include "engine/base/clock.h"
#include "engine/base/id.h"
#include "engine/core/states.h"

namespace foehn::core {

struct Notice {
  enum class Kind { kExecution, kTask };
  Kind kind = Kind::kExecution;
  ExecutionId execution_id;
  std::optional<ExecutionId> root_id;  // of a sub-workflow's execution
  std::optional<TaskId> task_id;
  std::string workflow_name;
  std::string name;  // of the task
  State state = State::kIdle;
  std::optional<std::string> state_info;
  WallTime at;
  std::optional<State> before = std::nullopt;  // nullopt: this is its first state of interest
  bool has_publishers = false;                 // the execution's params name some in `notify`
  std::string project_id{};
};

}  // namespace foehn::core
