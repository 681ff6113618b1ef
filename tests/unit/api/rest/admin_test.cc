// Goal: what needs authentication or an admin – members, code sources, dynamic actions – and maintenance and info.
// Method: the routes of a server with a token and of one without; whole texts of errors.
#include <gtest/gtest.h>

#include <fstream>

#include "api/rest/maintenance.h"
#include "api/rest/record_lists.h"
#include "engine/base/digest.h"
#include "engine/base/limits.h"
#include "tests/unit/api/rest/harness.h"

namespace foehn::test {
namespace {

constexpr char kForbidden[] = "Operation forbidden (insufficient permissions)";

class AdminTest : public ::testing::Test {
 protected:
  // As json(), with the token.
  Value send(const std::string& method, const std::string& target, int status, const std::string& body = "",
             const std::string& type = "application/json") {
    http::Request request;
    request.method = method;
    http::set_target(request, target);
    request.headers.add("X-Auth-Token", "secret");
    request.headers.add("Content-Type", type);
    request.body = body;
    const http::Response response = guarded_.routes().handle(std::move(request));
    EXPECT_EQ(response.status, status) << method << " " << target << "\n" << response.body;
    const auto parsed = parse_json(response.body);
    return parsed ? *parsed : Value();
  }
  std::string refused(const std::string& method, const std::string& target, int status, const std::string& body = "") {
    return text_or(send(method, target, status, body), "faultstring");
  }
  std::string open_refused(const std::string& method, const std::string& target, int status,
                           const std::string& body = "") {
    return text_or(open_.json(method, target, status, body), "faultstring");
  }

