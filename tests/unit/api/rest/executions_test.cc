// Goal: executions, tasks and action runs can be started, steered and read as Mistral's clients expect; refusals carry
// Mistral's texts. Method: the routes over a real engine; the recorded exchanges of replay_test.cc are not repeated.
#include <gtest/gtest.h>

#include "tests/unit/api/rest/harness.h"

namespace foehn::test {
namespace {

constexpr char kYaml[] = R"(version: '2.0'
flow:
  input: [who, n: 1]
  output: {said: <% $.said %>}
  tasks:
    hello: {action: std.echo output=<% $.who %>, publish: {said: <% task().result %>}}
bad:
  tasks:
    flaky: {action: std.fail, on-success: [after]}
    after: {action: std.noop}
items:
  tasks:
    each:
      with-items: i in <% [1, 2, 3] %>
      action: std.fail
held:
  tasks:
    wait: {action: std.async_noop}
parent:
  tasks:
    child: {workflow: bad}
)";

class ExecutionsTest : public ::testing::Test {
 protected:
  ExecutionsTest() { harness_.define(kYaml); }

  Value put(const std::string& target, const std::string& body, int status) {
    return harness_.json("PUT", target, status, body);
  }
  std::string fault(const std::string& target, const std::string& body, int status) {
    return text_or(put(target, body, status), "faultstring");
  }
  Value execution(const std::string& id) { return harness_.json("GET", "/v2/executions/" + id); }
  Value only_task(const std::string& execution_id) {
    const Value tasks = harness_.json("GET", "/v2/executions/" + execution_id + "/tasks")["tasks"];
    EXPECT_EQ(tasks.size(), 1u);
    return tasks[0];
  }
  std::string task_path(const std::string& execution_id) {
    return "/v2/tasks/" + text_or(only_task(execution_id), "id");
  }
  Value only_run(const std::string& task) {
    return harness_.json("GET", task + "/action_executions")["action_executions"][0];
  }

