#include "engine/core/event.h"

#include <array>

namespace foehn::core {

std::string_view name_of(const Event& event) {
  static constexpr std::array<std::string_view, std::variant_size_v<Event>> kNames = {
      "StartExecution", "ActionAdmitted", "ActionFinished", "ActionUpdated",   "ActionLost",
      "TimerFired",     "ChildChanged",   "PauseExecution", "ResumeExecution", "StopExecution",
      "RerunTask",      "SkipTask",       "UpdateExecution", "RerunTasks"};
  return kNames[event.index()];
}

}  // namespace foehn::core