  Harness guarded_{nullptr, with_tokens({{sha256_hex("secret"), "<default-project>", true}})};
  Harness open_;
};

TEST_F(AdminTest, WorkflowsAreSharedOnlyWithAuthentication) {
  EXPECT_EQ(open_refused("POST", "/v2/workflows/x/members", 400, R"({"member_id": "m"})"),
            "Resource sharing feature can only be supported with authentication enabled.");
  send("POST", "/v2/workflows", 201, "version: '2.0'\nflow: {tasks: {t: {action: std.noop}}}\n", "text/plain");
  const std::string id = text_or(send("GET", "/v2/workflows/flow", 200), "id");
  const std::string members = "/v2/workflows/" + id + "/members";
  EXPECT_EQ(refused("GET", "/v2/workflows/flow/members", 400),
            "Only support UUID as resource identifier in resource sharing feature.");
  EXPECT_EQ(refused("POST", members, 400, "{}"), "Member id must be provided.");
  const Value made = send("POST", members, 201, R"({"member_id": "other"})");
  EXPECT_EQ(made["status"], "pending");
  EXPECT_EQ(made["resource_id"], id);
  EXPECT_EQ(made["resource_type"], "workflow");
  EXPECT_EQ(refused("POST", members, 409, R"({"member_id": "other"})"),
            "Duplicate entry for ResourceMember ['resource_id', 'resource_type', 'member_id']: " + id +
                ", workflow, other");
  EXPECT_EQ(send("GET", members, 200)["members"].size(), 1U);
  EXPECT_EQ(send("GET", members + "/other", 200)["id"], made["id"]);
  const std::string missing = "Resource member not found [resource_id=" + id + ", member_id=";
  EXPECT_EQ(refused("GET", members + "/none", 404), missing + "none]");
  EXPECT_EQ(refused("PUT", members + "/other", 400, "{}"), "Status must be provided.");
  EXPECT_EQ(refused("PUT", members + "/other", 404, R"({"status": "accepted"})"), missing + "other]");
  send("POST", members, 201, R"({"member_id": "<default-project>"})");
  EXPECT_EQ(refused("PUT", members + "/%3Cdefault-project%3E", 400, R"({"status": "maybe"})"),
            "Invalid input for field/attribute status. Value: 'maybe'. Value should be one of: accepted, pending, "
            "rejected");
  EXPECT_EQ(send("PUT", members + "/%3Cdefault-project%3E", 200, R"({"status": "accepted"})")["status"], "accepted");
  send("DELETE", members + "/other", 204);
  EXPECT_EQ(refused("DELETE", members + "/other", 404), missing + "other]");
  send("PUT", "/v2/workflows?scope=public", 200, "version: '2.0'\nflow: {tasks: {t: {action: std.noop}}}\n",
       "text/plain");
  EXPECT_EQ(refused("POST", members, 400, R"({"member_id": "x"})"), "Only private resource could be shared.");
}

TEST_F(AdminTest, CodeSourcesAreForAdmins) {
  for (const char* target : {"/v2/code_sources", "/v2/code_sources/x", "/v2/dynamic_actions", "/v2/dynamic_actions/x"})
    EXPECT_EQ(open_refused("GET", target, 403), kForbidden);
  EXPECT_EQ(open_refused("POST", "/v2/code_sources?name=x", 403, "code"), kForbidden);
  EXPECT_EQ(open_refused("POST", "/v2/dynamic_actions", 403, "{}"), kForbidden);
}

TEST_F(AdminTest, CodeIsStoredWithAVersionPerChange) {
  const Value made = send("POST", "/v2/code_sources?name=src&namespace=ns", 201, "class A: pass\n", "text/plain");
  EXPECT_EQ(made["content"], "class A: pass\n");
  EXPECT_EQ(made["version"], 1);
  EXPECT_EQ(made["namespace"], "ns");
  EXPECT_EQ(refused("POST", "/v2/code_sources?name=src&namespace=ns", 409, "x"),
            "Duplicate entry for CodeSource ['name', 'namespace', 'project_id']: src, ns, <default-project>");
  EXPECT_EQ(refused("POST", "/v2/code_sources", 400, "x"), "The name of the code source is not provided.");
  EXPECT_EQ(send("PUT", "/v2/code_sources?identifier=src&namespace=ns", 200, "class B: pass\n")["version"], 2);
  EXPECT_EQ(send("PUT", "/v2/code_sources?identifier=src&namespace=ns", 200, "class B: pass\n")["version"], 2);
  EXPECT_EQ(send("GET", "/v2/code_sources/" + text_or(made, "id"), 200)["content"], "class B: pass\n");
  EXPECT_EQ(send("GET", "/v2/code_sources?namespace=ns", 200)["code_sources"].size(), 1U);
  EXPECT_EQ(refused("GET", "/v2/code_sources/src", 404), "Code Source not found [name=src, namespace=]");
  send("DELETE", "/v2/code_sources/src?namespace=ns", 204);
  EXPECT_EQ(send("GET", "/v2/code_sources", 200)["code_sources"].size(), 0U);
}

// More than the store gives at once, with what their classes take.
TEST_F(AdminTest, EveryDynamicActionIsListed) {
  const std::string code = "class A:\n    def __init__(self, a, b='x'):\n        pass\n";
  const std::string source = text_or(send("POST", "/v2/code_sources?name=src", 201, code, "text/plain"), "id");
  rest::Services& services = guarded_.services();
  constexpr std::size_t kCount = limits::kPageMax + 1;
  for (std::size_t i = 0; i < kCount; ++i) {
    auto row = rest::new_record(services, store::kDynamicActionKind, "my.a" + std::to_string(i), "<default-project>");
    row.body = Value{{"class_name", "A"}, {"code_source_id", source}, {"code_source_name", "src"}};
    ASSERT_TRUE(services.catalog.create_record(row));
  }
  std::size_t seen = 0;
  const Value listed = send("GET", "/v2/actions?limit=5000", 200);
  const Value* actions = find(listed, "actions");
  ASSERT_TRUE(actions);
  for (const Value& action : *actions) {
    if (!text_or(action, "name").starts_with("my.a")) continue;
    ++seen;
    EXPECT_EQ(action["input"], "a, b=\"x\"");
  }
  EXPECT_EQ(seen, kCount);
}

TEST_F(AdminTest, DynamicActionsNameAClassInStoredCode) {
  const std::string source = text_or(send("POST", "/v2/code_sources?name=src", 201, "class A: pass\n"), "id");
  EXPECT_EQ(refused("POST", "/v2/dynamic_actions", 400, R"({"class_name": "A"})"),
            "The 'name' of the dynamic action must be provided.");
  EXPECT_EQ(refused("POST", "/v2/dynamic_actions", 400, R"({"name": "a", "code_source_name": "src"})"),
            "The 'class_name' of the dynamic action must be provided.");
  EXPECT_EQ(refused("POST", "/v2/dynamic_actions", 400, R"({"name": "a", "class_name": "A"})"),
            "Either 'code_source_id' or 'code_source_name' must be provided for a dynamic action.");
  EXPECT_EQ(refused("POST", "/v2/dynamic_actions", 404,
                    R"({"name": "a", "class_name": "A", "code_source_name": "none"})"),
            "Code Source not found [name=none, namespace=]");
  const Value made = send("POST", "/v2/dynamic_actions", 201,
                          R"({"name": "a", "class_name": "A", "code_source_name": "src"})");
  EXPECT_EQ(made["code_source_id"], source);
  const Value changed = send("PUT", "/v2/dynamic_actions", 200, R"({"name": "a", "class_name": "B"})");
  EXPECT_EQ(changed["class_name"], "B");
  EXPECT_EQ(changed["code_source_name"], "src");
  EXPECT_EQ(send("GET", "/v2/dynamic_actions?class_name=B", 200)["dynamic_actions"].size(), 1U);
  EXPECT_EQ(send("GET", "/v2/dynamic_actions?class_name=A", 200)["dynamic_actions"].size(), 0U);
  send("DELETE", "/v2/dynamic_actions/" + text_or(made, "id"), 204);
  EXPECT_EQ(refused("GET", "/v2/dynamic_actions/a", 404), "Dynamic Action not found [name=a, namespace=]");
}

TEST_F(AdminTest, CodeTakesItsDynamicActionsAlong) {
  const std::string source = text_or(send("POST", "/v2/code_sources?name=src", 201, "class A: pass\n"), "id");
  send("POST", "/v2/code_sources?name=other", 201, "class A: pass\n");
  send("POST", "/v2/dynamic_actions", 201, R"({"name": "a", "class_name": "A", "code_source_name": "src"})");
  send("POST", "/v2/dynamic_actions", 201, R"({"name": "b", "class_name": "A", "code_source_name": "src"})");
  send("POST", "/v2/dynamic_actions", 201, R"({"name": "c", "class_name": "A", "code_source_name": "other"})");
  send("DELETE", "/v2/code_sources/" + source, 204);
  const Value left = send("GET", "/v2/dynamic_actions", 200)["dynamic_actions"];
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0]["name"], "c");
}

