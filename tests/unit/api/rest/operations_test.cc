// Goal: what failed is repaired by one request at any depth, and previewed before; why names what everything waits for
// and the leaves that failed; definitions keep revisions. Method: the routes over a real engine.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/api/rest/harness.h"

namespace foehn::test {
namespace {

constexpr char kOperated[] = R"(version: '2.0'
chain:
  input: [{x: 1}]
  tasks:
    a: {action: std.echo output=<% $.x %>, publish: {y: <% task().result %>}, on-success: b}
    b: {action: std.fail, on-success: c}
    c: {action: std.async_noop}
siblings:
  tasks:
    bad: {action: std.fail}
    slow: {action: std.async_noop}
items:
  tasks:
    each: {with-items: 'i in <% [1, 2, 3] %>', action: std.async_noop}
waits:
  tasks:
    held: {action: std.async_noop, on-success: both, timeout: 600}
    late: {wait-before: 500, on-success: both}
    both: {join: all}
    below: {workflow: siblings}
guarded:
  tasks:
    below: {workflow: guarded_below}
    beside: {action: std.async_noop}
guarded_below:
  tasks:
    again: {workflow: guarded_leaf}
guarded_leaf:
  tasks:
    check: {action: std.noop, fail-on: '<% not env().get(ok, false) %>'}
)";

// A join behind a sub-workflow and a task that have both failed; the task has triggered it all the same.
constexpr char kRepaired[] = R"(version: '2.0'
leaf: {tasks: {x: {action: std.noop, fail-on: '<% not env().get(ok, false) %>'}}}
joined:
  tasks:
    a: {workflow: leaf, on-success: e}
    b: {action: std.noop, fail-on: '<% not env().get(ok, false) %>', on-complete: e}
    e: {join: all, action: std.noop, on-success: f}
    f: {action: std.noop}
handled:
  tasks:
    m: {action: std.noop, on-success: n}
    o: {action: std.noop, fail-on: '<% not env().get(ok, false) %>', on-error: h, on-success: p}
    h: {action: std.noop}
    p: {action: std.noop, on-success: n}
    n: {join: all, action: std.noop}
item: {input: [i], tasks: {x: {action: std.noop, fail-on: '<% $.i < 2 and not env().get(ok, false) %>'}}}
kept:
  tasks:
    m: {with-items: 'i in <% [0, 1, 2] %>', workflow: item i=<% $.i %>, on-success: n}
    n: {action: std.noop}
)";

// Four levels of 200 tasks in all, three leaves of which fail.
std::string deep_yaml() {
  std::string text = "version: '2.0'\n";
  const auto level = [&](const std::string& name, int plain, const std::string& more) {
    text += name + ":\n  tasks:\n";
    for (int i = 0; i < plain; ++i) text += "    p" + std::to_string(i) + ": {action: std.noop}\n";
    text += more;
  };
  level("top", 49, "    one: {workflow: second, on-success: end}\n    end: {description: last}\n");
  level("second", 48, "    two: {workflow: third}\n    bad: {action: std.fail}\n");
  level("third", 48, "    three: {workflow: fourth}\n    bad: {action: std.fail}\n");
  level("fourth", 48, "    bad: {action: std.fail}\n");
  return text;
}

