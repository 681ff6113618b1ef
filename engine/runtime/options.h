// Options of the engine, with units and defaults.
#pragma once

#include <cstddef>
#include <string>

#include "engine/base/limits.h"

namespace foehn::runtime {

class StepObserver;  // observer.h

struct EngineOptions {
  std::size_t pump_events_max = limits::kPumpEventsMax;  // events stepped before a commit
  std::size_t pump_bytes_max = limits::kPumpBytesMax;    // approximate row bytes in one commit
  std::size_t inbox_max = limits::kInboxMax;             // events waiting
  std::size_t resident_bytes_max = limits::kResidentBytesMax;
  std::size_t timers_resident_max = limits::kTimersResidentMax;
  std::size_t tree_executions_max = limits::kTreeExecutionsMax;
  bool check_invariants = false;     // after every step; tests, simulation and debug builds
  StepObserver* observer = nullptr;  // simulation and tests
};

}  // namespace foehn::runtime
