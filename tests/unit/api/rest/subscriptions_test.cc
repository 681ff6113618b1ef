// Goal: subscriptions are checked, listed without their secrets and deleted. Method: the routes over the memory store.
// Cron and event triggers are replayed from a real Mistral (replay_test.cc).
#include <gtest/gtest.h>

#include "tests/unit/api/rest/harness.h"

namespace foehn::test {
namespace {

std::string refusal(Harness& server, const std::string& body) {
  return server.json("POST", "/foehn/v1/subscriptions", 400, body)["error"]["message"].get<std::string>();
}

TEST(Subscriptions, LiveAndHideTheirSecrets) {
  Harness server;
  Value made = server.json("POST", "/foehn/v1/subscriptions", 201,
                           R"({"name": "pager", "url": "https://example.org/x", "event_types": ["WORKFLOW_FAILED"],
                               "headers": {"X-Key": "hidden"}})");
  const std::string id = text_or(made, "id");
  made.erase("id");
  made.erase("created_at");
  EXPECT_EQ(to_json(made), R"({"name":"pager","url":"https://example.org/x","event_types":["WORKFLOW_FAILED"],)"
                           R"("workflow_name":null,"headers":["X-Key"],"signed":false,"delivered_until":null})");
  EXPECT_EQ(server.json("GET", "/foehn/v1/subscriptions")["subscriptions"].size(), 1u);
  EXPECT_EQ(text_or(server.json("GET", "/foehn/v1/subscriptions/pager"), "id"), id);
  EXPECT_EQ(server.json("POST", "/foehn/v1/subscriptions", 409, R"({"name": "pager", "url": "http://h"})")["error"]
                       ["message"],
            "A subscription 'pager' exists.");
  EXPECT_EQ(server.ask("DELETE", "/foehn/v1/subscriptions/" + id).status, 204);
  EXPECT_EQ(server.json("GET", "/foehn/v1/subscriptions/pager", 404)["error"]["message"],
            "There is no subscription 'pager'.");
}

TEST(Subscriptions, AreChangedByWhatTheBodyNames) {
  Harness server;
  server.json("POST", "/foehn/v1/subscriptions", 201,
              R"({"name": "pager", "url": "http://h/x", "headers": {"A": "1"}, "secret": "tell nobody"})");
  server.json("POST", "/foehn/v1/subscriptions", 201, R"({"name": "other", "url": "http://h/y"})");
  Value changed = server.json("PUT", "/foehn/v1/subscriptions/pager", 200,
                              R"({"url": "https://h/z", "event_types": ["TASK_FAILED"]})");
  changed.erase("id");
  changed.erase("created_at");
  EXPECT_EQ(to_json(changed), R"({"name":"pager","url":"https://h/z","event_types":["TASK_FAILED"],)"
                              R"("workflow_name":null,"headers":["A"],"signed":true,"delivered_until":null})");
  const auto again = [&](const std::string& body, int status) {
    return server.json("PUT", "/foehn/v1/subscriptions/pager", status, body);
  };
  EXPECT_EQ(again(R"({"name": "other"})", 409)["error"]["message"], "A subscription 'other' exists.");
  EXPECT_EQ(again(R"({"url": "file:///x"})", 400)["error"]["message"],
            "url: an http:// or https:// address that takes POST requests.");
  EXPECT_EQ(again(R"({"secret": ""})", 400)["error"]["message"],
            "secret: a text of at most 1024 bytes, or null for none.");
  EXPECT_EQ(again(R"({"name": "bell", "secret": null, "headers": null})", 200)["signed"], false);
  EXPECT_EQ(server.json("GET", "/foehn/v1/subscriptions/bell")["url"], "https://h/z");
  EXPECT_EQ(server.json("PUT", "/foehn/v1/subscriptions/pager", 404, "{}")["error"]["message"],
            "There is no subscription 'pager'.");
}

TEST(Subscriptions, RefuseWhatCannotWork) {
  Harness server;
  EXPECT_EQ(refusal(server, R"({"url": "http://h"})"), "name: give the subscription a name.");
  EXPECT_EQ(refusal(server, R"({"name": "a", "url": "ftp://h"})"),
            "url: an http:// or https:// address that takes POST requests.");
  EXPECT_EQ(refusal(server, R"({"name": "a", "url": "http://h", "event_types": ["WORKFLOW_SKIPPED"]})"),
            "event_types: 'WORKFLOW_SKIPPED' is none of WORKFLOW_ or TASK_ with LAUNCHED, SUCCEEDED, FAILED, CANCELLED, "
            "PAUSED, RESUMED, RERUN, nor TASK_SKIPPED.");
  EXPECT_EQ(refusal(server, R"({"name": "a", "url": "http://h", "headers": {"A": "x\r\nB: y"}})"),
            "headers: the value of 'A' must be a text of one line.");
}

TEST(Subscriptions, AServerWithoutTriggersTakesNoEvents) {
  Harness server;
  EXPECT_EQ(server.json("POST", "/foehn/v1/events", 503, "{}")["error"]["message"], "This server takes no events.");
}

}  // namespace
}  // namespace foehn::test