class OperationsTest : public ::testing::Test {
 protected:
  OperationsTest() { harness_.define(kOperated); }
  Value post(const std::string& path, const Value& body, int status = 200) {
    const Value answer = harness_.json("POST", path, status, to_json(body));
    harness_.settle();
    return answer;
  }
  Value rerun(const std::string& id, const Value& body, int status = 200) {
    return post("/foehn/v1/executions/" + id + "/rerun", body, status);
  }
  std::string state(const std::string& id) { return text_or(harness_.json("GET", "/v2/executions/" + id), "state"); }
  Value task(const std::string& execution, const std::string& name) {
    const Value tasks = harness_.json("GET", "/v2/executions/" + execution + "/tasks")["tasks"];
    Value found;
    for (const Value& one : tasks)
      if (text_or(one, "name") == name) found = one;
    return found;
  }
  Value why(const std::string& id) { return harness_.json("GET", "/foehn/v1/executions/" + id + "/why"); }
  void report_all(const char* body = R"({"state": "SUCCESS"})") {
    const Value running = harness_.json("GET", "/v2/action_executions?state=RUNNING");
    for (const Value& run : running["action_executions"])
      harness_.json("PUT", "/v2/action_executions/" + text_or(run, "id"), 200, body);
    harness_.settle();
  }
  // "name×runs" of every task that has any effect.
  std::vector<std::string> runs(const std::string& execution) {
    std::vector<std::string> all;
    const Value tasks = harness_.json("GET", "/v2/executions/" + execution + "/tasks")["tasks"];
    for (const Value& one : tasks) {
      const std::string below = "/v2/tasks/" + text_or(one, "id") +
                                (one["workflow_name"] == "joined" && text_or(one, "name") == "a" ? "/workflow_executions"
                                                                                                  : "/action_executions");
      const Value list = harness_.json("GET", below);
      all.push_back(text_or(one, "name") + "×" + std::to_string(list.begin()->size()) + " " + text_or(one, "state"));
    }
    std::sort(all.begin(), all.end());
    return all;
  }
  // The sub-workflow executions of a task, and those that were not in `before`.
  std::vector<std::string> children(const std::string& task_id, const std::vector<std::string>& before = {}) {
    std::vector<std::string> all;
    const Value list = harness_.json("GET", "/v2/tasks/" + task_id + "/workflow_executions")["executions"];
    for (const Value& one : list)
      if (std::find(before.begin(), before.end(), text_or(one, "id")) == before.end()) all.push_back(text_or(one, "id"));
    return all;
  }
  static std::vector<std::string> names(const Value& list, const char* key) {
    std::vector<std::string> all;
    for (const Value& one : list) all.push_back(text_or(one, key));
    return all;
  }
  Harness harness_;
};

TEST_F(OperationsTest, TheEnvironmentOfARerunReachesWhatIsBelow) {
  const std::string id = harness_.run("guarded");
  EXPECT_EQ(text_or(task(id, "below"), "state"), "ERROR");
  EXPECT_EQ(state(id), "RUNNING");  // a sibling runs
  rerun(id, {{"set", "failed"}, {"env", {{"ok", true}}}});
  EXPECT_EQ(text_or(task(id, "below"), "state"), "SUCCESS");
  report_all();
  EXPECT_EQ(state(id), "SUCCESS");
}

TEST_F(OperationsTest, TheEnvironmentOfATasksRerunReachesItWhereverItIs) {
  const std::string id = harness_.run("guarded");
  const Value leaves = harness_.json("GET", "/v2/tasks?name=check")["tasks"];
  ASSERT_EQ(leaves.size(), 1U);
  const std::string leaf = "/foehn/v1/tasks/" + text_or(leaves[0], "id") + "/rerun";
  post(leaf, {{"items", {1}}, {"env", {{"ok", true}}}}, 400);  // refused, and the environment stays
  EXPECT_EQ(text_or(harness_.json("GET", "/v2/executions/" + id), "params"), R"({"namespace": "", "env": {}})");
  post(leaf, {{"env", {{"ok", true}}}});
  EXPECT_EQ(text_or(task(id, "below"), "state"), "SUCCESS");
}