TEST_F(AdminTest, MaintenancePausesAndTakesNothingNew) {
  open_.define("version: '2.0'\nwaits:\n  tasks:\n    t: {action: std.async_noop}\n");
  const std::string execution = open_.run("waits");
  const auto state = [&] { return text_or(open_.json("GET", "/v2/executions/" + execution), "state"); };
  const auto put = [&](const std::string& status, int code = 200) {
    return open_.json("PUT", "/maintenance", code, "{\"status\": \"" + status + "\"}");
  };
  EXPECT_EQ(to_json(open_.json("GET", "/maintenance")), R"({"status":"RUNNING"})");
  EXPECT_EQ(to_json(put("PAUSED")), R"({"status":"PAUSING"})");
  EXPECT_EQ(state(), "PAUSED");
  const http::Response refusal = open_.ask("POST", "/v2/executions", R"({"workflow_name": "waits"})");
  EXPECT_EQ(refusal.status, 423);
  EXPECT_EQ(refusal.headers.get("Server-Error-Message"), "Current Mistral state is PAUSING. Method is not allowed");
  EXPECT_EQ(open_refused("DELETE", "/v2/workflows/waits", 423),
            "Current Mistral state is PAUSING. Method is not allowed");
  const Value runs = open_.json("GET", "/v2/action_executions");
  open_.json("PUT", "/v2/action_executions/" + text_or(runs["action_executions"][0], "id"), 200,
             R"({"state": "SUCCESS", "output": "{}"})");
  EXPECT_EQ(to_json(open_.json("GET", "/maintenance")), R"({"status":"PAUSED"})");
  EXPECT_EQ(open_refused("PUT", "/v2/executions/" + execution, 423, R"({"state": "RUNNING"})"),
            "Current Mistral state is PAUSED. Method is not allowed");
  EXPECT_EQ(to_json(put("RUNNING")), R"({"status":"RUNNING"})");
  EXPECT_EQ(state(), "SUCCESS");
  EXPECT_EQ(put("PAUSING", 500)["faultstring"],
            "PAUSING is intermediate state. Consider PAUSED, RUNNING as new state");
  EXPECT_EQ(put("OFF", 500)["faultstring"],
            "Not found OFF maintenance state. List of states: ['RUNNING', 'PAUSING', 'PAUSED']");
}

