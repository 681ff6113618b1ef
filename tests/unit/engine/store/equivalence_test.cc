// Goal: a thousand random changes leave the same rows in every backend. Method: the same members are committed to both
// in batches; now and then an engine "restarts" from what one of them gives back, so that loaded rows are changed as
// well.
#include <map>

#include "tests/unit/engine/store/store_fixture.h"

namespace foehn::store {
namespace {

class Twins {
 public:
  explicit Twins(std::uint64_t seed) : prng_(seed) {}

  // A batch of changes to a few executions, with messages between them.
  void commit_some() {
    CommitBatch batch;
    std::vector<ExecutionId> changed;
    for (std::uint64_t i = 1 + prng_.below(8); i > 0; --i) {
      const ExecutionId id = nth<ExecutionId>(1 + prng_.below(12));
      if (std::find(changed.begin(), changed.end(), id) != changed.end()) continue;
      changed.push_back(id);
      batch.members.push_back(random_member(id));
      ++members;
    }
    const auto first = mem->store().commit(batch);
    const auto second = sqlite->store().commit(batch);
    ASSERT_TRUE(first);
    ASSERT_TRUE(second) << second.error().message;
    ASSERT_EQ(*first, *second);
    for (std::size_t i = 0; i < changed.size(); ++i)
      if ((*first)[i] == CommitOutcome::kApplied)
        subjects_.at(changed[i]).was_committed();
      else
        subjects_.erase(changed[i]);
  }

  void remove_one() {
    const ExecutionId id = nth<ExecutionId>(1 + prng_.below(12));
    ASSERT_EQ(mem->store().remove(id).has_value(), sqlite->store().remove(id).has_value());
    subjects_.erase(id);
  }

  void restart() {
    sqlite->reopen();
    for (auto& [id, subject] : subjects_) subject = load(sqlite->store(), id);
  }

  void compare() {
    for (std::uint64_t i = 1; i <= 12; ++i) {
      const auto first = *mem->store().load(nth<ExecutionId>(i));
      const auto second = *sqlite->store().load(nth<ExecutionId>(i));
      ASSERT_EQ(first.has_value(), second.has_value());
      ASSERT_EQ(first ? show(*first) : "", second ? show(*second) : "");
      ASSERT_EQ(mem->store().inbox(nth<ExecutionId>(i))->size(), sqlite->store().inbox(nth<ExecutionId>(i))->size());
    }
    const auto timers = [](Backend& backend) {
      std::string all;
      for (const core::Timer& timer : must(backend.store().timers_until(second(1'000), 10'000))) all += show(timer);
      return all;
    };
    ASSERT_EQ(timers(*mem), timers(*sqlite));
    const auto pending = [](Backend& backend) {
      std::string all;
      for (const PendingRun& run : must(backend.store().pending_runs(std::nullopt, 10'000)))
        all += to_string(run.execution_id) + to_string(run.run_id) + std::string(core::to_string(run.state)) + "\n";
      return all;
    };
    ASSERT_EQ(pending(*mem), pending(*sqlite));
    for (const std::string hash : {"hash of flow", "hash of flow0", "hash of flow1", "hash of flow2"})
      ASSERT_EQ(*mem->catalog().definition_text(hash), *sqlite->catalog().definition_text(hash));
    ASSERT_EQ(*mem->store().with_inbox(100), *sqlite->store().with_inbox(100));
    ASSERT_EQ(*mem->store().next_timer(), *sqlite->store().next_timer());
  }

  std::unique_ptr<Backend> mem = make_backend("mem");
  std::unique_ptr<Backend> sqlite = make_backend("sqlite");
  std::size_t members = 0;

 private:
  CommitMember random_member(ExecutionId id) {
    Subject& subject = subjects_.try_emplace(id, id, "flow").first->second;
    change_at_random(subject, prng_);
    CommitMember member = subject.member();
    if (prng_.chance(5)) member.expected_version += 1'000;  // stale
    for (std::uint64_t i = prng_.below(3); i > 0; --i) {
      const std::string item = to_string(id) + ":" + std::to_string(prng_.below(6));
      member.inbox_added.push_back({item, nth<ExecutionId>(1 + prng_.below(12)), {{"n", prng_.below(99)}}});
    }
    for (const InboxItem& item : must(mem->store().inbox(id)))
      if (prng_.chance(40)) member.inbox_consumed.push_back(item.id);
    return member;
  }

  Prng prng_;
  std::map<ExecutionId, Subject> subjects_;
};

TEST(BothBackends, Hold_the_same_rows_after_a_thousand_random_changes) {
  Twins twins(2026);
  for (int round = 1; twins.members < 1'000; ++round) {
    twins.commit_some();
    if (HasFatalFailure()) FAIL() << "round " << round;
    if (round % 17 == 0) twins.remove_one();
    if (round % 40 == 0) twins.restart();
    if (round % 10 == 0) twins.compare();
    if (HasFatalFailure()) FAIL() << "round " << round;
  }
  twins.compare();
}

}  // namespace
}  // namespace foehn::store
