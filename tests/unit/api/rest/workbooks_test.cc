// Goal: workbooks and ad-hoc actions are created, shown, replaced, checked and deleted over REST as Mistral does.
// Method: the routes; whole texts of errors.
#include <gtest/gtest.h>

#include "tests/unit/api/rest/harness.h"

namespace foehn::test {
namespace {

constexpr char kText[] = "text/plain";
constexpr char kWorkbook[] = R"(version: '2.0'
name: wb
tags: [x]
actions:
  say:
    base: std.echo output="<% $.w %>"
    input: [w]
workflows:
  one:
    output: {said: <% task(t).result %>}
    tasks:
      t: {action: wb.say w="hi"}
)";
constexpr char kAction[] = "version: '2.0'\nsay:\n  base: std.echo output=\"<% $.w %>\"\n  input: [w]\n";

class WorkbooksTest : public ::testing::Test {
 protected:
  Value send(std::string method, std::string target, int status, std::string body) {
    return harness_.json(std::move(method), std::move(target), status, std::move(body), kText);
  }
  std::string refused(std::string method, std::string target, int status, std::string body = "") {
    return text_or(send(std::move(method), std::move(target), status, std::move(body)), "faultstring");
  }
  std::string names(const std::string& target, const char* plural) {
    const Value body = harness_.json("GET", target);
    std::string text;
    for (const Value& one : body[plural]) text += (text.empty() ? "" : " ") + text_or(one, "name");
    return text;
  }
  Harness harness_;
};

TEST_F(WorkbooksTest, WhatAWorkbookHoldsIsThereAndRuns) {
  const Value made = send("POST", "/v2/workbooks", 201, kWorkbook);
  EXPECT_EQ(made["name"], "wb");
  EXPECT_EQ(made["definition"], kWorkbook);
  EXPECT_EQ(to_json(made["tags"]), R"(["x"])");
  EXPECT_FALSE(made.contains("updated_at"));
  EXPECT_EQ(names("/v2/workflows", "workflows"), "wb.one");
  EXPECT_EQ(harness_.json("GET", "/v2/actions/wb.say")["input"], "w");
  EXPECT_EQ(harness_.json("GET", "/v2/executions/" + harness_.run("wb.one"))["output"], R"({"said": "hi"})");
  EXPECT_EQ(harness_.ask("DELETE", "/v2/workbooks/wb").status, 204);
  EXPECT_EQ(names("/v2/workbooks", "workbooks"), "");
  EXPECT_EQ(names("/v2/workflows", "workflows"), "wb.one");
}

TEST_F(WorkbooksTest, WorkbooksAreFoundByNameAndNamespace) {
  send("POST", "/v2/workbooks", 201, kWorkbook);
  send("POST", "/v2/workbooks?namespace=ns", 201, kWorkbook);
  EXPECT_EQ(refused("POST", "/v2/workbooks", 409, kWorkbook),
            "Duplicate entry for WorkbookDefinition ['name', 'namespace', 'project_id']: wb, , <default-project>");
  EXPECT_EQ(harness_.json("GET", "/v2/workbooks/wb?namespace=ns&fields=namespace")["namespace"], "ns");
  EXPECT_EQ(refused("GET", "/v2/workbooks/wb?namespace=other", 404),
            "Workbook not found [workbook_name=wb, namespace=other]");
  EXPECT_EQ(names("/v2/workbooks?namespace=ns", "workbooks"), "wb");
  EXPECT_EQ(names("/v2/workbooks?tags=x&name=has:w", "workbooks"), "wb wb");
  EXPECT_EQ(harness_.ask("DELETE", "/v2/workbooks/wb?namespace=ns").status, 204);
  EXPECT_EQ(names("/v2/workbooks", "workbooks"), "wb");
  EXPECT_TRUE(send("PUT", "/v2/workbooks", 200, kWorkbook)["updated_at"].is_string());
  EXPECT_EQ(refused("PUT", "/v2/workbooks?namespace=ns", 404, kWorkbook),
            "Workbook not found [workbook_name=wb, namespace=ns]");
}

TEST_F(WorkbooksTest, WrongTextsAreRefused) {
  EXPECT_TRUE(refused("POST", "/v2/workbooks", 400, "version: '2.0'\nworkflows: {}\n")
                  .starts_with("Invalid DSL: 'name' is a required property"));
  EXPECT_EQ(refused("POST", "/v2/workbooks?scope=unique", 400, kWorkbook),
            "Scope must be one of the following: {'private', 'public'}; actual: unique");
  EXPECT_EQ(refused("POST", "/v2/workbooks?scope=public", 403, kWorkbook),
            "Operation forbidden (insufficient permissions)");
  EXPECT_EQ(refused("POST", "/v2/workbooks?bogus=1", 400, kWorkbook), "Unknown argument: \"bogus\"");
  EXPECT_EQ(send("POST", "/v2/workbooks/validate", 200, kWorkbook)["valid"], true);
  EXPECT_EQ(send("POST", "/v2/workbooks/validate", 200, "[")["valid"], false);
  EXPECT_EQ(names("/v2/workbooks", "workbooks"), "");
}

TEST_F(WorkbooksTest, AnActionIsCreatedChangedAndDeleted) {
  const Value made = send("POST", "/v2/actions?namespace=ns", 201, kAction)["actions"][0];
  EXPECT_EQ(made["namespace"], "ns");
  EXPECT_EQ(made["is_system"], false);
  EXPECT_TRUE(made["description"].is_null());
  EXPECT_FALSE(made.contains("updated_at"));
  EXPECT_EQ(refused("POST", "/v2/actions?namespace=ns", 409, kAction),
            "Duplicate entry for Action ['name', 'namespace', 'project_id']: say, ns, <default-project>");
  EXPECT_EQ(refused("GET", "/v2/actions/say/", 404), "Action not found [name=say, namespace=]");
  EXPECT_EQ(harness_.json("GET", "/v2/actions/say/ns")["id"], made["id"]);
  EXPECT_EQ(harness_.json("GET", "/v2/actions/" + text_or(made, "id"))["name"], "say");
  const Value changed = send("PUT", "/v2/actions/" + text_or(made, "id") + "?namespace=ns", 200,
                             "version: '2.0'\nsay: {base: std.noop, description: d, tags: [t]}\n")["actions"];
  EXPECT_EQ(changed.size(), 1U);
  EXPECT_EQ(changed[0]["id"], made["id"]);
  EXPECT_EQ(changed[0]["description"], "d");
  EXPECT_EQ(refused("PUT", "/v2/actions", 404, kAction), "Action not found [name=say, namespace=]");
  EXPECT_EQ(refused("PUT", "/v2/actions/x", 400, "version: '2.0'\na: {base: std.noop}\nb: {base: std.noop}\n"),
            "More than one actions are not supported for update with identifier. [identifier: x]");
  EXPECT_EQ(harness_.ask("DELETE", "/v2/actions/say/ns").status, 204);
  EXPECT_EQ(refused("DELETE", "/v2/actions/say/ns", 404),
            "Action definition not found [action_name=say, namespace=ns]");
  EXPECT_EQ(refused("DELETE", "/v2/actions/std.noop", 404),
            "Action definition not found [action_name=std.noop, namespace=]");
}

TEST_F(WorkbooksTest, AdHocActionsStandAmongTheOthersInLists) {
  send("POST", "/v2/actions", 201, "version: '2.0'\nstd.glue: {base: std.noop, tags: [t]}\n");
  EXPECT_EQ(names("/v2/actions", "actions"), "std.async_noop std.echo std.fail std.glue std.noop");
  EXPECT_EQ(names("/v2/actions?tags=t", "actions"), "std.async_noop std.echo std.fail std.glue std.noop");
  EXPECT_EQ(names("/v2/actions?scope=private&name=has:gl", "actions"), "std.glue");
  EXPECT_EQ(names("/v2/actions?limit=2&marker=std.fail", "actions"), "std.fail std.glue");
  EXPECT_EQ(names("/v2/actions?sort_keys=created_at&sort_dirs=asc", "actions"),
            "std.async_noop std.echo std.fail std.noop std.glue");
}

TEST_F(WorkbooksTest, AWorkflowThatUsesAStoredActionGivesNoWarning) {
  const std::string flow = "version: '2.0'\nflow:\n  tasks:\n    t: {action: say w=1}\n";
  EXPECT_TRUE(send("POST", "/v2/workflows/validate", 200, flow).contains("diagnostics"));
  send("POST", "/v2/actions", 201, kAction);
  EXPECT_EQ(to_json(send("POST", "/v2/workflows/validate", 200, flow)), "{\"valid\":true}");
  EXPECT_EQ(send("POST", "/v2/actions/validate", 200, kAction)["valid"], true);
}

TEST_F(WorkbooksTest, AWorkflowWithTriggersIsNotDeleted) {
  harness_.define("version: '2.0'\nflow: {tasks: {t: {action: std.noop}}}\n");
  const std::string id = text_or(harness_.json("GET", "/v2/workflows/flow"), "id");
  store::RecordRow trigger;
  trigger.id = store::RecordId::random();
  trigger.name = "daily";
  trigger.body["workflow_id"] = id;
  for (const std::string kind : {"cron", "event"}) {
    trigger.kind = kind + "_trigger";
    ASSERT_TRUE(harness_.store().create_record(trigger));
    EXPECT_EQ(refused("DELETE", "/v2/workflows/flow", 400),
              "Can't delete workflow that has " + kind + " triggers associated. [workflow_identifier=flow, "
              "namespace=], [" + kind + "_trigger_id(s)=" + to_string(trigger.id) + "]");
    ASSERT_TRUE(harness_.store().remove_record(trigger.kind, trigger.id));
  }
  EXPECT_EQ(harness_.ask("DELETE", "/v2/workflows/flow").status, 204);
}

}  // namespace
}  // namespace foehn::test
