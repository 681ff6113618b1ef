#include "engine/store/sqlite/readers.h"

namespace foehn::store {

Result<Readers::Lease> Readers::take() {
  std::unique_lock lock(mutex_);
  given_back_.wait(lock, [this] { return !idle_.empty() || count_ < count_max_; });
  if (!idle_.empty()) {
    Lease lease(*this, std::move(idle_.back()));
    idle_.pop_back();
    return lease;
  }
  ++count_;
  lock.unlock();
  auto connection = Connection::open(options_);
  if (connection) return Lease(*this, std::move(*connection));
  lock.lock();
  --count_;
  given_back_.notify_one();
  return fail(connection.error());
}

void Readers::give_back(std::unique_ptr<Connection> connection) {
  std::lock_guard lock(mutex_);
  idle_.push_back(std::move(connection));
  given_back_.notify_one();
}

}  // namespace foehn::store