TEST_F(OperationsTest, ThreeLeavesInFourLevelsAreRepairedByOneRequest) {
  harness_.define(deep_yaml());
  const std::string id = harness_.run("top");
  ASSERT_EQ(state(id), "ERROR");
  const Value told = why(id);
  EXPECT_EQ(names(told["failed"], "path"), (std::vector<std::string>{"one/two/three/bad", "one/two/bad", "one/bad"}));
  EXPECT_EQ(told["rerun"], "foehn ex rerun " + id + " --only-failed");
  EXPECT_NE(text_or(told["failed"][0], "error").find("Fail action expected exception."), std::string::npos);
  EXPECT_EQ(told["failed"][0]["rerun"], "foehn task rerun " + text_or(told["failed"][0], "task_id"));
  const Value preview = rerun(id, {{"set", "failed"}, {"preview", true}});
  EXPECT_EQ(names(preview["executions"], "path"), (std::vector<std::string>{"one/two/three/", "one/two/", "one/"}));
  EXPECT_EQ(preview["executions"][0]["rerun"][0]["name"], "bad");
  EXPECT_EQ(state(id), "ERROR");
  harness_.actions().let_fail_succeed();
  rerun(id, {{"set", "failed"}});
  EXPECT_EQ(state(id), "SUCCESS");
  EXPECT_EQ(text_or(task(id, "end"), "state"), "SUCCESS");
  std::size_t tasks = 0;
  for (const char* workflow : {"top", "second", "third", "fourth"})
    tasks += harness_.json("GET", std::string("/v2/tasks?workflow_name=") + workflow)["tasks"].size();
  EXPECT_EQ(tasks, 200U);
}

TEST_F(OperationsTest, AJoinBehindSeveralRepairsRunsOnce) {
  harness_.define(kRepaired);
  const std::string id = harness_.run("joined");
  ASSERT_EQ(state(id), "ERROR");
  rerun(id, {{"set", "failed"}, {"env", {{"ok", true}}}});
  EXPECT_EQ(state(id), "SUCCESS");
  EXPECT_EQ(runs(id), (std::vector<std::string>{"a×1 SUCCESS", "b×2 SUCCESS", "e×1 SUCCESS", "f×1 SUCCESS"}));
}

TEST_F(OperationsTest, AHandledFailureThatAJoinWaitsForIsRepaired) {
  harness_.define(kRepaired);
  const std::string id = harness_.run("handled");
  ASSERT_EQ(state(id), "ERROR");
  EXPECT_EQ(names(why(id)["failed"], "path"), (std::vector<std::string>{"o"}));
  const Value preview = rerun(id, {{"set", "failed"}, {"preview", true}});
  EXPECT_EQ(names(preview["executions"][0]["rerun"], "name"), (std::vector<std::string>{"o"}));
  rerun(id, {{"set", "failed"}, {"env", {{"ok", true}}}});
  EXPECT_EQ(state(id), "SUCCESS");
  EXPECT_EQ(runs(id), (std::vector<std::string>{"h×1 SUCCESS", "m×1 SUCCESS", "n×1 SUCCESS", "o×2 SUCCESS",
                                                "p×1 SUCCESS"}));
}

// Item 1 is run again alone, so the runs of 0 and 2 are of an earlier attempt; 0 is repaired below afterwards.
TEST_F(OperationsTest, AnItemThatWasLeftAloneCanBeRepairedBelow) {
  harness_.define(kRepaired);
  const std::string id = harness_.run("kept");
  const std::string each = text_or(task(id, "m"), "id");
  const std::vector<std::string> first = children(each);
  ASSERT_EQ(first.size(), 3U);
  post("/foehn/v1/tasks/" + each + "/rerun", {{"items", {1}}});
  ASSERT_EQ(state(id), "ERROR");
  const Value told = why(id);
  EXPECT_EQ(names(told["failed"], "path"), (std::vector<std::string>{"m[0]/x", "m[1]/x"}));
  const Value ok = {{"env", {{"ok", true}}}};
  post("/foehn/v1/tasks/" + text_or(task(first[0], "x"), "id") + "/rerun", ok);
  EXPECT_EQ(state(first[0]), "SUCCESS");
  EXPECT_EQ(state(id), "ERROR");  // item 1
  const std::vector<std::string> again = children(each, first);
  ASSERT_EQ(again.size(), 1U);
  post("/foehn/v1/tasks/" + text_or(task(again[0], "x"), "id") + "/rerun", ok);
  EXPECT_EQ(state(id), "SUCCESS");
  EXPECT_EQ(text_or(task(id, "n"), "state"), "SUCCESS");
}

