// Group commit: the works of several threads share one transaction and one fsync. Whoever is first in the queue leads:
// it does the works that have gathered, up to a byte bound, commits, and tells the others. Any thread; blocks.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/sync.h"
#include "engine/store/sqlite/db.h"

namespace foehn::store {

inline constexpr std::size_t kRowBytes = 1'000;  // of a row besides its texts, as works count themselves

struct GroupCommitOptions {
  std::size_t group_bytes_max = 8'000'000;  // of the works that one transaction takes together
  std::int64_t wal_bytes_max = 8'000'000;   // then the WAL is moved into the database
};

class GroupCommit {
 public:
  // Writes through the connection and does nothing else that lasts: it may be done again when the transaction it was
  // first part of is lost. An error undoes this work alone.
  using Work = std::function<Status(Connection&)>;

  GroupCommit(Connection& writer, GroupCommitOptions options) : writer_(writer), options_(options) {}
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;

  // ok: done and durable. kCommitUnknown: the disk failed during the commit. Other errors: nothing of it was done.
  Status run(std::size_t bytes, const Work& work);
  std::size_t waiting();  // works that are queued or being done

 private:
  struct Job {
    const Work& work;
    std::size_t bytes;
    Status status;
    bool done = false;
    std::condition_variable wake;
  };
  using Group = std::vector<Job*>;

  Group gather() const;
  void commit(const Group& group);
  Status try_commit(const Group& group);
  Status do_work(Job& job, bool alone);
  void checkpoint();

  Connection& writer_;
  const GroupCommitOptions options_;
  std::int64_t checkpoint_at_ = 0;  // of wal_bytes; leader only
  std::mutex mutex_;
  std::deque<Job*> queue_ FOEHN_GUARDED_BY(mutex_);  // the first one leads
};

}  // namespace foehn::store
