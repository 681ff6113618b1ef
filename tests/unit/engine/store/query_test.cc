// Goal: filters, order, markers and read models mean the same for every backend. Method: a small population with ties,
// nulls and odd characters; then all operators on all columns, compared between the backends row by row.
#include <gmock/gmock.h>

#include "engine/store/columns.h"
#include "engine/store/sqlite/list_sql.h"
#include "engine/store/sqlite/migrate.h"
#include "tests/unit/engine/store/store_fixture.h"

namespace foehn::store {
namespace {

using core::State;
using testing::ElementsAre;

// Executions e0 … e9: pairs share created_at, every third has a parent, states and texts differ.
void populate(Backend& backend) {
  Prng prng(11);
  for (std::uint64_t i = 0; i < 10; ++i) {
    Subject subject(nth<ExecutionId>(100 + i), i % 4 == 0 ? "Alpha" : "beta_%");
    core::Execution& execution = subject.state().change_execution();
    execution.created_at =
        WallTime{second(static_cast<std::int64_t>(i / 2)).us + static_cast<std::int64_t>(i % 2) * 500};
    execution.project_id = i % 5 == 0 ? "q" : "p";
    execution.tags =
        i % 2 == 0 ? std::vector<std::string>{"Prod", "x" + std::to_string(i)} : std::vector<std::string>{};
    if (i % 3 == 0) {
      execution.root_id = nth<ExecutionId>(100);
      execution.parent = core::ParentLink{nth<ExecutionId>(100), nth<TaskId>(1), static_cast<std::uint32_t>(9 - i)};
    }
    if (i % 4 == 1) execution.updated_at = second(50 + static_cast<std::int64_t>(i));
    if (i % 4 == 2) execution.output = {{"result", i}};
    if (i % 2 == 1) execution.state_info = "it's 100% \\ broken ü";
    execution.input = {{"n", i % 3}};
    for (int change = 0; change < 8; ++change) change_at_random(subject, prng);
    if (!subject.state().tasks().empty()) {
      core::ActionRun& run = subject.add_run(subject.state().tasks()[0]->id, 7);
      run.kind = core::RunKind::kWorkflow;
      subject.add_run(TaskId()).name = "alone";
    }
    commit(backend.store(), subject);
  }
}

template <class Row>
std::string show_page(const Result<Page<Row>>& page) {
  if (!page) return page.error().message;
  std::string all;
  for (const Row& row : page->rows) {
    if constexpr (std::is_same_v<Row, ExecutionRow>)
      all += show(row.execution);
    else
      all += show(row);
  }
  return all + (page->more ? "more" : "end");
}

class QueryTest : public testing::TestWithParam<std::string> {
 protected:
  Query& query() { return backend_->query(); }
  std::vector<int> numbers(const ListQuery& list) {
    std::vector<int> all;
    const auto page = query().executions(list);
    if (!page) throw std::runtime_error(page.error().message);
    for (const ExecutionRow& row : page->rows)
      for (std::uint64_t i = 0; i < 10; ++i)
        if (row.execution.id == nth<ExecutionId>(100 + i)) all.push_back(static_cast<int>(i));
    return all;
  }
  std::vector<int> where(const std::string& column, FilterOp op, std::vector<std::string> values) {
    ListQuery list;
    list.filters = {{column, op, std::move(values)}};
    list.sort = {{"created_at", false}};
    return numbers(list);
  }