TEST_F(OperationsTest, KeptItemsThatFailedBelongToTheSet) {
  harness_.define(kRepaired);
  const std::string id = harness_.run("kept");
  post("/foehn/v1/tasks/" + text_or(task(id, "m"), "id") + "/rerun", {{"items", {1}}});
  ASSERT_EQ(state(id), "ERROR");
  rerun(id, {{"set", "failed"}, {"env", {{"ok", true}}}});
  EXPECT_EQ(state(id), "SUCCESS");
}

TEST_F(OperationsTest, WhatFailedIsReRunWhileSiblingsRun) {
  const std::string id = harness_.run("siblings");
  ASSERT_EQ(state(id), "RUNNING");
  harness_.actions().let_fail_succeed();
  rerun(id, {{"set", "failed"}});
  EXPECT_EQ(state(id), "RUNNING");
  EXPECT_EQ(text_or(task(id, "bad"), "state"), "SUCCESS");
  report_all();
  EXPECT_EQ(state(id), "SUCCESS");
}

TEST_F(OperationsTest, FromATaskEverythingBehindItRunsAnew) {
  const std::string id = harness_.run("chain");
  harness_.actions().let_fail_succeed();
  const Value preview = rerun(id, {{"task", "a"}, {"preview", true}});
  EXPECT_EQ(names(preview["executions"][0]["rerun"], "name"), (std::vector<std::string>{"a"}));
  EXPECT_EQ(names(preview["executions"][0]["superseded"], "name"), (std::vector<std::string>{"b"}));
  EXPECT_EQ(to_json(preview["executions"][0]["may_follow"]), R"(["b","c"])");
  rerun(id, {{"task", "a"}, {"input", {{"output", 7}}}});
  report_all();
  EXPECT_EQ(state(id), "SUCCESS");
  EXPECT_EQ(text_or(task(id, "a"), "published"), R"({"y": 7})");
}

TEST_F(OperationsTest, InputThatTheActionDoesNotTakeIsRefusedBeforeAnything) {
  harness_.define("version: '2.0'\nfails: {tasks: {t: {action: std.echo output=1, fail-on: true}}}\n");
  const std::string id = harness_.run("fails");
  const auto tasks = [&] { return to_json(harness_.json("GET", "/v2/executions/" + id + "/tasks")); };
  const std::string before = tasks();
  constexpr std::string_view kText =
      "Task 't' cannot be re-run with the input 'outptu': its action std.echo takes output, delay; did you mean "
      "'output'?";
  const Value body = {{"input", {{"outptu", 1}}}};
  EXPECT_EQ(post("/foehn/v1/tasks/" + text_or(task(id, "t"), "id") + "/rerun", body, 400)["error"]["message"], kText);
  EXPECT_EQ(rerun(id, body, 400)["error"]["message"], kText);
  EXPECT_EQ(tasks(), before);
}

TEST_F(OperationsTest, BulkStatesAreStates) {
  const auto refused = [&](const Value& state) {
    const Value body = {{"operation", "cancel"}, {"query", {{"state", state}}}};
    return post("/foehn/v1/executions/bulk", body, 400)["error"]["message"];
  };
  EXPECT_EQ(refused("ERRROR"), "'state' of the query cannot be 'ERRROR'; did you mean 'ERROR'?");
  EXPECT_EQ(refused(Value::array({"ERROR", "x"})),
            "'state' of the query cannot be 'x'; it is one of IDLE, RUNNING, PAUSED, SUCCESS, ERROR, CANCELLED.");
}

