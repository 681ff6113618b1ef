// Goal: no order of events breaks an invariant, loses a step or leaves an execution stuck. Method: a few workflows with
// everything in them, random control events, results, losses and time from a seeded generator; afterwards everything is
// resumed and answered, and the execution must be complete.
#include <gtest/gtest.h>

#include "engine/base/prng.h"
#include "engine/core/rerun_plan.h"
#include "tests/support/core_harness.h"

namespace foehn::test {
namespace {

using core::State;

const char* const kWorkflows[] = {R"(
version: '2.0'
wf:
  tasks:
    a: {action: std.async_noop, publish: {x: 1}, on-success: [j, k], on-error: [k, {fail: <% false %>}]}
    b: {action: std.async_noop, retry: {count: 2, delay: 3}, on-complete: j, on-error: noop}
    c: {action: test.safe, timeout: 4, wait-before: 1, on-success: j, on-error: j}
    j: {join: 2, action: std.async_noop, wait-after: 2, retry: {count: 1, delay: 1}, on-complete: e}
    k: {join: all, action: test.safe, on-success: e}
    e: {action: std.async_noop, pause-before: true}
)",
                                  R"(
version: '2.0'
wf:
  tasks:
    init: {action: std.noop, publish: {n: 0}, on-success: [l, r]}
    l: {action: std.async_noop, on-success: m}
    r: {with-items: "i in [1, 2, 3]", concurrency: 2, action: std.async_noop, on-success: m, on-error: m, timeout: 6}
    m:
      join: all
      action: std.echo output=<% $.n + 1 %>
      publish: {n: <% task().result %>}
      on-success: [{again: <% $.n < 3 %>}]
    again: {action: std.noop, on-success: [l, r, {pause: <% $.n = 2 %>}]}
)",
                                  R"(
version: '2.0'
wf:
  tasks:
    p: {workflow: sub n=1, on-success: q, on-error: q, retry: {count: 1, delay: 2}}
    q: {with-items: "i in [1, 2]", concurrency: 1, workflow: sub n=<% $.i %>, timeout: 20}
    o: {action: std.async_noop, on-success: [pause, z], on-error: succeed}
    z: {action: test.safe}
sub:
  input: [n]
  tasks:
    s: {action: std.async_noop, on-success: t, on-error: [t, fail]}
    t: {action: std.async_noop, wait-before: 1, fail-on: <% task().result = 3 %>}
)",
                                  R"(
version: '2.0'
wf:
  type: reverse
  tasks:
    a: {action: std.async_noop, wait-before: 2}
    b: {action: std.async_noop, retry: {count: 1, delay: 1}}
    c: {requires: [a, b], action: test.safe, timeout: 5}
    d: {requires: [c, b], workflow: sub}
sub: {tasks: {s: {action: std.async_noop}}}
)"};

class Play {
 public:
  Play(const char* workflow, std::uint64_t seed) : prng_(seed) {
    EXPECT_EQ(harness_.define(workflow), "");
    Value params = Value::object();
    params["task_name"] = "d";
    for (const char* task : {"c", "k", "z"}) harness_.script(task, {{ScriptedRun::Kind::kHold, {}}});
    root_ = *harness_.start("wf", Value::object(), params);
  }

  void disturb(int events) {
    for (int i = 0; i < events && harness_.broken().empty(); ++i) one_event();
  }

  // Answers everything until nothing is left to answer.
  void finish() {
    for (int round = 0; round < 500 && !is_complete(root().execution().state); ++round) {
      for (std::size_t i = 0; i < harness_.all().size(); ++i) {
        const core::ExecutionState& state = *harness_.all()[i];
        if (state.execution().state == State::kPaused)
          (void)harness_.submit(state.execution().id, core::ResumeExecution{});
        for (std::size_t k = 0; k < state.runs().size(); ++k) answer(state, *state.runs()[k], false);
      }
      harness_.advance(5);
    }
  }

  core::ExecutionState& root() { return *harness_.state(root_); }
  CoreHarness& harness() { return harness_; }

