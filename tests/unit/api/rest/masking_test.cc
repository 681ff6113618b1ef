// Goal: what was given as a secret is in no answer, and nothing is lost by that. Method: requests to the whole server
// without sockets or disk; the store is looked into.
#include <gtest/gtest.h>

#include "api/rest/masking.h"
#include "tests/unit/api/rest/harness.h"

namespace foehn::test {
namespace {

constexpr char kSecret[] = "hunter2";

TEST(MaskingTest, MembersNamedLikeSecretsAtAnyDepth) {
  Harness harness;
  const Value value = *parse_json(R"({"password": "a", "db": [{"api_token": {"x": 1}}], "private_key_ref": "k",)"
                                  R"( "secret": "", "token": null, "user": "u"})");
  EXPECT_EQ(to_json(rest::masked(harness.services(), value)),
            R"({"password":"***","db":[{"api_token":"***"}],"private_key_ref":"k","secret":"","token":null,"user":"u"})");
}

TEST(MaskingTest, TheirValuesAreHiddenElsewhere) {
  Harness harness;
  const Value given = *parse_json(R"({"password": "hunter2", "db": {"token": {"a": ["tok1", 77]}}, "secret": "ab",)"
                                  R"( "api_token": "", "n": 1})");
  const std::vector<Value> hidden = rest::hidden_values(harness.services(), given);
  EXPECT_EQ(to_json(Value(hidden)), R"(["hunter2","tok1",77,"ab"])");
  Value shown = *parse_json(R"({"a": "hunter2", "b": ["xhunter2yhunter2", 77, 78, "ab", "abc", ""], "c": {"d": "tok1"}})");
  rest::hide(shown, hidden);
  EXPECT_EQ(to_json(shown), R"({"a":"***","b":["x***y***","***",78,"***","abc",""],"c":{"d":"***"}})")
      << "a text of two bytes is in many that have nothing to do with it";
  shown = *parse_json(R"({"hunter2": 1, "tok1": {"x-tok1": 2}, "***": 3, "ab": 4, "n": 5})");
  rest::hide(shown, hidden);
  EXPECT_EQ(to_json(shown), R"({"****":1,"*****":{"x-***":2},"***":3,"******":4,"n":5})") << "names are values, too";
}

TEST(MaskingTest, WhatIsTooDeepIsMaskedAsAWhole) {
  Harness harness;
  Value deep = Value{{"password", kSecret}};
  for (int i = 0; i < 200; ++i) deep = Value{{"a", std::move(deep)}};
  EXPECT_EQ(rest::masked_json(harness.services(), deep).find(kSecret), std::string::npos);
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

// `--mask declared`: what Mistral's clients read, they read here.
TEST_F(SecretsTest, WithoutMaskingByNameTheyAreShownButForDeclaredOnes) {
  harness.services().options.mask_names = false;
  harness.declare_secret("std.echo", "output");
  harness.define("version: '2.0'\nwf:\n  input: [password]\n  tasks:\n    a: {action: std.echo,"
                 " input: {output: declared, auth_token: <% $.password %>}}\n    b: {action: std.fail}\n");
  const Value made = harness.json("POST", "/v2/executions", 201,
                                  R"({"workflow_name": "wf", "input": {"password": "hunter2"},)"
                                  R"( "params": {"env": {"secret": "s"}}})");
  EXPECT_EQ(made["input"], R"({"password": "hunter2"})");
  EXPECT_EQ(made["params"], R"({"env": {"secret": "s"}, "namespace": ""})");
  const std::string runs = harness.ask("GET", "/v2/action_executions").body;
  EXPECT_NE(runs.find(R"({\"output\": \"***\", \"auth_token\": \"hunter2\"})"), std::string::npos) << runs;
  harness.json("POST", "/v2/environments", 201, R"({"name": "e", "variables": {"password": "hunter2"}})");
  EXPECT_EQ(harness.json("GET", "/v2/environments/e")["variables"], R"({"password": "hunter2"})");
  const std::string path = "/foehn/v1/executions/" + text_or(made, "id") + "/eval";
  EXPECT_EQ(harness.json("POST", path, 200, R"({"expression": "<% $.password %>"})")["result"], "hunter2");
}

TEST_F(SecretsTest, WhatAnExpressionMakesOfThem) {
  harness.define("version: '2.0'\nwf:\n  input: [password, user]\n  tasks:\n    a: {action: std.echo output=1,"
                 " publish: {token: made}}\n");
  const Value made = harness.json("POST", "/v2/executions", 201,
                                  R"({"workflow_name": "wf", "input": {"password": "hunter2", "user": "u"},)"
                                  R"( "params": {"env": {"api_token": "from-env"}}})");
  const std::string path = "/foehn/v1/executions/" + text_or(made, "id") + "/eval";
  const auto eval = [&](const char* body) { return to_json(harness.json("POST", path, 200, body)["result"]); };
  EXPECT_EQ(eval(R"({"expression": "<% $.password %>", "task": "a"})"), R"("***")");
  EXPECT_EQ(eval(R"({"expression": "<% 'is ' + $.password %> of <% $.user %>"})"), R"("is *** of u")");
  EXPECT_EQ(eval(R"({"expression": "<% env() %>", "task": "a"})"), R"({"api_token":"***"})");
  EXPECT_EQ(eval(R"({"expression": "<% $.token %>", "task": "a"})"), R"("made")") << "published: shown everywhere";
}

// The reason of a failure shows what its action was given.
TEST_F(SecretsTest, WhyHidesWhatAnActionDeclares) {
  harness.declare_secret("std.fail", "error_data");
  harness.define("version: '2.0'\nwf:\n  tasks:\n    a: {action: std.fail, input: {error_data: hunter2}}\n");
  const std::string id = harness.run("wf");
  const std::string why = harness.ask("GET", "/foehn/v1/executions/" + id + "/why").body;
  EXPECT_NE(why.find(R"("error_data": "***")"), std::string::npos) << why;
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
