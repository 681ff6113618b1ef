// Action runs that are SCHEDULED and wait to leave. Fair: root executions take turns, and within a root the capacity
// keys (hosts, clouds) do, so that neither a large execution nor a slow host holds up the others. Holds ids only; the
// rows are the truth, an entry whose run is no longer SCHEDULED is skipped at admission. Engine thread only.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/base/id.h"

namespace foehn::runtime {

struct ReadyRun {
  ExecutionId execution_id;
  ExecutionId root_id;
  ActionRunId run_id;
  std::string key;    // of capacity; "" = only the bound on everything
  bool pure = false;  // runs inside the pump and needs no capacity
};

class ReadyQueue {
 public:
  void push(ReadyRun run);
  // The next run in turn that is pure or whose key has room. A root without any is set aside until begin().
  std::optional<ReadyRun> pop(const std::function<bool(const std::string&)>& has_room);
  void begin();  // start of a pump: everybody is asked again
  void remove(ExecutionId id, ExecutionId root_id);
  std::size_t size() const { return size_; }

 private:
  struct Root {
    std::map<std::string, std::deque<ReadyRun>, std::less<>> by_key;
    std::deque<std::string> turns;  // keys with runs, each once
    bool aside = false;
  };
  static std::string lane(const ReadyRun& run) { return (run.pure ? "p" : "k") + run.key; }

  std::unordered_map<ExecutionId, Root> roots_;
  std::deque<ExecutionId> turns_;  // roots with runs that are not set aside, each once
  std::vector<ExecutionId> aside_;
  std::size_t size_ = 0;
};

}  // namespace foehn::runtime
