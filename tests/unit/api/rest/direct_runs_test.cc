// Goal: actions without a workflow answer as Mistral's do, are kept or not as asked, and are seen only where they
// belong; a stuck run can be ended by hand. Method: requests to the whole server without sockets or disk.
#include <gtest/gtest.h>

#include "engine/core/direct_run.h"
#include "tests/unit/api/rest/harness.h"

namespace foehn::test {
namespace {

constexpr char kRuns[] = "/v2/action_executions";

struct DirectRunsTest : ::testing::Test {
  Value post(const std::string& body, int status = 201) { return harness_.json("POST", kRuns, status, body); }
  std::string fault(const std::string& body, int status = 400) { return text_or(post(body, status), "faultstring"); }
  Value get(const std::string& id) { return harness_.json("GET", std::string(kRuns) + "/" + id); }
  std::size_t stored() { return harness_.json("GET", kRuns)["action_executions"].size(); }
  std::string start_async() {
    return text_or(post(R"({"name": "std.async_noop", "params": {"save_result": true}})"), "id");
  }

  static rest::RestOptions options() {
    rest::RestOptions made;
    made.allow_run_deletion = true;
    return made;
  }
  Harness harness_{nullptr, options()};
};

TEST_F(DirectRunsTest, WithoutSaveResultTheAnswerHasTheOutputAndNothingIsKept) {
  const Value row = post(R"({"name": "std.echo", "input": {"output": "hi"}})");
  EXPECT_EQ(to_python_json(row),
            R"({"id": null, "workflow_name": null, "workflow_namespace": "", "task_execution_id": null, )"
            R"("state": "SUCCESS", "state_info": null, "tags": null, "name": "std.echo", "description": null, )"
            R"("project_id": null, "accepted": null, "input": "{\"output\": \"hi\"}", )"
            R"("output": "{\"result\": \"hi\"}", "created_at": null, "updated_at": null})");
  EXPECT_EQ(stored(), 0u);
}

TEST_F(DirectRunsTest, AnErrorIsAnAnswerAndNamesNoRun) {
  const Value row = post(R"({"name": "std.fail"})");
  EXPECT_EQ(row["state"], "ERROR");
  EXPECT_EQ(row["output"], "{\"result\": \"The action raised an exception [action=Fail action, action_ex_id=None, "
                           "msg='Fail action expected exception.']\"}");
}

TEST_F(DirectRunsTest, WithSaveResultTheRunIsAnsweredRunningAndKept) {
  const Value row = post(R"({"name": "std.echo", "input": "{\"output\": 1}", "params": {"save_result": true}})");
  EXPECT_EQ(row["state"], "RUNNING");
  EXPECT_EQ(row["accepted"], false);
  EXPECT_EQ(row["output"], Value());
  EXPECT_EQ(row["workflow_name"], Value());
  EXPECT_EQ(row["task_execution_id"], Value());
  EXPECT_EQ(row["project_id"], "<default-project>");
  EXPECT_FALSE(row.contains("task_name"));
  const Value ended = get(text_or(row, "id"));
  EXPECT_EQ(ended["state"], "SUCCESS");
  EXPECT_EQ(ended["accepted"], true);
  EXPECT_EQ(ended["output"], R"({"result": 1})");
  EXPECT_EQ(stored(), 1u);
}

TEST_F(DirectRunsTest, RunSyncWaitsForAStoredRun) {
  const Value row = post(R"({"name": "std.echo", "input": {"output": 2}, "params": {"save_result": true, "run_sync": true}})");
  EXPECT_EQ(row["state"], "SUCCESS");
  EXPECT_EQ(row["output"], R"({"result": 2})");
  EXPECT_EQ(get(text_or(row, "id"))["state"], "SUCCESS");
}

TEST_F(DirectRunsTest, AnAsynchronousActionIsKeptAndReportedByPut) {
  EXPECT_EQ(fault(R"({"name": "std.async_noop", "params": {"run_sync": true}})"),
            "Action does not support synchronous execution.");
  const Value row = post(R"({"name": "std.async_noop"})");
  EXPECT_EQ(row["state"], "RUNNING");
  const std::string path = std::string(kRuns) + "/" + text_or(row, "id");
  EXPECT_EQ(harness_.json("PUT", path, 200, R"({"state": "PAUSED"})")["state"], "PAUSED");
  EXPECT_EQ(harness_.json("PUT", path, 200, R"({"state": "RUNNING"})")["state"], "RUNNING");
  EXPECT_EQ(harness_.json("PUT", path, 200, R"({"state": "SUCCESS", "output": {"a": 1}})")["output"],
            R"({"result": {"a": 1}})");
  EXPECT_EQ(text_or(harness_.json("PUT", path, 400, R"({"state": "ERROR"})"), "faultstring"),
            "Action " + text_or(row, "id") + " is already completed");
}

TEST_F(DirectRunsTest, WrongRequestsAreRefusedWithMistralsTexts) {
  EXPECT_EQ(fault("{}"), "Please provide at least action name to run action.");
  EXPECT_EQ(fault(R"({"name": "rec_none"})"), "Failed to find action [action_name=rec_none]");
  EXPECT_EQ(fault(R"({"name": "std.echo"})"),
            "Invalid input [name=std.echo, class=mistral.actions.std_actions.EchoAction, missing=['output']]");
  EXPECT_EQ(fault(R"({"name": "std.noop", "params": {"timeout": "soon"}})"),
            "Invalid timeout 'soon': a number of seconds is expected.");
  EXPECT_EQ(fault(R"({"name": "std.noop", "bogus": 1})"), "Unknown attribute for argument action_ex: bogus");
  EXPECT_EQ(stored(), 0u);
}

TEST_F(DirectRunsTest, TheExecutionBehindARunIsNobodysToSee) {
  const std::string id = start_async();
  EXPECT_EQ(harness_.json("GET", "/v2/executions")["executions"].size(), 0u);
  EXPECT_EQ(harness_.json("GET", "/v2/tasks")["tasks"].size(), 0u);
  const auto row = harness_.store().run(*ActionRunId::parse(id));
  ASSERT_TRUE(row && *row);
  const std::string hidden = "/v2/executions/" + to_string((*row)->run.execution_id);
  harness_.json("GET", hidden, 404);
  harness_.json("PUT", hidden, 404, R"({"state": "PAUSED"})");
  EXPECT_EQ(get(id)["state"], "RUNNING");
}

TEST_F(DirectRunsTest, OnlyEndedRunsWithoutATaskAreDeleted) {
  const std::string path = std::string(kRuns) + "/" + start_async();
  EXPECT_EQ(text_or(harness_.json("DELETE", path, 403), "faultstring"),
            "Only completed action execution can be deleted.");
  harness_.json("PUT", path, 200, R"({"state": "SUCCESS"})");
  EXPECT_EQ(harness_.ask("DELETE", path).status, 204);
  EXPECT_EQ(stored(), 0u);
  harness_.json("DELETE", path, 404);
  harness_.define("version: '2.0'\nwf: {tasks: {a: {action: std.noop}}}");
  harness_.run("wf");
  const std::string of_task = text_or(harness_.json("GET", kRuns)["action_executions"][0], "id");
  EXPECT_EQ(text_or(harness_.json("DELETE", std::string(kRuns) + "/" + of_task, 403), "faultstring"),
            "Only ad-hoc action execution can be deleted.");
}

TEST_F(DirectRunsTest, ARunIsEndedByHandWithAReason) {
  harness_.define("version: '2.0'\nwf:\n  output: {r: <% task(a).result %>}\n  tasks: {a: {action: std.async_noop}}");
  const std::string execution = harness_.run("wf");
  const std::string id = text_or(harness_.json("GET", kRuns)["action_executions"][0], "id");
  const std::string path = "/foehn/v1/action_runs/" + id;
  EXPECT_EQ(harness_.json("POST", path + "/complete", 400, R"({"result": 1})")["error"]["message"],
            "Please give the reason for which this run is ended by hand.");
  const Value row = harness_.json("POST", path + "/complete", 200, R"({"result": {"n": 7}, "reason": "seen it done"})");
  EXPECT_EQ(row["state"], "SUCCESS");
  EXPECT_EQ(row["state_info"], "Completed by hand: seen it done");
  EXPECT_EQ(harness_.json("GET", "/v2/executions/" + execution)["output"], R"({"r": {"n": 7}})");
  EXPECT_EQ(harness_.ask("POST", path + "/fail", R"({"reason": "x"})").status, 409);
}

TEST_F(DirectRunsTest, ARunFailedByHandFailsItsTaskWithTheReason) {
  harness_.define("version: '2.0'\nwf: {tasks: {a: {action: std.async_noop}}}");
  harness_.run("wf");
  const std::string id = text_or(harness_.json("GET", kRuns)["action_executions"][0], "id");
  harness_.json("POST", "/foehn/v1/action_runs/" + id + "/fail", 200, R"({"reason": "gone"})");
  EXPECT_EQ(harness_.json("GET", "/v2/tasks")["tasks"][0]["state_info"], "Failed by hand: gone");
}

}  // namespace
}  // namespace foehn::test
