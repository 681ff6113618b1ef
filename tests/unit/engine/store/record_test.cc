// Goal: what Records promises, for every backend. Method: a few rows of two kinds, every operation, whole error texts;
// lists by columns and by members of the body.
#include <gmock/gmock.h>

#include "tests/unit/engine/store/store_fixture.h"

namespace foehn::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

RecordRow record_row(std::uint64_t number, const std::string& kind, const std::string& name) {
  RecordRow row;
  row.id = nth<RecordId>(number);
  row.kind = kind;
  row.name = name;
  row.project_id = "p";
  row.body = Value{{"variables", {{"a", 1}}}};
  row.created_at = second(static_cast<std::int64_t>(number));
  return row;
}

std::string show(const RecordRow& row) {
  return to_string(row.id) + "|" + row.kind + "|" + row.name + "|" + row.record_namespace + "|" + row.project_id + "|" +
         row.scope + "|" + to_json(row.body) + "|" + std::to_string(row.revision) + "|" +
         std::to_string(row.created_at.us) + "|" + (row.updated_at ? std::to_string(row.updated_at->us) : "-");
}

std::string message(const Status& status) { return status ? "ok" : status.error().message; }

class RecordTest : public testing::TestWithParam<std::string> {
 protected:
  Catalog& catalog() { return backend_->catalog(); }
  std::vector<std::string> names(const ListQuery& query, std::string_view kind = "trigger") {
    const auto page = catalog().records(kind, query);
    if (!page) return {page.error().message};
    std::vector<std::string> all;
    for (const RecordRow& row : page->rows) all.push_back(row.name);
    if (page->more) all.emplace_back("…");
    return all;
  }
  void add(std::uint64_t number, const std::string& name, Value body) {
    RecordRow row = record_row(number, "trigger", name);
    row.body = std::move(body);
    EXPECT_EQ(message(catalog().create_record(row)), "ok");
  }
  // One of each sort of member.
  void add_members() {
    add(1, "none", Value::object());
    add(2, "two", Value{{"n", 2}, {"on", false}});
    add(3, "ten", Value{{"n", 10}, {"on", true}, {"list", Value::array({1, "x"})}});
    add(4, "text", Value{{"n", "10"}, {"list", Value::array()}});
    add(5, "word", Value{{"n", "a%ü"}});
    add(6, "half", Value{{"n", 2.5}});
  }

  std::unique_ptr<Backend> backend_ = make_backend(GetParam());
};
INSTANTIATE_TEST_SUITE_P(Backends, RecordTest, testing::Values("mem", "sqlite"),
                         [](const auto& backend) { return backend.param; });

TEST_P(RecordTest, ARecordComesBackAsItWasStored) {
  RecordRow row = record_row(1, "environment", "env");
  row.record_namespace = "ns";
  row.scope = "public";
  row.body = Value{{"z", nullptr}, {"a", {{"ü", Value::array({1.5, true, "\n"})}}}};
  row.updated_at = second(9);
  ASSERT_EQ(message(catalog().create_record(row)), "ok");
  backend_->reopen();
  EXPECT_EQ(show(**catalog().record("environment", row.id)), show(row));
  EXPECT_EQ(show(**catalog().record_for("q", "environment", "env", "ns")), show(row));
  EXPECT_FALSE(catalog().record("trigger", row.id)->has_value());
  EXPECT_FALSE(catalog().record_for("p", "environment", "env", "")->has_value());
}

