// Live output of action runs for people who watch: bounded (limits::kRunLogBytesMax a run, limits::kRunLogsMax runs,
// the oldest run goes first), in memory only; what must last is the run's result. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/id.h"

namespace foehn::ports {

class RunLog {
 public:
  struct Chunk {
    std::uint64_t offset = 0;  // byte offset of `text` in the whole log
    std::uint64_t end = 0;     // offset after `text`
    std::string text;          // bytes before `offset` may have been dropped
  };
  virtual ~RunLog() = default;
  virtual void append(ActionRunId run_id, std::string_view text) = 0;
  // From byte `offset` (or the oldest byte kept) on.
  virtual Chunk read(ActionRunId run_id, std::uint64_t offset) const = 0;
  virtual std::string last_line(ActionRunId run_id) const = 0;
};

}  // namespace foehn::ports
