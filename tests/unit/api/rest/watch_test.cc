// Goal: one answer holds what a live view needs, bounded; logs are read from an offset on; tokens guard all but the
// public routes. Method: the routes over a real engine and a run log that the test fills.
#include <gtest/gtest.h>

#include "engine/base/digest.h"
#include "tests/unit/api/rest/harness.h"

namespace foehn::test {
namespace {

constexpr char kYaml[] = R"(version: '2.0'
items:
  tasks:
    each:
      with-items: i in <% [1, 2, 3] %>
      action: std.async_noop
parent:
  tasks:
    child: {workflow: leaf}
leaf:
  tasks:
    held: {action: std.async_noop}
loop:
  tasks:
    again: {workflow: loop2}
loop2:
  tasks:
    again: {workflow: loop3}
loop3:
  tasks:
    again: {workflow: loop4}
loop4:
  tasks:
    again: {workflow: loop5}
loop5:
  tasks:
    again: {workflow: leaf}
)";

class WatchTest : public ::testing::Test {
 protected:
  WatchTest() { harness_.define(kYaml); }
  Value tree(const std::string& id) { return harness_.json("GET", "/foehn/v1/executions/" + id + "/tree"); }
  Value runs() { return harness_.json("GET", "/v2/action_executions")["action_executions"]; }
  ActionRunId run_id(std::size_t at) { return *ActionRunId::parse(text_or(runs()[at], "id")); }
  Harness harness_;
};

TEST_F(WatchTest, ProgressOfItemsAndTheLastLineAreThere) {
  const std::string id = harness_.run("items");
  const ActionRunId first = run_id(0), last = run_id(2);
  harness_.json("PUT", "/v2/action_executions/" + to_string(first), 200, R"({"state": "SUCCESS"})");
  harness_.run_log().append(run_id(1), "one\ntwo\n");
  harness_.run_log().append(last, "one\ntwo\n");
  const Value body = tree(id);
  EXPECT_EQ(body["truncated"], false);
  EXPECT_EQ(body["execution"]["workflow"], "items");
  EXPECT_EQ(body["execution"]["state"], "RUNNING");
  const Value& task = body["execution"]["tasks"][0];
  EXPECT_EQ(to_json(task["items"]),
            R"({"total":3,"waiting":0,"running":2,"succeeded":1,"failed":0,"cancelled":0})");
  EXPECT_EQ(task["last_log_line"], "two");
  EXPECT_EQ(task["name"], "each");
  EXPECT_EQ(task["type"], "ACTION");
  EXPECT_EQ(task["error_handled"], false);
  EXPECT_TRUE(task["finished_at"].is_null());
  EXPECT_EQ(task["started_at"].get<std::string>().size(), std::string("2026-11-21T04:00:00.123Z").size());
}

TEST_F(WatchTest, SubExecutionsHangBelowTheirTask) {
  const Value body = tree(harness_.run("parent"));
  const Value& child = body["execution"]["tasks"][0]["children"][0];
  EXPECT_EQ(child["workflow"], "leaf");
  EXPECT_EQ(child["tasks"][0]["name"], "held");
  EXPECT_TRUE(child["tasks"][0]["items"].is_null());
}

TEST_F(WatchTest, ATaskThatIsReportedFromOutsideNamesItsRun) {
  const std::string id = harness_.run("parent");
  const std::string run = to_string(run_id(0));
  const Value body = tree(id);
  const Value& task = body["execution"]["tasks"][0];
  EXPECT_TRUE(task["waits_for"].is_null());
  EXPECT_EQ(to_json(task["children"][0]["tasks"][0]["waits_for"]),
            R"({"action":"std.async_noop","action_execution_id":")" + run + "\"}");
  harness_.json("PUT", "/v2/action_executions/" + run, 200, R"({"state": "SUCCESS"})");
  const Value ended = tree(id);
  EXPECT_TRUE(ended["execution"]["tasks"][0]["children"][0]["tasks"][0]["waits_for"].is_null());
}

TEST_F(WatchTest, DepthIsBoundedAndSaid) {
  const Value body = tree(harness_.run("loop"));
  EXPECT_EQ(body["truncated"], true);
  EXPECT_EQ(to_json(body).find("\"held\""), std::string::npos);
}

