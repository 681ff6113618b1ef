// Live output of action runs for people who watch: bounded (limits::kRunLogBytesMax a run, limits::kRunLogsMax runs,
// the oldest run goes first), in memory only; what must last is the run's result. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/id.h"

namespace foehn::ports {

class RunLog {
 public:
  struct Chunk {
    std::uint64_t offset = 0;  // byte offset of `text` in the whole log
    std::uint64_t end = 0;     // offset after `text`
    std::string text;          // bytes before `offset` may have been dropped
  };
  // What one append() added, up to the last whole character; the rest comes with the run's next piece.
  struct Piece {
    std::uint64_t number = 0;  // of all runs together, from 1
    ActionRunId run_id;
    std::uint64_t offset = 0;
    std::uint64_t end = 0;
    WallTime at{};             // when it was written
  };
  virtual ~RunLog() = default;
  virtual void append(ActionRunId run_id, std::string_view text) = 0;
  // From byte `offset` (or the oldest byte kept) on.
  virtual Chunk read(ActionRunId run_id, std::uint64_t offset) const = 0;
  virtual std::string last_line(ActionRunId run_id) const = 0;
  // In order, from piece `number` (or the oldest one known; limits::kLogPiecesKept are) on; at most `count`.
  virtual std::vector<Piece> pieces(std::uint64_t number, std::size_t count) const = 0;
  // The number of the next piece.
  virtual std::uint64_t next_piece() const = 0;
};

}  // namespace foehn::ports
