// Goal: whoever listens is told of every committed transition once and in order, and of every gap.
// Method: a hub fed by hand, streams read as the HTTP server reads them; then a real engine through the route.
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include "api/rest/event_hub.h"
#include "tests/unit/api/rest/harness.h"

namespace foehn::rest {
namespace {

using core::State;
using ports::Notice;

ExecutionId id_of(char c) { return *ExecutionId::parse(std::string("00000000-0000-4000-8000-00000000000") + c); }

Notice notice(char execution, State state, std::optional<ExecutionId> root = std::nullopt) {
  Notice notice;
  notice.execution_id = id_of(execution);
  notice.root_id = root;
  notice.workflow_name = std::string("wf_") + execution;
  notice.state = state;
  notice.at = {1'000'000};
  return notice;
}

// The states of the events in a part of a stream, in order; "gap" for the notice of a gap.
std::vector<std::string> states(const std::string& text) {
  std::vector<std::string> found;
  std::size_t at = 0;
  while ((at = text.find("data: ", at)) != std::string::npos) {
    at += 6;
    const auto data = parse_json(text.substr(at, text.find('\n', at) - at));
    EXPECT_TRUE(data) << text;
    if (data) found.push_back(data->contains("state") ? (*data)["state"].get<std::string>() : "gap");
  }
  return found;
}

std::string last_id(const std::string& text) {
  const std::size_t at = text.rfind("id: ");
  return text.substr(at + 4, text.find('\n', at) - at - 4);
}

class Waker {
 public:
  std::function<void()> function() {
    return [this] {
      std::lock_guard lock(mutex_);
      ++count_;
      changed_.notify_all();
    };
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return count_ > 0; });
    --count_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

using Strings = std::vector<std::string>;

class EventHubTest : public ::testing::Test {
 protected:
  std::shared_ptr<http::BodyStream> listen(EventFilter filter = {}, std::string_view last = "") {
    auto stream = hub_.listen(std::move(filter), last);
    EXPECT_TRUE(stream) << stream.error().message;
    return *stream;
  }
  // Everything that is ready.
  std::string all(http::BodyStream& stream) {
    std::string text;
    for (std::string part = *stream.next([] {}); !part.empty(); part = *stream.next([] {})) text += part;
    return text;
  }
  SystemClock clock_;
  EventHub hub_{{.kept = 4, .listeners_max = 2, .wake_ms = 0}, clock_};
};

TEST_F(EventHubTest, ListenersHearWhatComesAfterThem) {
  hub_.notify(notice('1', State::kIdle));
  auto stream = listen();
  EXPECT_EQ(all(*stream), "retry: 2000\n\n");
  hub_.notify(notice('1', State::kRunning));
  hub_.notify(notice('1', State::kSuccess));
  EXPECT_EQ(states(all(*stream)), (Strings{"RUNNING", "SUCCESS"}));
}

TEST_F(EventHubTest, AnEventSaysWhatHappenedWhereAndWhen) {
  auto stream = listen();
  all(*stream);
  hub_.notify(notice('1', State::kRunning, id_of('9')));
  const std::string text = all(*stream);
  const std::string id = last_id(text);
  EXPECT_EQ(text, "id: " + id + "\nevent: execution\ndata: {\"id\":\"" + id +
                      "\",\"type\":\"execution\",\"execution_id\":\"00000000-0000-4000-8000-000000000001\","
                      "\"root_execution_id\":\"00000000-0000-4000-8000-000000000009\",\"workflow_name\":\"wf_1\","
                      "\"state\":\"RUNNING\",\"state_info\":null,\"at\":\"1970-01-01T00:00:01.000Z\"}\n\n");
}

TEST_F(EventHubTest, AListenerThatWaitsIsWoken) {
  auto stream = listen();
  all(*stream);
  Waker waker;
  ASSERT_EQ(stream->next(waker.function()), "");
  hub_.notify(notice('1', State::kRunning));
  waker.wait();
  EXPECT_EQ(states(all(*stream)), (Strings{"RUNNING"}));
}

TEST_F(EventHubTest, ComingBackGoesOnWhereItStopped) {
  auto stream = listen();
  hub_.notify(notice('1', State::kRunning));
  const std::string id = last_id(all(*stream));
  stream.reset();
  hub_.notify(notice('1', State::kPaused));
  hub_.notify(notice('1', State::kSuccess));
  EXPECT_EQ(states(all(*listen({}, id))), (Strings{"PAUSED", "SUCCESS"}));
}

TEST_F(EventHubTest, AGapIsToldOnce) {
  auto stream = listen();
  hub_.notify(notice('1', State::kIdle));
  const std::string id = last_id(all(*stream));
  for (int i = 0; i < 6; ++i) hub_.notify(notice('1', i == 2 ? State::kPaused : State::kRunning));
  EXPECT_EQ(states(all(*stream)), (Strings{"gap", "PAUSED", "RUNNING", "RUNNING", "RUNNING"}));
  stream.reset();
  EXPECT_EQ(states(all(*listen({}, id))), (Strings{"gap", "PAUSED", "RUNNING", "RUNNING", "RUNNING"}));
  EXPECT_EQ(states(all(*listen({}, "123-1"))), (Strings{"gap", "PAUSED", "RUNNING", "RUNNING", "RUNNING"}))
      << "the id of another life of the server";
  EXPECT_EQ(hub_.listen({}, "nonsense").error().code, ErrorCode::kInvalidArgument);
}

TEST_F(EventHubTest, FiltersByTreeWorkflowAndKind) {
  auto tree = listen({.execution_id = id_of('1'), .workflow_name = "", .project_id = "", .kind = ""});
  auto name = listen({.execution_id = std::nullopt, .workflow_name = "wf_3", .project_id = "", .kind = "execution"});
  hub_.notify(notice('1', State::kRunning));
  hub_.notify(notice('2', State::kPaused, id_of('1')));
  hub_.notify(notice('3', State::kError, id_of('4')));
  Notice task = notice('3', State::kSuccess);
  task.kind = Notice::Kind::kTask;
  hub_.notify(task);
  EXPECT_EQ(states(all(*tree)), (Strings{"RUNNING", "PAUSED"}));
  EXPECT_EQ(states(all(*name)), (Strings{"ERROR"}));
}

TEST_F(EventHubTest, ListenersAreCountedAndBounded) {
  auto first = listen();
  auto second = listen();
  EXPECT_EQ(hub_.listen({}, "").error().message, "Too many event streams are open (2).");
  first.reset();
  EXPECT_EQ(hub_.listeners(), 1u);
  EXPECT_TRUE(hub_.listen({}, ""));
}

TEST(EventRoute, StreamsTheTransitionsOfARun) {
  test::Harness server;
  server.define("version: '2.0'\nwf: {tasks: {a: {action: std.noop}}}\n");
  http::Response response = server.ask("GET", "/foehn/v1/events?workflow=wf&type=task");
  ASSERT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "text/event-stream");
  server.run("wf");
  std::string text;
  for (std::string part = *response.stream->next([] {}); !part.empty(); part = *response.stream->next([] {}))
    text += part;
  EXPECT_EQ(states(text), (Strings{"RUNNING", "SUCCESS"}));
  EXPECT_NE(text.find("\"task_name\":\"a\""), std::string::npos);
}

TEST(EventRoute, RefusesWhatItDoesNotKnow) {
  test::Harness server;
  EXPECT_EQ(server.json("GET", "/foehn/v1/events?bogus=1", 400)["error"]["message"],
            "Unknown argument: \"bogus\". Allowed: execution, workflow, project, type, last_event_id.");
  EXPECT_EQ(server.json("GET", "/foehn/v1/events?execution=1", 400)["error"]["message"],
            "execution: '1' is not an execution's id.");
  EXPECT_EQ(server.json("GET", "/foehn/v1/events?type=job", 400)["error"]["message"],
            "type: 'job' is not one of execution, task.");
}

}  // namespace
}  // namespace foehn::rest