TEST_F(WatchTest, ALogIsReadFromAnOffsetOn) {
  harness_.run("leaf");
  const std::string path = "/foehn/v1/action_runs/" + to_string(run_id(0)) + "/log";
  harness_.run_log().append(run_id(0), "hello\nworld\n");
  const Value log = harness_.json("GET", path + "?offset=6");
  EXPECT_EQ(log["text"], "world\n");
  EXPECT_EQ(log["offset"], 6);
  EXPECT_EQ(log["end"], 12);
  EXPECT_EQ(log["state"], "RUNNING");
  EXPECT_EQ(harness_.json("GET", path + "?offset=-1", 400)["error"]["message"], "The offset must not be negative.");
  EXPECT_EQ(harness_.json("GET", "/foehn/v1/action_runs/abc/log", 404)["error"]["message"],
            "There is no action run abc.");
}

TEST_F(WatchTest, TheLogsOfAnExecutionAreBounded) {
  const std::string id = harness_.run("leaf");
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "line " + std::to_string(i) + "\n";
  harness_.run_log().append(run_id(0), text);
  const Value log = harness_.json("GET", "/foehn/v1/executions/" + id + "/log");
  ASSERT_EQ(log["runs"].size(), 1u);
  EXPECT_EQ(log["truncated"], true);
  EXPECT_EQ(log["runs"][0]["task"], "held");
  const std::string shown = log["runs"][0]["text"];
  EXPECT_LE(shown.size(), 8192u);
  EXPECT_TRUE(shown.starts_with("line ")) << shown.substr(0, 20);
  EXPECT_TRUE(shown.ends_with("line 1999\n"));
}

TEST_F(WatchTest, UnknownExecutionsAre404InOurShape) {
  EXPECT_EQ(harness_.ask("GET", "/foehn/v1/executions/abc/log").status, 404);
  EXPECT_EQ(to_json(harness_.json("GET", "/foehn/v1/executions/abc/tree", 404)),
            R"({"error":{"code":"not_found","message":"There is no execution abc.","details":null}})");
  EXPECT_EQ(to_json(harness_.json("GET", "/foehn/v1/nothing", 404)),
            R"({"error":{"code":"not_found","message":"The resource could not be found.","details":null}})");
}

TEST(GuardTest, ATokenIsAskedForEverywhereButOnPublicRoutes) {
  Harness harness(nullptr, with_tokens({{sha256_hex("sesame"), "p", false}}));
  EXPECT_EQ(harness.ask("GET", "/healthz").status, 200);
  EXPECT_EQ(harness.ask("GET", "/v2").status, 200);
  const http::Response refused = harness.ask("GET", "/v2/workflows");
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.headers.get("WWW-Authenticate"), "Bearer");
  EXPECT_EQ(refused.headers.get("Server-Error-Message"),
            "Authentication required: send the token as 'Authorization: Bearer <token>' or 'X-Auth-Token'.");
  const auto with = [&](const char* name, const char* value) {
    http::Request request;
    request.method = "GET";
    http::set_target(request, "/v2/workflows");
    request.headers.add(name, value);
    return harness.routes().handle(std::move(request)).status;
  };
  EXPECT_EQ(with("Authorization", "Bearer sesame"), 200);
  EXPECT_EQ(with("x-auth-token", "sesame"), 200);
  EXPECT_EQ(with("X-Auth-Token", "sesam"), 401);
  EXPECT_EQ(with("X-Auth-Token", "sesamee"), 401);
}

TEST(RoutesTest, EveryRouteHasAPolicyAndALineForPeople) {
  Harness harness;
  for (const http::Route& route : harness.routes().routes()) {
    EXPECT_TRUE(route.policy == "public" || route.policy == "user" || route.policy == "admin") << route.pattern;
    EXPECT_TRUE(route.doc.ends_with(".") || route.doc.ends_with("?")) << route.pattern;
  }
}

TEST(HealthTest, ReadinessFollowsTheServerAndItsShutdown) {
  bool broken = false;
  Harness harness(nullptr, {.public_url = "", .auth = {}, .ready = [&]() -> Status {
                              if (broken) return fail(ErrorCode::kIo, "the disk is full");
                              return {};
                            }});
  EXPECT_EQ(harness.ask("GET", "/readyz").body, R"({"status": "ready"})");
  broken = true;
  EXPECT_EQ(harness.ask("GET", "/readyz").body,
            R"({"error": {"code": "unavailable", "message": "the disk is full", "details": null}})");
  EXPECT_EQ(harness.ask("GET", "/readyz").status, 503);
  broken = false;
  harness.services().stopping = true;
  EXPECT_EQ(harness.ask("GET", "/readyz").status, 503);
  EXPECT_EQ(harness.ask("GET", "/healthz").status, 200);
}

}  // namespace
}  // namespace foehn::test