TEST_F(AdminTest, MaintenanceLetsCancelAndResumesOnlyWhatItPaused) {
  open_.define("version: '2.0'\nwaits:\n  tasks:\n    t: {action: std.async_noop}\n");
  const std::string by_hand = open_.run("waits");
  const std::string other = open_.run("waits");
  open_.json("PUT", "/v2/executions/" + by_hand, 200, R"({"state": "PAUSED"})");
  open_.json("PUT", "/maintenance", 200, R"({"status": "PAUSED"})");
  // The state outlives the process: another route table on the same store refuses as well.
  open_.services().maintenance = false;
  const http::RouteTable again = rest::make_routes(open_.services());
  EXPECT_TRUE(open_.services().maintenance);
  open_.json("PUT", "/v2/executions/" + other, 200, R"({"state": "CANCELLED"})");
  open_.json("PUT", "/maintenance", 200, R"({"status": "RUNNING"})");
  EXPECT_EQ(open_.json("GET", "/v2/executions/" + by_hand)["state"], "PAUSED");
  EXPECT_EQ(open_.json("GET", "/v2/executions/" + other)["state"], "CANCELLED");
}

// What a killed server leaves: the change is written down, the executions are at any point of it.
TEST_F(AdminTest, MaintenanceIsFinishedAfterACrash) {
  open_.define("version: '2.0'\nwaits:\n  tasks:\n    t: {action: std.async_noop}\n");
  const std::string first = open_.run("waits");
  const std::string second = open_.run("waits");
  const auto states = [&] {
    return text_or(open_.json("GET", "/v2/executions/" + first), "state") + " " +
           text_or(open_.json("GET", "/v2/executions/" + second), "state");
  };
  rest::Services& services = open_.services();
  const auto crashed = [&](const char* wanted) {
    auto row = rest::new_record(services, "setting", "maintenance", "");
    row.body = Value{{"wanted", wanted}, {"paused", Value::array({first})}};
    ASSERT_TRUE(services.catalog.create_record(row));
    const http::RouteTable again = rest::make_routes(services);
    EXPECT_TRUE(services.maintenance);
    ASSERT_TRUE(rest::finish_maintenance(services));
    open_.settle();
  };
  crashed("PAUSED");
  EXPECT_EQ(states(), "PAUSED PAUSED");
  open_.json("PUT", "/maintenance", 200, R"({"status": "RUNNING"})");
  EXPECT_EQ(states(), "RUNNING RUNNING");
  open_.json("PUT", "/v2/executions/" + first, 200, R"({"state": "PAUSED"})");
  crashed("RUNNING");
  EXPECT_EQ(states(), "RUNNING RUNNING");
  EXPECT_FALSE(services.maintenance);
  EXPECT_EQ(to_json(open_.json("GET", "/maintenance")), R"({"status":"RUNNING"})");
}

// PAUSED again goes on with what runs all the same.
TEST_F(AdminTest, MaintenanceIsAskedForAgain) {
  open_.define("version: '2.0'\nwaits:\n  tasks:\n    t: {action: std.async_noop}\n");
  open_.json("PUT", "/maintenance", 200, R"({"status": "PAUSED"})");
  open_.services().maintenance = false;
  const std::string late = open_.run("waits");
  const auto state = [&] { return open_.json("GET", "/v2/executions/" + late)["state"]; };
  for (int i = 0; i < 2; ++i) {
    open_.json("PUT", "/maintenance", 200, R"({"status": "PAUSED"})");
    EXPECT_EQ(state(), "PAUSED");
  }
  open_.json("PUT", "/maintenance", 200, R"({"status": "RUNNING"})");
  EXPECT_EQ(state(), "RUNNING");
}

TEST_F(AdminTest, InfoIsWhatTheOperatorWrote) {
  EXPECT_EQ(to_json(open_.json("GET", "/info", 400)), R"({"faultstring":"Info endpoint disabled."})");
  const std::string path = ::testing::TempDir() + "foehn_info.json";
  std::ofstream(path) << R"({"version": "15"})";
  open_.services().options.info_file = path;
  EXPECT_EQ(to_json(open_.json("GET", "/info")), R"({"version":"15"})");
  std::ofstream(path) << "no JSON";
  EXPECT_EQ(open_.json("GET", "/info", 400)["faultstring"], "Incorrect path to info json file.");
  open_.services().options.info_file = path + ".none";
  EXPECT_EQ(open_.json("GET", "/info", 400)["faultstring"], "Incorrect path to info json file.");
}

}  // namespace
}  // namespace foehn::test