 private:
  std::size_t pick(std::size_t count) { return static_cast<std::size_t>(prng_.below(count)); }

  void answer(const core::ExecutionState& state, const core::ActionRun& run, bool randomly) {
    if (run.kind != core::RunKind::kAction || is_complete(run.state)) return;
    core::ActionOutcome outcome = core::ActionOutcome::success(static_cast<std::int64_t>(pick(5)));
    if (randomly && pick(3) == 0) outcome = core::ActionOutcome::error("broken");
    if (randomly && pick(20) == 0) outcome = core::ActionOutcome::cancelled();
    const std::uint32_t attempt = run.is_sync ? run.attempt : 0;
    (void)harness_.submit(state.execution().id, core::ActionFinished{run.id, attempt, outcome});
  }

  void one_event() {
    const core::ExecutionState& state = *harness_.all()[pick(harness_.all().size())];
    const ExecutionId id = state.execution().id;
    switch (pick(12)) {
      case 0:
        (void)harness_.submit(id, core::PauseExecution{});
        return;
      case 1:
      case 2:
        (void)harness_.submit(id, core::ResumeExecution{});
        return;
      case 3:
        if (pick(10) == 0) (void)harness_.submit(id, core::StopExecution{State::kCancelled, "enough"});
        if (pick(10) == 0) (void)harness_.submit(id, core::StopExecution{State::kError, "enough"});
        if (pick(20) == 0) (void)harness_.submit(id, core::StopExecution{State::kSuccess, "enough"});
        return;
      case 4:
        harness_.advance(static_cast<std::int64_t>(pick(4)));
        return;
      case 5:
      case 6:
        if (state.tasks().empty()) return;
        rerun_or_skip(state, *state.tasks()[pick(state.tasks().size())]);
        return;
      case 7:
        if (state.runs().empty()) return;
        lose_or_pause(state, *state.runs()[pick(state.runs().size())]);
        return;
      default:
        if (!state.runs().empty()) answer(state, *state.runs()[pick(state.runs().size())], true);
        return;
    }
  }

  void rerun_or_skip(const core::ExecutionState& state, const core::Task& task) {
    if (pick(3) == 0) {
      (void)harness_.submit(state.execution().id, core::SkipTask{task.id, Value()});
    } else if (pick(2) == 0) {
      core::RerunTasks rerun;
      rerun.all = pick(8) == 0;
      if (!rerun.all) rerun.task_ids = pick(2) == 0 ? core::failed_tasks(state) : std::vector<TaskId>{task.id};
      rerun.reset = pick(2) == 0;
      rerun.downstream = pick(2) == 0;
      (void)harness_.submit(state.execution().id, rerun);
    } else {
      (void)harness_.submit(state.execution().id, core::RerunTask{task.id, pick(2) == 0, Value()});
    }
  }
  void lose_or_pause(const core::ExecutionState& state, const core::ActionRun& run) {
    const State to = pick(2) == 0 ? State::kPaused : State::kRunning;
    if (pick(2) == 0) {
      (void)harness_.submit(state.execution().id, core::ActionLost{run.id, run.attempt});
    } else if (!run.is_sync) {
      (void)harness_.submit(state.execution().id, core::ActionUpdated{run.id, to});
    }
  }

  CoreHarness harness_;
  Prng prng_;
  ExecutionId root_;
};

TEST(RandomEvents, BreakNothingAndLeaveNothingStuck) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    for (const char* workflow : kWorkflows) {
      Play play(workflow, seed);
      play.disturb(40);
      if (play.harness().broken().empty()) play.finish();
      ASSERT_TRUE(play.harness().broken().empty())
          << "seed " << seed << ": " << play.harness().broken().front() << workflow << play.harness().dump();
      ASSERT_TRUE(is_complete(play.root().execution().state))
          << "stuck, seed " << seed << workflow << play.harness().dump();
    }
  }
}

}  // namespace
}  // namespace foehn::test
