// Goal: what Catalog promises, for every backend. Method: a few rows, every operation, whole error texts.
#include <gmock/gmock.h>

#include "tests/unit/engine/store/store_fixture.h"

namespace foehn::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class CatalogTest : public testing::TestWithParam<std::string> {
 protected:
  Catalog& catalog() { return backend_->catalog(); }
  std::string names(const ListQuery& query) {
    std::string all;
    const auto page = catalog().workflows(query);
    if (!page) return page.error().message;
    for (const WorkflowRow& row : page->rows)
      all += row.name + "/" + row.workflow_namespace + "/" + row.project_id + " ";
    return all + (page->more ? "…" : "");
  }

  std::unique_ptr<Backend> backend_ = make_backend(GetParam());
};
INSTANTIATE_TEST_SUITE_P(Backends, CatalogTest, testing::Values("mem", "sqlite"),
                         [](const auto& backend) { return backend.param; });

std::string message(const Status& status) { return status ? "ok" : status.error().message; }

TEST_P(CatalogTest, A_workflow_comes_back_as_it_was_stored) {
  WorkflowRow row = workflow_row(1, "flow");
  row.workflow_namespace = "ns";
  row.scope = "public";
  row.tags = {"a", "ü"};
  row.workbook_name = "book";
  row.is_system = true;
  row.updated_at = second(9);
  ASSERT_TRUE(catalog().create_workflows({row}));
  backend_->reopen();
  EXPECT_EQ(show(**catalog().workflow(row.id)), show(row));
  EXPECT_EQ(show(**catalog().workflow("flow", "ns", false)), show(row));
  EXPECT_FALSE(catalog().workflow(nth<DefinitionId>(2))->has_value());
}

