// The read connections: opened when first needed, at most so many; a reader waits for one to be given back. Any thread.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/sync.h"
#include "engine/store/sqlite/db.h"

namespace foehn::store {

class Readers {
 public:
  Readers(ConnectionOptions options, std::size_t count_max) : options_(std::move(options)), count_max_(count_max) {}
  Readers(const Readers&) = delete;
  Readers& operator=(const Readers&) = delete;

  // Runs `read(connection)` in a read transaction: everything it sees is one committed state.
  template <class Read>
  auto with(Read read) -> decltype(read(std::declval<Connection&>())) {
    FOEHN_TRY(const Lease lease, take());
    FOEHN_TRY(Transaction transaction, Transaction::begin(*lease.connection, Transaction::Kind::kRead));
    auto result = read(*lease.connection);
    FOEHN_CHECK_OK(transaction.commit());
    return result;
  }

 private:
  struct Lease {
    Lease(Readers& from, std::unique_ptr<Connection> taken) : readers(&from), connection(std::move(taken)) {}
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (connection) readers->give_back(std::move(connection));
    }
    Readers* readers;
    std::unique_ptr<Connection> connection;
  };
  Result<Lease> take();
  void give_back(std::unique_ptr<Connection> connection);

  const ConnectionOptions options_;
  const std::size_t count_max_;
  std::mutex mutex_;
  std::condition_variable given_back_;
  std::vector<std::unique_ptr<Connection>> idle_ FOEHN_GUARDED_BY(mutex_);
  std::size_t count_ FOEHN_GUARDED_BY(mutex_) = 0;
};

}  // namespace foehn::store
