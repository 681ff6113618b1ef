// Open sessions by target (host, port, user, credentials, gateway chain, host key rule): a second command costs a
// channel, not a handshake. Bounds: sessions per target, channels per session, handshakes at once (SessionServices).
// Waiters of one target are served in order; when the last try to connect fails, all of them learn why. I/O thread
// only.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actions/net/ssh/session.h"
#include "engine/base/limits.h"

namespace foehn::net {

struct PoolOptions {
  std::size_t sessions_per_host = limits::kSshSessionsPerHostMax;
  std::size_t channels_per_session = limits::kSshChannelsPerSessionMax;
  std::int64_t idle_close_ms = 60'000;
};

class SshPool {
 public:
  using Ticket = std::uint64_t;
  // A session with one channel reserved (give it back with release()), or the reason why there is none.
  using Ready = std::function<void(std::shared_ptr<Session>, std::optional<SshFailure>)>;

  SshPool(SessionServices& services, PoolOptions options) : services_(services), options_(options) {}
  ~SshPool();
  SshPool(const SshPool&) = delete;
  SshPool& operator=(const SshPool&) = delete;

  // `ready` may be called before acquire() returns.
  Ticket acquire(const SshTarget& target, Ready ready);
  // The waiter has lost interest; `ready` is not called any more.
  void abandon(Ticket ticket);
  void release(const std::shared_ptr<Session>& session);
  // The server refused another channel: use no more than are open now.
  void limit_channels(const std::shared_ptr<Session>& session);
  void close_all(const std::string& why);
  std::size_t session_count() const;

 private:
  struct Waiter {
    Ticket ticket;
    Ready ready;
  };
  struct Entry {
    SshTarget target;
    std::vector<std::shared_ptr<Session>> sessions;  // ready ones
    std::vector<std::shared_ptr<Session>> opening;
    std::size_t awaiting_gateway = 0;
    std::deque<Waiter> waiters;
  };

  void serve(const std::string& key);
  void open_one(const std::string& key);
  void open_session(const std::string& key, std::shared_ptr<Wire> wire, std::shared_ptr<Session> gateway);
  void opened(const std::string& key, const std::shared_ptr<Session>& session, std::optional<SshFailure> failure);
  void open_failed(const std::string& key, const SshFailure& failure);
  void ended(const std::string& key, const Session* session);
  void watch_idle(const std::shared_ptr<Session>& session);
  void drop_if_empty(const std::string& key);

  SessionServices& services_;
  const PoolOptions options_;
  std::map<std::string, Entry> entries_;
  Ticket next_ticket_ = 1;
  bool closing_ = false;
  const std::shared_ptr<int> alive_ = std::make_shared<int>(0);  // for timers that outlive the pool
};

}  // namespace foehn::net
