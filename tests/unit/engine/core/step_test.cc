// Goal: what conformance cases cannot say – same inputs give the same bytes, resident and reloaded state agree, work
// per event does not grow with the size of the execution. Method: the core harness.
#include <gtest/gtest.h>

#include <chrono>

#include "engine/core/explain.h"
#include "tests/support/core_harness.h"

namespace foehn::test {
namespace {

using core::State;

constexpr char kMixed[] = R"(
version: '2.0'
wf:
  vars: {seed: <% uuid() %>}
  output: {sum: <% $.sum %>, seed: <% $.seed %>}
  tasks:
    a: {action: std.echo output=1, publish: {x: <% task().result %>, id: <% uuid() %>}, on-success: [items, child]}
    items:
      with-items: i in <% list(range(0, 20)) %>
      concurrency: 3
      action: std.echo output=<% $.i %>
      publish: {sum: <% task().result.sum() %>}
      on-success: j
    child: {workflow: sub, retry: {count: 2, delay: 5}, on-complete: j}
    j: {join: all, wait-before: 1, on-complete: bad}
    bad: {action: std.fail, on-error: noop}
sub:
  tasks:
    s: {action: std.fail, wait-after: 2}
)";

std::string history(bool with_pause) {
  CoreHarness harness;
  EXPECT_EQ(harness.define(kMixed), "");
  const auto id = harness.start("wf");
  EXPECT_TRUE(id);
  if (with_pause) {
    EXPECT_TRUE(harness.submit(*id, core::PauseExecution{}));
    harness.advance(3);
    EXPECT_TRUE(harness.submit(*id, core::ResumeExecution{}));
  }
  harness.run_out();
  EXPECT_TRUE(harness.broken().empty()) << harness.broken().front();
  return harness.dump();
}

TEST(Step, SameEventsGiveTheSameBytes) {
  EXPECT_EQ(history(false), history(false));
  EXPECT_EQ(history(true), history(true));
  EXPECT_NE(history(false).find("SUCCESS"), std::string::npos);
}

// Copies the rows as a store would and goes on with a fresh aggregate.
std::unique_ptr<core::ExecutionState> reloaded(const core::ExecutionState& state,
                                               const dsl::DefinitionPtr& definition) {
  core::ExecutionRows rows;
  rows.execution = state.execution();
  for (const auto& task : state.tasks()) {
    rows.tasks.push_back(*task);
    rows.tasks.back().in_context = *core::Context::from_value(task->in_context.to_value());
  }
  for (const auto& run : state.runs()) rows.runs.push_back(*run);
  for (const auto& [id, timer] : state.timers()) rows.timers.push_back(timer);
  return std::make_unique<core::ExecutionState>(definition, std::move(rows));
}

TEST(Step, ReloadedExecutionGoesOnLikeTheResidentOne) {
  const char* const text = R"(
version: '2.0'
wf:
  tasks:
    a: {action: std.async_noop, on-success: j}
    b: {action: std.async_noop, on-success: j}
    j: {join: all, on-success: items}
    items: {with-items: 'i in [1, 2, 3]', concurrency: 1, action: std.async_noop}
)";
  std::string rows[2];
  for (const bool reload : {false, true}) {
    CoreHarness harness;
    ASSERT_EQ(harness.define(text), "");
    const ExecutionId id = *harness.start("wf");
    const core::ExecutionState& resident = *harness.state(id);
    const dsl::DefinitionPtr definition(std::shared_ptr<void>(), &resident.definition());
    auto state = reloaded(resident, definition);
    core::StepInput input{.now = harness.now(), .environment = Value::object(), .lookup = &harness};
    std::size_t finished = 0;
    while (!is_complete(state->execution().state)) {
      if (reload) state = reloaded(*state, definition);
      const core::ActionRun* open = nullptr;
      for (const auto& run : state->runs())
        if (!is_complete(run->state)) open = run.get();
      ASSERT_NE(open, nullptr);
      const ActionRunId run_id = open->id;
      ASSERT_TRUE(core::step(*state, core::ActionFinished{run_id, 0, core::ActionOutcome::success(1)}, input).status);
      EXPECT_EQ(core::check_invariants(*state), std::nullopt);
      ++finished;
    }
    EXPECT_EQ(finished, 6u) << "a, b, j and three items";
    EXPECT_EQ(state->execution().state, State::kSuccess);
    rows[reload ? 1 : 0] = dump_rows(*state);
  }
  EXPECT_EQ(rows[0], rows[1]);
}

