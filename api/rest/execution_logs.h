// ExecutionLogs: what all action runs of an execution and of everything below it write, in one stream. The order is
// that of RunLog's pieces, whose numbers are the ids of the events, so a listener that comes back goes on exactly
// there. A thread of its own looks at new pieces, asks the store whose they are, and leaves text for the HTTP server's
// I/O thread. Owned by the composition root, which stops the HTTP server before it destroys this.
//
// Bounded: limits::kEventPartBytesMax of text wait for a listener, and nothing is looked at for it meanwhile; who falls
// behind the pieces that are kept is told of the gap.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "api/http/message.h"
#include "api/rest/log_hub.h"
#include "engine/base/clock.h"

namespace foehn::rest {

class ExecutionLogs {
 public:
  ExecutionLogs(LogHubOptions options, const ports::RunLog& logs, store::Query& query, const Clock& clock);
  ~ExecutionLogs();
  ExecutionLogs(const ExecutionLogs&) = delete;
  ExecutionLogs& operator=(const ExecutionLogs&) = delete;

  // A stream of server-sent events: `log` {run_id, path, offset, end, text, at}, `gap` {message}, and `end` {state} as
  // the last one. `last_id`: the id of the last event that was seen; "" = from the oldest output on. Nothing that was
  // written before `since`. kInvalidArgument: no such form of id; kUnavailable: too many are followed.
  Result<std::shared_ptr<http::BodyStream>> follow(ExecutionId id, std::string_view last_id, WallTime since = {});
  std::size_t listeners() const;

 private:
  struct Follower;
  class Stream;
  // An execution that a run belongs to, directly or through sub-workflows, and the names of the tasks in between.
  using Places = std::vector<std::pair<ExecutionId, std::string>>;

  void run();
  void look(Follower& follower, bool at_state);
  bool read_pieces(Follower& follower, std::string& out);
  void write(const ports::RunLog::Piece& piece, const std::string& path, std::string& out) const;
  Result<const Places*> places_of(ActionRunId id);
  Result<std::string> label_of(const store::RunRow& row);
  std::string id_of(std::uint64_t number) const { return epoch_ + "-" + std::to_string(number); }

  const LogHubOptions options_;
  const ports::RunLog& logs_;
  store::Query& query_;
  const std::string epoch_;  // another one for each life of the server
  std::unordered_map<ActionRunId, Places> places_;  // the thread's

  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<Follower>> followers_;
  bool closing_ = false;
  std::condition_variable changed_;
  std::thread looker_;
};

}  // namespace foehn::rest
