// Goal: the OverCloud API keeps the original one's keys and behaviour, and answers at once unless asked to wait.
// Method: a service that plays back states; every call is logged.
#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>

#include "tests/unit/api/rest/harness.h"

namespace foehn::test {
namespace {

class FakeOverclouds final : public workflows::OvercloudService {
 public:
  Result<Value> create(const Value& request) override {
    calls += "create " + to_json(request) + "\n";
    if (text_or(request, "provider") == "Mars")
      return fail(ErrorCode::kInvalidArgument, "provider must be one of local, OpenStack, Amazon; not Mars.");
    return started();
  }
  Result<Value> list(const workflows::OvercloudFilter& filter) override {
    calls += "list " + filter.state + " " + std::to_string(filter.limit) + "\n";
    return Value::array({record("ACTIVE")});
  }
  Result<Value> get(std::string_view id) override {
    if (id != "oc1") return fail(ErrorCode::kNotFound, "There is no OverCloud " + std::string(id) + ".");
    std::lock_guard lock(mutex);
    const std::string state = states.front();
    if (states.size() > 1) states.pop_front();
    ++looks;
    changed.notify_all();
    return record(state);
  }
  // Until the record has been read so often.
  void wait_for_looks(int count) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return looks >= count; });
  }
  Result<Value> destroy(std::string_view id, const workflows::DestroyOptions& options) override {
    calls += "destroy " + std::string(id) + " " + options.preserve + (options.force ? " force\n" : "\n");
    if (busy) return fail(ErrorCode::kConflict, "OverCloud oc1 is held by execution e1.");
    return started();
  }
  Result<Value> rollback(std::string_view id) override {
    calls += "rollback " + std::string(id) + "\n";
    return started();
  }
  Result<std::string> ssh_key(std::string_view) override { return std::string("-----BEGIN\nkey\n"); }

  static Value started() {
    Value value = Value::object();
    value["overcloud_ID"] = "oc1";
    value["state"] = "REQUESTED";
    value["execution_id"] = kExecution;
    return value;
  }
  // "STATE" or "STATE/state of the execution".
  static Value record(const std::string& text) {
    const std::size_t slash = text.find('/');
    const std::string state = text.substr(0, slash);
    Value value = Value::object();
    value["overcloud_ID"] = "oc1";
    value["state"] = state;
    value["state_reason"] = "because";
    value["devops_post"] = "10.0.0.1";
    value["logical_cluster"] = Value::array({"10.0.0.2"});
    value["ssh"] = "/overclouds/oc1/ssh-key";
    value["executions"] = Value::array({"e1"});
    if (slash != std::string::npos) value["execution_state"] = text.substr(slash + 1);
    return value;
  }

  static constexpr char kExecution[] = "00000000-0000-4000-8000-0000000000e1";

  std::mutex mutex;
  std::condition_variable changed;
  int looks = 0;
  std::deque<std::string> states{"ACTIVE"};
  bool busy = false;
  std::string calls;
};

class OvercloudsTest : public ::testing::Test {
 protected:
  // A request that waits; its answer when it is there.
  std::future<http::Response> ask_and_wait(const std::string& method, const std::string& target,
                                           const std::string& body) {
    http::Request request;
    request.method = method;
    http::set_target(request, target);
    request.headers.add("Content-Type", "application/json");
    request.body = body;
    const http::Response response = harness_.routes().handle(std::move(request));
    EXPECT_TRUE(response.pending) << response.body;
    auto answer = std::make_shared<std::promise<http::Response>>();
    auto future = answer->get_future();
    response.pending->on_answer([answer](http::Response given) { answer->set_value(std::move(given)); });
    return future;
  }
  // The engine tells that the execution which works on it has ended.
  void end_execution() {
    ports::Notice notice;
    notice.execution_id = *ExecutionId::parse(FakeOverclouds::kExecution);
    notice.state = core::State::kSuccess;
    harness_.waits().notify(notice);
  }
  FakeOverclouds service_;
  Harness harness_{&service_};
};

constexpr char kRequest[] = R"({"provider": "local", "number": "2", "size": "small"})";

TEST_F(OvercloudsTest, CreationIsAcceptedAtOnce) {
  const http::Response response = harness_.ask("POST", "/overclouds", kRequest);
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(response.headers.get("Location"), "/overclouds/oc1");
  EXPECT_EQ(response.body, R"({"overcloud_ID": "oc1", "state": "REQUESTED", "execution_id": "00000000-0000-4000-8000-0000000000e1"})");
  EXPECT_EQ(service_.calls, "create {\"provider\":\"local\",\"number\":\"2\",\"size\":\"small\"}\n");
}

TEST_F(OvercloudsTest, WaitingAnswersWithTheOriginalKeys) {
  service_.states = {"REQUESTED", "ACTIVE"};
  auto waiting = ask_and_wait("POST", "/overclouds?wait=true&timeout=60", kRequest);
  service_.wait_for_looks(1);
  end_execution();
  const http::Response response = waiting.get();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body,
            R"({"overcloud_ID": "oc1", "devops_post": "10.0.0.1", "logical_cluster": ["10.0.0.2"], )"
            R"("ssh": "/overclouds/oc1/ssh-key", "weave_url": null, "chronograf_url": null, "rook_url": null, )"
            R"("prometheus_url": null, "smartx-multiview": null, "grafana_url": null})");
}