TEST(Step, DeltaNamesEachChangedRowOnce) {
  CoreHarness harness;
  ASSERT_EQ(harness.define(
                "version: '2.0'\nwf: {tasks: {t1: {action: std.async_noop, on-success: t2}, t2: {description: x}}}"),
            "");
  const ExecutionId id = *harness.start("wf");
  core::ExecutionState& state = *harness.state(id);
  const ActionRunId run = state.runs().front()->id;
  const core::StepInput input{.now = harness.now(), .environment = Value::object(), .lookup = &harness};
  const core::Transition done =
      core::step(state, core::ActionFinished{run, 0, core::ActionOutcome::success("x")}, input);
  EXPECT_TRUE(done.delta.execution);  // next_serial
  EXPECT_EQ(done.delta.tasks.size(), 2u);
  EXPECT_EQ(done.delta.runs.size(), 2u);
  EXPECT_TRUE(state.take_delta().empty());
  const core::Transition again =
      core::step(state, core::ActionFinished{run, 0, core::ActionOutcome::success("x")}, input);
  EXPECT_EQ(again.status.error().message, "Action " + to_string(run) + " is already completed");
  EXPECT_TRUE(again.delta.empty());
  EXPECT_TRUE(again.commands.empty());
}

TEST(Step, StaleAttemptsAndUnknownTimersChangeNothing) {
  CoreHarness harness;
  ASSERT_EQ(harness.define("version: '2.0'\nwf: {tasks: {t1: {action: test.safe}}}"), "");
  harness.script("t1", {{ScriptedRun::Kind::kHold, {}}});
  const ExecutionId id = *harness.start("wf");
  core::ExecutionState& state = *harness.state(id);
  const ActionRunId run = state.runs().front()->id;
  ASSERT_TRUE(harness.submit(id, core::ActionLost{run, 1}));
  EXPECT_EQ(state.run(run)->attempt, 2u);
  EXPECT_TRUE(state.run(run)->recovered);
  const std::string before = harness.dump();
  EXPECT_TRUE(harness.submit(id, core::ActionFinished{run, 1, core::ActionOutcome::success("zombie")}));
  EXPECT_TRUE(harness.submit(id, core::ActionLost{run, 1}));
  EXPECT_TRUE(harness.submit(id, core::TimerFired{TimerId{}}));
  EXPECT_EQ(harness.dump(), before);
  EXPECT_TRUE(harness.submit(id, core::ActionFinished{run, 2, core::ActionOutcome::success("real")}));
  EXPECT_EQ(state.execution().state, State::kSuccess);
}

double seconds_for(const std::string& text) {
  CoreHarness harness;
  EXPECT_EQ(harness.define(text), "");
  const auto begin = std::chrono::steady_clock::now();
  const auto id = harness.start("wf");
  EXPECT_TRUE(id);
  EXPECT_EQ(harness.state(*id)->execution().state, State::kSuccess)
      << harness.state(*id)->execution().state_info.value_or("");
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// Not a benchmark: a bound that quadratic work would exceed many times over. Invariants are checked after every step,
// which is linear in tasks, so task counts stay moderate here.
TEST(Step, WideJoinsAndManyItemsAreOrdinary) {
  std::string join = "version: '2.0'\nwf:\n  tasks:\n    j: {join: all}\n";
  for (int i = 0; i < 500; ++i)
    join +=
        "    t" + std::to_string(i) + ": {publish: {v" + std::to_string(i) + ": 1}, on-success: j, on-error: fail}\n";
  EXPECT_LT(seconds_for(join), 5.0);
  EXPECT_LT(
      seconds_for("version: '2.0'\nwf: {tasks: {t: {with-items: 'i in <% list(range(0, 20000)) %>', concurrency: 7}}}"),
      20.0);
}

TEST(Step, EndlessCyclesEndAtTheBoundOfTasks) {
  // A cycle of instant tasks does not loop inside one step: every round leaves through a scheduled run.
  CoreHarness harness;
  ASSERT_EQ(harness.define("version: '2.0'\nwf: {tasks: {s: {on-success: a}, a: {action: test.safe, on-success: a}}}"),
            "");
  std::vector<ScriptedRun> rounds(50, ScriptedRun{ScriptedRun::Kind::kOutcome, core::ActionOutcome::success(Value())});
  rounds.push_back({ScriptedRun::Kind::kHold, {}});
  harness.script("a", rounds);
  const ExecutionId id = *harness.start("wf");
  EXPECT_EQ(harness.state(id)->tasks_named("a").size(), 51u);
  EXPECT_EQ(harness.state(id)->execution().state, State::kRunning);
}

TEST(Explain, NamesWhatATaskWaitsFor) {
  CoreHarness harness;
  ASSERT_EQ(harness.define(R"(
version: '2.0'
wf:
  tasks:
    a: {on-success: j}
    b: {action: std.async_noop, on-success: [c, d]}
    c: {on-success: j}
    d: {wait-before: 60}
    j: {join: all}
)"),
            "");
  const ExecutionId id = *harness.start("wf");
  const core::ExecutionState& state = *harness.state(id);
  EXPECT_EQ(core::explain(state, state.tasks_named("j").front()->id), "waits for 'c' (not started)");
  EXPECT_EQ(core::explain(state, state.tasks_named("b").front()->id),
            "action 'std.async_noop' waits for its result to be reported");
  EXPECT_EQ(core::explain(state, state.tasks_named("a").front()->id), "is complete: SUCCESS");
}

}  // namespace
}  // namespace foehn::test
