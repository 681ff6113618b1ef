// Goal: definitions go in as text and come out as rows; every refusal is whole and leaves nothing behind.
// Method: the routes over the memory store.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "dsl/checksum.h"
#include "tests/unit/api/rest/harness.h"

namespace foehn::test {
namespace {

constexpr char kTwo[] =
    "version: '2.0'\n"
    "one: {input: [a, b: null, c: 'x', d: true, e: [1, 2]], output: {y: 1, z: 2}, tasks: {t: {action: std.noop}}}\n"
    "two: {tags: [k], tasks: {t: {action: std.noop}}}\n";

class WorkflowsTest : public ::testing::Test {
 protected:
  Value post(const std::string& yaml, int status = 201, const std::string& query = "") {
    return harness_.json("POST", "/v2/workflows" + query, status, yaml, "text/plain");
  }
  std::size_t count() { return harness_.json("GET", "/v2/workflows")["workflows"].size(); }
  Harness harness_;
};

TEST_F(WorkflowsTest, SummariesAndInterfacesAreMadeFromTheInput) {
  const Value created = post(kTwo)["workflows"];
  ASSERT_EQ(created.size(), 2u);
  EXPECT_EQ(created[0]["input"], R"(a, b="None", c="x", d="True", e="[1, 2]")");
  EXPECT_EQ(to_json(created[0]["interface"]),
            R"({"input":["a",{"b":null},{"c":"x"},{"d":true},{"e":[1,2]}],"output":["y","z"]})");
  EXPECT_EQ(created[1]["tags"], Value::array({"k"}));
  EXPECT_EQ(created[1]["input"], "");
  EXPECT_FALSE(created[0].contains("updated_at"));
  EXPECT_EQ(created[0]["checksum"].get<std::string>().size(), 32u);
  const Value read = harness_.json("GET", "/v2/workflows/one");
  EXPECT_EQ(read["interface"],
            R"({"input": ["a", {"b": null}, {"c": "x"}, {"d": true}, {"e": [1, 2]}], "output": ["y", "z"]})");
  EXPECT_TRUE(read["updated_at"].is_null());
}

TEST_F(WorkflowsTest, AMistakeIsShownWithItsPlaceAndStoresNothing) {
  const Value refused = post("version: '2.0'\nwf:\n  tasks:\n    t: {action: std.noop, on-success: nope}\n", 400);
  EXPECT_EQ(text_or(refused, "faultstring").substr(0, 22), "Task 'nope' not found.");
  EXPECT_NE(text_or(refused, "faultstring").find("\n  4 |     t: {action: std.noop, on-success: nope}\n"),
            std::string::npos);
  ASSERT_EQ(refused["diagnostics"].size(), 1u);
  EXPECT_EQ(refused["diagnostics"][0]["line"], 4);
  EXPECT_EQ(refused["diagnostics"][0]["column"], 39);
  EXPECT_EQ(refused["diagnostics"][0]["severity"], "error");
  EXPECT_FALSE(refused.contains("faultcode"));
  EXPECT_EQ(count(), 0u);
}

TEST_F(WorkflowsTest, WhatIsStoredOfOneAndOfSeveral) {
  const std::string alone = "# as written\nversion: '2.0'\nthree:   {tasks: {t: {action: std.noop}}}\n";
  const Value one = post(alone)["workflows"][0];
  EXPECT_EQ(one["definition"], alone);
  EXPECT_EQ(one["checksum"], dsl::md5_hex(alone));
  const Value several = post(kTwo)["workflows"];
  const std::string cut = "version: '2.0'\ntwo:\n  tags:\n    - k\n  tasks:\n    t:\n      action: std.noop\n";
  EXPECT_EQ(several[1]["definition"], cut);
  EXPECT_EQ(several[1]["checksum"], dsl::md5_hex(cut));
}

TEST_F(WorkflowsTest, SkipValidationIsTakenAndDefinitionsAreCheckedAllTheSame) {
  const std::string wrong = "version: '2.0'\nwf: {tasks: {t: {on-success: nowhere}}}\n";
  EXPECT_EQ(post(wrong, 400, "?skip_validation")["diagnostics"][0]["code"], "E301");
  EXPECT_EQ(count(), 0u);
  post(kTwo, 201, "?skip_validation");
}

TEST_F(WorkflowsTest, ATextOfTooManyStoresNothing) {
  std::string text = "version: '2.0'\n";
  for (int i = 0; i <= 5'000; ++i) text += "w" + std::to_string(i) + ": {tasks: {t: {action: std.noop}}}\n";
  const Value refused = post(text, 400);
  EXPECT_EQ(refused["diagnostics"].size(), 1u);
  EXPECT_EQ(refused["diagnostics"][0]["code"], "E108");
  EXPECT_EQ(text_or(refused, "faultstring"),
            "the document holds 5001 definitions, and at most 5000 are stored at once\n\n"
            "5002:1: error: the document holds 5001 definitions, and at most 5000 are stored at once [E108]\n"
            "  5002 | w5000: {tasks: {t: {action: std.noop}}}\n"
            "       | ^\n"
            "  hint: Send them in several texts.\n");
  EXPECT_EQ(harness_.json("POST", "/v2/workflows/validate", 200, text, "text/plain")["valid"], false);
  EXPECT_EQ(count(), 0u);
}

TEST_F(WorkflowsTest, OneDuplicateRefusesTheWholeText) {
  post("version: '2.0'\ntwo: {tasks: {t: {action: std.noop}}}\n");
  const Value refused = post(kTwo, 409);
  EXPECT_EQ(refused["faultstring"],
            "Duplicate entry for WorkflowDefinition ['name', 'namespace', 'project_id']: two, , <default-project>");
  EXPECT_EQ(count(), 1u);
  post(kTwo, 201, "?namespace=other");
  EXPECT_EQ(count(), 3u);
}

TEST_F(WorkflowsTest, NamesThatLookLikeIdsAreRefused) {
  const Value refused =
      post("version: '2.0'\n42fb3990-98b7-4be0-a018-c34e155945b6: {tasks: {t: {action: std.noop}}}\n", 400);
  EXPECT_NE(text_or(refused, "faultstring").find("Workflow name cannot be in the format of UUID."), std::string::npos)
      << text_or(refused, "faultstring");
}

TEST_F(WorkflowsTest, ScopesAreChecked) {
  EXPECT_EQ(post(kTwo, 400, "?scope=unique")["faultstring"],
            "Scope must be one of the following: {'private', 'public'}; actual: unique");
  EXPECT_EQ(post(kTwo, 403, "?scope=public")["faultstring"], "Operation forbidden (insufficient permissions)");
  EXPECT_EQ(post(kTwo, 400, "?bogus=1")["faultstring"], "Unknown argument: \"bogus\"");
}

TEST_F(WorkflowsTest, AnUpdateKeepsTheIdAndSetsTheTime) {
  const Value before = post(kTwo)["workflows"][1];
  const Value after =
      harness_.json("PUT", "/v2/workflows", 200, "version: '2.0'\ntwo: {input: [q], tasks: {t: {action: std.noop}}}\n",
                    "text/plain")["workflows"][0];
  EXPECT_EQ(after["id"], before["id"]);
  EXPECT_EQ(after["input"], "q");
  EXPECT_EQ(after["created_at"], before["created_at"]);
  EXPECT_TRUE(after["updated_at"].is_string());
}

TEST_F(WorkflowsTest, AnUpdateThatChangesNothingHasNoTime) {
  post(kTwo);
  const Value after = harness_.json("PUT", "/v2/workflows", 200, kTwo, "text/plain")["workflows"][0];
  EXPECT_FALSE(after.contains("updated_at"));
}

TEST_F(WorkflowsTest, AnUpdateOfSeveralIsRefusedWholeWhenOneIsUnknown) {
  post("version: '2.0'\none: {tasks: {t: {action: std.noop}}}\n");
  const Value refused = harness_.json("PUT", "/v2/workflows", 404, kTwo, "text/plain");
  EXPECT_EQ(refused["faultstring"], "Workflow not found [workflow_identifier=two, namespace=]");
  EXPECT_EQ(harness_.json("GET", "/v2/workflows/one")["input"], "");
}

TEST_F(WorkflowsTest, ShippedWorkflowsCannotBeChanged) {
  store::WorkflowRow row;
  row.id = DefinitionId::random();
  row.name = "one";
  row.is_system = true;
  row.project_id = "<default-project>";
  row.interface_ = Value::object();
  ASSERT_TRUE(harness_.store().create_workflows({row}));
  const std::string text = "Can not modify a system WorkflowDefinition resource, ID: " + to_string(row.id);
  EXPECT_EQ(harness_.json("DELETE", "/v2/workflows/one", 400)["faultstring"], text);
  EXPECT_EQ(harness_.json("PUT", "/v2/workflows", 400, "version: '2.0'\none: {tasks: {t: {action: std.noop}}}\n",
                          "text/plain")["faultstring"],
            text);
}

TEST_F(WorkflowsTest, ADeletedWorkflowIsGone) {
  post(kTwo);
  const http::Response deleted = harness_.ask("DELETE", "/v2/workflows/one");
  EXPECT_EQ(deleted.status, 204);
  EXPECT_EQ(deleted.body, "");
  EXPECT_EQ(harness_.json("GET", "/v2/workflows/one", 404)["faultstring"],
            "Workflow not found [workflow_identifier=one, namespace=]");
}

TEST_F(WorkflowsTest, ValidationStoresNothing) {
  EXPECT_EQ(to_json(harness_.json("POST", "/v2/workflows/validate", 200, kTwo, "text/plain")), R"({"valid":true})");
  const Value bad = harness_.json("POST", "/v2/workflows/validate", 200, "version: '2.0'\nwf: {}\n", "text/plain");
  EXPECT_EQ(bad["valid"], false);
  EXPECT_TRUE(bad["diagnostics"].is_array());
  EXPECT_EQ(count(), 0u);
}

TEST_F(WorkflowsTest, XmlIsRefusedBeforeAnythingElse) {
  const http::Response refused = harness_.ask("POST", "/v2/workflows", "<a/>", "application/atom+xml");
  EXPECT_EQ(refused.status, 415);
  EXPECT_EQ(refused.headers.get("Server-Error-Message"), "XML request bodies are not supported.");
}

// Goal: the last writer wins, whatever others write at the same time; each text is a revision, once, in that order.
TEST(WorkflowRevisions, WritersAtTheSameTimeAllSucceed) {
  Harness harness;
  const auto text = [](int output) {
    return "version: '2.0'\nn: {tasks: {t: {action: std.echo output=" + std::to_string(output) + "}}}\n";
  };
  harness.define(text(-1));
  constexpr int kWriters = 4, kEach = 15;
  std::atomic<int> refused{0};
  std::vector<std::thread> writers;
  for (int k = 0; k < kWriters; ++k)
    writers.emplace_back([&, k] {
      for (int i = 0; i < kEach; ++i)
        if (harness.ask("PUT", "/v2/workflows", text(k * kEach + i), "text/plain").status != 200) ++refused;
    });
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(refused, 0);
  const Value list = harness.json("GET", "/foehn/v1/workflows/n/revisions")["revisions"];
  EXPECT_EQ(list.size(), std::size_t{1 + kWriters * kEach});
  for (std::size_t i = 0; i < list.size(); ++i) EXPECT_EQ(list[i]["revision"], i + 1);
  EXPECT_EQ(list.back()["hash"], harness.json("GET", "/v2/workflows/n")["checksum"]);
}

TEST(WorkflowRevisions, ARefusedUpdateLeavesNone) {
  Harness harness;
  harness.define("version: '2.0'\nn: {tasks: {t: {action: std.noop}}}\nhold: {tasks: {t: {action: std.noop}}}\n");
  const std::string id = text_or(harness.json("GET", "/v2/workflows/n"), "id");
  const Value refused = harness.json("PUT", "/v2/workflows/" + id, 409,
                                     "version: '2.0'\nhold: {tasks: {t: {action: std.fail}}}\n", "text/plain");
  EXPECT_EQ(refused["faultstring"],
            "Duplicate entry for WorkflowDefinition ['name', 'namespace', 'project_id']: hold, , <default-project>");
  EXPECT_EQ(harness.json("GET", "/foehn/v1/workflows/n/revisions")["revisions"].size(), 1U);
}

}  // namespace
}  // namespace foehn::test