  Harness harness_;
};

TEST_F(ExecutionsTest, JsonAttributesMayBeText) {
  const Value started = harness_.json("POST", "/v2/executions", 201,
                                      R"({"workflow_name": "flow", "input": "{\"who\": \"ü\"}", "params": ""})");
  EXPECT_EQ(started["input"], "{\"who\": \"\\u00fc\", \"n\": 1}");
  EXPECT_EQ(execution(text_or(started, "id"))["output"], "{\"said\": \"\\u00fc\"}");
}

TEST_F(ExecutionsTest, AStateOfAStartMustBeOne) {
  EXPECT_EQ(harness_.json("POST", "/v2/executions", 400, R"({"workflow_name": "none", "state": "BOGUS"})")["faultstring"],
            "Invalid input for field/attribute state. Value: 'BOGUS'. Value should be one of: CANCELLED, ERROR, IDLE, "
            "PAUSED, RUNNING, SUCCESS");
}

TEST_F(ExecutionsTest, BadJsonAttributesAreRefused) {
  const auto refused = [&](const std::string& input) {
    const std::string body = "{\"workflow_name\": \"flow\", \"input\": " + input + "}";
    return text_or(harness_.json("POST", "/v2/executions", 400, body), "faultstring");
  };
  EXPECT_EQ(refused("[1]"), "JsonType field value must be a dictionary [actual=[1]]");
  EXPECT_EQ(refused("\"[1]\""), "JsonType field value must be a dictionary [actual=[1]]");
  const std::string text = refused("\"{x\"");
  EXPECT_TRUE(text.starts_with("Invalid input for field/attribute input. Value: '{x'. ")) << text;
  EXPECT_EQ(text_or(harness_.json("POST", "/v2/executions", 400, "[]"), "faultstring"), "Request must be a JSON dict");
}

TEST_F(ExecutionsTest, ACloneTakesWhatIsLeftOpenFromItsSource) {
  const std::string source = harness_.run("flow", R"({"who": "a", "n": 5})");
  const Value clone = harness_.json("POST", "/v2/executions", 201,
                                    "{\"source_execution_id\": \"" + source + "\", \"input\": {\"who\": \"b\"}}");
  EXPECT_EQ(clone["workflow_name"], "flow");
  EXPECT_EQ(clone["input"], "{\"who\": \"b\", \"n\": 5}");
  EXPECT_EQ(clone["description"], "Based on the execution '" + source + "'");
  EXPECT_EQ(clone["source_execution_id"], source);
}

TEST_F(ExecutionsTest, UpdatesFollowMistralsRules) {
  const std::string path = "/v2/executions/" + harness_.run("held");
  EXPECT_EQ(fault(path, R"({"description": "x", "state": "PAUSED"})", 400),
            "The property description must be updated separately from state.");
  EXPECT_EQ(fault(path, R"({"params": {"env": {"a": 1}}})", 403),
            "Updating env to workflow execution is only permitted if it is in IDLE, PAUSED, or ERROR state.");
  EXPECT_EQ(fault(path, R"({"state": "FOO"})", 400),
            "Cannot change state to FOO. Allowed states are: 'RUNNING, PAUSED, SUCCESS, ERROR, CANCELLED");
  EXPECT_EQ(put(path, R"({"state": "PAUSED"})", 200)["state"], "PAUSED");
  EXPECT_EQ(put(path, R"({"params": "{\"env\": {\"a\": 1}}"})", 200)["params"],
            R"({"namespace": "", "env": {"a": 1}})");
  EXPECT_EQ(put(path, R"({"state": "RUNNING", "params": {"env": {"b": 2}}})", 200)["params"],
            R"({"namespace": "", "env": {"a": 1, "b": 2}})");
  const Value stopped = put(path, R"({"state": "ERROR", "state_info": "enough"})", 200);
  EXPECT_EQ(stopped["state"], "ERROR");
  EXPECT_EQ(stopped["state_info"], "enough");
}

TEST_F(ExecutionsTest, OnlyForceDeletesWhatIsUnderWay) {
  const std::string id = harness_.run("held");
  EXPECT_EQ(text_or(harness_.json("DELETE", "/v2/executions/" + id, 403), "faultstring"),
            "Only completed executions can be deleted. Use --force to override this. Execution " + id +
                " is in RUNNING state");
  EXPECT_EQ(harness_.ask("DELETE", "/v2/executions/" + id + "?force=true").status, 204);
  EXPECT_EQ(harness_.ask("GET", "/v2/executions/" + id).status, 404);
}

TEST_F(ExecutionsTest, AllProjectsIsForAdministrators) {
  EXPECT_EQ(text_or(harness_.json("GET", "/v2/executions?all_projects=true", 403), "faultstring"),
            "Operation forbidden (insufficient permissions)");
}

TEST_F(ExecutionsTest, AFailedTaskIsRunAgain) {
  const std::string id = harness_.run("bad");
  const std::string task = task_path(id);
  EXPECT_EQ(fault(task, R"({"name": "x", "state": "RUNNING", "reset": true})", 400), "Task name does not match.");
  EXPECT_EQ(fault(task, R"({"workflow_name": "x", "state": "RUNNING", "reset": true})", 400),
            "Workflow name does not match.");
  harness_.actions().let_fail_succeed();
  const Value again = put(task, R"({"state": "RUNNING", "reset": true})", 200);
  EXPECT_EQ(again["state"], "RUNNING");
  EXPECT_EQ(again["result"], "[]");
  EXPECT_EQ(execution(id)["state"], "SUCCESS");
  EXPECT_EQ(harness_.json("GET", task)["result"], "null");
  EXPECT_EQ(harness_.json("GET", task + "/action_executions")["action_executions"].size(), 2u);
}

TEST_F(ExecutionsTest, AFailedTaskIsSkipped) {
  const std::string id = harness_.run("bad");
  EXPECT_EQ(put(task_path(id), R"({"state": "SKIPPED"})", 200)["state"], "SKIPPED");
  EXPECT_EQ(execution(id)["state"], "SUCCESS");
}

TEST_F(ExecutionsTest, OnlyFailedItemsAreRunAgainWithoutReset) {
  const std::string id = harness_.run("items");
  const std::string task = task_path(id);
  EXPECT_EQ(harness_.json("GET", task)["state"], "ERROR");
  harness_.actions().let_fail_succeed();
  put(task, R"({"state": "RUNNING", "reset": false})", 200);
  EXPECT_EQ(execution(id)["state"], "SUCCESS");
  EXPECT_EQ(harness_.json("GET", task)["result"], "[null, null, null]");
}

TEST_F(ExecutionsTest, AnAsynchronousActionIsCompletedFromOutside) {
  const std::string id = harness_.run("held");
  const std::string task = task_path(id);
  const std::string run = "/v2/action_executions/" + text_or(only_run(task), "id");
  EXPECT_EQ(fault(run, R"({"state": "IDLE"})", 400),
            "Error. Expected one of ['SUCCESS', 'ERROR', 'CANCELLED', 'PAUSED', 'RUNNING'], actual: IDLE");
  EXPECT_EQ(fault(run, R"({"state": "SUCCESS", "output": [1]})", 400),
            "JsonType field value must be a dictionary [actual=[1]]");
  const std::string task_id = text_or(only_task(id), "id"), run_id = text_or(only_run(task), "id");
  EXPECT_EQ(harness_.json("GET", "/v2/tasks/" + task_id + "/action_executions/" + run_id)["state"], "RUNNING");
  const Value failed = put(run, R"({"state": "ERROR"})", 200);
  EXPECT_EQ(failed["state"], "ERROR");
  EXPECT_EQ(failed["output"], R"({"result": "Unknown error"})");
  EXPECT_EQ(execution(id)["state"], "ERROR");
  EXPECT_EQ(fault(run, R"({"state": "SUCCESS"})", 400),
            "Action " + run.substr(22) + " is already completed");
}

TEST_F(ExecutionsTest, ACancelledActionCancelsItsTask) {
  const std::string id = harness_.run("held");
  const std::string run = "/v2/action_executions/" + text_or(only_run(task_path(id)), "id");
  EXPECT_EQ(put(run, R"({"state": "CANCELLED", "output": {"a": 1}})", 200)["state"], "CANCELLED");
  EXPECT_EQ(execution(id)["state"], "CANCELLED");
}

TEST_F(ExecutionsTest, ListsLeaveOutputsOutUnlessAskedFor) {
  harness_.run("flow", R"({"who": "a"})");
  EXPECT_FALSE(harness_.json("GET", "/v2/executions")["executions"][0].contains("output"));
  EXPECT_TRUE(harness_.json("GET", "/v2/executions?include_output=1")["executions"][0].contains("output"));
  EXPECT_EQ(harness_.json("GET", "/v2/executions?fields=output")["executions"][0]["output"], R"({"said": "a"})");
  EXPECT_FALSE(harness_.json("GET", "/v2/action_executions")["action_executions"][0].contains("output"));
}

TEST_F(ExecutionsTest, PagesFollowEachOther) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(harness_.run("flow", R"({"who": "a"})"));
  std::vector<std::string> seen;
  std::string target = "/v2/executions?limit=2&workflow_name=in:flow,bad&fields=state";
  while (!target.empty()) {
    const Value page = harness_.json("GET", target);
    for (const Value& item : page["executions"]) seen.push_back(text_or(item, "id"));
    target = text_or(page, "next");
    if (!target.empty()) target = target.substr(std::string("http://127.0.0.1:8989").size());
  }
  EXPECT_EQ(seen, ids);
}

