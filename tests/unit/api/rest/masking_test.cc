// Goal: what was given as a secret is in no answer, and nothing is lost by that. Method: requests to the whole server
// without sockets or disk; the store is looked into.
#include <gtest/gtest.h>

#include "api/rest/masking.h"
#include "tests/unit/api/rest/harness.h"

namespace foehn::test {
namespace {

constexpr char kSecret[] = "hunter2";

TEST(MaskingTest, MembersNamedLikeSecretsAtAnyDepth) {
  const Value value = *parse_json(R"({"password": "a", "db": [{"api_token": {"x": 1}}], "private_key_ref": "k",)"
                                  R"( "secret": "", "token": null, "user": "u"})");
  EXPECT_EQ(to_json(rest::masked(value)),
            R"({"password":"***","db":[{"api_token":"***"}],"private_key_ref":"k","secret":"","token":null,"user":"u"})");
}

TEST(MaskingTest, WhatIsTooDeepIsMaskedAsAWhole) {
  Value deep = Value{{"password", kSecret}};
  for (int i = 0; i < 200; ++i) deep = Value{{"a", std::move(deep)}};
  EXPECT_EQ(rest::masked_json(deep).find(kSecret), std::string::npos);
}

TEST(MaskingTest, MasksThatComeBackBecomeWhatIsStored) {
  Value given = *parse_json(R"({"password": "***", "new": {"token": "***"}, "name": "***"})");
  rest::unmask(given, *parse_json(R"({"password": "a", "new": {"token": "b"}, "name": "c"})"));
  EXPECT_EQ(to_json(given), R"({"password":"a","new":{"token":"b"},"name":"***"})");
}

struct SecretsTest : ::testing::Test {
  // Everything that lists and single objects say.
  std::string everything(const std::string& execution) {
    std::string all;
    for (const std::string& path :
         {std::string("/v2/executions?include_output=true"), "/v2/executions/" + execution, std::string("/v2/tasks"),
          std::string("/v2/action_executions?include_output=true"), std::string("/v2/environments"),
          "/v2/executions/" + execution + "/report", "/v2/executions/" + execution + "/executions",
          "/foehn/v1/executions/" + execution + "/tree", "/foehn/v1/executions/" + execution + "/why"})
      all += harness.ask("GET", path).body + "\n";
    return all;
  }
  Harness harness;
};

TEST_F(SecretsTest, InputsAndEnvironmentsOfAnExecution) {
  harness.define("version: '2.0'\nwf:\n  input: [password, profile]\n  tasks:\n    a: {action: std.echo,"
                 " input: {output: 1, auth_token: <% $.password %>}}\n    b: {action: std.fail}\n");
  const Value made = harness.json("POST", "/v2/executions", 201,
                                  R"({"workflow_name": "wf", "input": {"password": "hunter2",)"
                                  R"( "profile": {"env": {"DB_PASSWORD": "hunter2", "PROXY": "p"}}},)"
                                  R"( "params": {"env": {"secret": "hunter2"}}})");
  EXPECT_EQ(made["input"], R"({"password": "***", "profile": {"env": {"DB_PASSWORD": "***", "PROXY": "p"}}})");
  EXPECT_EQ(made["params"], R"({"env": {"secret": "***"}, "namespace": ""})");
  const std::string id = text_or(made, "id");
  EXPECT_EQ(everything(id).find(kSecret), std::string::npos) << everything(id);
  const auto stored = harness.store().execution(*ExecutionId::parse(id));
  EXPECT_EQ((*stored)->execution.input["password"], kSecret);
}

TEST_F(SecretsTest, WhatAnActionDeclaresAsOne) {
  const Value made = harness.json("POST", "/v2/action_executions", 201,
                                  R"({"name": "std.echo", "input": {"output": "hunter2"}, "params": {"save_result": true}})");
  EXPECT_NE(text_or(made, "input").find(kSecret), std::string::npos) << "no secret so far";
  harness.declare_secret("std.echo", "output");
  EXPECT_EQ(harness.json("GET", "/v2/action_executions/" + text_or(made, "id"))["input"], R"({"output": "***"})");
}

TEST_F(SecretsTest, AnEnvironmentKeepsItsSecretsWhenItComesBackMasked) {
  harness.json("POST", "/v2/environments", 201,
               R"({"name": "e", "variables": {"password": "hunter2", "user": "u"}})");
  EXPECT_EQ(harness.json("GET", "/v2/environments/e")["variables"], R"({"password": "***", "user": "u"})");
  harness.json("PUT", "/v2/environments", 200, R"({"name": "e", "variables": {"password": "***", "user": "v"}})");
  const auto row = harness.store().record_for("<default-project>", "environment", "e", "");
  ASSERT_TRUE(row && *row);
  EXPECT_EQ(to_json((*row)->body["variables"]), R"({"password":"hunter2","user":"v"})");
}

TEST_F(SecretsTest, TriggersDoNotShowThem) {
  harness.define("version: '2.0'\nwf:\n  input: [password]\n  tasks: {a: {action: std.noop}}\n");
  EXPECT_EQ(harness.json("POST", "/v2/cron_triggers", 201,
                         R"({"name": "c", "workflow_name": "wf", "pattern": "0 0 1 1 *",)"
                         R"( "workflow_input": {"password": "hunter2"}})")["workflow_input"],
            R"({"password": "***"})");
  const std::string workflow = text_or(harness.json("GET", "/v2/workflows/wf"), "id");
  const Value trigger = harness.json("POST", "/v2/event_triggers", 201,
                                     R"({"exchange": "x", "topic": "t", "event": "e", "workflow_id": ")" + workflow +
                                         R"(", "workflow_input": {"password": "hunter2"}})");
  EXPECT_EQ(trigger["workflow_input"], R"({"password": "***"})");
  const std::string path = "/v2/event_triggers/" + text_or(trigger, "id");
  harness.json("PUT", path, 200, R"({"workflow_input": {"password": "***"}})");
  const auto row = harness.store().record("event_trigger", *store::RecordId::parse(text_or(trigger, "id")));
  ASSERT_TRUE(row && *row);
  EXPECT_EQ((*row)->body["workflow_input"]["password"], kSecret);
}

}  // namespace
}  // namespace foehn::test