  std::unique_ptr<Backend> backend_ = make_backend(GetParam());
};
INSTANTIATE_TEST_SUITE_P(Backends, QueryTest, testing::Values("mem", "sqlite"),
                         [](const auto& backend) { return backend.param; });

TEST_P(QueryTest, Filters_mean_what_list_query_says) {
  populate(*backend_);
  EXPECT_THAT(where("workflow_name", FilterOp::kEq, {"Alpha"}), ElementsAre(0, 4, 8));
  EXPECT_THAT(where("workflow_name", FilterOp::kHas, {"LPH"}), ElementsAre(0, 4, 8));
  EXPECT_THAT(where("workflow_name", FilterOp::kHas, {"_%"}), ElementsAre(1, 2, 3, 5, 6, 7, 9));
  EXPECT_THAT(where("workflow_name", FilterOp::kHas, {"a%"}), ElementsAre());
  EXPECT_THAT(where("tags", FilterOp::kHas, {"prod", "x4"}), ElementsAre(4));
  EXPECT_THAT(where("project_id", FilterOp::kNin, {"p", "r"}), ElementsAre(0, 5));
  EXPECT_THAT(
      where("id", FilterOp::kIn, {to_string(nth<ExecutionId>(103)), "rubbish", to_string(nth<ExecutionId>(101))}),
      ElementsAre(1, 3));
  EXPECT_THAT(where("root_execution_id", FilterOp::kIsNull, {}), ElementsAre(1, 2, 4, 5, 7, 8));
  EXPECT_THAT(where("parent_execution_id", FilterOp::kEq, {to_string(nth<ExecutionId>(100))}), ElementsAre(0, 3, 6, 9));
  EXPECT_THAT(where("created_at", FilterOp::kEq, {to_mistral_time(second(1))}), ElementsAre(2, 3));
  EXPECT_THAT(where("created_at", FilterOp::kGt, {to_mistral_time(second(1))}), ElementsAre(4, 5, 6, 7, 8, 9));
  EXPECT_THAT(where("created_at", FilterOp::kLte, {to_mistral_time(second(1))}), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(where("created_at", FilterOp::kNeq, {to_mistral_time(second(1))}), ElementsAre(0, 1, 4, 5, 6, 7, 8, 9));
  EXPECT_THAT(where("input", FilterOp::kEq, {"{\"n\":   2}"}), ElementsAre(2, 5, 8));
}

TEST_P(QueryTest, Bad_filters_are_named) {
  const auto message = [&](const Filter& filter) {
    ListQuery list;
    list.filters = {filter};
    const auto page = query().executions(list);
    return page ? "ok" : page.error().message;
  };
  EXPECT_EQ(message({"colour", FilterOp::kEq, {"x"}}), "There is no column 'colour' to filter by.");
  EXPECT_EQ(message({"state", FilterOp::kEq, {}}), "Filter 'state' needs one value.");
  EXPECT_EQ(message({"state", FilterOp::kGt, {"a", "b"}}), "Filter 'state' needs one value.");
  EXPECT_EQ(message({"created_at", FilterOp::kGt, {"soon"}}),
            "Filter 'created_at' needs a time as YYYY-MM-DD HH:MM:SS; 'soon' is none.");
  EXPECT_EQ(message({"created_at", FilterOp::kHas, {"1"}}), "Filter 'has' is for texts; 'created_at' is none.");
  EXPECT_EQ(message({"id", FilterOp::kIn, std::vector<std::string>(501, "x")}),
            "Filter 'id' has more than 500 values.");
  ListQuery list;
  list.sort = {{"colour", false}};
  EXPECT_EQ(query().executions(list).error().message, "There is no column 'colour' to sort by.");
  list.sort.clear();
  list.filters = {{"processed", FilterOp::kEq, {"maybe"}}};
  EXPECT_EQ(query().tasks(list).error().message, "Filter 'processed' needs true or false; 'maybe' is neither.");
}

TEST_P(QueryTest, A_marker_that_does_not_exist_is_not_found) {
  ListQuery list;
  list.marker = to_string(nth<ExecutionId>(1));
  EXPECT_EQ(query().executions(list).error().message, "WorkflowExecution not found [id=" + *list.marker + "]");
  EXPECT_EQ(query().tasks(list).error().message, "TaskExecution not found [id=" + *list.marker + "]");
  list.marker = "rubbish";
  const Error error = query().runs(list).error();
  EXPECT_EQ(error.message, "ActionExecution not found [id=rubbish]");
  EXPECT_EQ(error.code, ErrorCode::kNotFound);
}

TEST_P(QueryTest, A_scheduled_run_is_shown_as_running) {
  Subject subject(nth<ExecutionId>(1));
  const TaskId task = subject.add_task("t").id;
  subject.add_run(task);
  subject.add_run(task).state = State::kRunning;
  subject.add_run(task).state = State::kError;
  commit(backend_->store(), subject);
  ListQuery list;
  list.filters = {{"state", FilterOp::kEq, {"RUNNING"}}};
  EXPECT_EQ(query().runs(list)->rows.size(), 2U);
  EXPECT_EQ(query().runs(list)->rows[0].run.state, State::kScheduled);
}

TEST_P(QueryTest, Runs_of_a_task_are_counted_and_ordered) {
  Subject subject(nth<ExecutionId>(1));
  const TaskId task = subject.add_task("t").id;
  constexpr State kStates[] = {State::kScheduled, State::kRunning, State::kPaused,
                               State::kSuccess,   State::kError,   State::kCancelled};
  for (std::uint32_t i = 0; i < 6; ++i) subject.add_run(task, i % 2).state = kStates[i];
  subject.add_run(subject.add_task("u").id);
  commit(backend_->store(), subject);
  std::string indexes;
  for (const core::ActionRun& run : must(query().runs_of_task(task, 5)))
    indexes += std::to_string(run.index) + std::string(core::to_string(run.state)) + " ";
  EXPECT_EQ(indexes, "0SCHEDULED 0PAUSED 0ERROR 1RUNNING 1SUCCESS ");
  const RunCounts counts = *query().run_counts(task);
  EXPECT_THAT((std::vector<std::uint32_t>{counts.total, counts.waiting, counts.running, counts.succeeded, counts.failed,
                                          counts.cancelled}),
              ElementsAre(6, 1, 2, 1, 1, 1));
  EXPECT_EQ(query().run_counts(nth<TaskId>(77))->total, 0U);
}

TEST_P(QueryTest, Children_are_ordered_by_item) {
  populate(*backend_);
  std::vector<std::uint32_t> indexes;
  for (const core::Execution& child : must(query().children_of_task(nth<TaskId>(1), 3)))
    indexes.push_back(child.parent->index);
  EXPECT_THAT(indexes, ElementsAre(0, 3, 6));
}

TEST_P(QueryTest, Single_rows_carry_the_workflow_they_belong_to) {
  Subject subject(nth<ExecutionId>(1));
  core::Execution& execution = subject.state().change_execution();
  execution.workflow_namespace = "ns";
  const core::Task task = full_task(execution);
  subject.state().add_task(task);
  core::ActionRun& run = subject.add_run(task.id);
  commit(backend_->store(), subject);
  const TaskRow found = **query().task(task.id);
  EXPECT_EQ(found.workflow_name + found.workflow_namespace + found.project_id, "flownsp");
  EXPECT_EQ(found.workflow_id, execution.workflow_id);
  core::Task expected = task;
  expected.in_context = {};
  expected.items.reset();
  EXPECT_EQ(show(found.task), show(expected));
  const RunRow row = **query().run(run.id);
  EXPECT_EQ(row.task_name + row.workflow_name + row.workflow_namespace + row.project_id, "tâcheflownsp");
  EXPECT_EQ(show(row.run), show(run));
  EXPECT_FALSE(query().task(nth<TaskId>(4))->has_value());
  EXPECT_FALSE(query().run(nth<ActionRunId>(4))->has_value());
  EXPECT_FALSE(query().execution(nth<ExecutionId>(4))->has_value());
  ListQuery list;
  list.with_output = false;
  EXPECT_TRUE(query().tasks(list)->rows[0].task.published.is_null());
  EXPECT_FALSE(query().tasks({})->rows[0].task.published.is_null());
}

// ---- both backends give the same for every column, operator, order and page

struct Both {
  std::unique_ptr<Backend> mem = make_backend("mem");
  std::unique_ptr<Backend> sqlite = make_backend("sqlite");
  Both() {
    populate(*mem);
    populate(*sqlite);
  }
};

// A few texts that occur in the column, so that comparisons have something on both sides.
template <class Source>
std::vector<std::string> values_for(const Column<Source>& column, Prng& prng) {
  switch (column.kind) {
    case ColumnKind::kId:
      return {to_string(nth<ExecutionId>(100 + prng.below(10))), to_string(nth<DefinitionId>(1))};
    case ColumnKind::kTime:
      return {to_mistral_time(second(static_cast<std::int64_t>(prng.below(6))))};
    case ColumnKind::kBool:
      return {prng.chance(50) ? "true" : "false"};
    case ColumnKind::kJson:
      return {prng.chance(50) ? "{\"n\":1}" : "{}", "[]"};
    case ColumnKind::kText:
    case ColumnKind::kMember:
      return {"RUNNING", "beta_%", "p", "std.echo", "t1", "e"};
  }
  return {};
}

template <class Source, class List>
void compare_all(Both& both, List list) {
  Prng prng(5);
  constexpr FilterOp kOps[] = {FilterOp::kEq,  FilterOp::kNeq, FilterOp::kGt,  FilterOp::kGte, FilterOp::kLt,
                               FilterOp::kLte, FilterOp::kIn,  FilterOp::kNin, FilterOp::kHas, FilterOp::kIsNull};
  for (const Column<Source>& column : columns<Source>()) {
    for (const FilterOp op : kOps) {
      ListQuery query;
      std::vector<std::string> values = values_for(column, prng);
      if (op != FilterOp::kIn && op != FilterOp::kNin) values = {values[prng.below(values.size())]};
      query.filters = {{std::string(column.name), op, values}};
      const auto expected = show_page(list(both.mem->query(), query));
      ASSERT_EQ(show_page(list(both.sqlite->query(), query)), expected)
          << column.name << " " << static_cast<int>(op) << " " << values[0];
    }
    for (const bool descending : {false, true}) {
      ListQuery query;
      query.sort = {{std::string(column.name), descending}, {"created_at", prng.chance(50)}};
      query.limit = 3;
      query.with_output = descending;
      query.visible_to = descending ? std::optional<std::string>("p") : std::nullopt;
      for (int page = 0; page < 40; ++page) {
        const auto expected = list(both.mem->query(), query);
        ASSERT_EQ(show_page(list(both.sqlite->query(), query)), show_page(expected)) << column.name << " " << page;
        if (!expected->more) break;
        if constexpr (std::is_same_v<Source, core::Execution>)
          query.marker = to_string(expected->rows.back().execution.id);
        else if constexpr (std::is_same_v<Source, TaskSource>)
          query.marker = to_string(expected->rows.back().task.id);
        else
          query.marker = to_string(expected->rows.back().run.id);
      }
    }
  }
}

TEST(BothBackends, List_executions_alike) {
  Both both;
  compare_all<core::Execution>(both, [](Query& query, const ListQuery& list) { return query.executions(list); });
}
TEST(BothBackends, List_tasks_alike) {
  Both both;
  compare_all<TaskSource>(both, [](Query& query, const ListQuery& list) { return query.tasks(list); });
}
TEST(BothBackends, List_runs_alike) {
  Both both;
  compare_all<RunSource>(both, [](Query& query, const ListQuery& list) { return query.runs(list); });
}

// ---- the lists that people page through are answered from an index, without sorting

template <class Source>
std::string plan(const ListTable& table, const ListQuery& query) {
  TempDirectory directory;
  const auto connection = *Connection::open({directory.path() + "/x.db"});
  EXPECT_TRUE(migrate(*connection, schema_files(), second(0)));
  ListSql sql = *list_sql<Source>(*connection, table, query, Error());
  sql.text = "EXPLAIN QUERY PLAN " + sql.text;
  Statement rows = sql.prepare(*connection);
  std::string all;
  while (*rows.step()) {
    rows.skip(), rows.skip(), rows.skip();
    all += rows.text() + "; ";
  }
  return all;
}

TEST(QueryPlans, Pages_come_from_an_index) {
  using testing::HasSubstr;
  using testing::Not;
  ListQuery query;
  query.visible_to = "p";
  EXPECT_THAT(plan<core::Execution>(execution_list(), query), Not(HasSubstr("TEMP B-TREE")));
  EXPECT_THAT(plan<TaskSource>(task_list(), query), HasSubstr("SCAN t USING INDEX tasks_created"));
  EXPECT_THAT(plan<RunSource>(run_list(), query), HasSubstr("SCAN r USING INDEX runs_created"));
  query.visible_to.reset();
  for (const char* column : {"state", "workflow_name", "root_execution_id", "project_id", "workflow_id"}) {
    query.filters = {
        {column, FilterOp::kEq, {column == std::string("state") ? "ERROR" : to_string(nth<ExecutionId>(1))}}};
    EXPECT_THAT(plan<core::Execution>(execution_list(), query), Not(HasSubstr("TEMP B-TREE"))) << column;
    EXPECT_THAT(plan<core::Execution>(execution_list(), query), Not(HasSubstr("SCAN e"))) << column;
  }
  query.filters = {{"root_execution_id", FilterOp::kIsNull, {}}};
  EXPECT_THAT(plan<core::Execution>(execution_list(), query), HasSubstr("SEARCH e USING INDEX executions_root"));
  for (const char* column : {"state", "name"}) {
    query.filters = {{column, FilterOp::kEq, {"ERROR"}}};
    EXPECT_THAT(plan<TaskSource>(task_list(), query), Not(HasSubstr("TEMP B-TREE"))) << column;
    EXPECT_THAT(plan<RunSource>(run_list(), query), HasSubstr("SEARCH r USING INDEX runs_" + std::string(column)));
  }
}

}  // namespace
}  // namespace foehn::store
