// Goal: one stream has what all runs of an execution and below it write, each piece once and in order, wherever it is
// taken up again. Method: a whole server without sockets, output given by hand, streams read as the HTTP server does.
#include <gtest/gtest.h>

#include "api/rest/execution_logs.h"
#include "tests/unit/api/rest/harness.h"

namespace foehn::test {
namespace {

class ExecutionLogsTest : public ::testing::Test {
 protected:
  static constexpr char kWorkflows[] =
      "version: '2.0'\n"
      "inner: {tasks: {say: {action: std.async_noop}}}\n"
      "outer: {tasks: {own: {action: std.async_noop}, each: {with-items: 'i in [1, 2]', workflow: inner}}}\n";

  void SetUp() override {
    harness_.define(kWorkflows);
    id_ = harness_.run("outer");
  }
  // The run of the only task `say` in the sub-workflow of that item, or of `own`.
  ActionRunId run_at(const std::string& path) {
    const Value all = harness_.json("GET", "/v2/action_executions");
    for (const Value& run : all["action_executions"]) {
      const auto id = *ActionRunId::parse(text_or(run, "id"));
      const auto row = harness_.store().run(id);
      const ActionRunId above{(*row)->run.execution_id.uuid};
      const auto parent = harness_.store().run(above);
      const std::string name = *parent ? (*parent)->task_name + "[" + std::to_string((*parent)->run.index) + "]/" : "";
      if (name + (*row)->task_name == path) return id;
    }
    ADD_FAILURE() << "no run at " << path;
    return {};
  }
  http::Response open(const std::string& last = "") {
    return harness_.ask("GET", "/foehn/v1/executions/" + id_ + "/log/stream" + (last.empty() ? "" : "?last_event_id=") +
                                   last);
  }
  // Reads on until the events hold `text`, or the stream ends.
  std::string read_until(http::BodyStream& stream, const std::string& text) {
    std::string all;
    while (all.find(text) == std::string::npos) {
      std::mutex mutex;
      std::condition_variable changed;
      bool woken = false;
      const auto part = stream.next([&] {
        std::lock_guard lock(mutex);
        woken = true;
        changed.notify_all();
      });
      if (!part) return all + "(over)";
      all += *part;
      std::unique_lock lock(mutex);
      if (part->empty()) changed.wait(lock, [&] { return woken; });
    }
    return all;
  }
  // "path: text" of each `log`, in order.
  static std::vector<std::string> lines(const std::string& events) {
    std::vector<std::string> found;
    for (std::size_t at = events.find("event: log\ndata: "); at != std::string::npos;
         at = events.find("event: log\ndata: ", at + 1)) {
      const std::size_t begin = at + 17;
      const auto data = parse_json(events.substr(begin, events.find('\n', begin) - begin));
      found.push_back(text_or(*data, "path") + ": " + text_or(*data, "text"));
    }
    return found;
  }
  static std::string last_id(const std::string& events) {
    const std::size_t at = events.rfind("id: ");
    return events.substr(at + 4, events.find('\n', at) - at - 4);
  }