TEST_F(OperationsTest, MistakesAreAnsweredWithWhatIsWrong) {
  const std::string id = harness_.run("siblings");
  EXPECT_EQ(rerun(id, {{"set", "some"}}, 400)["error"]["message"],
            "'set' must be one of failed, failed_and_downstream, from_task and all, not 'some'.");
  EXPECT_EQ(rerun(id, {{"set", "from_task"}}, 400)["error"]["message"],
            "'task' (an id or a name) belongs to the set from_task, and only to it.");
  EXPECT_EQ(rerun(id, {{"task", "bat"}}, 404)["error"]["message"],
            "The execution has no task 'bat'; did you mean 'bad'?");
  EXPECT_EQ(rerun(id, {{"task", "slow"}}, 409)["error"]["message"].get<std::string>().substr(0, 11), "Task 'slow'");
  EXPECT_EQ(rerun(id, {{"revision", 9}}, 404)["error"]["message"],
            "Workflow 'siblings' has no revision 9; it has 1 to 1.");
  rerun("00000000-0000-0000-0000-000000000000", Value::object(), 404);
  harness_.json("PUT", "/v2/executions/" + id, 200, R"({"state": "PAUSED"})");
  rerun(id, Value::object(), 409);
}

TEST_F(OperationsTest, OneItemIsReRun) {
  const std::string id = harness_.run("items");
  report_all(R"({"state": "ERROR", "output": {"result": "bad"}})");
  ASSERT_EQ(state(id), "ERROR");
  EXPECT_EQ(to_json(why(id)["failed"][0]["failed_items"]), "[0,1,2]");
  const std::string each = text_or(task(id, "each"), "id");
  post("/foehn/v1/tasks/" + each + "/rerun", {{"items", {1}}});
  EXPECT_EQ(harness_.json("GET", "/v2/action_executions?state=RUNNING")["action_executions"].size(), 1U);
  EXPECT_EQ(post("/foehn/v1/tasks/" + each + "/rerun", {{"items", {9}}}, 409)["error"]["code"], "failed_precondition");
  report_all();
  EXPECT_EQ(state(id), "ERROR");
}

TEST_F(OperationsTest, DefinitionsKeepRevisionsAndExecutionsGoOnByThem) {
  const std::string first = "version: '2.0'\nrev:\n  tasks:\n    a: {action: std.fail}\n";
  const std::string second =
      "version: '2.0'\nrev:\n  tasks:\n    a: {action: std.noop, on-success: b}\n    b: {description: x}\n";
  const std::string third = "version: '2.0'\nrev:\n  tasks:\n    z: {action: std.noop}\n";
  harness_.define(first);
  const std::string id = harness_.run("rev");
  for (const std::string& text : {second, third}) harness_.json("PUT", "/v2/workflows", 200, text, "text/plain");
  const Value list = harness_.json("GET", "/foehn/v1/workflows/rev/revisions")["revisions"];
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(list[2]["current"], true);
  EXPECT_EQ(harness_.json("GET", "/foehn/v1/workflows/rev/revisions/1")["definition"], first);
  EXPECT_EQ(harness_.json("GET", "/foehn/v1/workflows/rev/revisions/" + text_or(list[1], "hash"))["revision"], 2);
  Value pinned = harness_.json("GET", "/foehn/v1/executions/" + id + "/definition");
  EXPECT_EQ(pinned["definition"], first);
  EXPECT_EQ(pinned["hash"], list[0]["hash"]);
  EXPECT_EQ(to_json(Value::array({pinned["workflow_name"], pinned["revision"], pinned["current"]})), R"(["rev",1,false])");
  const Value refused = rerun(id, {{"revision", "latest"}}, 409);
  EXPECT_EQ(refused["error"]["message"],
            "The execution cannot go on by revision " + text_or(list[2], "hash") + " of 'rev': task 'a' is not in it");
  rerun(id, {{"revision", 2}});
  EXPECT_EQ(state(id), "SUCCESS");
  EXPECT_EQ(text_or(task(id, "b"), "state"), "SUCCESS");
  EXPECT_EQ(harness_.json("POST", "/foehn/v1/workflows/rev/rollback", 200, R"({"revision": 1})")["revision"], 4);
  EXPECT_EQ(harness_.json("GET", "/v2/workflows/rev")["definition"], first);
  pinned = harness_.json("GET", "/foehn/v1/executions/" + id + "/definition");
  EXPECT_EQ(pinned["definition"], second) << "it went on by that one";
  EXPECT_EQ(harness_.ask("DELETE", "/v2/workflows/rev").status, 204);
  EXPECT_EQ(harness_.json("GET", "/foehn/v1/executions/" + id + "/definition")["revision"], 2) << "the workflow is gone";
}