TEST_P(CatalogTest, Workflows_of_one_call_are_stored_together_or_not_at_all) {
  ASSERT_TRUE(catalog().create_workflows({workflow_row(1, "flow")}));
  const Status status = catalog().create_workflows({workflow_row(2, "new"), workflow_row(3, "flow")});
  EXPECT_EQ(message(status), "Duplicate entry for WorkflowDefinition ['name', 'namespace', 'project_id']: flow, , p");
  EXPECT_EQ(status.error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(names({}), "flow//p ");
  WorkflowRow changed = workflow_row(1, "renamed");
  EXPECT_EQ(message(catalog().update_workflows({changed, workflow_row(7, "gone")})),
            "Workflow not found [workflow_identifier=" + to_string(nth<DefinitionId>(7)) + ", namespace=]");
  EXPECT_EQ(names({}), "flow//p ");
  EXPECT_EQ(message(catalog().update_workflows({changed})), "ok");
  EXPECT_EQ(names({}), "renamed//p ");
}

TEST_P(CatalogTest, An_update_may_not_take_the_name_of_another) {
  ASSERT_TRUE(catalog().create_workflows({workflow_row(1, "one"), workflow_row(2, "two")}));
  EXPECT_EQ(message(catalog().update_workflows({workflow_row(2, "one")})),
            "Duplicate entry for WorkflowDefinition ['name', 'namespace', 'project_id']: one, , p");
  WorkflowRow elsewhere = workflow_row(2, "one");
  elsewhere.workflow_namespace = "ns";
  EXPECT_EQ(message(catalog().update_workflows({elsewhere})), "ok");
}

TEST_P(CatalogTest, Removing_what_is_not_there_is_an_error) {
  ASSERT_TRUE(catalog().create_workflows({workflow_row(1, "one")}));
  EXPECT_EQ(message(catalog().remove_workflow(nth<DefinitionId>(1))), "ok");
  EXPECT_EQ(message(catalog().remove_workflow(nth<DefinitionId>(1))),
            "Workflow not found [workflow_identifier=" + to_string(nth<DefinitionId>(1)) + ", namespace=]");
}

TEST_P(CatalogTest, A_name_falls_back_to_the_default_namespace_and_prefers_the_own_project) {
  std::vector<WorkflowRow> rows;
  const auto add = [&](const std::string& space, const std::string& project, const std::string& scope) {
    rows.push_back(workflow_row(rows.size() + 1, "flow"));
    rows.back().workflow_namespace = space;
    rows.back().project_id = project;
    rows.back().scope = scope;
  };
  add("", "q", "public");
  add("", "p", "private");
  add("ns", "q", "private");
  ASSERT_TRUE(catalog().create_workflows(rows));
  const auto number = [&](const Result<std::optional<WorkflowRow>>& found) {
    if (!*found) return 0;
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (rows[i].id == (*found)->id) return static_cast<int>(i + 1);
    return -1;
  };
  EXPECT_EQ(number(catalog().workflow("flow", "", false)), 1);
  EXPECT_EQ(number(catalog().workflow("flow", "ns", true)), 3);
  EXPECT_EQ(number(catalog().workflow("flow", "other", true)), 1);
  EXPECT_EQ(number(catalog().workflow("flow", "other", false)), 0);
  EXPECT_EQ(number(catalog().workflow("floW", "", true)), 0);
  EXPECT_EQ(number(catalog().workflow_for("p", "flow", "ns", true)), 2);
  EXPECT_EQ(number(catalog().workflow_for("q", "flow", "ns", true)), 3);
  EXPECT_EQ(number(catalog().workflow_for("r", "flow", "ns", true)), 1);
  EXPECT_EQ(number(catalog().workflow_for("r", "flow", "ns", false)), 0);
}

TEST_P(CatalogTest, A_member_that_accepted_sees_a_private_workflow_until_it_is_none) {
  WorkflowRow row = workflow_row(1, "flow");
  row.project_id = "q";
  ASSERT_TRUE(catalog().create_workflows({row, workflow_row(2, "own")}));
  RecordRow member;
  member.id = nth<RecordId>(1);
  member.kind = kMemberKind;
  member.name = "p";
  member.record_namespace = to_string(row.id);
  member.project_id = "q";
  member.body = Value{{"status", "pending"}};
  ASSERT_TRUE(catalog().create_record(member));
  ListQuery query;
  query.visible_to = "p";
  const auto sees = [&] {
    const bool by_id = (*catalog().workflow_for("p", row.id)).has_value();
    const bool by_name = (*catalog().workflow_for("p", "flow", "", false)).has_value();
    EXPECT_EQ(by_id, by_name);
    EXPECT_EQ(names(query), by_id ? "flow//q own//p " : "own//p ");
    return by_id;
  };
  EXPECT_FALSE(sees());
  member.body["status"] = "accepted";
  ASSERT_TRUE(catalog().update_record(member, 1));
  EXPECT_TRUE(sees());
  EXPECT_FALSE((*catalog().workflow_for("r", row.id)).has_value());
  EXPECT_TRUE((*catalog().workflow_for("q", row.id)).has_value());
  EXPECT_FALSE((*catalog().workflow_for("p", nth<DefinitionId>(9))).has_value());
  ASSERT_TRUE(catalog().remove_record(kMemberKind, member.id));
  EXPECT_FALSE(sees());
}

TEST_P(CatalogTest, Lists_show_a_project_its_own_public_and_system_workflows) {
  WorkflowRow mine = workflow_row(1, "mine");
  WorkflowRow theirs = workflow_row(2, "theirs");
  theirs.project_id = "q";
  WorkflowRow shared = workflow_row(3, "shared");
  shared.project_id = "q";
  shared.scope = "public";
  WorkflowRow system = workflow_row(4, "system");
  system.project_id = "";
  system.is_system = true;
  ASSERT_TRUE(catalog().create_workflows({mine, theirs, shared, system}));
  ListQuery query;
  query.visible_to = "p";
  EXPECT_EQ(names(query), "mine//p shared//q system// ");
  query.filters = {{"is_system", FilterOp::kEq, {"False"}}};
  query.sort = {{"name", true}};
  EXPECT_EQ(names(query), "shared//q mine//p ");
  query.limit = 1;
  EXPECT_EQ(names(query), "shared//q …");
  query.marker = to_string(shared.id);
  EXPECT_EQ(names(query), "mine//p ");
  query.marker = to_string(nth<DefinitionId>(9));
  EXPECT_EQ(names(query), "Workflow not found [workflow_identifier=" + *query.marker + ", namespace=]");
}

ActionRow action_row(std::uint64_t number, const std::string& name) {
  ActionRow row;
  row.id = nth<DefinitionId>(number);
  row.name = name;
  row.project_id = "p";
  row.definition = "text of " + name;
  row.hash = "hash of " + name;
  row.created_at = second(static_cast<std::int64_t>(number));
  return row;
}

WorkbookRow workbook_row(std::uint64_t number, const std::string& name) {
  WorkbookRow row;
  row.id = nth<DefinitionId>(number);
  row.name = name;
  row.project_id = "p";
  row.definition = "text of " + name;
  row.created_at = second(static_cast<std::int64_t>(number));
  return row;
}

TEST_P(CatalogTest, An_action_and_a_workbook_come_back_as_they_were_stored) {
  ActionRow action = action_row(1, "say");
  action.action_namespace = "ns";
  action.scope = "public";
  action.input = "a, b=null";
  action.description = "says it";
  action.tags = {"ü"};
  action.workbook_name = "wb";
  action.updated_at = second(9);
  WorkbookRow workbook = workbook_row(2, "wb");
  workbook.workbook_namespace = "ns";
  workbook.tags = {"t"};
  workbook.updated_at = second(8);
  DefinitionWrite write;
  write.actions.create = {action};
  write.workbooks.create = {workbook};
  ASSERT_TRUE(catalog().write_definitions(write));
  backend_->reopen();
  const auto shown = [](const ActionRow& row) {
    return row.name + "|" + row.action_namespace + "|" + row.project_id + "|" + row.scope + "|" + row.definition + "|" +
           row.hash + "|" + row.input + "|" + row.description + "|" + to_json(Value(row.tags)) + "|" +
           row.workbook_name + "|" + std::to_string(row.created_at.us) + "|" + std::to_string(row.updated_at->us);
  };
  EXPECT_EQ(shown(**catalog().action(action.id)), shown(action));
  EXPECT_EQ(shown(**catalog().action_for("q", "say", "ns", false)), shown(action));
  const auto found = *catalog().workbook_for("p", "wb", "ns", false);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->definition, "text of wb");
  EXPECT_EQ(found->tags, workbook.tags);
  EXPECT_EQ(found->updated_at, workbook.updated_at);
  EXPECT_FALSE(catalog().workbook_for("q", "wb", "ns", false)->has_value());
}