  using Strings = std::vector<std::string>;
  Harness harness_;
  std::string id_;
};

TEST_F(ExecutionLogsTest, RunsOfSubWorkflowsAreThereUnderTheirPath) {
  harness_.run_log().append(run_at("own"), "one\n");
  harness_.run_log().append(run_at("each[1]/say"), "two\n");
  harness_.run_log().append(run_at("each[1]/say"), "three\n");
  harness_.run_log().append(run_at("each[0]/say"), "four\n");
  const http::Response response = open();
  EXPECT_EQ(response.content_type, "text/event-stream");
  const std::string events = read_until(*response.stream, "four");
  EXPECT_EQ(lines(events), (Strings{"own: one\n", "each[1]/say: two\nthree\n", "each[0]/say: four\n"}));
  EXPECT_NE(events.find("\"offset\":0,\"end\":10,\"text\":\"two\\nthree\\n\""), std::string::npos) << events;
}

TEST_F(ExecutionLogsTest, OlderOutputIsLeftOutOnRequest) {
  const WallTime now = harness_.services().clock.wall();
  harness_.run_log().set_time(now.plus_ms(-600'000));
  harness_.run_log().append(run_at("own"), "old\n");
  harness_.run_log().set_time(now.plus_ms(-60'000));
  harness_.run_log().append(run_at("own"), "new\n");
  const auto stream = [&](const char* query) {
    return harness_.ask("GET", "/foehn/v1/executions/" + id_ + "/log/stream" + query).stream;
  };
  const std::string events = read_until(*stream("?since=300"), "new");
  EXPECT_EQ(lines(events), (Strings{"own: new\n"}));
  EXPECT_NE(events.find("\"at\":\"" + to_rfc3339(now.plus_ms(-60'000)) + "\""), std::string::npos) << events;
  EXPECT_EQ(lines(read_until(*stream("?since=900"), "new")), (Strings{"own: old\nnew\n"}));
  EXPECT_EQ(harness_.json("GET", "/foehn/v1/executions/" + id_ + "/log/stream?since=-5", 400)["error"]["message"],
            "since must be a number of seconds: how old output may be.");
}

TEST_F(ExecutionLogsTest, WhatComesLaterWakesTheListener) {
  const http::Response response = open();
  read_until(*response.stream, "retry: 2000");
  harness_.run_log().append(run_at("own"), "late\n");
  EXPECT_EQ(lines(read_until(*response.stream, "late")), (Strings{"own: late\n"}));
}

TEST_F(ExecutionLogsTest, OtherExecutionsAreNotHeard) {
  const std::string mine = id_;
  id_ = harness_.run("inner");
  const auto all = harness_.json("GET", "/v2/action_executions?sort_keys=created_at&sort_dirs=desc&limit=1");
  harness_.run_log().append(*ActionRunId::parse(text_or(all["action_executions"][0], "id")), "not mine\n");
  id_ = mine;
  harness_.run_log().append(run_at("own"), "mine\n");
  EXPECT_EQ(lines(read_until(*open().stream, "mine\\n")), (Strings{"own: mine\n"}));
}

TEST_F(ExecutionLogsTest, ComingBackGoesOnBehindTheLastEvent) {
  harness_.run_log().append(run_at("own"), "one\n");
  const std::string seen = last_id(read_until(*open().stream, "one"));
  harness_.run_log().append(run_at("own"), "two\n");
  harness_.run_log().append(run_at("each[0]/say"), "three\n");
  EXPECT_EQ(lines(read_until(*open(seen).stream, "three")), (Strings{"own: two\n", "each[0]/say: three\n"}));
  const std::string anew = read_until(*open("1-1").stream, "three");
  EXPECT_NE(anew.find("The server was started anew; earlier output is not kept."), std::string::npos) << anew;
  EXPECT_EQ(lines(anew).front(), "own: one\ntwo\n");
  EXPECT_EQ(harness_.json("GET", "/foehn/v1/executions/" + id_ + "/log/stream?last_event_id=x", 400)["error"]["code"],
            "invalid_argument");
}

TEST_F(ExecutionLogsTest, EndsWithTheExecutionAndHasEverythingBefore) {
  harness_.run_log().append(run_at("own"), "all of it\n");
  for (const char* path : {"own", "each[0]/say", "each[1]/say"})
    harness_.json("PUT", "/v2/action_executions/" + to_string(run_at(path)), 200, R"({"state": "SUCCESS"})");
  const std::string events = read_until(*open().stream, "never");
  EXPECT_EQ(lines(events), (Strings{"own: all of it\n"}));
  EXPECT_NE(events.find("event: end\ndata: {\"state\":\"SUCCESS\"}\n\n(over)"), std::string::npos) << events;
}

TEST_F(ExecutionLogsTest, AnUnknownExecutionIs404) {
  EXPECT_EQ(harness_.json("GET", "/foehn/v1/executions/nobody/log/stream", 404)["error"]["message"],
            "There is no execution nobody.");
}

}  // namespace
}  // namespace foehn::test
