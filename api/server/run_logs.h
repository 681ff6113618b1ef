// RunLog in memory: the newest limits::kRunLogBytesMax bytes of the newest limits::kRunLogsMax runs. Any thread.
#pragma once

#include <deque>
#include <string>
#include <unordered_map>

#include "engine/base/sync.h"
#include "engine/ports/run_log.h"

namespace foehn::server {

class RunLogs final : public ports::RunLog {
 public:
  explicit RunLogs(const Clock& clock) : clock_(clock) {}

  void append(ActionRunId run_id, std::string_view text) override;
  Chunk read(ActionRunId run_id, std::uint64_t offset) const override;
  std::string last_line(ActionRunId run_id) const override;
  std::vector<Piece> pieces(std::uint64_t number, std::size_t count) const override;
  std::uint64_t next_piece() const override;

 private:
  struct Entry {
    std::uint64_t begin = 0;  // offset of the first byte kept
    std::string text;
    std::uint64_t told = 0;   // where its last piece ended
  };
  struct Table {
    std::unordered_map<ActionRunId, Entry> entries;  // lookup only
    std::deque<ActionRunId> order;                   // oldest first
    std::deque<Piece> pieces;                        // with consecutive numbers
    std::uint64_t next_piece = 1;
  };
  const Clock& clock_;
  Guarded<Table> table_;
};

}  // namespace foehn::server
