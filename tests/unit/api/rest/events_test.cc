// Goal: whoever listens is told of every committed transition once and in order, and of every gap.
// Method: a hub on a log that is filled by hand, streams read as the HTTP server reads them; then a real engine through
// the route.
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

Notice notice(char execution, State state) {
  Notice notice;
  notice.execution_id = id_of(execution);
  notice.workflow_name = std::string("wf_") + execution;
  notice.state = state;
  notice.at = {1'000'000};
  return notice;
}

// The log of a store that keeps the last four events; it outlives the hubs that read it, as a store does.
class ShortLog final : public store::EventLog {
 public:
  void add(const Notice& notice, std::vector<ExecutionId> above) {
    std::lock_guard lock(mutex_);
    events_.push_back({end_++, notice, std::move(above)});
    if (events_.size() > 4) events_.erase(events_.begin());
  }
  Result<store::EventPage> events_from(std::uint64_t id, std::size_t limit) override {
    std::lock_guard lock(mutex_);
    if (events_.empty()) return store::EventPage{};
    store::EventPage page{{}, events_.front().id, end_};
    for (const store::Event& event : events_)
      if (event.id >= id && page.events.size() < limit) page.events.push_back(event);
    return page;
  }

 private:
  std::mutex mutex_;
  std::vector<store::Event> events_;
  std::uint64_t end_ = 1'000;
};

// The states of the events in a part of a stream, in order; the names of notices.
std::vector<std::string> states(const std::string& text) {
  std::vector<std::string> found;
  std::size_t at = 0;
  while ((at = text.find("data: ", at)) != std::string::npos) {
    at += 6;
    const auto data = parse_json(text.substr(at, text.find('\n', at) - at));
    EXPECT_TRUE(data) << text;
    const bool is_reset = data && data->contains("last_event_id");
    if (data) found.push_back(data->contains("state") ? (*data)["state"].get<std::string>() : is_reset ? "reset" : "gap");
  }
  return found;
}

std::string last_id(const std::string& text) {
  const std::size_t at = text.rfind("id: ");
  return text.substr(at + 4, text.find('\n', at) - at - 4);
}

