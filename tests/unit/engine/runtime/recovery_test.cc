// What a crash, a refused commit and a commit of unknown outcome leave behind, and how it is made good.
#include "tests/unit/engine/runtime/engine_fixture.h"

namespace foehn::runtime {
namespace {

using store::CommitFault;
using ::testing::ElementsAre;

constexpr const char* kSafe = R"(
version: '2.0'
one:
  tasks:
    t1:
      action: test.safe
)";

TEST_F(EngineTest, AScheduledRunLeavesAfterARestart) {
  define(kOneRun);
  actions_.room[""] = 0;
  const ExecutionId id = start("one");
  EXPECT_TRUE(actions_.started.empty());
  actions_.room.clear();
  restart();
  settle();
  ASSERT_EQ(actions_.started.size(), 1U);
  EXPECT_EQ(actions_.started[0].attempt, 1U);
  EXPECT_FALSE(actions_.started[0].recovered);
  finish(actions_.started[0]);
  EXPECT_EQ(state(id), "SUCCESS");
}

TEST_F(EngineTest, ALostRunThatIsSafeRunsAgain) {
  define(kSafe);
  const ExecutionId id = start("one");
  const ports::ActionRequest first = actions_.started.at(0);
  restart();
  settle();
  ASSERT_EQ(actions_.started.size(), 1U);
  EXPECT_EQ(actions_.started[0].run_id, first.run_id);
  EXPECT_EQ(actions_.started[0].attempt, 2U);
  EXPECT_TRUE(actions_.started[0].recovered);
  EXPECT_EQ(engine().stats().recovered_runs, 1U);
  finish(first, Outcome::error("zombie"));
  EXPECT_EQ(state(id), "RUNNING") << "the first attempt is fenced off";
  finish(actions_.started[0]);
  EXPECT_EQ(state(id), "SUCCESS");
}

TEST_F(EngineTest, ALostRunThatIsNotSafeIsAnError) {
  define(kOneRun);
  const ExecutionId id = start("one");
  restart();
  settle();
  EXPECT_TRUE(actions_.started.empty());
  EXPECT_EQ(state(id), "ERROR");
}

TEST_F(EngineTest, AnAsynchronousRunSurvivesARestart) {
  define(R"(
version: '2.0'
one:
  tasks:
    t1:
      action: test.async
)");
  const ExecutionId id = start("one");
  finish(actions_.started.at(0), Outcome::success(Value()));
  EXPECT_EQ(state(id), "RUNNING") << "its start is not its end";
  const ActionRunId run_id = actions_.started[0].run_id;
  restart();
  settle();
  EXPECT_TRUE(actions_.started.empty());
  EXPECT_EQ(refusal([&](Reply reply) {
              engine().submit(id, core::ActionFinished{run_id, 0, Outcome::success("told")}, std::move(reply));
            }),
            "accepted");
  EXPECT_EQ(state(id), "SUCCESS");
}

TEST_F(EngineTest, TimersSurviveARestart) {
  define("version: '2.0'\nw:\n  tasks:\n    t1:\n      wait-before: 5\n");
  const ExecutionId id = start("w");
  restart();
  clock_.advance_ms(5'001);
  settle();
  EXPECT_EQ(state(id), "SUCCESS");
}

TEST_F(EngineTest, RecoveryDoesNotReadFinishedExecutions) {
  define("version: '2.0'\nw:\n  tasks:\n    t1:\n      action: std.noop\n");
  for (int i = 0; i < 20; ++i) start("w");
  restart();
  settle();
  EXPECT_EQ(engine().stats().resident, 0U);
}

TEST_F(EngineTest, ARefusedCommitLosesNoOutcomeAndTellsTheCaller) {
  define(kOneRun);
  const ExecutionId id = start("one");
  store_.on_next_commit(CommitFault::kFails);
  std::optional<Result<Answer>> refused, turned_away;
  engine().start(request("one"), keep(refused));
  engine().action_finished(id, actions_.started[0].run_id, 1, Outcome::success(1));
  EXPECT_FALSE(engine().pump().more) << "the store is left alone for a while";
  EXPECT_EQ(refused->error().message, "The commit failed because a test asked for it.");
  EXPECT_EQ(state(id), "RUNNING");
  engine().start(request("one"), keep(turned_away));
  engine().pump();
  EXPECT_EQ(turned_away->error().message,
            "The engine is read-only until its store works again: The commit failed because a test asked for it.");
  EXPECT_EQ(turned_away->error().code, ErrorCode::kUnavailable);
  ASSERT_TRUE(engine().next_deadline());
  EXPECT_EQ(engine().next_deadline()->us, clock_.wall().us + 100'000);
  clock_.advance_ms(100);
  settle();
  EXPECT_EQ(state(id), "SUCCESS");
  EXPECT_EQ(actions_.started.size(), 1U);
  EXPECT_EQ(engine().stats().store_failures, 0U);
}

TEST_F(EngineTest, ARunWhoseAdmissionWasNotStoredLeavesOnce) {
  define(kOneRun);
  actions_.room[""] = 0;
  const ExecutionId id = start("one");
  actions_.room.clear();
  store_.on_next_commit(CommitFault::kFails);
  engine().pump();
  EXPECT_TRUE(actions_.started.empty());
  clock_.advance_ms(1'000);
  settle();
  ASSERT_EQ(actions_.started.size(), 1U);
  finish(actions_.started[0]);
  EXPECT_EQ(state(id), "SUCCESS");
}

class UnknownCommit : public EngineTest, public ::testing::WithParamInterface<CommitFault> {};

TEST_P(UnknownCommit, LeavesNothingLostOrDoubled) {
  define(kOneRun);
  std::optional<Result<Answer>> answer;
  const StartRequest wanted = request("one");
  store_.on_next_commit(GetParam());
  engine().start(wanted, keep(answer));
  settle();
  ASSERT_TRUE(answer && answer->has_value()) << "a start is simply made again";
  ASSERT_EQ(actions_.started.size(), 1U) << "the run leaves exactly once, whether its RUNNING row was stored or not";
  EXPECT_EQ(actions_.started[0].attempt, 1U) << "it never left before, so that it is not lost";
  store_.on_next_commit(GetParam());
  finish(actions_.started[0]);
  clock_.advance_ms(1'000);
  settle();
  EXPECT_EQ(state(*wanted.id), "SUCCESS");
  EXPECT_EQ(actions_.started.size(), 1U);
}

TEST_P(UnknownCommit, TellsEachTransitionOnce) {
  define(kOneRun);
  const StartRequest wanted = request("one");
  std::optional<Result<Answer>> answer;
  store_.on_next_commit(GetParam());
  engine().start(wanted, keep(answer));
  settle();
  store_.on_next_commit(GetParam());
  finish(actions_.started.at(0));
  clock_.advance_ms(1'000);
  settle();
  const auto page = store_.events_from(0, 100);
  std::vector<std::string> told;
  for (const store::Event& event : page->events)
    told.push_back((event.notice.task_id ? event.notice.name : "execution") + " " +
                   std::string(core::to_string(event.notice.state)));
  EXPECT_THAT(told, ElementsAre("execution RUNNING", "t1 RUNNING", "t1 SUCCESS", "execution SUCCESS"));
}

TEST_P(UnknownCommit, TellsOtherCallersToLook) {
  define(kOneRun);
  const ExecutionId id = start("one");
  store_.on_next_commit(GetParam());
  EXPECT_EQ(refusal([&](Reply reply) { engine().submit(id, core::PauseExecution{}, std::move(reply)); }),
            "The change may or may not have been stored; look before repeating it");
}

INSTANTIATE_TEST_SUITE_P(Both, UnknownCommit,
                         ::testing::Values(CommitFault::kUnknownApplied, CommitFault::kUnknownLost));

TEST_F(EngineTest, GivesUpWhenTheStoreNeverWorksAgain) {
  define(kOneRun);
  start("one");
  engine().action_finished(actions_.started[0].execution_id, actions_.started[0].run_id, 1, Outcome::success(1));
  for (std::size_t i = 0; i < limits::kStoreRetriesMax; ++i) {
    store_.on_next_commit(CommitFault::kFails);
    engine().pump();
    ASSERT_FALSE(engine().fatal());
    clock_.advance_ms(limits::kStoreRetryMsMax);
  }
  store_.on_next_commit(CommitFault::kFails);
  engine().pump();
  ASSERT_TRUE(engine().fatal());
  EXPECT_EQ(engine().fatal()->message, "The commit failed because a test asked for it.");
}

}  // namespace
}  // namespace foehn::runtime