TEST_P(CatalogTest, What_one_document_defines_is_stored_together_or_not_at_all) {
  DefinitionWrite write;
  write.workbooks.create = {workbook_row(1, "wb")};
  write.workflows.create = {workflow_row(2, "wb.flow")};
  write.actions.create = {action_row(3, "wb.say"), action_row(4, "wb.say")};
  EXPECT_EQ(message(catalog().write_definitions(write)),
            "Duplicate entry for Action ['name', 'namespace', 'project_id']: wb.say, , p");
  EXPECT_FALSE(catalog().workbook_for("p", "wb", "", false)->has_value());
  EXPECT_EQ(names({}), "");
  EXPECT_FALSE(catalog().action(nth<DefinitionId>(3))->has_value());
  write.actions.create.pop_back();
  EXPECT_EQ(message(catalog().write_definitions(write)), "ok");
  DefinitionWrite again;
  again.workbooks.create = {workbook_row(7, "wb")};
  EXPECT_EQ(message(catalog().write_definitions(again)),
            "Duplicate entry for WorkbookDefinition ['name', 'namespace', 'project_id']: wb, , p");
  DefinitionWrite gone;
  gone.actions.update = {action_row(9, "none")};
  EXPECT_EQ(message(catalog().write_definitions(gone)), "Action definition not found [action_name=" +
                                                            to_string(nth<DefinitionId>(9)) + ", namespace=]");
}

TEST_P(CatalogTest, Actions_are_found_by_namespace_and_project_and_listed) {
  ActionRow other = action_row(2, "say");
  other.action_namespace = "ns";
  ActionRow foreign = action_row(3, "theirs");
  foreign.project_id = "q";
  DefinitionWrite write;
  write.actions.create = {action_row(1, "say"), other, foreign};
  ASSERT_TRUE(catalog().write_definitions(write));
  EXPECT_EQ((*catalog().action_for("p", "say", "ns", true))->id, other.id);
  EXPECT_EQ((*catalog().action_for("p", "say", "other", true))->id, nth<DefinitionId>(1));
  EXPECT_FALSE(catalog().action_for("p", "say", "other", false)->has_value());
  EXPECT_FALSE(catalog().action_for("p", "theirs", "", true)->has_value());
  ListQuery query;
  query.visible_to = "p";
  query.filters = {{"namespace", FilterOp::kEq, {"ns"}}};
  EXPECT_EQ(must(catalog().actions(query)).rows.size(), 1U);
  query.filters.clear();
  query.limit = 1;
  EXPECT_TRUE(must(catalog().actions(query)).more);
}