class Waker {
 public:
  void wake() {
    std::lock_guard lock(mutex_);
    ++count_;
    changed_.notify_all();
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

// What a stream tells until that many events (gaps count) were told; waits for them as the HTTP server does.
std::string told(http::BodyStream& stream, std::size_t count) {
  std::string text;
  const auto waker = std::make_shared<Waker>();  // the stream may still hold on to it
  const auto wake = [waker] { waker->wake(); };
  while (true) {
    for (std::string part = *stream.next(wake); !part.empty(); part = *stream.next(wake)) text += part;
    if (states(text).size() >= count) return text;
    waker->wait();
  }
}

class EventHubTest : public ::testing::Test {
 protected:
  std::shared_ptr<http::BodyStream> listen(EventFilter filter = {}, std::string_view last = "") {
    auto stream = hub_->listen(std::move(filter), last);
    EXPECT_TRUE(stream) << stream.error().message;
    return *stream;
  }
  void commit(const Notice& notice, std::vector<ExecutionId> above = {}) {
    log_.add(notice, std::move(above));
    hub_->notify(notice);
  }
  // As after a restart, or a kill: another hub on the same log.
  void restart() { hub_ = std::make_unique<EventHub>(options_, log_); }

  const EventHubOptions options_{.held = 4, .listeners_max = 2, .wake_ms = 0, .look_ms = 20, .page = 2};
  ShortLog log_;
  std::unique_ptr<EventHub> hub_ = std::make_unique<EventHub>(options_, log_);
};

TEST_F(EventHubTest, ListenersHearWhatComesAfterThem) {
  commit(notice('1', State::kIdle));
  auto stream = listen();
  EXPECT_EQ(*stream->next([] {}), "retry: 2000\n\n");
  commit(notice('1', State::kRunning));
  commit(notice('1', State::kSuccess));
  EXPECT_EQ(states(told(*stream, 2)), (Strings{"RUNNING", "SUCCESS"}));
}

TEST_F(EventHubTest, AnEventSaysWhatHappenedWhereAndWhen) {
  auto stream = listen();
  EXPECT_EQ(*stream->next([] {}), "retry: 2000\n\n");
  Notice below = notice('1', State::kRunning);
  below.root_id = id_of('9');
  commit(below, {id_of('9')});
  EXPECT_EQ(told(*stream, 1), "id: 1000\nevent: execution\ndata: {\"id\":\"1000\","
                              "\"type\":\"execution\",\"execution_id\":\"00000000-0000-4000-8000-000000000001\","
                              "\"root_execution_id\":\"00000000-0000-4000-8000-000000000009\","
                              "\"workflow_name\":\"wf_1\","
                              "\"state\":\"RUNNING\",\"state_info\":null,\"at\":\"1970-01-01T00:00:01.000Z\"}\n\n");
}

TEST_F(EventHubTest, ACommitThatNobodyToldOfIsSeen) {
  auto stream = listen();
  log_.add(notice('1', State::kRunning), {});  // its outcome was unknown to the engine
  EXPECT_EQ(states(told(*stream, 1)), (Strings{"RUNNING"}));
}

TEST_F(EventHubTest, ComingBackGoesOnWhereItStopped) {
  auto stream = listen();
  commit(notice('1', State::kRunning));
  const std::string id = last_id(told(*stream, 1));
  stream.reset();
  commit(notice('1', State::kPaused));
  commit(notice('1', State::kSuccess));
  EXPECT_EQ(states(told(*listen({}, id), 2)), (Strings{"PAUSED", "SUCCESS"}));
}

TEST_F(EventHubTest, ARestartLosesAndRepeatsNothing) {
  auto stream = listen();
  commit(notice('1', State::kRunning));
  const std::string id = last_id(told(*stream, 1));
  commit(notice('1', State::kPaused));
  stream.reset();
  restart();
  commit(notice('1', State::kSuccess));
  auto other = listen();
  auto resumed = listen({}, id);
  EXPECT_EQ(states(told(*resumed, 2)), (Strings{"PAUSED", "SUCCESS"}));
  commit(notice('2', State::kRunning));
  EXPECT_EQ(states(told(*resumed, 1)), (Strings{"RUNNING"}));
  EXPECT_EQ(states(told(*other, 1)), (Strings{"RUNNING"})) << "without an id a stream begins now";
}

TEST_F(EventHubTest, AGapIsToldOnce) {
  auto stream = listen();
  commit(notice('1', State::kIdle));
  const std::string id = last_id(told(*stream, 1));
  stream.reset();
  for (int i = 0; i < 6; ++i) commit(notice('1', i == 2 ? State::kPaused : State::kRunning));
  const Strings rest{"gap", "PAUSED", "RUNNING", "RUNNING", "RUNNING"};
  EXPECT_EQ(states(told(*listen({}, id), 5)), rest);
  EXPECT_EQ(states(told(*listen({}, "77"), 5)), rest) << "the id of another log";
  restart();
  EXPECT_EQ(states(told(*listen({}, id), 5)), rest);
  for (const char* wrong : {"nonsense", "-5", "5-", "5x", " 5", "99999999999999999999"})
    EXPECT_EQ(hub_->listen({}, wrong).error().message,
              "There is no event with the id '" + std::string(wrong) + "'. Ids are those of the stream: '1007'.");
}

// A backup was put back while clients were away; or they meet another data directory.
TEST_F(EventHubTest, WhoHasSeenMoreThanThereIsIsToldSo) {
  for (const State state : {State::kRunning, State::kPaused, State::kSuccess}) commit(notice('1', state));
  const Strings rest{"reset", "RUNNING", "PAUSED", "SUCCESS"};
  for (const char* id : {"1003", "5000", "1795253672000000-1003"}) EXPECT_EQ(states(told(*listen({}, id), 4)), rest) << id;
  const EventFilter tasks{.execution_id = std::nullopt, .workflow_name = "", .project_id = "", .kind = "task"};
  EXPECT_EQ(told(*listen(tasks, "5000"), 1),
            "retry: 2000\n\nid: 999\nevent: reset\ndata: {\"message\":\"This server has not told event 5000: its data "
            "directory is another one, or an older state of it was put back. The oldest events it keeps follow; read the "
            "state anew.\",\"last_event_id\":\"5000\"}\n\n");
  EXPECT_EQ(states(told(*listen({}, "999"), 3)), (Strings{"RUNNING", "PAUSED", "SUCCESS"})) << "its id leads on";
  EXPECT_EQ(states(told(*listen({}, "1002"), 0)), Strings{}) << "the newest one is known";
}

TEST_F(EventHubTest, WhoHasSeenMoreThanAnEmptyLogIsToldSo) {
  auto stream = listen({}, "5000");
  EXPECT_EQ(states(told(*stream, 1)), Strings{"reset"});
  commit(notice('1', State::kRunning));
  EXPECT_EQ(states(told(*stream, 1)), Strings{"RUNNING"});
}

TEST_F(EventHubTest, AListenerThatReadsTooSlowlyIsToldOfTheGap) {
  commit(notice('1', State::kIdle));
  auto slow = listen();
  auto fast = listen();
  for (const State state : {State::kRunning, State::kDelayed, State::kPaused, State::kRunning, State::kError,
                            State::kSuccess}) {
    commit(notice('1', state));
    EXPECT_EQ(states(told(*fast, 1)), (Strings{std::string(core::to_string(state))}));
  }
  EXPECT_EQ(states(told(*slow, 5)), (Strings{"gap", "PAUSED", "RUNNING", "ERROR", "SUCCESS"}));
}

TEST_F(EventHubTest, FiltersByTreeWorkflowAndKind) {
  auto tree = listen({.execution_id = id_of('2'), .workflow_name = "", .project_id = "", .kind = ""});
  auto name = listen({.execution_id = std::nullopt, .workflow_name = "wf_3", .project_id = "", .kind = "execution"});
  commit(notice('2', State::kRunning), {id_of('1')});
  commit(notice('4', State::kPaused), {id_of('1'), id_of('2')});  // in the middle of a tree: its own children too
  commit(notice('3', State::kError), {id_of('1')});
  Notice task = notice('3', State::kSuccess);
  task.kind = Notice::Kind::kTask;
  commit(task, {id_of('1'), id_of('5')});
  EXPECT_EQ(states(told(*tree, 2)), (Strings{"RUNNING", "PAUSED"}));
  EXPECT_EQ(states(told(*name, 1)), (Strings{"ERROR"}));
}

TEST_F(EventHubTest, ListenersAreCountedAndBounded) {
  auto first = listen();
  auto second = listen();
  EXPECT_EQ(hub_->listen({}, "").error().message, "Too many event streams are open (2).");
  first.reset();
  EXPECT_EQ(hub_->listeners(), 1u);
  EXPECT_TRUE(hub_->listen({}, ""));
}

TEST(EventRoute, StreamsTheTransitionsOfARun) {
  test::Harness server;
  server.define("version: '2.0'\nwf: {tasks: {a: {action: std.noop}}}\n");
  http::Response response = server.ask("GET", "/foehn/v1/events?workflow=wf&type=task");
  ASSERT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "text/event-stream");
  server.run("wf");
  const std::string text = told(*response.stream, 2);
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
