// Goal: who waits for the end of an execution is answered once, as soon as it is there, at its deadline or when the
// server stops, and no end is missed. Method: a clock set by hand, notices given by hand, answers taken as the HTTP
// server takes them.
#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "api/rest/waits.h"
#include "api/server/fan_out.h"
#include "tests/unit/api/rest/harness.h"

namespace foehn::rest {
namespace {

using ports::Notice;

// Read by the thread of the waits while the test moves it.
class HandClock final : public Clock {
 public:
  WallTime wall() const override { return {now_us_.load()}; }
  MonoTime mono() const override { return {now_us_.load()}; }
  void advance_ms(std::int64_t ms) { now_us_ += ms * 1000; }

 private:
  std::atomic<std::int64_t> now_us_{1'000'000};
};

Notice ended(ExecutionId id, Notice::Kind kind = Notice::Kind::kExecution) {
  Notice notice;
  notice.kind = kind;
  notice.execution_id = id;
  notice.state = core::State::kSuccess;
  return notice;
}

http::Response status(int code) { return {code, "", {}, ""}; }

struct WaitsTest : ::testing::Test {
  // Asks; the answer is 200 once `over`, 504 at the deadline, 503 when the server stops.
  std::future<http::Response> ask(std::int64_t timeout_ms = 1'000) {
    Wait wait;
    wait.execution_id = id;
    wait.timeout_ms = timeout_ms;
    wait.look = [this]() -> std::optional<http::Response> {
      const bool is_over = over;
      looks.release();
      return is_over ? std::optional(status(200)) : std::nullopt;
    };
    wait.give_up = [](GivenUp why) { return status(why == GivenUp::kDeadline ? 504 : 503); };
    auto response = waits.wait(std::move(wait));
    EXPECT_TRUE(response);
    auto answer = std::make_shared<std::promise<http::Response>>();
    auto future = answer->get_future();
    leave = response->pending->on_answer([answer](http::Response given) { answer->set_value(std::move(given)); });
    return future;
  }

  struct Count {
    void release() {
      std::lock_guard lock(mutex);
      ++count;
      changed.notify_all();
    }
    void wait_for(int wanted) {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return count >= wanted; });
    }
    std::mutex mutex;
    std::condition_variable changed;
    int count = 0;
  };

  const ExecutionId id = ExecutionId::random();
  std::atomic<bool> over{false};
  std::function<void()> leave;  // what the HTTP server calls when the client of the last one is gone
  Count looks;
  HandClock clock;
  Waits waits{clock, 2};
};

TEST_F(WaitsTest, WhatIsOverAlreadyIsAnsweredAtOnce) {
  over = true;
  EXPECT_EQ(ask().get().status, 200);
  EXPECT_EQ(looks.count, 1);
}

TEST_F(WaitsTest, TheNoticeOfItsEndWakesIt) {
  auto answer = ask();
  looks.wait_for(1);
  over = true;
  waits.notify(ended(ExecutionId::random()));
  Notice running = ended(id);
  running.state = core::State::kRunning;
  waits.notify(running);
  waits.notify(ended(id, Notice::Kind::kTask));
  EXPECT_EQ(answer.wait_for(std::chrono::seconds(0)), std::future_status::timeout) << "none of these is its end";
  waits.notify(ended(id));
  EXPECT_EQ(answer.get().status, 200);
  EXPECT_EQ(looks.count, 2);
}

TEST_F(WaitsTest, TheEndOfARunWithoutAWorkflowWakesToo) {
  server::FanOut fan_out({}, waits);
  auto answer = ask();
  looks.wait_for(1);
  over = true;
  fan_out.notify(ended(id));  // without the name of a workflow
  EXPECT_EQ(answer.get().status, 200);
}

TEST_F(WaitsTest, AnEndThatIsNotOneLetsItWaitOn) {
  auto answer = ask();
  looks.wait_for(1);
  waits.notify(ended(id));  // run again in the meantime
  looks.wait_for(2);
  over = true;
  waits.notify(ended(id));
  EXPECT_EQ(answer.get().status, 200);
}

