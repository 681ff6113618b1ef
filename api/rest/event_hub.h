// EventHub: the last committed transitions, in order, and those who listen to them. The engine's thread adds; a thread
// of the hub wakes listeners; the HTTP server's I/O thread reads. Owned by the composition root, which stops the HTTP
// server before it destroys the hub.
//
// Bounded: limits::kEventsKept transitions are kept. A listener that falls further behind, or comes back later than
// that, is told of the gap once and goes on from the oldest one that is kept.
#pragma once

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

#include "api/http/message.h"
#include "engine/base/clock.h"
#include "engine/base/limits.h"
#include "engine/base/result.h"
#include "engine/ports/notify_port.h"

namespace foehn::rest {

// What a listener wants; absent = everything.
struct EventFilter {
  std::optional<ExecutionId> execution_id;  // of it and of everything below it
  std::string workflow_name;
  std::string project_id;
  std::string kind;                         // "execution" or "task"
  bool matches(const ports::Notice& notice) const;
};

struct EventHubOptions {
  std::size_t kept = limits::kEventsKept;
  std::size_t listeners_max = limits::kEventListenersMax;
  std::int64_t wake_ms = limits::kEventWakeMs;  // listeners are woken at most that often
};

class EventHub final : public ports::NotifyPort {
 public:
  EventHub(EventHubOptions options, const Clock& clock);
  ~EventHub() override;
  EventHub(const EventHub&) = delete;
  EventHub& operator=(const EventHub&) = delete;

  void notify(const ports::Notice& notice) override;

  // A stream of server-sent events (text/event-stream, WHATWG HTML §9.2). `last_id`: the id of the last event the
  // listener has seen; "" = from now on. Errors: kInvalidArgument (no such form of id), kUnavailable (too many listen).
  Result<std::shared_ptr<http::BodyStream>> listen(EventFilter filter, std::string_view last_id);
  std::size_t listeners() const;

 private:
  struct Entry {
    ports::Notice notice;
    mutable std::shared_ptr<const std::string> text;  // made when the first listener needs it
  };
  class Listener;

  std::string id_of(std::uint64_t number) const { return epoch_ + "-" + std::to_string(number); }
  const std::string& text_of(const Entry& entry, std::uint64_t number) const;
  bool read(const EventFilter& filter, std::uint64_t& position, std::string& out) const;
  void run();

  const EventHubOptions options_;
  const std::string epoch_;        // another one for each life of the server
  mutable std::mutex ring_mutex_;  // of the ring alone: the engine's thread takes it
  std::deque<Entry> ring_;
  std::uint64_t first_ = 1;        // number of ring_.front(); events are numbered from 1
  bool news_ = false;              // something was added since listeners were woken
  bool closing_ = false;
  std::condition_variable changed_;

  mutable std::mutex listeners_mutex_;  // never taken while ring_mutex_ is held
  std::unordered_set<Listener*> listeners_;
  std::thread waker_;
};

}  // namespace foehn::rest
