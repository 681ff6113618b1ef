// Goal: two projects on one server do not see, change or disturb each other's objects; an admin sees all; what is
// public or shared and accepted is seen. Method: the routes with three tokens; every route that names an execution,
// a task or an action run is walked, and the answer for another project's object is that for one that does not exist.
#include <gtest/gtest.h>

#include "engine/base/digest.h"
#include "tests/unit/api/rest/harness.h"

namespace foehn::test {
namespace {

constexpr char kFlow[] = "version: '2.0'\nflow: {tasks: {t: {action: std.async_noop}}}\n";
constexpr char kNobody[] = "00000000-0000-4000-8000-000000000000";

class ProjectsTest : public ::testing::Test {
 protected:
  http::Response ask(const std::string& token, const std::string& method, const std::string& target,
                     const std::string& body = "", const std::string& type = "application/json") {
    harness_.settle();
    http::Request request;
    request.method = method;
    http::set_target(request, target);
    request.headers.add("X-Auth-Token", token);
    request.headers.add("Content-Type", type);
    request.body = body;
    return harness_.routes().handle(std::move(request));
  }
  Value json(const std::string& token, const std::string& method, const std::string& target, int status,
             const std::string& body = "", const std::string& type = "application/json") {
    const http::Response response = ask(token, method, target, body, type);
    EXPECT_EQ(response.status, status) << method << " " << target << "\n" << response.body;
    const auto parsed = parse_json(response.body);
    return parsed ? *parsed : Value();
  }
  std::string define(const std::string& token, const std::string& scope = "private") {
    return text_or(json(token, "POST", "/v2/workflows?scope=" + scope, 201, kFlow, "text/plain")["workflows"][0], "id");
  }
  std::string start(const std::string& token, const std::string& workflow = "flow", int status = 201) {
    return text_or(json(token, "POST", "/v2/executions", status, R"({"workflow_name": ")" + workflow + R"("})"), "id");
  }
  std::size_t count(const std::string& token, const std::string& list) {
    return json(token, "GET", "/v2/" + list, 200)[list].size();
  }

