// Goal: each started run gives exactly one outcome with its run id and attempt, whatever the action does.
#include "actions/executor/executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>

#include "actions/std/basic.h"

namespace foehn::actions {
namespace {

struct Event {
  ActionRunId run_id;
  std::uint32_t attempt;
  ActionOutcome outcome;
};

class Sink final : public ports::EventSink {
 public:
  void action_finished(ExecutionId, ActionRunId run_id, std::uint32_t attempt, ActionOutcome outcome) override {
    std::lock_guard lock(mutex_);
    events_.push_back({run_id, attempt, std::move(outcome)});
    changed_.notify_all();
  }
  Event next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !events_.empty(); });
    Event event = std::move(events_.front());
    events_.pop_front();
    return event;
  }
  std::size_t size() {
    std::lock_guard lock(mutex_);
    return events_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Event> events_;
};

class Log final : public ports::RunLog {
 public:
  void append(ActionRunId, std::string_view text) override { all += text; }
  Chunk read(ActionRunId, std::uint64_t) const override { return {}; }
  std::string last_line(ActionRunId) const override { return ""; }
  std::vector<Piece> pieces(std::uint64_t, std::size_t) const override { return {}; }
  std::uint64_t next_piece() const override { return 1; }
  std::string all;
};

// Keeps its callbacks; the test says when a run ends.
class Held final : public Action {
 public:
  const ActionSpec& spec() const override { return spec_; }
  void run(const ActionContext& context, Value, Done done) override {
    context.log("line\n");
    contexts.push_back(context);
    dones.push_back(std::move(done));
  }
  void cancel(ActionRunId run_id) override { cancelled.push_back(run_id); }
  std::vector<ActionContext> contexts;
  std::vector<Done> dones;
  std::vector<ActionRunId> cancelled;

 private:
  const ActionSpec spec_{
      .name = "test.held", .class_name = "Held", .inputs = {{.name = "host"}}, .target_inputs = {"host"}};
};

struct ExecutorTest : ::testing::Test {
  ExecutorTest() {
    for (auto& action : make_basic_actions(timers)) EXPECT_TRUE(registry.add(std::move(action)));
    auto action = std::make_unique<Held>();
    held = action.get();
    EXPECT_TRUE(registry.add(std::move(action)));
    executor.emplace(registry, timers, sink, &log, nullptr,
                     ExecutorOptions{.actions_max = 3, .actions_per_target_max = 2, .timeout_grace_ms = 0});
  }
  ports::ActionRequest request(const std::string& name, Value input = Value::object(), std::int64_t timeout_ms = 0) {
    ports::ActionRequest made;
    made.run_id = ActionRunId::random();
    made.attempt = 4;
    made.execution_id = ExecutionId::random();
    made.task_id = TaskId::random();
    made.task_name = "t";
    made.name = name;
    made.input = std::move(input);
    made.timeout_ms = timeout_ms;
    return made;
  }
  TimerQueue timers;
  ActionRegistry registry;
  Held* held = nullptr;
  Sink sink;
  Log log;
  std::optional<Executor> executor;
};

TEST_F(ExecutorTest, AnOutcomeCarriesRunAndAttempt) {
  const auto started = request("test.held");
  executor->start(started, "");
  EXPECT_EQ(executor->running(), 1u);
  EXPECT_EQ(held->contexts[0].task_name, "t");
  EXPECT_EQ(log.all, "line\n");
  held->dones[0](ActionOutcome::success(5));
  const Event event = sink.next();
  EXPECT_EQ(event.run_id, started.run_id);
  EXPECT_EQ(event.attempt, 4u);
  EXPECT_EQ(event.outcome.data, 5);
  EXPECT_EQ(executor->running(), 0u);
}

TEST_F(ExecutorTest, ASecondOutcomeIsIgnored) {
  executor->start(request("test.held"), "");
  held->dones[0](ActionOutcome::success(1));
  held->dones[0](ActionOutcome::error("late"));
  EXPECT_EQ(sink.next().outcome.data, 1);
  EXPECT_EQ(sink.size(), 0u);
}

TEST_F(ExecutorTest, AnOutcomeOfAnEarlierStartIsIgnored) {
  auto again = request("test.held");
  executor->start(again, "h");
  again.attempt = 5;
  executor->start(again, "h");
  held->dones[0](ActionOutcome::success("old"));
  EXPECT_EQ(sink.size(), 0u);
  held->dones[1](ActionOutcome::success("new"));
  const Event event = sink.next();
  EXPECT_EQ(event.attempt, 5u);
  EXPECT_EQ(event.outcome.data, "new");
  EXPECT_EQ(executor->capacity("h"), 2u);
}

TEST_F(ExecutorTest, TimeoutEndsTheRunAndCancelsTheAction) {
  const auto started = request("test.held", Value::object(), 20);
  executor->start(started, "");
  const Event event = sink.next();
  EXPECT_EQ(event.outcome.kind, OutcomeKind::kError);
  EXPECT_EQ(event.outcome.data, "Timeout after 0.02 seconds");
  held->dones[0](ActionOutcome::success("late"));
  EXPECT_EQ(sink.size(), 0u);
  EXPECT_EQ(executor->running(), 0u);
}