TEST_F(ExecutionsTest, TheReportShowsTheTreeDownToTheFailedAction) {
  const std::string id = harness_.run("parent");
  const Value report = harness_.json("GET", "/v2/executions/" + id + "/report?errors_only=true");
  EXPECT_EQ(report["statistics"]["error_tasks_count"], 2);
  EXPECT_EQ(report["statistics"]["total_tasks_count"], 2);
  const Value& child = report["root_workflow_execution"]["task_executions"][0]["workflow_executions"][0];
  EXPECT_EQ(child["name"], "bad");
  EXPECT_EQ(child["task_executions"][0]["action_executions"][0]["name"], "std.fail");
  const Value flat = harness_.json("GET", "/v2/executions/" + id + "/report?max_depth=0");
  EXPECT_FALSE(flat["root_workflow_execution"]["task_executions"][0]["workflow_executions"][0].contains(
      "task_executions"));
  EXPECT_FALSE(harness_.json("GET", "/v2/executions/" + id + "/report?statistics_only=true")
                   .contains("root_workflow_execution"));
}

TEST_F(ExecutionsTest, SubExecutionsAreListedDepthFirst) {
  const std::string id = harness_.run("parent");
  const Value all = harness_.json("GET", "/v2/executions/" + id + "/executions?errors_only=")["executions"];
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0]["id"], id);
  EXPECT_EQ(all[1]["root_execution_id"], id);
  const std::string task = text_or(only_task(id), "id");
  EXPECT_EQ(harness_.json("GET", "/v2/tasks/" + task + "/executions")["executions"].size(), 1u) << "all below";
  EXPECT_EQ(harness_.json("GET", "/v2/tasks/" + task + "/workflow_executions")["executions"][0]["id"], all[1]["id"])
      << "the direct ones";
  EXPECT_EQ(harness_.json("GET", "/v2/executions?nulls=root_execution_id")["executions"].size(), 1u);
}

TEST_F(ExecutionsTest, IdsThatAreNone) {
  EXPECT_EQ(text_or(harness_.json("GET", "/v2/executions/abc/tasks", 400), "faultstring"),
            "Expected a uuid but received abc.");
  EXPECT_EQ(text_or(harness_.json("GET", "/v2/action_executions/abc", 404), "faultstring"),
            "ActionExecution not found [id=abc]");
  EXPECT_EQ(text_or(harness_.json("GET", "/v2/tasks?marker=42fb3990-98b7-4be0-a018-c34e155945b6", 404), "faultstring"),
            "Task execution not found [id=42fb3990-98b7-4be0-a018-c34e155945b6]");
}

}  // namespace
}  // namespace foehn::test