TEST_F(OperationsTest, EditedInputAndPreviewAreOfTheRevisionThatIsChosen) {
  harness_.define("version: '2.0'\nlater:\n  tasks:\n    b: {action: std.fail}\n");
  const std::string id = harness_.run("later");
  harness_.json("PUT", "/v2/workflows", 200,
                "version: '2.0'\nlater:\n  tasks:\n    b: {action: std.echo output=\"one\", on-success: c}\n"
                "    c: {action: std.noop}\n",
                "text/plain");
  const auto input = [](const char* name) { return Value{{name, "two"}}; };
  const Value wrong = rerun(id, {{"revision", "latest"}, {"input", input("error_data")}, {"preview", true}}, 400);
  EXPECT_EQ(wrong["error"]["message"],
            "Task 'b' cannot be re-run with the input 'error_data': its action std.echo takes output, delay.");
  const std::string b = text_or(task(id, "b"), "id");
  EXPECT_EQ(post("/foehn/v1/tasks/" + b + "/rerun", {{"revision", "latest"}, {"input", input("error_data")}}, 400)["error"],
            wrong["error"]);
  const Value preview = rerun(id, {{"revision", "latest"}, {"input", input("output")}, {"preview", true}});
  EXPECT_EQ(to_json(preview["executions"][0]["may_follow"]), R"(["c"])");
  rerun(id, {{"revision", "latest"}, {"input", input("output")}});
  EXPECT_EQ(state(id), "SUCCESS");
  EXPECT_EQ(harness_.json("GET", "/v2/tasks/" + b)["result"], "\"two\"");
}

TEST_F(OperationsTest, ASetOfMoreExecutionsThanOneReRunTakesIsRefused) {
  harness_.define("version: '2.0'\nmany: {tasks: {a: {with-items: 'i in <% range(2001) %>', workflow: kid}}}\n"
                  "kid: {tasks: {k: {action: std.fail}}}\n");
  const std::string id = harness_.run("many");
  EXPECT_EQ(rerun(id, Value::object(), 409)["error"]["message"],
            "More than 2000 executions below have something to re-run, which is more than one re-run takes. Nothing was "
            "changed: re-run them in parts, by their own ids or by their tasks.");
  EXPECT_EQ(harness_.json("GET", "/v2/executions?state=RUNNING")["executions"].size(), 0U);
}

TEST_F(OperationsTest, ACloneRunsTheSameRevisionWithTheSameInput) {
  const std::string id = harness_.run("chain", R"({"x": 5})");
  harness_.json("PUT", "/v2/workflows", 200, "version: '2.0'\nchain:\n  tasks:\n    other: {action: std.noop}\n",
                "text/plain");
  const Value made = harness_.json("POST", "/foehn/v1/executions/" + id + "/clone", 201, R"({"description": "again"})");
  harness_.settle();
  const std::string clone = text_or(made, "id");
  EXPECT_EQ(made["source_execution_id"], id);
  EXPECT_EQ(made["input"], R"({"x": 5})");
  EXPECT_EQ(text_or(task(clone, "a"), "published"), R"({"y": 5})");
  const std::string newest =
      text_or(post("/foehn/v1/executions/" + id + "/clone", {{"revision", "latest"}}, 400), "id");
  EXPECT_EQ(newest, "");  // the newest one takes no x
}

