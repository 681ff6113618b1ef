// The clock that deadlines of processes are told by. Any thread.
#pragma once

#include <chrono>
#include <cstdint>

namespace foehn::actions {

// Of no particular beginning; never goes back.
inline std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace foehn::actions
