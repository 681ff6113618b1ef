// Goal: two projects on one server do not see, change or disturb each other's objects; an admin sees all; what is
// public or shared and accepted is seen. Method: the routes with three tokens; every route that names an execution,
// a task or an action run is walked, and the answer for another project's object is that for one that does not exist;
// so is every route that leaves it to its handler what the caller may see: a new one has to say here how it is asked.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "engine/base/digest.h"
#include "tests/unit/api/rest/harness.h"

namespace foehn::test {
namespace {

constexpr char kFlow[] = "version: '2.0'\nflow: {tasks: {t: {action: std.async_noop}}}\n";
constexpr char kBook[] = "version: '2.0'\nname: book\n";
constexpr char kAction[] = "version: '2.0'\nact: {base: std.noop}\n";
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

  Harness harness_{nullptr, with_tokens({{sha256_hex("red"), "red", false},
                                         {sha256_hex("blue"), "blue", false},
                                         {sha256_hex("boss"), "boss", true}})};
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
  EXPECT_EQ(json("red", "GET", "/v2/executions?project_id=red", 403)["faultstring"],
            "Operation forbidden (insufficient permissions)");
  EXPECT_EQ(json("boss", "GET", "/v2/executions?project_id=red", 200)["executions"].size(), 1U);
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

// How blue asks for what is red's, where a route takes a body, and what it is told.
struct Question {
  std::string_view route;
  int status;
  std::string_view body = "";  // WORKFLOW, EXECUTION: red's ids
};
constexpr Question kQuestions[] = {
    {"POST /v2/workflows", 201, "version: '2.0'\nmine: {tasks: {t: {action: std.noop}}}\n"},
    {"PUT /v2/workflows", 404, kFlow},
    {"POST /v2/workflows/validate", 200, kFlow},
    {"PUT /v2/workflows/{identifier}", 404, kFlow},
    {"POST /v2/workflows/{identifier}/members", 404, R"({"member_id": "blue"})"},
    {"PUT /v2/workflows/{identifier}/members/{member_id}", 404, R"({"status": "accepted"})"},
    {"POST /v2/workbooks", 201, "version: '2.0'\nname: mine\n"},
    {"PUT /v2/workbooks", 404, kBook},
    {"POST /v2/workbooks/validate", 200, kBook},
    {"POST /v2/environments", 201, R"({"name": "mine", "variables": {"a": 1}})"},
    {"PUT /v2/environments", 404, R"({"name": "env", "variables": {"a": 2}})"},
    {"POST /v2/actions", 201, "version: '2.0'\nmine: {base: std.noop}\n"},
    {"PUT /v2/actions", 404, kAction},
    {"POST /v2/actions/validate", 200, kAction},
    {"PUT /v2/actions/{identifier}", 404, kAction},
    {"POST /v2/executions", 404, R"({"source_execution_id": "EXECUTION"})"},
    {"POST /v2/action_executions", 400, R"({"name": "act"})"},
    {"POST /v2/code_sources", 403, "class A: pass\n"},
    {"PUT /v2/code_sources", 403, "class A: pass\n"},
    {"POST /v2/dynamic_actions", 403, "{}"},
    {"PUT /v2/dynamic_actions", 403, "{}"},
    {"POST /v2/cron_triggers", 404, R"({"name": "c", "pattern": "* * * * *", "workflow_id": "WORKFLOW"})"},
    {"POST /v2/event_triggers", 404, R"({"exchange": "e", "topic": "t", "event": "v", "workflow_id": "WORKFLOW"})"},
    {"PUT /v2/event_triggers/{id}", 404, R"({"name": "blue's"})"},
    {"POST /foehn/v1/events", 503, R"({"specversion": "1.0", "id": "1", "source": "s", "type": "v"})"},
    {"POST /foehn/v1/subscriptions", 201, R"({"name": "mine", "url": "http://blue.example/"})"},
    {"PUT /foehn/v1/subscriptions/{identifier}", 404, R"({"url": "http://blue.example/"})"},
    {"POST /foehn/v1/executions/bulk", 200, R"({"operation": "delete", "query": {"ids": ["EXECUTION"]}})"},
    {"POST /foehn/v1/workflows/{id}/rollback", 404, R"({"revision": 1})"},
};

// Of a collection ("/v2/workflows/"): what paths name, by which red's objects are found.
using Names = std::map<std::string, std::vector<std::string>>;

// The pattern with each name of its collection.
std::vector<std::string> targets_of(const std::string& pattern, const Names& objects) {
  std::vector<std::string> targets;
  for (const auto& [collection, names] : objects) {
    if (!pattern.starts_with(collection + "{")) continue;
    for (const std::string& name : names) {
      std::string target = pattern;
      target.replace(target.find('{'), target.find('}') + 1 - target.find('{'), name);
      if (const auto more = target.find('{'); more != std::string::npos)
        target.replace(more, target.find('}') + 1 - more, pattern.ends_with("{revision}") ? "1" : "blue");
      targets.push_back(target);
    }
  }
  return targets;
}

TEST_F(ProjectsTest, HandlersThatLookForThemselvesFindNothingOfOthers) {
  const std::string workflow = define("red"), execution = start("red");
  const auto id_of = [&](const std::string& target, const std::string& body, const std::string& type = "") {
    return text_or(json("red", "POST", target, 201, body, type.empty() ? "application/json" : type), "id");
  };
  const std::string book = id_of("/v2/workbooks", kBook, "text/plain");
  const std::string environment = id_of("/v2/environments", R"({"name": "env", "variables": {"a": 1}})");
  const std::string action =
      text_or(json("red", "POST", "/v2/actions", 201, kAction, "text/plain")["actions"][0], "id");
  const std::string cron = id_of("/v2/cron_triggers", R"({"name": "cron", "pattern": "0 0 1 1 *", "workflow_name": "flow"})");
  const std::string trigger =
      id_of("/v2/event_triggers", R"({"exchange": "e", "topic": "t", "event": "v", "workflow_id": ")" + workflow + R"("})");
  const std::string hook = id_of("/foehn/v1/subscriptions", R"({"name": "hook", "url": "http://red.example/"})");
  const Names objects = {
      {"/v2/workflows/", {workflow, "flow"}},     {"/v2/workbooks/", {"book"}},
      {"/v2/environments/", {"env"}},             {"/v2/actions/", {"act", action}},
      {"/v2/code_sources/", {"code"}},            {"/v2/dynamic_actions/", {"dynamic"}},
      {"/v2/cron_triggers/", {cron, "cron"}},     {"/v2/event_triggers/", {trigger}},
      {"/foehn/v1/subscriptions/", {hook, "hook"}}, {"/foehn/v1/workflows/", {workflow, "flow"}}};
  const auto seen_by_red = [&] {
    std::string all;
    for (const char* list : {"/v2/workflows", "/v2/workbooks", "/v2/environments", "/v2/actions?is_system=false",
                             "/v2/executions", "/v2/cron_triggers", "/v2/event_triggers", "/foehn/v1/subscriptions"})
      all += ask("red", "GET", list).body;
    return all;
  };
  const std::string before = seen_by_red();
  std::size_t walked = 0;
  for (const http::Route& route : harness_.routes().routes()) {
    const std::string pattern(route.pattern), method(route.method);
    const bool checked_before = pattern.find("executions/{") != std::string::npos ||
                                pattern.find("tasks/{id}") != std::string::npos ||
                                pattern.find("action_runs/{id}") != std::string::npos;
    if (route.policy != "user" || checked_before) continue;
    ++walked;
    const auto* question = std::find_if(std::begin(kQuestions), std::end(kQuestions), [&](const Question& one) {
      return one.route == method + " " + pattern;
    });
    const bool known = question != std::end(kQuestions);
    EXPECT_TRUE(known || method == "GET" || method == "DELETE") << "say how " << method << " " << pattern << " is asked";
    std::string body(known ? question->body : "");
    for (const auto& [word, id] : {std::pair{"WORKFLOW", workflow}, std::pair{"EXECUTION", execution}})
      if (const auto at = body.find(word); at != std::string::npos) body.replace(at, std::strlen(word), id);
    std::vector<std::string> targets = targets_of(pattern, objects);
    const bool names_one = pattern.find('{') != std::string::npos;
    EXPECT_EQ(names_one, !targets.empty()) << "say which object " << pattern << " names";
    if (!names_one) targets = {pattern};
    for (const std::string& target : targets) {
      const http::Response answer = ask("blue", method, target, body, body.starts_with('{') ? "application/json" : "text/plain");
      const bool for_admins = pattern.find("code_sources") != std::string::npos ||
                              pattern.find("dynamic_actions") != std::string::npos;
      int wanted = for_admins ? 403 : names_one ? 404 : pattern == "/v2/services" ? 406 : 200;
      if (known) wanted = question->status;
      if (pattern == "/v2/workflows/{identifier}/members" && method == "GET") wanted = 200;  // an empty list
      if (target.starts_with("/v2/workflows/flow/members")) wanted = 400;                     // Mistral wants an id
      EXPECT_EQ(answer.status, wanted) << method << " " << target << " " << answer.body;
      if (answer.status >= 400) continue;  // names what was asked for
      for (const std::string& id : {workflow, execution, book, environment, action, cron, trigger, hook})
        EXPECT_EQ(answer.body.find(id), std::string::npos) << method << " " << target << " " << answer.body;
    }
  }
  EXPECT_GE(walked, 60U);
  EXPECT_EQ(seen_by_red(), before);
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

// What an admin gives to all is theirs to use, not to change.
TEST_F(ProjectsTest, PublicObjectsAreChangedByTheirProjectOnly) {
  const std::string env = R"({"name": "env", "variables": {"a": 1}, "scope": "public"})";
  json("boss", "POST", "/v2/environments", 201, env);
  json("boss", "POST", "/v2/workbooks?scope=public", 201, kBook, "text/plain");
  const std::string id =
      text_or(json("boss", "POST", "/v2/actions?scope=public", 201, kAction, "text/plain")["actions"][0], "id");
  const auto refused = [&](const std::string& method, const std::string& target, const std::string& body = "") {
    const Value answer = json("blue", method, target, 403, body, body.starts_with('{') ? "application/json" : "text/plain");
    EXPECT_EQ(answer["faultstring"], "Operation forbidden (insufficient permissions)") << method << " " << target;
  };
  refused("PUT", "/v2/environments", R"({"name": "env", "variables": {"a": 2}})");
  refused("DELETE", "/v2/environments/env");
  refused("PUT", "/v2/workbooks", kBook);
  refused("DELETE", "/v2/workbooks/book");
  for (const std::string& name : {id, std::string("act")}) {
    refused("PUT", "/v2/actions/" + name, kAction);
    refused("DELETE", "/v2/actions/" + name);
    EXPECT_EQ(json("blue", "GET", "/v2/actions/" + name, 200)["project_id"], "boss");
  }
  refused("PUT", "/v2/actions", kAction);
  EXPECT_EQ(json("blue", "GET", "/v2/environments/env", 200)["variables"], R"({"a": 1})");
  json("boss", "DELETE", "/v2/environments/env", 204);
  json("boss", "DELETE", "/v2/workbooks/book", 204);
  json("boss", "DELETE", "/v2/actions/" + id, 204);
}

// An admin changes what is another project's where it is, and takes nothing over.
TEST_F(ProjectsTest, AnActionStaysItsProjectsWhenAnAdminChangesIt) {
  const std::string id =
      text_or(json("red", "POST", "/v2/actions", 201, kAction, "text/plain")["actions"][0], "id");
  EXPECT_EQ(json("boss", "PUT", "/v2/actions/" + id, 200, kAction, "text/plain")["actions"][0]["project_id"], "red");
  json("boss", "DELETE", "/v2/actions/" + id, 204);
  json("red", "GET", "/v2/actions/act", 404);
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
  const std::string own = start("blue");
  json("blue", "DELETE", "/v2/workflows/" + id, 403);
  json("red", "DELETE", members + "/blue", 204);
  start("blue", "flow", 404);
  const std::string clone = "/foehn/v1/executions/" + own + "/clone";
  json("blue", "POST", clone, 404, R"({"revision": "latest"})");  // texts that came later are not blue's
  json("blue", "POST", clone, 201, "{}");
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

// Whoever mistypes a parameter is told, token or not.
TEST_F(ProjectsTest, PublicRoutesRefuseUnknownParameters) {
  for (const http::Route& route : harness_.routes().routes()) {
    if (route.policy != "public") continue;
    const http::Response answer = ask("", std::string(route.method), std::string(route.pattern) + "?bogus=1");
    EXPECT_EQ(answer.status, 400) << route.pattern;
    const Value body = parse_json(answer.body).value_or(Value::object());
    const std::string said = body.contains("error") ? text_or(body["error"], "message") : text_or(body, "faultstring");
    EXPECT_EQ(said, "Unknown argument: \"bogus\"") << route.pattern;
  }
}

// As Keystone: a client that knows where the API is does not ask for the catalog.
TEST_F(ProjectsTest, AnIdentityTokenWithoutTheCatalog) {
  const std::string body = R"({"auth": {"identity": {"methods": ["token"], "token": {"id": "red"}}}})";
  EXPECT_TRUE(json("", "POST", "/v3/auth/tokens", 201, body)["token"].contains("catalog"));
  EXPECT_FALSE(json("", "POST", "/v3/auth/tokens?nocatalog", 201, body)["token"].contains("catalog"));
}

}  // namespace
}  // namespace foehn::test
