#include "actions/net/ssh/pool.h"

#include <algorithm>

#include "actions/net/ssh/exec.h"
#include "engine/base/asio.h"
#include "engine/base/check.h"

namespace foehn::net {
namespace {

void append_field(std::string& key, const std::string& text) { key += std::to_string(text.size()) + ":" + text; }

// Everything that makes two sessions different, secrets included; stays in memory.
std::string key_of(const SshTarget& target) {
  std::string key;
  for (const SshTarget* hop = &target; hop; hop = hop->gateway.get()) {
    append_field(key, hop->host);
    append_field(key, std::to_string(hop->port));
    append_field(key, hop->user);
    append_field(key, hop->credentials.password);
    append_field(key, hop->credentials.private_key);
    append_field(key, std::to_string(static_cast<int>(hop->host_key_policy)));
    append_field(key, hop->host_key);
  }
  return key;
}

}  // namespace

SshPool::~SshPool() { close_all("the client is shutting down"); }

SshPool::Ticket SshPool::acquire(const SshTarget& target, Ready ready) {
  const std::string key = key_of(target);
  const Ticket ticket = next_ticket_++;
  if (closing_) {
    ready(nullptr, SshFailure{.error_class = SshErrorClass::kCancelled,
                              .host = target.host,
                              .port = target.port,
                              .user = target.user,
                              .detail = "the client is shutting down"});
    return ticket;
  }
  Entry& entry = entries_[key];
  entry.target = target;  // the newest time limits count
  entry.waiters.push_back({ticket, std::move(ready)});
  serve(key);
  return ticket;
}

void SshPool::abandon(Ticket ticket) {
  for (auto& [key, entry] : entries_)
    std::erase_if(entry.waiters, [&](const Waiter& waiter) { return waiter.ticket == ticket; });
}

// Hands sessions with room to waiters, then opens as many sessions as the rest needs.
void SshPool::serve(const std::string& key) {
  for (;;) {
    const auto found = entries_.find(key);
    if (found == entries_.end() || found->second.waiters.empty()) return;
    Entry& entry = found->second;
    std::shared_ptr<Session> best;
    for (const auto& session : entry.sessions) {
      if (session->retired() || session->pool.leases >= session->pool.channels_max) continue;
      if (!best || session->pool.leases < best->pool.leases) best = session;
    }
    if (!best) break;
    Waiter waiter = std::move(entry.waiters.front());
    entry.waiters.pop_front();
    ++best->pool.leases;
    ++best->pool.served;
    waiter.ready(best, std::nullopt);  // may come back here
  }
  for (;;) {
    const auto found = entries_.find(key);
    if (found == entries_.end()) return;
    Entry& entry = found->second;
    const std::size_t on_the_way = entry.opening.size() + entry.awaiting_gateway;
    const auto alive = static_cast<std::size_t>(std::count_if(entry.sessions.begin(), entry.sessions.end(),
                                                              [](const auto& session) { return !session->retired(); }));
    const std::size_t wanted =
        (entry.waiters.size() + options_.channels_per_session - 1) / options_.channels_per_session;
    if (on_the_way >= wanted || alive + on_the_way >= options_.sessions_per_host) return;
    open_one(key);
  }
}

void SshPool::open_one(const std::string& key) {
  Entry& entry = entries_.at(key);
  if (!entry.target.gateway)
    return open_session(key, make_tcp_wire(services_.io, entry.target.host, entry.target.port), nullptr);
  ++entry.awaiting_gateway;
  const SshTarget gateway = *entry.target.gateway;
  acquire(gateway, [this, key](std::shared_ptr<Session> session, std::optional<SshFailure> failure) {
    const auto found = entries_.find(key);
    if (found == entries_.end()) {
      if (session) release(session);
      return;
    }
    --found->second.awaiting_gateway;
    if (failure) return open_failed(key, *failure);
    const SshTarget& target = found->second.target;
    auto wire =
        make_tunnel_wire(session, target.host, target.port, [this, session, alive = std::weak_ptr<int>(alive_)] {
          if (!alive.expired()) release(session);
        });
    open_session(key, std::move(wire), session);
  });
}

void SshPool::open_session(const std::string& key, std::shared_ptr<Wire> wire, std::shared_ptr<Session>) {
  Entry& entry = entries_.at(key);
  auto session = std::make_shared<Session>(services_, entry.target, std::move(wire));
  session->pool.key = key;
  session->pool.channels_max = options_.channels_per_session;
  entry.opening.push_back(session);
  session->open([this, key, weak = std::weak_ptr<Session>(session)](std::optional<SshFailure> failure) {
    if (const auto self = weak.lock()) opened(key, self, std::move(failure));
  });
}

void SshPool::opened(const std::string& key, const std::shared_ptr<Session>& session,
                     std::optional<SshFailure> failure) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  std::erase(found->second.opening, session);
  if (failure) return open_failed(key, *failure);
  found->second.sessions.push_back(session);
  session->set_on_end([this, key, raw = session.get()] { ended(key, raw); });
  watch_idle(session);
  serve(key);
}