  Harness harness_{nullptr, [] {
    rest::RestOptions options;
    options.auth.tokens = {{sha256_hex("red"), "red", false},
                           {sha256_hex("blue"), "blue", false},
                           {sha256_hex("boss"), "boss", true}};
    return options;
  }()};
};

TEST_F(ProjectsTest, EachSeesItsOwnAndAnAdminAll) {
  define("red");
  define("blue");
  const std::string execution = start("red");
  for (const char* list : {"executions", "tasks", "action_executions"}) {
    EXPECT_EQ(count("red", list), 1U) << list;
    EXPECT_EQ(count("blue", list), 0U) << list;
    EXPECT_EQ(count("boss", list), 1U) << list;
  }
  EXPECT_EQ(count("red", "workflows"), 1U);
  EXPECT_EQ(count("boss", "workflows"), 2U);
  EXPECT_EQ(json("blue", "GET", "/v2/workflows/flow", 200)["project_id"], "blue");
  EXPECT_EQ(json("boss", "GET", "/v2/executions/" + execution, 200)["project_id"], "red");
  EXPECT_EQ(json("blue", "GET", "/v2/executions?all_projects=true", 403)["faultstring"],
            "Operation forbidden (insufficient permissions)");
  EXPECT_EQ(json("boss", "GET", "/v2/executions?all_projects=true", 200)["executions"].size(), 1U);
}

TEST_F(ProjectsTest, AnotherProjectsObjectIsNotThere) {
  define("red");
  const std::string execution = start("red");
  const std::string task = text_or(json("red", "GET", "/v2/tasks", 200)["tasks"][0], "id");
  const std::string run = text_or(json("red", "GET", "/v2/action_executions", 200)["action_executions"][0], "id");
  std::size_t walked = 0;
  for (const http::Route& route : harness_.routes().routes()) {
    const std::string pattern(route.pattern);
    const auto fill = [&](const std::string& an_execution, const std::string& a_task, const std::string& a_run) {
      std::string path = pattern;
      const auto put = [&](const std::string& name, const std::string& value) {
        if (const auto at = path.find(name); at != std::string::npos) path.replace(at, name.size(), value);
      };
      put("{run_id}", a_run);
      put("{id}", pattern.find("/executions/{id}") != std::string::npos ? an_execution
                  : pattern.find("/tasks/{id}") != std::string::npos    ? a_task
                                                                        : a_run);
      return path;
    };
    const bool names_one = pattern.find("executions/{") != std::string::npos ||
                           pattern.find("tasks/{id}") != std::string::npos ||
                           pattern.find("action_runs/{id}") != std::string::npos;
    if (!names_one || pattern.starts_with("/overclouds")) continue;
    ++walked;
    const std::string body = R"({"state": "RUNNING", "reset": true, "reason": "r", "expression": "<% 1 %>"})";
    const http::Response others = ask("blue", std::string(route.method), fill(execution, task, run), body);
    EXPECT_EQ(others.status, 404) << route.method << " " << pattern << " " << others.body;
    const std::string id = pattern.find("{run_id}") != std::string::npos && pattern.find("tasks") == std::string::npos
                               ? run
                           : pattern.find("/executions/{id}") != std::string::npos ? execution
                           : pattern.find("/tasks/{id}") != std::string::npos      ? task
                                                                                   : run;
    EXPECT_NE(others.body.find(id), std::string::npos) << others.body;
    if (route.method != "GET" || pattern.find("{id}/") != std::string::npos) continue;
    http::Response none = ask("blue", "GET", fill(kNobody, kNobody, kNobody), body);
    if (const auto at = none.body.find(kNobody); at != std::string::npos)
      none.body.replace(at, std::string(kNobody).size(), id);
    EXPECT_EQ(others.body, none.body) << pattern;
  }
  EXPECT_GE(walked, 25U);
  // A run named below a task of one's own is another object.
  define("blue");
  start("blue");
  const std::string own = text_or(json("blue", "GET", "/v2/tasks", 200)["tasks"][0], "id");
  EXPECT_EQ(json("blue", "GET", "/v2/tasks/" + own + "/action_executions/" + run, 404)["faultstring"],
            "ActionExecution not found [id=" + run + "]");
  // Nothing of all this has touched it.
  EXPECT_EQ(json("red", "GET", "/v2/executions/" + execution, 200)["state"], "RUNNING");
  json("boss", "PUT", "/v2/executions/" + execution, 200, R"({"state": "CANCELLED"})");
  EXPECT_EQ(json("red", "GET", "/v2/executions/" + execution, 200)["state"], "CANCELLED");
}

TEST_F(ProjectsTest, NothingIsStartedFromWhatIsNotSeen) {
  const std::string id = define("red");
  const std::string execution = start("red");
  const std::string missing = "Workflow not found [workflow_identifier=" + id + ", namespace=]";
  EXPECT_EQ(json("blue", "POST", "/v2/executions", 404, R"({"workflow_id": ")" + id + R"("})")["faultstring"], missing);
  EXPECT_EQ(json("blue", "POST", "/v2/executions", 404, R"({"source_execution_id": ")" + execution + R"("})")
                ["faultstring"],
            "WorkflowExecution not found [id=" + execution + "]");
  define("blue");
  EXPECT_EQ(json("blue", "POST", "/v2/executions", 409,
                 R"({"workflow_name": "flow", "id": ")" + execution + R"("})")["faultstring"],
            "The id " + execution + " is taken; leave it out, or draw another.");
  EXPECT_EQ(json("blue", "POST", "/v2/cron_triggers", 404,
                 R"({"name": "c", "pattern": "* * * * *", "workflow_id": ")" + id + R"("})")["faultstring"],
            missing);
  EXPECT_EQ(json("blue", "GET", "/v2/workflows/" + id, 404)["faultstring"], missing);
  EXPECT_EQ(json("blue", "GET", "/foehn/v1/workflows/" + id + "/revisions", 404)["error"]["message"],
            "There is no workflow " + id + ".");
}

TEST_F(ProjectsTest, PublicIsForAdminsToGiveAndForAllToUse) {
  EXPECT_EQ(json("red", "POST", "/v2/workflows?scope=public", 403, kFlow, "text/plain")["faultstring"],
            "Operation forbidden (insufficient permissions)");
  define("boss", "public");
  start("blue");
  EXPECT_EQ(json("blue", "GET", "/v2/executions", 200)["executions"][0]["project_id"], "blue");
  EXPECT_EQ(count("boss", "executions"), 1U);
  EXPECT_EQ(json("blue", "DELETE", "/v2/workflows/flow", 403)["faultstring"],
            "Operation forbidden (insufficient permissions)");
}

TEST_F(ProjectsTest, AMemberThatAcceptedSeesTheWorkflow) {
  const std::string id = define("red");
  const std::string members = "/v2/workflows/" + id + "/members";
  json("red", "POST", members, 201, R"({"member_id": "blue"})");
  start("blue", "flow", 404);
  EXPECT_EQ(json("blue", "GET", members + "/blue", 200)["status"], "pending");
  json("blue", "PUT", members + "/blue", 200, R"({"status": "accepted"})");
  EXPECT_EQ(json("blue", "GET", "/v2/workflows/" + id, 200)["project_id"], "red");
  EXPECT_EQ(count("blue", "workflows"), 1U);
  start("blue");
  json("blue", "DELETE", "/v2/workflows/" + id, 403);
  json("red", "DELETE", members + "/blue", 204);
  start("blue", "flow", 404);
}

TEST_F(ProjectsTest, TheServerItselfIsForAdmins) {
  for (const char* token : {"red", "boss"}) {
    const bool boss = std::string(token) == "boss";
    EXPECT_EQ(ask(token, "GET", "/overclouds").status, boss ? 501 : 403);
    EXPECT_EQ(ask(token, "PUT", "/maintenance", R"({"status": "RUNNING"})").status, boss ? 200 : 403);
    EXPECT_EQ(ask(token, "GET", "/v2/code_sources").status, boss ? 200 : 403);
    EXPECT_EQ(ask(token, "GET", "/foehn/v1/events?project=blue").status, boss ? 200 : 403);
    EXPECT_EQ(ask(token, "GET", "/healthz").status, 200);
  }
  EXPECT_EQ(json("red", "GET", "/overclouds", 403)["error"]["message"],
            "Operation forbidden (insufficient permissions)");
}

TEST_F(ProjectsTest, NoRouteButPublicOnesAnswersToSomebodyUnknown) {
  for (const http::Route& route : harness_.routes().routes()) {
    if (route.policy == "public") continue;
    for (const char* token : {"", "nothing", "red "}) {
      EXPECT_EQ(ask(token, std::string(route.method), std::string(route.pattern)).status, 401) << route.pattern;
    }
  }
}

}  // namespace
}  // namespace foehn::test