TEST_P(CatalogTest, The_version_of_the_actions_grows_with_every_change_and_only_then) {
  const std::uint64_t before = catalog().actions_version();
  EXPECT_EQ(catalog().actions_version(), before);
  DefinitionWrite write;
  write.actions.create = {action_row(1, "say")};
  ASSERT_TRUE(catalog().write_definitions(write));
  const std::uint64_t created = catalog().actions_version();
  EXPECT_GT(created, before);
  EXPECT_EQ(message(catalog().remove_action(nth<DefinitionId>(1))), "ok");
  EXPECT_GT(catalog().actions_version(), created);
  EXPECT_EQ(message(catalog().remove_action(nth<DefinitionId>(1))),
            "Action definition not found [action_name=" + to_string(nth<DefinitionId>(1)) + ", namespace=]");
  EXPECT_EQ(message(catalog().remove_workbook(nth<DefinitionId>(1))),
            "Workbook not found [workbook_name=" + to_string(nth<DefinitionId>(1)) + ", namespace=]");
}

TEST_P(CatalogTest, Definition_texts_are_found_by_hash) {
  EXPECT_EQ(*catalog().definition_text("h"), std::nullopt);
  ASSERT_TRUE(catalog().put_definition_text("h", "text"));
  ASSERT_TRUE(catalog().put_definition_text("h", "another"));
  EXPECT_EQ(*catalog().definition_text("h"), "text");
  ASSERT_TRUE(catalog().create_workflows({workflow_row(1, "flow")}));
  EXPECT_EQ(*catalog().definition_text("hash of flow"), "text of flow");
}

TEST_P(CatalogTest, A_resource_changes_only_from_the_revision_that_was_seen) {
  ResourceRow row = resource_row(1, "box", "b1");
  ASSERT_TRUE(catalog().create_resource(row));
  EXPECT_EQ(message(catalog().create_resource(resource_row(2, "box", "b1"))), "There is already a box 'b1'.");
  row.state = "READY";
  row.body = {{"ip", "10.0.0.1"}};
  row.updated_at = second(7);
  EXPECT_EQ(message(catalog().update_resource(row, 1)), "ok");
  const Status stale = catalog().update_resource(row, 1);
  EXPECT_EQ(message(stale), "The box 'b1' was changed by somebody else: revision 1 was expected, 2 is stored.");
  EXPECT_EQ(stale.error().code, ErrorCode::kConflict);
  backend_->reopen();
  row.revision = 2;
  EXPECT_EQ(show(**catalog().resource("box", "b1")), show(row));
  EXPECT_EQ(message(catalog().update_resource(resource_row(1, "box", "b2"), 1)), "There is no box 'b2'.");
  EXPECT_EQ(message(catalog().remove_resource("box", "b1")), "ok");
  EXPECT_EQ(message(catalog().remove_resource("box", "b1")), "There is no box 'b1'.");
  EXPECT_FALSE(catalog().resource("box", "b1")->has_value());
}

TEST_P(CatalogTest, Resources_are_listed_by_kind_and_owner_in_order_of_creation) {
  ResourceRow late = resource_row(9, "box", "late");
  late.owner = "oc";
  ASSERT_TRUE(catalog().create_resource(late));
  ASSERT_TRUE(catalog().create_resource(resource_row(2, "box", "early")));
  ASSERT_TRUE(catalog().create_resource(resource_row(3, "key", "other")));
  const auto keys = [&](std::string_view kind, std::string_view owner) {
    std::vector<std::string> all;
    for (const ResourceRow& row : must(catalog().resources(kind, owner))) all.push_back(row.key);
    return all;
  };
  EXPECT_THAT(keys("box", ""), ElementsAre("early", "late"));
  EXPECT_THAT(keys("box", "oc"), ElementsAre("late"));
  EXPECT_THAT(keys("lock", ""), IsEmpty());
}

}  // namespace
}  // namespace foehn::store
