#include "api/rest/waits.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iterator>
#include <utility>
#include <vector>

namespace foehn::rest {
namespace {

constexpr int kClientGone = 499;  // for the metrics alone; the number that nginx logs

}  // namespace

// One request that waits. In the table from on_answer() until it is answered; it counts for as long as it lives.
class Waits::Pending final : public http::PendingAnswer, public std::enable_shared_from_this<Pending> {
 public:
  Pending(Waits& waits, Wait wait)
      : waits_(waits), wait_(std::move(wait)), deadline_(waits.clock_.mono().plus_ms(wait_.timeout_ms)) {}
  ~Pending() override {
    std::lock_guard lock(waits_.mutex_);
    --waits_.count_;
  }
  std::function<void()> on_answer(std::function<void(http::Response)> reply) override {
    reply_ = std::move(reply);
    waits_.add(shared_from_this());
    return [weak = weak_from_this()] {
      if (const PendingPtr pending = weak.lock()) pending->waits_.leave(*pending);
    };
  }

  ExecutionId execution_id() const { return wait_.execution_id; }
  MonoTime deadline() const { return deadline_; }
  // One thread at a time, without the mutex.
  bool look() {
    auto answer = wait_.look();
    const bool is_there = answer.has_value();
    if (is_there) give(std::move(*answer));
    return is_there;
  }
  void give_up(GivenUp why) { give(wait_.give_up(why)); }
  // Any thread; the first answer counts.
  void give(http::Response answer) {
    if (!answered_.exchange(true)) reply_(std::move(answer));
  }

 private:
  Waits& waits_;
  const Wait wait_;
  const MonoTime deadline_;
  std::function<void(http::Response)> reply_;
  std::atomic<bool> answered_{false};
};

Waits::Waits(const Clock& clock, std::size_t waiters_max)
    : clock_(clock), waiters_max_(waiters_max), thread_([this] { run(); }) {}

Waits::~Waits() { stop(); }

void Waits::notify(const ports::Notice& notice) {
  if (notice.kind == ports::Notice::Kind::kTask || !core::is_complete(notice.state)) return;
  wake(notice.execution_id);
}

void Waits::wake(ExecutionId id) {
  {
    std::lock_guard lock(mutex_);
    if (!table_.contains(id) || !woken_.insert(id).second) return;
  }
  changed_.notify_one();
}

Result<http::Response> Waits::wait(Wait wait) {
  {
    std::lock_guard lock(mutex_);
    if (count_ >= waiters_max_)
      return fail(ErrorCode::kUnavailable,
                  "Too many requests are waiting (" + std::to_string(count_) + "); ask again without waiting.");
    ++count_;
  }
  http::Response response;
  response.pending = std::make_shared<Pending>(*this, std::move(wait));
  return response;
}

void Waits::add(PendingPtr pending) {
  {
    std::lock_guard lock(mutex_);
    if (!stopping_) {
      const ExecutionId id = pending->execution_id();
      table_.emplace(id, std::move(pending));
      woken_.insert(id);  // it may have ended before anybody waited
    }
  }
  if (pending) return pending->give_up(GivenUp::kStopping);
  changed_.notify_one();
}

// Its client is gone: it makes room. A look that is under way may still find an answer, which nobody gets.
void Waits::leave(Pending& pending) {
  PendingPtr left;
  {
    std::lock_guard lock(mutex_);
    const auto [begin, end] = table_.equal_range(pending.execution_id());
    const auto entry = std::find_if(begin, end, [&](const auto& one) { return one.second.get() == &pending; });
    if (entry == end) return;
    left = std::move(entry->second);
    table_.erase(entry);
  }
  left->give({kClientGone, "", {}, ""});
}

void Waits::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

std::size_t Waits::waiting() const {
  std::lock_guard lock(mutex_);
  return count_;
}

void Waits::look_at_clock() {
  {
    std::lock_guard lock(mutex_);
    clock_moved_ = true;
  }
  changed_.notify_one();
}

// Their destructors take the mutex, so the last reference to one is never given up with it held.
bool Waits::look_at_woken(std::unique_lock<std::mutex>& lock) {
  std::vector<PendingPtr> woken;
  for (const ExecutionId id : std::exchange(woken_, {})) {
    const auto [begin, end] = table_.equal_range(id);
    for (auto entry = begin; entry != end; ++entry) woken.push_back(entry->second);
  }
  if (woken.empty()) return false;
  lock.unlock();
  // Who is not answered stays in the table: a notice that comes meanwhile wakes it again.
  std::erase_if(woken, [](const PendingPtr& pending) { return !pending->look(); });
  lock.lock();
  for (const PendingPtr& pending : woken) {
    const auto [begin, end] = table_.equal_range(pending->execution_id());
    const auto entry = std::find_if(begin, end, [&](const auto& one) { return one.second == pending; });
    if (entry != end) table_.erase(entry);  // its client may have left meanwhile
  }
  lock.unlock();
  woken.clear();
  lock.lock();
  return true;
}

bool Waits::end_late(std::unique_lock<std::mutex>& lock) {
  clock_moved_ = false;
  std::vector<PendingPtr> late;
  const MonoTime now = clock_.mono();
  for (auto entry = table_.begin(); entry != table_.end();) {
    const bool is_late = stopping_ || entry->second->deadline() <= now;
    if (is_late) late.push_back(std::move(entry->second));
    entry = is_late ? table_.erase(entry) : std::next(entry);
  }
  if (late.empty()) return false;
  const GivenUp why = stopping_ ? GivenUp::kStopping : GivenUp::kDeadline;
  lock.unlock();
  for (const PendingPtr& pending : late) pending->give_up(why);
  late.clear();
  lock.lock();
  return true;
}

void Waits::run() {
  const auto news = [this] { return !woken_.empty() || stopping_ || clock_moved_; };
  std::unique_lock lock(mutex_);
  for (;;) {
    if (look_at_woken(lock) || end_late(lock)) continue;
    if (!woken_.empty()) continue;
    if (stopping_) return;
    std::optional<MonoTime> next;
    for (const auto& [id, pending] : table_)
      if (!next || pending->deadline() < *next) next = pending->deadline();
    if (next) {
      const std::int64_t left_us = std::max<std::int64_t>(1, next->us - clock_.mono().us);
      changed_.wait_for(lock, std::chrono::microseconds(left_us), news);
    } else {
      changed_.wait(lock, news);
    }
  }
}

}  // namespace foehn::rest