TEST_F(OvercloudsTest, WaitMayStandInTheBodyAndIsNotPassedOn) {
  EXPECT_EQ(harness_.ask("POST", "/overclouds", R"({"provider": "local", "wait": true, "timeout": 5})").status, 200);
  EXPECT_EQ(service_.calls, "create {\"provider\":\"local\"}\n");
  EXPECT_EQ(harness_.json("POST", "/overclouds?wait=true&timeout=0", 400, kRequest)["error"]["message"],
            "timeout must be a positive number of seconds.");
}

TEST_F(OvercloudsTest, AFailedCreationIsAnError) {
  service_.states = {"FAILED(clean)"};
  EXPECT_EQ(to_json(harness_.json("POST", "/overclouds?wait=true", 500, kRequest)),
            R"x({"error":{"code":"FAILED(clean)","message":"because","details":null}})x");
}

TEST_F(OvercloudsTest, WaitingEndsWithItsTime) {
  service_.states = {"CLUSTERING"};
  EXPECT_EQ(harness_.json("POST", "/overclouds?wait=true&timeout=1", 504, kRequest)["error"]["message"],
            "OverCloud oc1 is still CLUSTERING after 1 s; the work goes on.");
}

TEST_F(OvercloudsTest, WaitingEndsWhenTheServerStops) {
  service_.states = {"CLUSTERING"};
  harness_.waits().stop();
  EXPECT_EQ(harness_.json("POST", "/overclouds?wait=true", 503, kRequest)["error"]["code"], "unavailable");
}

TEST_F(OvercloudsTest, MistakesAre400InOurShape) {
  EXPECT_EQ(to_json(harness_.json("POST", "/overclouds", 400, R"({"provider": "Mars"})")),
            R"({"error":{"code":"invalid_argument","message":"provider must be one of local, OpenStack, Amazon; not )"
            R"(Mars.","details":null}})");
  EXPECT_EQ(harness_.json("POST", "/overclouds", 400, "{")["error"]["message"],
            "Request is not in valid JSON format\n\ninvalid JSON: parse error at line 1, column 2: syntax error while "
            "parsing object key - unexpected end of input; expected string literal");
}

TEST_F(OvercloudsTest, RemovalTakesTheIdFromTheBodyOrThePath) {
  EXPECT_EQ(harness_.ask("DELETE", "/overclouds", R"({"overcloud_id": "oc1"})").status, 202);
  EXPECT_EQ(harness_.ask("DELETE", "/overclouds", R"({"overcloud_ID": "oc1", "force": true})").status, 202);
  EXPECT_EQ(harness_.ask("DELETE", "/overclouds/oc1?preserve=snapshot", "").status, 202);
  EXPECT_EQ(service_.calls, "destroy oc1 none\ndestroy oc1 none force\ndestroy oc1 snapshot\n");
  EXPECT_EQ(harness_.json("DELETE", "/overclouds", 400, "{}")["error"]["message"],
            "The body must name the OverCloud: {\"overcloud_id\": …}.");
}

TEST_F(OvercloudsTest, ACompletedRemovalSaysSuccess) {
  service_.states = {"DESTROYING", "DESTROYED"};
  auto waiting = ask_and_wait("DELETE", "/overclouds?wait=true", R"({"overcloud_id": "oc1"})");
  service_.wait_for_looks(1);
  end_execution();
  const http::Response response = waiting.get();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "Success\n");
  EXPECT_EQ(response.content_type, "text/plain");
}

TEST_F(OvercloudsTest, AnActiveOverCloudIsNotTheEndOfItsRemoval) {
  service_.states = {"ACTIVE/RUNNING", "DESTROYED/RUNNING", "DESTROYED/SUCCESS"};
  auto waiting = ask_and_wait("DELETE", "/overclouds?wait=true", R"({"overcloud_id": "oc1"})");
  service_.wait_for_looks(1);
  end_execution();
  service_.wait_for_looks(2);
  end_execution();
  EXPECT_EQ(waiting.get().body, "Success\n");
  EXPECT_EQ(service_.states.size(), 1u);
}

TEST_F(OvercloudsTest, ABusyOverCloudIs409) {
  service_.busy = true;
  EXPECT_EQ(harness_.json("DELETE", "/overclouds/oc1", 409)["error"]["message"],
            "OverCloud oc1 is held by execution e1.");
}

TEST_F(OvercloudsTest, ReadingAndRollback) {
  EXPECT_EQ(harness_.json("GET", "/overclouds?state=ACTIVE&limit=5").size(), 1u);
  EXPECT_EQ(harness_.json("GET", "/overclouds/oc1")["state"], "ACTIVE");
  EXPECT_EQ(harness_.json("GET", "/overclouds/nope", 404)["error"]["message"], "There is no OverCloud nope.");
  EXPECT_EQ(to_json(harness_.json("GET", "/overclouds/oc1/executions")), R"(["e1"])");
  EXPECT_EQ(harness_.ask("POST", "/overclouds/oc1/rollback").status, 202);
  EXPECT_EQ(service_.calls, "list ACTIVE 5\nrollback oc1\n");
}

TEST_F(OvercloudsTest, TheKeyIsTextThatNobodyStores) {
  const http::Response response = harness_.ask("GET", "/overclouds/oc1/ssh-key");
  EXPECT_EQ(response.body, "-----BEGIN\nkey\n");
  EXPECT_EQ(response.headers.get("Cache-Control"), "no-store");
}

TEST(NoOvercloudsTest, AServerWithoutThemSaysSo) {
  Harness harness;
  EXPECT_EQ(harness.json("GET", "/overclouds", 501)["error"]["message"], "This server keeps no OverClouds.");
}

}  // namespace
}  // namespace foehn::test
