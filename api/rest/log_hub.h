// LogHub: those who follow the logs of action runs. A thread of the hub looks whether followed runs have written more
// or have ended, and wakes their streams; the HTTP server's I/O thread reads. It looks rather than being told: what
// ends a run may be an action, a person, a timeout or a deletion, and the store knows them all. Owned by the
// composition root, which stops the HTTP server before it destroys the hub.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_set>

#include "api/http/message.h"
#include "engine/base/id.h"
#include "engine/base/result.h"
#include "engine/ports/run_log.h"
#include "engine/store/query.h"

namespace foehn::rest {

struct LogHubOptions {
  std::size_t listeners_max = 500;  // each costs a read of the store every `state_ms`
  std::int64_t look_ms = 25;        // how late new output is sent
  std::int64_t state_ms = 250;      // how late the end of a run is noticed
};

class LogHub {
 public:
  LogHub(LogHubOptions options, const ports::RunLog& logs, store::Query& query);
  ~LogHub();
  LogHub(const LogHub&) = delete;
  LogHub& operator=(const LogHub&) = delete;

  // A stream of server-sent events: `log` with {offset, end, text} and the id `end`, `gap` when bytes before the oldest
  // one kept were asked for, `end` with the run's state as the last one. kUnavailable: too many are followed.
  Result<std::shared_ptr<http::BodyStream>> follow(ActionRunId run_id, std::uint64_t offset);
  std::size_t listeners() const;

 private:
  class Follower;
  void run();
  void look(bool at_states);

  const LogHubOptions options_;
  const ports::RunLog& logs_;
  store::Query& query_;

  mutable std::mutex mutex_;
  std::unordered_set<Follower*> followers_;
  bool closing_ = false;
  std::condition_variable changed_;
  std::thread looker_;
};

}  // namespace foehn::rest
