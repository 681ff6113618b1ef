// The pump: commit before act, pure actions, fairness, starts, capacity, timers, removal, shutdown.
#include <atomic>
#include <future>

#include "engine/runtime/engine_client.h"
#include "engine/runtime/engine_thread.h"
#include "tests/unit/engine/runtime/engine_fixture.h"

namespace foehn::runtime {
namespace {

using ::testing::ElementsAre;

TEST_F(EngineTest, AnActionStartsOnlyAfterItsRowIsCommitted) {
  define(kOneRun);
  std::string seen;
  actions_.on_start = [&](const ports::ActionRequest& request) {
    seen = std::string(core::to_string(run(request.run_id).state));
  };
  const ExecutionId id = start("one");
  EXPECT_EQ(seen, "RUNNING");
  EXPECT_EQ(state(id), "RUNNING");
  finish(actions_.started.at(0));
  EXPECT_EQ(state(id), "SUCCESS");
  EXPECT_EQ(to_json(run(actions_.started.at(0).run_id).output), R"({"result":"done"})");
}

TEST_F(EngineTest, RepliesAndNoticesComeAfterTheCommit) {
  define(kOneRun);
  std::string stored = "never";
  StartRequest wanted = request("one");
  engine().start(wanted, [&](const Result<Answer>& answer) {
    ASSERT_TRUE(answer);
    stored = state(answer->execution.id);
  });
  EXPECT_EQ(stored, "never");
  settle();
  EXPECT_EQ(stored, "RUNNING");
  EXPECT_THAT(notices_.lines, ElementsAre("one RUNNING", "t1 RUNNING"));
}

TEST_F(EngineTest, AThousandPureTasksCostAFewCommits) {
  std::string yaml = "version: '2.0'\nchain:\n  tasks:\n";
  for (int i = 0; i < 1'000; ++i) {
    yaml += "    t" + std::to_string(i) + ":\n      action: std.noop\n";
    if (i < 999) yaml += "      on-success: t" + std::to_string(i + 1) + "\n";
  }
  define(yaml);
  const std::uint64_t before = store_.commits();
  const ExecutionId id = start("chain");
  EXPECT_EQ(state(id), "SUCCESS");
  EXPECT_EQ(actions_.pure_runs, 1'000U);
  EXPECT_LE(store_.commits() - before, 4U);
  EXPECT_TRUE(actions_.started.empty());
}

TEST_F(EngineTest, AnEndlessCircleDoesNotHoldUpTheOthers) {
  options_.pump_events_max = 50;
  define(R"(
version: '2.0'
circle:
  tasks:
    begin:
      on-success: t1
    t1:
      on-success: t2
    t2:
      on-success: t1
)");
  define(kOneRun);
  engine().start(request("circle"), nullptr);
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(engine().pump().more);
  const StartRequest other = request("one");
  engine().start(other, nullptr);
  engine().pump();
  engine().pump();
  ASSERT_EQ(actions_.started.size(), 1U) << "one pump to start it, at most one more to admit its action";
  engine().action_finished(*other.id, actions_.started[0].run_id, 1, Outcome::success(1));
  engine().pump();
  EXPECT_EQ(state(*other.id), "SUCCESS");
}

TEST_F(EngineTest, StartingTwiceIsStartingOnce) {
  define(kOneRun);
  const StartRequest wanted = request("one");
  std::optional<Result<Answer>> first, second, third;
  engine().start(wanted, keep(first));
  engine().start(wanted, keep(second));
  settle();
  restart();
  engine().start(wanted, keep(third));
  settle();
  EXPECT_FALSE((*first)->existed);
  EXPECT_TRUE((*second)->existed);
  EXPECT_TRUE((*third)->existed);
  EXPECT_EQ((*third)->execution.id, *wanted.id);
  EXPECT_EQ(store_.executions({})->rows.size(), 1U);
}

TEST_F(EngineTest, StartsThatCannotBeNameTheReason) {
  define(kOneRun);
  const auto text = [&](StartRequest wanted) {
    return refusal([&](Reply reply) { engine().start(std::move(wanted), std::move(reply)); });
  };
  EXPECT_EQ(text(request("other")), "Workflow not found [workflow_identifier=other, namespace=]");
  StartRequest by_id = request("");
  by_id.workflow_id = DefinitionId{derive_uuid(Uuid{}, 1)};
  by_id.workflow_namespace = "n";
  EXPECT_EQ(text(by_id), "Workflow not found [workflow_identifier=" + to_string(*by_id.workflow_id) + ", namespace=n]");
  EXPECT_EQ(text(request("")), "Workflow ID or workflow name must be provided. Workflow ID is recommended.");
  StartRequest env = request("one");
  env.params["env"] = "foo";
  EXPECT_EQ(text(env), "Environment is not found: foo");
  env.params["env"] = true;
  EXPECT_EQ(text(env), "Unexpected value type for environment [env=True, type=<class 'bool'>]");
  StartRequest input = request("one");
  input.input["b"] = 1;
  EXPECT_EQ(text(input), "Invalid input [name=one, class=DirectWorkflowSpec, unexpected=['b']]");
  EXPECT_EQ(store_.executions({})->rows.size(), 0U) << "a refused start leaves nothing behind";
}

TEST_F(EngineTest, ParamsGetNamespaceAndEnvironment) {
  define(kOneRun);
  StartRequest wanted = request("one");
  wanted.workflow_namespace = "there";  // falls back to the default namespace
  wanted.params["free"] = 1;
  wanted.params["env"]["a"] = "x";
  wanted.params["env"]["b"] = "<% env().a %>y";
  const ExecutionId id = start(wanted);
  EXPECT_EQ(to_json(execution(id).params), R"({"free":1,"env":{"a":"x","b":"xy"},"namespace":"there"})");
  EXPECT_EQ(execution(id).workflow_namespace, "");
  wanted = request("one");
  EXPECT_EQ(to_json(execution(start(wanted)).params), R"({"namespace":"","env":{}})");
}

TEST_F(EngineTest, ASourceExecutionGivesWhatTheRequestDoesNot) {
  define(R"(
version: '2.0'
two:
  input:
    - a
    - b
  tasks:
    t1:
      action: std.noop
)");
  StartRequest first = request("two");
  first.input = Value::object();
  first.input["a"] = 1;
  first.input["b"] = 2;
  const ExecutionId source = start(first);
  StartRequest second;
  second.id = ExecutionId::random();
  second.source_id = source;
  second.input["b"] = 3;
  second.description = "again";
  const core::Execution copy = execution(start(second));
  EXPECT_EQ(to_json(copy.input), R"({"a":1,"b":3})");
  EXPECT_EQ(copy.description, "again Based on the execution '" + to_string(source) + "'");
  EXPECT_EQ(copy.workflow_name, "two");
  second.id = ExecutionId::random();
  second.source_id = ExecutionId{derive_uuid(Uuid{}, 9)};
  EXPECT_EQ(refusal([&](Reply reply) { engine().start(second, std::move(reply)); }),
            "WorkflowExecution not found [id=" + to_string(*second.source_id) + "]");
}

TEST_F(EngineTest, EventsForNobodyAreRefused) {
  const ExecutionId nobody{derive_uuid(Uuid{}, 5)};
  EXPECT_EQ(refusal([&](Reply reply) { engine().submit(nobody, core::PauseExecution{}, std::move(reply)); }),
            "WorkflowExecution not found [id=" + to_string(nobody) + "]");
}

TEST_F(EngineTest, AStaleResultIsCountedAndDropped) {
  define(kOneRun);
  const ExecutionId id = start("one");
  const ports::ActionRequest run = actions_.started.at(0);
  finish(run, Outcome::success("first"));
  finish(run, Outcome::error("second"));
  EXPECT_EQ(state(id), "SUCCESS");
  EXPECT_EQ(engine().stats().stale_results, 1U);
}

TEST_F(EngineTest, AnOutcomeMayComeFromInsideStart) {
  define(kOneRun);
  actions_.on_start = [&](const ports::ActionRequest& request) {
    engine().action_finished(request.execution_id, request.run_id, request.attempt, Outcome::success(1));
  };
  EXPECT_EQ(state(start("one")), "SUCCESS");
  EXPECT_TRUE(engine().idle());
}

TEST_F(EngineTest, CapacityIsKeptAndSharedFairly) {
  define(R"(
version: '2.0'
many:
  tasks:
    t:
      with-items: i in <% list(range(0, 10)) %>
      action: test.run
      input:
        host: slow
)");
  define(R"(
version: '2.0'
fast:
  tasks:
    f:
      action: test.run
      input:
        host: quick
)");
  actions_.room = {{"", 5}, {"slow", 3}};
  const ExecutionId large = start("many");
  EXPECT_EQ(actions_.started.size(), 3U) << "bound of the host";
  start("fast");
  EXPECT_EQ(actions_.started_tasks().back(), "f") << "another host is not held up";
  const ExecutionId second = start("many");
  EXPECT_EQ(actions_.started.size(), 4U);
  EXPECT_EQ(engine().stats().ready, 17U);
  actions_.room = {{"", 4}, {"slow", 4}};
  finish(actions_.started.at(0));
  ASSERT_EQ(actions_.started.size(), 8U);
  std::size_t of_second = 0;
  for (std::size_t i = 4; i < 8; ++i) of_second += actions_.started[i].execution_id == second ? 1U : 0U;
  EXPECT_EQ(of_second, 2U) << "the two executions take turns";
  EXPECT_EQ(state(large), "RUNNING");
}

TEST_F(EngineTest, TimersFireInTimeThoughFewAreHeld) {
  options_.timers_resident_max = 1;
  define(R"(
version: '2.0'
waits:
  tasks:
    t1:
      wait-before: 3
    t2:
      wait-before: 1
    t3:
      wait-before: 2
)");
  const ExecutionId id = start("waits");
  const auto done = [&] {
    std::vector<std::string> names;
    const auto page = store_.tasks({});
    for (const store::TaskRow& row : page->rows) {
      if (row.task.state == core::State::kSuccess) names.push_back(row.task.name);
    }
    return names;
  };
  EXPECT_TRUE(done().empty());
  clock_.advance_ms(1'100);
  settle();
  EXPECT_THAT(done(), ElementsAre("t2"));
  clock_.advance_ms(1'000);
  settle();
  EXPECT_THAT(done(), ::testing::UnorderedElementsAre("t2", "t3"));
  ASSERT_TRUE(engine().next_deadline());
  EXPECT_GT(engine().next_deadline()->us, clock_.wall().us);
  clock_.advance_ms(1'000);
  settle();
  EXPECT_EQ(state(id), "SUCCESS");
  EXPECT_FALSE(engine().next_deadline());
}

TEST_F(EngineTest, RemovingNeedsAnEndOrForce) {
  define(kOneRun);
  const ExecutionId id = start("one");
  EXPECT_EQ(refusal([&](Reply reply) { engine().remove(id, false, std::move(reply)); }),
            "Only completed executions can be deleted. Use --force to override this. Execution " + to_string(id) +
                " is in RUNNING state");
  const ports::ActionRequest run = actions_.started.at(0);
  EXPECT_EQ(refusal([&](Reply reply) { engine().remove(id, true, std::move(reply)); }), "accepted");
  EXPECT_EQ(state(id), "absent");
  EXPECT_THAT(actions_.cancelled, ElementsAre(run.run_id));
  finish(run, Outcome::cancelled());
  EXPECT_TRUE(engine().idle());
  EXPECT_EQ(refusal([&](Reply reply) { engine().remove(id, true, std::move(reply)); }),
            "WorkflowExecution not found [id=" + to_string(id) + "]");
}

TEST_F(EngineTest, AfterCloseNothingIsTakenOrStartedButOutcomesAreKept) {
  define(kOneRun);
  const ExecutionId id = start("one");
  std::optional<Result<Answer>> queued, late;
  engine().start(request("one"), keep(queued));
  engine().close();
  engine().start(request("one"), keep(late));
  EXPECT_EQ(queued->error().message, "The engine is shutting down");
  EXPECT_EQ(late->error().code, ErrorCode::kUnavailable);
  finish(actions_.started.at(0));
  EXPECT_EQ(state(id), "SUCCESS");
  EXPECT_EQ(actions_.started.size(), 1U);
}

// What waits is stored already, or nobody has been told that it was taken; outcomes alone would be lost.
TEST_F(EngineTest, WhenItStopsOutcomesGoBeforeEverythingElseThatWaits) {
  options_.pump_events_max = 2;
  define(kOneRun);
  const ExecutionId id = start("one");
  const ExecutionId other = start("one");
  std::optional<Result<Answer>> last;
  for (int i = 0; i < 50; ++i)
    engine().submit(id, core::UpdateExecution{"text " + std::to_string(i), Value()}, i < 49 ? Reply() : keep(last));
  engine().pump();
  for (const ports::ActionRequest& run : actions_.started)
    engine().action_finished(run.execution_id, run.run_id, run.attempt, Outcome::success("done"));
  engine().pump();
  EXPECT_EQ(state(id) + " " + state(other), "RUNNING SUCCESS") << "in their lanes' turn; the first one's is long";
  engine().close();
  engine().pump();
  EXPECT_EQ(state(id), "SUCCESS");
  EXPECT_FALSE(last.has_value());
  settle();
  EXPECT_TRUE(last && last->has_value()) << "the rest is done while there is time";
}

TEST_F(EngineTest, EvictedExecutionsComeBackWhenTheyAreNeeded) {
  options_.resident_bytes_max = 1;
  define(R"(
version: '2.0'
pair:
  tasks:
    t1:
      action: test.run
      publish:
        x: <% task().result %>
      on-success: t2
    t2:
      action: test.run
)");
  const ExecutionId a = start("pair");
  const ExecutionId b = start("pair");
  EXPECT_EQ(engine().stats().resident, 1U);
  finish(actions_.started.at(0), Outcome::success("a"));
  finish(actions_.started.at(1), Outcome::success("b"));
  finish(actions_.started.at(2));
  finish(actions_.started.at(3));
  EXPECT_EQ(to_json(execution(a).output), R"({"x":"a"})");
  EXPECT_EQ(to_json(execution(b).output), R"({"x":"b"})");
}

TEST(EngineThreadTest, DrivesAnEngineForItsClients) {
  store::MemStore store;
  testing::FakeActions actions;
  NoticeLog notices;
  Log log({LogLevel::kError, false, "/dev/null"});
  SystemClock clock;
  const std::string text = "version: '2.0'\nw:\n  tasks:\n    t1:\n      wait-before: 1\n";
  const dsl::Compiled compiled = dsl::compile(text, dsl::DocumentKind::kWorkflows, nullptr);
  store::WorkflowRow row;
  row.id = DefinitionId::random();
  row.name = "w";
  row.definition = compiled.workflows.at(0)->source;
  row.hash = compiled.workflows.at(0)->hash;
  ASSERT_TRUE(store.create_workflows({row}));
  Engine engine({}, clock, store, store, store, actions, actions, notices, log);
  ASSERT_TRUE(engine.recover());
  EngineClient client(engine);
  StartRequest start;
  start.workflow_name = "w";
  {
    EngineThread thread(engine, clock, log, [](const Error&) {});
    const auto answer = client.start(start);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->execution.state, core::State::kRunning);
    const auto paused = client.submit(answer->execution.id, core::PauseExecution{});
    ASSERT_TRUE(paused);
    EXPECT_EQ(paused->execution.state, core::State::kPaused);
    const Status removed = client.remove(answer->execution.id, false);
    ASSERT_FALSE(removed);
    EXPECT_EQ(removed.error().code, ErrorCode::kFailedPrecondition);
    EXPECT_TRUE(client.remove(answer->execution.id, true));
  }
  EXPECT_EQ(client.start(start).error().message, "The engine is shutting down");
}

}  // namespace
}  // namespace foehn::runtime
