#include "engine/store/sqlite/group_commit.h"

namespace foehn::store {

Status GroupCommit::run(std::size_t bytes, const Work& work) {
  Job job{work, bytes, {}, false, {}};
  std::unique_lock lock(mutex_);
  queue_.push_back(&job);
  job.wake.wait(lock, [&] { return job.done || queue_.front() == &job; });
  if (job.done) return std::move(job.status);

  const Group group = gather();
  lock.unlock();
  commit(group);
  lock.lock();
  for (Job* member : group) {
    queue_.pop_front();
    member->done = true;
    if (member != &job) member->wake.notify_one();
  }
  if (!queue_.empty()) queue_.front()->wake.notify_one();
  return std::move(job.status);
}

std::size_t GroupCommit::waiting() {
  std::lock_guard lock(mutex_);
  return queue_.size();
}

GroupCommit::Group GroupCommit::gather() const {
  Group group;
  std::size_t bytes = 0;
  for (Job* job : queue_) {
    if (!group.empty() && bytes + job->bytes > options_.group_bytes_max) break;
    bytes += job->bytes;
    group.push_back(job);
  }
  return group;
}

void GroupCommit::commit(const Group& group) {
  const Status all = try_commit(group);
  if (!all) {
    // The whole transaction is lost: each gets its own, so that one that does not fit on the disk spoils no other.
    const bool again = group.size() > 1 && all.error().code != ErrorCode::kCommitUnknown;
    for (Job* job : group) {
      const Status alone = again ? try_commit({job}) : all;
      if (!alone) job->status = alone;
    }
  }
  checkpoint();
}

// An error means that no work of the group was done, or that this is unknown; else each job has its own status.
Status GroupCommit::try_commit(const Group& group) {
  FOEHN_TRY(Transaction transaction, Transaction::begin(writer_, Transaction::Kind::kWrite));
  bool any = false;
  for (Job* job : group) {
    job->status = do_work(*job, group.size() == 1);
    any = any || job->status.has_value();
    if (!writer_.in_transaction()) return job->status;  // SQLite gave up on all of it (disk full, …)
  }
  if (!any) return {};
  Status committed = transaction.commit();
  if (committed) return {};
  // After a failed fsync the commit record may or may not be on the disk; without room it surely is not.
  if (committed.error().code == ErrorCode::kIo && !writer_.out_of_room())
    committed.error().code = ErrorCode::kCommitUnknown;
  return committed;
}

Status GroupCommit::do_work(Job& job, bool alone) {
  if (alone) return job.work(writer_);
  FOEHN_CHECK_OK(writer_.prepare("SAVEPOINT work").run());
  Status status = job.work(writer_);
  if (!writer_.in_transaction()) return status;
  if (!status) FOEHN_CHECK_OK(writer_.prepare("ROLLBACK TO work").run());
  FOEHN_CHECK_OK(writer_.prepare("RELEASE work").run());
  return status;
}

void GroupCommit::checkpoint() {
  const std::int64_t bytes = writer_.wal_bytes();
  if (bytes < options_.wal_bytes_max) checkpoint_at_ = options_.wal_bytes_max;
  if (bytes < checkpoint_at_) return;
  // While readers hold on to an old state the WAL cannot start over; each try waits for another step of growth. A
  // failure is no harm: the commits are in the WAL, and the next try comes.
  checkpoint_at_ = bytes + options_.wal_bytes_max;
  static_cast<void>(writer_.checkpoint(bytes >= 8 * options_.wal_bytes_max));
}

}  // namespace foehn::store
