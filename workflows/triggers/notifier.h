// Notifier: webhooks. The engine's thread leaves notices (bounded, never waits); one worker (worker.h) turns them into
// requests, one at a time and in order for each receiver, and tries again what failed.
//
// Two kinds of receivers. Those of an execution (params.notify) live in memory: limits::kDeliveryTriesMax tries, and
// what waits when the server ends is lost, as in Mistral. Subscriptions are told at least once: each keeps in its
// record until when everything has been delivered; after a restart, or when more waits than may, what changed since
// then is read from the store and told in its present state.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "actions/net/http/client.h"
#include "engine/base/clock.h"
#include "engine/base/limits.h"
#include "engine/base/log.h"
#include "engine/ports/notify_port.h"
#include "engine/store/query.h"
#include "engine/store/records.h"
#include "workflows/triggers/notification.h"

namespace foehn::triggers {

struct NotifierOptions {
  std::size_t notices_max = limits::kNoticesWaitingMax;
  std::size_t deliveries_max = limits::kDeliveriesWaitingMax;  // of one receiver
  std::uint32_t page = limits::kPageMax;                       // rows read at once to catch up
  std::vector<Publisher> everywhere{};  // told of every execution of every project, as those of params.notify are
};

class Notifier final : public ports::NotifyPort {
 public:
  Notifier(NotifierOptions options, store::Query& query, store::Records& records, net::HttpClient& http,
           const Clock& clock, Log& log);
  ~Notifier() override;
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  // `wake`: calls work() soon; from any thread, until it is set to nothing.
  void set_wake(std::function<void()> wake);
  void notify(const ports::Notice& notice) override;
  void subscriptions_changed();

  // The worker's thread: all that is to be done now; when to call again at the latest.
  std::optional<WallTime> work();

 private:
  struct Inbox;
  struct Delivery {
    std::string body;
    std::string content_type;
    WallTime at;
    bool checkpoint = false;  // nothing to send: all that was missed before `at` has been told
  };
  // A receiver and what waits for it.
  struct Lane {
    Publisher publisher;
    std::deque<Delivery> queue;
    bool in_flight = false;
    unsigned tries = 0;
    std::int64_t backoff_ms = 0;
    WallTime retry_at;
    // Subscriptions only.
    std::optional<store::RecordRow> subscription;
    std::optional<WallTime> keep_at;     // when the cursor is written
    WallTime cursor;                     // everything up to here has been told
    bool behind = false;                 // rows are to be read
    bool catching_up = false;            // the cursor stays until the checkpoint
    WallTime scan_began;
    bool scans_tasks = false;            // executions first, then tasks
    std::optional<std::string> marker;   // of the scan
  };
  using Lanes = std::map<std::string, Lane>;

  void load_subscriptions();
  void tell(const ports::Notice& notice);
  void enqueue(Lane& lane, const ports::Notice& notice, const std::string& event, const Value& data);
  void catch_up(Lane& lane);
  void send(const std::string& key, Lane& lane);
  void finish(Lane& lane, const Result<net::HttpResponse>& outcome);
  void delivered(Lane& lane);
  void keep_cursor(Lane& lane);

  const NotifierOptions options_;
  store::Query& query_;
  store::Records& records_;
  net::HttpClient& http_;
  const Clock& clock_;
  Log& log_;
  std::shared_ptr<Inbox> inbox_;  // shared with requests in flight, which may outlive this
  std::atomic<bool> has_subscriptions_{true};  // until they have been read
  Lanes lanes_;                           // worker only
  std::optional<WallTime> reload_at_;     // worker only: when subscriptions are read again
};

}  // namespace foehn::triggers
