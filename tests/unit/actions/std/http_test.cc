// Goal: std.http and std.mistral_http turn inputs into requests and answers into results as Mistral does.
#include "actions/std/http.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "actions/registry.h"
#include "tests/unit/actions/fakes.h"

namespace foehn::actions {
namespace {

using foehn::testing::FakeHttp;
using foehn::testing::Outcomes;

struct StdHttp : ::testing::Test {
  StdHttp() {
    for (auto& action : make_http_actions(http)) EXPECT_TRUE(registry.add(std::move(action)));
  }
  const net::HttpRequest& request_for(Value input) {
    registry.find("std.http")->run(context, std::move(input), outcomes.done());
    EXPECT_FALSE(http.requests.empty());
    return http.requests.back();
  }
  ActionOutcome answer(net::HttpResponse response, const std::string& name = "std.http") {
    Outcomes mine;
    registry.find(name)->run(context, {{"url", "http://h/"}}, mine.done());
    http.answer(http.last_id, std::move(response));
    return mine.only();
  }
  FakeHttp http;
  ActionRegistry registry;
  ActionContext context{.run_id = *ActionRunId::parse("11111111-2222-3333-4444-555555555555")};
  Outcomes outcomes;
};

TEST_F(StdHttp, Signature) {
  for (const char* name : {"std.http", "std.mistral_http"})
    EXPECT_EQ(signature_text(registry.find(name)->spec()),
              "url, method=\"GET\", params=null, body=null, json=null, headers=null, cookies=null, auth=null, "
              "timeout=null, allow_redirects=null, proxies=null, verify=null");
}

TEST_F(StdHttp, Defaults) {
  const auto& request = request_for({{"url", "http://h/x"}});
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.url, "http://h/x");
  EXPECT_EQ(request.timeout_ms, 60'000);
  EXPECT_FALSE(request.follow_redirects);
  EXPECT_TRUE(request.verify_tls);
  EXPECT_FALSE(request.body.has_value());
  EXPECT_FALSE(request.trusted);
  EXPECT_TRUE(request.headers.empty());
}

TEST_F(StdHttp, EverythingGiven) {
  const auto& request = request_for({{"url", "http://h/x?a=1#frag"},
                                     {"method", "post"},
                                     {"params", {{"q", "ä b&"}, {"list", {1, 2}}, {"none", Value()}}},
                                     {"body", {{"k", "ü"}}},
                                     {"headers", {{"X-Number", 5}, {"X-Text", "t"}}},
                                     {"cookies", {{"c", "1"}, {"d", "2"}}},
                                     {"auth", "user:pass"},
                                     {"timeout", 1.5},
                                     {"allow_redirects", true},
                                     {"proxies", {{"http", "http://proxy:1"}}},
                                     {"verify", false}});
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "http://h/x?a=1&q=%C3%A4+b%26&list=1&list=2#frag");
  EXPECT_EQ(*request.body, "{\"k\": \"\\u00fc\"}");
  EXPECT_EQ(request.headers, (net::HttpHeaders{{"X-Number", "5"}, {"X-Text", "t"}, {"Cookie", "c=1; d=2"}}));
  EXPECT_EQ(request.basic_auth, (std::pair<std::string, std::string>("user", "pass")));
  EXPECT_EQ(request.timeout_ms, 1500);
  EXPECT_TRUE(request.follow_redirects);
  EXPECT_EQ(request.proxy, "http://proxy:1");
  EXPECT_FALSE(request.verify_tls);
}

TEST_F(StdHttp, JsonBodiesSayWhatTheyAre) {
  const auto& request = request_for({{"url", "http://h/"}, {"method", "PUT"}, {"json", {1, true, Value()}}});
  EXPECT_EQ(*request.body, "[1, true, null]");
  EXPECT_EQ(request.headers, (net::HttpHeaders{{"Content-Type", "application/json"}}));
}

TEST_F(StdHttp, BodyAndJsonTogetherAreRefused) {
  registry.find("std.http")->run(context, {{"url", "http://h/"}, {"body", "x"}, {"json", {1}}}, outcomes.done());
  EXPECT_EQ(outcomes.only().data,
            "Failed to instantiate an action [action_desc=std.http]: Only one of the parameters 'json' and 'body' can "
            "be passed");
  EXPECT_TRUE(http.requests.empty());
}

TEST_F(StdHttp, TheResultHasMistralsMembers) {
  const auto outcome = answer({.status = 200,
                               .reason = "OK",
                               .headers = {{"Content-Type", "application/json"}, {"X-A", "1"}, {"x-a", "2"}},
                               .body = R"({"uri":"u"})",
                               .url = "http://h/v2",
                               .elapsed_s = 0.25,
                               .history = {"http://h/"},
                               .cookies = {{"c", "v"}}});
  EXPECT_EQ(outcome.kind, OutcomeKind::kSuccess);
  EXPECT_EQ(to_json(outcome.data),
            R"({"content":{"uri":"u"},"status":200,"headers":{"Content-Type":"application/json","X-A":"1, 2"},)"
            R"("url":"http://h/v2","history":["http://h/"],"encoding":"utf-8","reason":"OK","cookies":{"c":"v"},)"
            R"("elapsed":0.25})");
}

TEST_F(StdHttp, TextKeepsItsMeaning) {
  EXPECT_EQ(answer({.status = 200, .reason = "", .headers = {{"content-type", "text/plain"}}, .body = "caf\xe9"})
                .data["content"],
            "café");
  const auto unknown = answer({.status = 200,
                               .reason = "",
                               .headers = {},
                               .body = "\xff"
                                       "x"})
                           .data;
  EXPECT_EQ(unknown["content"], "\xEF\xBF\xBDx");
  EXPECT_EQ(unknown["encoding"], Value());
  EXPECT_EQ(
      answer({.status = 200, .reason = "", .headers = {{"Content-Type", "text/html; charset=\"UTF-8\""}}, .body = "ä"})
          .data["encoding"],
      "UTF-8");
}

TEST_F(StdHttp, SuccessIsTwoHundredToThreeHundredAndSix) {
  for (const auto& [status, kind] : std::map<int, OutcomeKind>{{199, OutcomeKind::kError},
                                                               {200, OutcomeKind::kSuccess},
                                                               {306, OutcomeKind::kSuccess},
                                                               {307, OutcomeKind::kError},
                                                               {404, OutcomeKind::kError}}) {
    const auto outcome = answer({.status = status, .reason = ""});
    EXPECT_EQ(outcome.kind, kind) << status;
    EXPECT_EQ(outcome.data["status"], status);
  }
}

TEST_F(StdHttp, TransportFailuresAreExceptions) {
  registry.find("std.http")->run(context, {{"url", "http://h/"}}, outcomes.done());
  http.answer(1, fail(ErrorCode::kUnavailable, "Connection refused"));
  EXPECT_EQ(outcomes.only().data,
            "The action raised an exception [action=std.http, action_ex_id=11111111-2222-3333-4444-555555555555, "
            "msg='Failed to send HTTP request: Connection refused']");
  Outcomes blocked;
  registry.find("std.http")->run(context, {{"url", "http://h/"}}, blocked.done());
  http.answer(2, fail(ErrorCode::kPermissionDenied, "URL host 'h' resolves to a blocked address (127.0.0.1)."));
  EXPECT_EQ(blocked.only().data,
            "The action raised an exception [action=std.http, action_ex_id=11111111-2222-3333-4444-555555555555, "
            "msg='URL host 'h' resolves to a blocked address (127.0.0.1).']");
}

TEST_F(StdHttp, CancelReachesTheRequest) {
  registry.find("std.http")->run(context, {{"url", "http://h/"}}, outcomes.done());
  registry.find("std.http")->cancel(context.run_id);
  EXPECT_EQ(outcomes.only().kind, OutcomeKind::kCancelled);
}

TEST_F(StdHttp, MistralHttpNamesTheRun) {
  context.workflow_name = "wf";
  context.execution_id = *ExecutionId::parse("aaaaaaaa-2222-3333-4444-555555555555");
  context.task_id = *TaskId::parse("bbbbbbbb-2222-3333-4444-555555555555");
  EXPECT_FALSE(registry.find("std.mistral_http")->spec().is_sync);
  EXPECT_EQ(answer({.status = 500, .reason = ""}, "std.mistral_http").kind, OutcomeKind::kError);
  EXPECT_EQ(http.requests.back().headers,
            (net::HttpHeaders{{"Mistral-Workflow-Name", "wf"},
                              {"Mistral-Workflow-Execution-Id", "aaaaaaaa-2222-3333-4444-555555555555"},
                              {"Mistral-Task-Id", "bbbbbbbb-2222-3333-4444-555555555555"},
                              {"Mistral-Action-Execution-Id", "11111111-2222-3333-4444-555555555555"},
                              {"Mistral-Callback-URL", "/v2/action_executions/11111111-2222-3333-4444-555555555555"}}));
}

}  // namespace
}  // namespace foehn::actions
