// EventHub: the streams of committed transitions. What they tell is read from the store's event log, so that a stream
// goes on across restarts and crashes; the newest events are held in memory while anybody listens. The engine's thread
// says that there is something new; a thread of the hub reads and wakes listeners; the HTTP server's I/O thread takes
// what is ready. Owned by the composition root, which stops the HTTP server before it destroys the hub.
//
// Bounded: EventHubOptions::held events are held. A listener that is further behind is served from the log, a page at a
// time; when its next event is not in the log any more it is told of the gap once and goes on from the oldest one. One
// that has seen more than the log has told, because a backup was put back, is told to reset and does the same.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_set>
#include <vector>

#include "api/http/message.h"
#include "engine/base/limits.h"
#include "engine/base/result.h"
#include "engine/ports/notify_port.h"
#include "engine/store/events.h"

namespace foehn::rest {

// What a listener wants; absent = everything.
struct EventFilter {
  std::optional<ExecutionId> execution_id;  // of it and of everything below it
  std::string workflow_name;
  std::string project_id;
  std::string kind;                         // "execution" or "task"
  bool matches(const store::Event& event) const;
};

struct EventHubOptions {
  std::size_t held = limits::kEventsKept;
  std::size_t listeners_max = limits::kEventListenersMax;
  std::int64_t wake_ms = limits::kEventWakeMs;  // listeners are woken at most that often
  std::int64_t look_ms = 1'000;  // the log is looked at that often unasked: a commit of unknown outcome tells nobody
  std::size_t page = 256;        // events read from the log at once
};

class EventHub final : public ports::NotifyPort {
 public:
  EventHub(EventHubOptions options, store::EventLog& log);
  ~EventHub() override;
  EventHub(const EventHub&) = delete;
  EventHub& operator=(const EventHub&) = delete;

  void notify(const ports::Notice& notice) override;

  // A stream of server-sent events (text/event-stream, WHATWG HTML §9.2). `last_id`: the id of the last event the
  // listener has seen; "" = from now on. Errors: kInvalidArgument (no such form of id), kUnavailable (too many listen);
  // those of the store.
  Result<std::shared_ptr<http::BodyStream>> listen(EventFilter filter, std::string_view last_id);
  std::size_t listeners() const;

 private:
  struct Entry {
    store::Event event;
    mutable std::string text;  // made when the first listener needs it
  };
  struct Place;
  class Listener;

  bool take(Place& place, std::string& out);
  void signal();
  void run();
  bool look();
  std::vector<std::shared_ptr<Place>> places_behind();
  bool hold_new();
  bool read_for(Place& place);
  void wake(bool all, const std::vector<std::shared_ptr<Place>>& were_behind);
  std::uint64_t held_end() const { return first_ + held_.size(); }

  const EventHubOptions options_;
  store::EventLog& log_;

  std::mutex mutex_;             // of what follows, and of every Place
  std::deque<Entry> held_;
  std::uint64_t first_ = 0;      // id of held_.front(), or of the next event; 0 = there never was one
  std::uint64_t origin_ = 0;     // id of the very first event, when it came while somebody listened
  bool following_ = false;       // held_ is kept up to date: somebody listens

  mutable std::mutex listeners_mutex_;  // never taken while mutex_ is held
  std::unordered_set<Listener*> listeners_;
  std::atomic<std::size_t> listening_{0};

  std::mutex signal_mutex_;      // of what follows; the engine's thread takes no other
  bool news_ = false;            // there may be something to do
  bool closing_ = false;
  std::condition_variable changed_;
  std::thread thread_;
};

}  // namespace foehn::rest