TEST_F(ExecutorTest, TimeoutTextHasWholeSeconds) {
  executor->start(request("std.sleep", {{"seconds", 100}}, 1000), "");
  EXPECT_EQ(sink.next().outcome.data, "Timeout after 1 seconds");
  EXPECT_EQ(sink.size(), 0u);  // the cancelled sleep reports to nobody
}

// Both know the task's timeout; the engine's text must not depend on who is faster.
TEST_F(ExecutorTest, TheEngineHasTheFirstWordOnATimeout) {
  const ExecutorOptions options{.actions_max = 3, .actions_per_target_max = 2, .timeout_grace_ms = 300};
  Executor patient(registry, timers, sink, &log, nullptr, options);
  const auto began = std::chrono::steady_clock::now();
  patient.start(request("test.held", Value::object(), 20), "");
  EXPECT_EQ(sink.next().outcome.data, "Timeout after 0.02 seconds");
  EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(320));
  EXPECT_GE(ExecutorOptions{}.timeout_grace_ms, 1'000);
}

TEST_F(ExecutorTest, ARunWithoutATaskIsTimedOutByUsAtOnce) {
  const ExecutorOptions options{.actions_max = 3, .actions_per_target_max = 2, .timeout_grace_ms = 3'600'000};
  Executor patient(registry, timers, sink, &log, nullptr, options);
  ports::ActionRequest alone = request("test.held", Value::object(), 20);
  alone.task_id = TaskId{};
  patient.start(std::move(alone), "");
  EXPECT_EQ(sink.next().outcome.data, "Timeout after 0.02 seconds");
}

TEST_F(ExecutorTest, CapacityIsGlobalAndPerTarget) {
  EXPECT_EQ(executor->capacity(""), 3u);
  EXPECT_EQ(executor->capacity_key("test.held", {{"host", "h1"}}), "h1");
  executor->start(request("test.held"), "h1");
  EXPECT_EQ(executor->capacity("h1"), 1u);
  executor->start(request("test.held"), "h1");
  EXPECT_EQ(executor->capacity("h1"), 0u);
  EXPECT_EQ(executor->capacity("h2"), 1u);
  const auto of_target = executor->slots("test.held", {{"host", "h1"}});
  EXPECT_EQ(of_target.key, "h1");
  EXPECT_EQ(of_target.busy, 2u);
  EXPECT_EQ(of_target.most, 2u);
  const auto of_all = executor->slots("test.held", Value::object());
  EXPECT_EQ(of_all.key, "");
  EXPECT_EQ(of_all.busy, 2u);
  EXPECT_EQ(of_all.most, 3u);
  EXPECT_EQ(executor->capacity(""), 1u);
  held->dones[0](ActionOutcome::success(Value()));
  EXPECT_EQ(executor->capacity("h1"), 1u);
  EXPECT_EQ(executor->capacity(""), 2u);
}

TEST_F(ExecutorTest, CancelGoesToTheAction) {
  const auto started = request("test.held");
  executor->start(started, "");
  executor->cancel(started.run_id);
  executor->cancel(ActionRunId::random());
  EXPECT_EQ(held->cancelled, std::vector<ActionRunId>{started.run_id});
  held->dones[0](ActionOutcome::cancelled());
  EXPECT_EQ(sink.next().outcome.kind, OutcomeKind::kCancelled);
}

TEST_F(ExecutorTest, PureActionsRunAtOnce) {
  EXPECT_EQ(executor->run_pure(request("std.echo", {{"output", 3}})).data, 3);
  EXPECT_EQ(executor->run_pure(request("std.fail")).kind, OutcomeKind::kError);
  EXPECT_TRUE(executor->is_pure("std.echo", {{"output", 3}}));
  EXPECT_TRUE(executor->is_pure("std.echo", {{"output", 3}, {"delay", 0}}));
  EXPECT_FALSE(executor->is_pure("std.echo", {{"output", 3}, {"delay", 2}}));
  EXPECT_FALSE(executor->is_pure("test.held", Value::object()));
  EXPECT_FALSE(executor->is_pure("no.such", Value::object()));
  EXPECT_EQ(executor->run_pure(request("std.echo", {{"output", 3}, {"delay", 1000}})).data, 3);
}

TEST_F(ExecutorTest, AsynchronousSuccessIsLeftToTheReporter) {
  executor->start(request("std.async_noop"), "");
  EXPECT_EQ(sink.size(), 0u);
  EXPECT_EQ(executor->running(), 0u);
  EXPECT_FALSE(executor->traits("std.async_noop")->is_sync);
}

TEST_F(ExecutorTest, UnknownActions) {
  EXPECT_FALSE(executor->traits("no.such").has_value());
  EXPECT_EQ(executor->check_input("no.such", Value::object()).error().message,
            "Failed to find action [action_name=no.such]");
  executor->start(request("no.such"), "");
  EXPECT_EQ(sink.next().outcome.data, "Failed to find action [action_name=no.such]");
}

TEST_F(ExecutorTest, OutcomesAfterTheEndAreDropped) {
  executor->start(request("test.held"), "");
  executor.reset();
  held->dones[0](ActionOutcome::success(1));
  EXPECT_EQ(sink.size(), 0u);
}

}  // namespace
}  // namespace foehn::actions