TEST_P(RecordTest, ANameIsTakenOncePerKindNamespaceAndProject) {
  ASSERT_EQ(message(catalog().create_record(record_row(1, "environment", "env"))), "ok");
  const Status again = catalog().create_record(record_row(2, "environment", "env"));
  EXPECT_EQ(message(again), "There is already a environment 'env'.");
  EXPECT_EQ(again.error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(message(catalog().create_record(record_row(3, "trigger", "env"))), "ok");
  RecordRow elsewhere = record_row(4, "environment", "env");
  elsewhere.project_id = "q";
  EXPECT_EQ(message(catalog().create_record(elsewhere)), "ok");
  elsewhere.id = nth<RecordId>(5);
  elsewhere.record_namespace = "ns";
  EXPECT_EQ(message(catalog().create_record(elsewhere)), "ok");
}

TEST_P(RecordTest, RecordsOfADefinitionAreStoredWithItOrNotAtAll) {
  ASSERT_EQ(message(catalog().create_record(record_row(1, "revision", "taken"))), "ok");
  DefinitionWrite write;
  write.workflows.create = {workflow_row(1, "flow")};
  write.records = {record_row(2, "revision", "1"), record_row(3, "revision", "taken")};
  EXPECT_EQ(message(catalog().write_definitions(write)), "There is already a revision 'taken'.");
  EXPECT_FALSE(catalog().workflow("flow", "", false)->has_value());
  EXPECT_FALSE(catalog().record("revision", nth<RecordId>(2))->has_value());
  write.records.pop_back();
  EXPECT_EQ(message(catalog().write_definitions(write)), "ok");
  write.records[0] = record_row(4, "revision", "2");
  EXPECT_EQ(message(catalog().write_definitions(write)),
            "Duplicate entry for WorkflowDefinition ['name', 'namespace', 'project_id']: flow, , p");
  EXPECT_FALSE(catalog().record("revision", nth<RecordId>(4))->has_value());
  backend_->reopen();
  EXPECT_EQ(show(**catalog().record("revision", nth<RecordId>(2))), show(record_row(2, "revision", "1")));
}

TEST_P(RecordTest, ARecordChangesOnlyFromTheRevisionThatWasSeen) {
  RecordRow row = record_row(1, "environment", "env");
  ASSERT_EQ(message(catalog().create_record(row)), "ok");
  ASSERT_EQ(message(catalog().create_record(record_row(2, "environment", "taken"))), "ok");
  row.body = Value{{"b", 2}};
  row.name = "renamed";
  row.scope = "public";
  row.updated_at = second(7);
  EXPECT_EQ(message(catalog().update_record(row, 1)), "ok");
  const Status stale = catalog().update_record(row, 1);
  EXPECT_EQ(message(stale),
            "The environment 'renamed' was changed by somebody else: revision 1 was expected, 2 is stored.");
  EXPECT_EQ(stale.error().code, ErrorCode::kConflict);
  backend_->reopen();
  row.revision = 2;
  EXPECT_EQ(show(**catalog().record("environment", row.id)), show(row));
  RecordRow taken = row;
  taken.name = "taken";
  EXPECT_EQ(message(catalog().update_record(taken, 2)), "There is already a environment 'taken'.");
  EXPECT_EQ(show(**catalog().record("environment", row.id)), show(row));
}

TEST_P(RecordTest, WhatIsGoneIsNotChangedAndNotRemovedTwice) {
  ASSERT_EQ(message(catalog().create_record(record_row(1, "environment", "env"))), "ok");
  EXPECT_EQ(message(catalog().remove_record("environment", nth<RecordId>(1))), "ok");
  const std::string gone = "There is no environment with the id '" + to_string(nth<RecordId>(1)) + "'.";
  EXPECT_EQ(message(catalog().remove_record("environment", nth<RecordId>(1))), gone);
  EXPECT_EQ(message(catalog().update_record(record_row(1, "environment", "env"), 1)), gone);
}

TEST_P(RecordTest, AProjectSeesItsOwnBeforePublicOnes) {
  RecordRow shared = record_row(1, "environment", "env");
  shared.project_id = "q";
  shared.scope = "public";
  RecordRow hidden = record_row(2, "environment", "env");
  hidden.project_id = "r";
  ASSERT_EQ(message(catalog().create_record(shared)), "ok");
  ASSERT_EQ(message(catalog().create_record(hidden)), "ok");
  EXPECT_EQ((*catalog().record_for("p", "environment", "env", ""))->project_id, "q");
  ASSERT_EQ(message(catalog().create_record(record_row(3, "environment", "env"))), "ok");
  EXPECT_EQ((*catalog().record_for("p", "environment", "env", ""))->project_id, "p");
  EXPECT_EQ((*catalog().record_for("s", "environment", "env", ""))->project_id, "q");
  ListQuery query;
  query.visible_to = "p";
  EXPECT_THAT(names(query, "environment"), ElementsAre("env", "env"));
  query.visible_to = std::nullopt;
  EXPECT_THAT(names(query, "environment"), ElementsAre("env", "env", "env"));
  EXPECT_THAT(names(query, "trigger"), IsEmpty());
}

TEST_P(RecordTest, ListsFilterByColumnsAndMembers) {
  add_members();
  const auto with = [&](std::string column, FilterOp op, std::vector<std::string> values) {
    ListQuery query;
    query.filters = {{std::move(column), op, std::move(values)}};
    return names(query);
  };
  EXPECT_THAT(with("name", FilterOp::kIn, {"two", "ten"}), ElementsAre("two", "ten"));
  EXPECT_THAT(with("body", FilterOp::kEq, {"{ }"}), ElementsAre("none"));
  EXPECT_THAT(with("body.n", FilterOp::kEq, {"10"}), ElementsAre("ten", "text"));
  EXPECT_THAT(with("body.n", FilterOp::kIn, {"10", "a%ü"}), ElementsAre("ten", "text", "word"));
  EXPECT_THAT(with("body.n", FilterOp::kNeq, {"10"}), ElementsAre("two", "word"));
  EXPECT_THAT(with("body.n", FilterOp::kGt, {"2"}), ElementsAre("ten", "text", "word"));
  EXPECT_THAT(with("body.n", FilterOp::kLte, {"10"}), ElementsAre("two", "ten"));
  EXPECT_THAT(with("body.n", FilterOp::kHas, {"1"}), ElementsAre("ten", "text"));
  EXPECT_THAT(with("body.n", FilterOp::kHas, {"%"}), ElementsAre("word"));
  EXPECT_THAT(with("body.n", FilterOp::kIsNull, {}), ElementsAre("none", "half"));
  EXPECT_THAT(with("body.on", FilterOp::kEq, {"1"}), ElementsAre("ten"));
  EXPECT_THAT(with("body.list", FilterOp::kEq, {R"([1,"x"])"}), ElementsAre("ten"));
  EXPECT_THAT(with("body.list", FilterOp::kHas, {"X"}), ElementsAre("ten"));
  EXPECT_THAT(with("nope", FilterOp::kEq, {"1"}), ElementsAre("There is no column 'nope' to filter by."));
  EXPECT_THAT(with("body.a'b", FilterOp::kEq, {"1"}), ElementsAre("There is no column 'body.a'b'."));
}

TEST_P(RecordTest, PagesFollowTheOrderOfMembers) {
  add_members();
  for (const bool descending : {false, true}) {
    ListQuery query;
    query.sort = {{"body.n", descending}, {"name", false}};
    const std::vector<std::string> all = names(query);
    std::vector<std::string> paged;
    query.limit = 1;
    for (std::string next = names(query).front(); true; next = names(query).front()) {
      paged.push_back(next);
      query.marker = to_string((*catalog().record_for("p", "trigger", next, ""))->id);
      if (names(query).empty()) break;
    }
    EXPECT_EQ(paged, all);
    std::vector<std::string> expected{"two", "ten", "text", "word"};
    if (descending) std::reverse(expected.begin(), expected.end());
    // NULL comes first; those that have none are ordered by name.
    expected.insert(descending ? expected.end() : expected.begin(), {"half", "none"});
    EXPECT_EQ(all, expected);
  }
  ListQuery query;
  query.marker = to_string(nth<RecordId>(99));
  EXPECT_THAT(names(query), ElementsAre("There is no trigger with the id '" + *query.marker + "'."));
}

TEST_P(RecordTest, AQueryNamesABoundedNumberOfMembers) {
  ListQuery query;
  for (int i = 0; i < 8; ++i) query.filters.push_back({"body.m" + std::to_string(i), FilterOp::kIsNull, {}});
  add(1, "none", Value::object());
  EXPECT_THAT(names(query), ElementsAre("none"));
  query.sort = {{"body.m8", false}};
  EXPECT_THAT(names(query), ElementsAre("A query can name 8 members at most."));
}

}  // namespace
}  // namespace foehn::store