TEST_F(WaitsTest, GivesUpAtItsDeadlineAndNotBefore) {
  auto answer = ask(1'000);
  auto patient = ask(5'000);
  looks.wait_for(2);
  clock.advance_ms(1'000);
  waits.look_at_clock();
  EXPECT_EQ(answer.get().status, 504);
  EXPECT_EQ(patient.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  over = true;
  waits.notify(ended(id));
  EXPECT_EQ(patient.get().status, 200);
}

TEST_F(WaitsTest, StoppingAnswersAllAndWhoeverComesAfter) {
  auto answer = ask();
  waits.stop();
  EXPECT_EQ(answer.wait_for(std::chrono::seconds(0)), std::future_status::ready) << "stop() waits for it";
  EXPECT_EQ(answer.get().status, 503);
  EXPECT_EQ(ask().get().status, 503);
}

TEST_F(WaitsTest, TheirNumberIsBoundedAndPlacesBecomeFree) {
  auto one = ask();
  auto two = ask();
  const auto refused = waits.wait({.execution_id = id, .timeout_ms = 1, .look = {}, .give_up = {}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "Too many requests are waiting (2); ask again without waiting.");
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  over = true;
  waits.notify(ended(id));
  one.get();
  two.get();
  waits.stop();  // its thread has let go of them
  EXPECT_EQ(waits.waiting(), 0u);
}

TEST_F(WaitsTest, WhoLeavesMakesRoomAtOnce) {
  for (int i = 0; i < 50; ++i) {
    auto answer = ask();
    leave();
    EXPECT_EQ(answer.get().status, 499) << "for the metrics";
    leave();  // once more does nothing
  }
  auto stays = ask();
  over = true;
  waits.notify(ended(id));
  EXPECT_EQ(stays.get().status, 200);
}

// A look may be under way for the one who leaves.
TEST_F(WaitsTest, LeavingWhileItIsLookedAtAnswersOnce) {
  std::promise<void> looking, go_on;
  Wait wait;
  wait.execution_id = id;
  wait.look = [&]() -> std::optional<http::Response> {
    looking.set_value();
    go_on.get_future().wait();
    return status(200);
  };
  auto response = waits.wait(std::move(wait));
  ASSERT_TRUE(response);
  std::atomic<int> answers{0};
  const auto left = response->pending->on_answer([&](http::Response given) {
    ++answers;
    EXPECT_EQ(given.status, 499);
  });
  response->pending.reset();
  looking.get_future().wait();
  left();
  go_on.set_value();
  waits.stop();
  EXPECT_EQ(answers, 1);
  EXPECT_EQ(waits.waiting(), 0u);
}

// ---- the route

struct ExecutionWaitTest : ::testing::Test {
  std::string path(const std::string& id, const char* query = "") {
    return "/foehn/v1/executions/" + id + "/wait" + query;
  }
  test::Harness harness;
};

TEST_F(ExecutionWaitTest, AnswersWhenItEnds) {
  harness.define("version: '2.0'\nwf: {tasks: {a: {action: std.async_noop}}}");
  const std::string id = harness.run("wf");
  http::Request request;
  request.method = "GET";
  http::set_target(request, path(id, "?timeout=60"));
  const http::Response waiting = harness.routes().handle(std::move(request));
  ASSERT_TRUE(waiting.pending);
  std::promise<http::Response> answer;
  waiting.pending->on_answer([&answer](http::Response given) { answer.set_value(std::move(given)); });
  const Value runs = harness.json("GET", "/v2/action_executions");
  harness.json("PUT", "/v2/action_executions/" + text_or(runs["action_executions"][0], "id"), 200,
               R"({"state": "SUCCESS"})");
  const http::Response given = answer.get_future().get();
  EXPECT_EQ(given.status, 200);
  EXPECT_EQ(given.body, R"({"id": ")" + id + R"(", "state": "SUCCESS", "state_info": null, "over": true})");
  EXPECT_EQ(harness.ask("GET", "/foehn/v1/executions/" + id + "/wait").body, given.body) << "over already";
}

TEST_F(ExecutionWaitTest, ARemovedExecutionIsToldAtOnce) {
  harness.define("version: '2.0'\nwf: {tasks: {a: {action: std.async_noop}}}");
  for (const bool bulk : {false, true}) {
    const std::string id = harness.run("wf");
    http::Request request;
    request.method = "GET";
    http::set_target(request, path(id, "?timeout=60"));
    const http::Response waiting = harness.routes().handle(std::move(request));
    ASSERT_TRUE(waiting.pending);
    std::promise<http::Response> answer;
    waiting.pending->on_answer([&answer](http::Response given) { answer.set_value(std::move(given)); });
    if (bulk) {
      const Value body = {{"operation", "delete"}, {"force", true}, {"query", {{"ids", {id}}}}};
      harness.json("POST", "/foehn/v1/executions/bulk", 200, to_json(body));
    } else {
      EXPECT_EQ(harness.ask("DELETE", "/v2/executions/" + id + "?force=true").status, 204);
    }
    EXPECT_EQ(answer.get_future().get().status, 404);
  }
}

TEST_F(ExecutionWaitTest, WithoutTimeItTellsTheState) {
  harness.define("version: '2.0'\nwf: {tasks: {a: {action: std.async_noop}}}");
  const std::string id = harness.run("wf");
  EXPECT_EQ(harness.ask("GET", path(id, "?timeout=0")).body,
            R"({"id": ")" + id + R"(", "state": "RUNNING", "state_info": null, "over": false})");
}

TEST_F(ExecutionWaitTest, AServerThatStopsSaysSo) {
  harness.define("version: '2.0'\nwf: {tasks: {a: {action: std.async_noop}}}");
  const std::string id = harness.run("wf");
  harness.waits().stop();
  EXPECT_EQ(harness.json("GET", path(id), 503)["error"]["message"],
            "The server is shutting down; the execution goes on.");
}

TEST_F(ExecutionWaitTest, MistakesAreTold) {
  const std::string nobody = "00000000-0000-4000-8000-000000000001";
  EXPECT_EQ(harness.json("GET", path(nobody), 404)["error"]["message"], "There is no execution " + nobody + ".");
  EXPECT_EQ(harness.json("GET", path("x"), 404)["error"]["message"], "There is no execution x.");
  EXPECT_EQ(harness.json("GET", path(nobody, "?timeout=-1"), 400)["error"]["message"],
            "timeout must be a number of seconds, 0 or more.");
  EXPECT_EQ(harness.json("GET", path(nobody, "?bogus=1"), 400)["error"]["message"],
            "Unknown argument: \"bogus\". Allowed: timeout.");
}

}  // namespace
}  // namespace foehn::rest