// One failure speaks for all waiters when nothing else may still help them, or when trying again is pointless.
void SshPool::open_failed(const std::string& key, const SshFailure& failure) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  const bool hopeless = failure.error_class == SshErrorClass::kAuth || failure.error_class == SshErrorClass::kHostKey;
  const bool others = !entry.sessions.empty() || !entry.opening.empty() || entry.awaiting_gateway > 0;
  if (others && !hopeless) return;
  auto waiters = std::move(entry.waiters);
  entry.waiters.clear();
  drop_if_empty(key);
  for (Waiter& waiter : waiters) waiter.ready(nullptr, failure);
}

void SshPool::release(const std::shared_ptr<Session>& session) {
  FOEHN_CHECK(session->pool.leases > 0);
  --session->pool.leases;
  const std::string key = session->pool.key;
  if (session->retired() && session->ready() && session->pool.leases == 0) {
    session->close("it has grown old");
    return serve(key);
  }
  serve(key);
  watch_idle(session);
}

void SshPool::limit_channels(const std::shared_ptr<Session>& session) {
  session->pool.channels_max = std::max<std::size_t>(1, session->pool.leases - 1);
}

void SshPool::ended(const std::string& key, const Session* session) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  std::erase_if(found->second.sessions, [&](const auto& candidate) { return candidate.get() == session; });
  serve(key);
  drop_if_empty(key);
}

void SshPool::watch_idle(const std::shared_ptr<Session>& session) {
  if (session->pool.leases > 0 || !session->ready()) return;
  const std::uint64_t round = ++session->pool.idle_round;
  auto timer = std::make_shared<asio::steady_timer>(services_.io, std::chrono::milliseconds(options_.idle_close_ms));
  timer->async_wait([timer, round, weak = std::weak_ptr<Session>(session)](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (error || !self || self->pool.leases > 0 || self->pool.idle_round != round) return;
    self->close("it was idle");
  });
}

void SshPool::drop_if_empty(const std::string& key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  const Entry& entry = found->second;
  if (entry.sessions.empty() && entry.opening.empty() && entry.waiters.empty() && entry.awaiting_gateway == 0)
    entries_.erase(found);
}

void SshPool::close_all(const std::string& why) {
  closing_ = true;
  auto entries = std::move(entries_);
  entries_.clear();
  for (auto& [key, entry] : entries) {
    for (Waiter& waiter : entry.waiters)
      waiter.ready(nullptr, SshFailure{.error_class = SshErrorClass::kCancelled,
                                       .host = entry.target.host,
                                       .port = entry.target.port,
                                       .user = entry.target.user,
                                       .detail = why});
    for (const auto& session : entry.opening) session->close(why);
    for (const auto& session : entry.sessions) session->close(why);
  }
}

std::size_t SshPool::session_count() const {
  std::size_t count = 0;
  for (const auto& [key, entry] : entries_) count += entry.sessions.size();
  return count;
}

}  // namespace foehn::net