TEST_F(OperationsTest, ManyExecutionsAtOnce) {
  const std::string one = harness_.run("siblings"), two = harness_.run("siblings");
  harness_.run("items");
  const Value query = {{"workflow_name", "siblings"}, {"state", "RUNNING"}};
  const Value preview =
      post("/foehn/v1/executions/bulk", {{"operation", "cancel"}, {"query", query}, {"preview", true}});
  EXPECT_EQ(preview["executions"].size(), 2U);
  EXPECT_EQ(state(one), "RUNNING");
  const Value first = post("/foehn/v1/executions/bulk", {{"operation", "cancel"}, {"query", query}, {"limit", 1}});
  EXPECT_EQ(first["executions"].size(), 1U);
  EXPECT_EQ(first["more"], true);
  post("/foehn/v1/executions/bulk", {{"operation", "cancel"}, {"query", query}});
  EXPECT_EQ(state(one) + state(two), "CANCELLEDCANCELLED");
  const Value again = post("/foehn/v1/executions/bulk", {{"operation", "resume"}, {"query", {{"ids", {one}}}}});
  EXPECT_EQ(again["executions"][0]["error"], "It is CANCELLED, not PAUSED.");
  harness_.actions().let_fail_succeed();
  post("/foehn/v1/executions/bulk", {{"operation", "rerun"}, {"query", {{"ids", {one, two}}}}});
  EXPECT_EQ(state(one) + state(two), "RUNNINGRUNNING");
  post("/foehn/v1/executions/bulk", {{"operation", "delete"}, {"query", {{"ids", {one, two}}}}, {"force", true}});
  harness_.json("GET", "/v2/executions/" + one, 404);
  for (const char* body : {R"({"operation": "cancel"})", R"({"operation": "cancel", "query": {}})",
                           R"({"operation": "cancel", "query": {"colour": "red"}})",
                           R"({"operation": "explode", "query": {"state": "ERROR"}})",
                           R"({"operation": "cancel", "query": {"state": "ERROR"}, "limit": 1001})"})
    harness_.json("POST", "/foehn/v1/executions/bulk", 400, body);
}

TEST_F(OperationsTest, WhyNamesWhatEverythingWaitsFor) {
  const std::string id = harness_.run("waits");
  const Value told = why(id);
  EXPECT_EQ(told["stuck"].size(), 0U);
  EXPECT_EQ(told["failed"][0]["path"], "below/bad");
  std::map<std::string, Value> tasks;
  for (const Value& one : told["execution"]["waiting"]) tasks[text_or(one, "name")] = one;
  EXPECT_EQ(tasks["held"]["waits_for"], "result");
  EXPECT_TRUE(tasks["held"]["timeout_at"].is_string());
  EXPECT_EQ(tasks["late"]["waits_for"], "wait-before");
  EXPECT_TRUE(tasks["late"]["until"].is_string());
  EXPECT_EQ(tasks["below"]["waits_for"], "sub_workflow");
  EXPECT_EQ(tasks["below"]["executions"][0]["waiting"][0]["name"], "slow");
  report_all();
  const Value later = why(id);
  for (const Value& one : later["execution"]["waiting"])
    if (text_or(one, "name") == "both") {
      EXPECT_EQ(to_json(one["missing"]), R"([{"name":"late","state":"DELAYED"}])");
    }
  harness_.json("PUT", "/v2/executions/" + id, 200, R"({"state": "PAUSED"})");
  EXPECT_EQ(why(id)["execution"]["paused"]["by"], "by hand");
  EXPECT_EQ(why(id)["execution"]["paused"]["resume"], "foehn ex resume " + id);
}

}  // namespace
}  // namespace foehn::test
