// Goal: ad-hoc actions and workbooks run on the real engine, across restarts and while definitions change. Method: the
// engine on a MemStore whose catalog is filled by the service that the API uses.
#include "engine/store/definition_service.h"
#include "tests/unit/engine/runtime/engine_fixture.h"

namespace foehn::runtime {
namespace {

using ::testing::ElementsAre;

class Workbooks : public EngineTest {
 protected:
  void define_workbook(const std::string& text, const std::string& space = "") {
    const dsl::Compiled compiled = dsl::compile(text, dsl::DocumentKind::kWorkbook, nullptr);
    ASSERT_TRUE(compiled.ok()) << dsl::fault_text(compiled, text);
    const auto stored = service_.create_workbook(compiled, text, {.project_id = "", .definition_namespace = space});
    ASSERT_TRUE(stored) << stored.error().message;
  }
  void write_action(const std::string& text, bool exists) {
    const dsl::Compiled compiled = dsl::compile(text, dsl::DocumentKind::kActions, nullptr);
    ASSERT_TRUE(compiled.ok()) << dsl::fault_text(compiled, text);
    const auto stored =
        exists ? service_.update_actions(compiled, text, {}, "") : service_.create_actions(compiled, text, {});
    ASSERT_TRUE(stored) << stored.error().message;
  }
  core::ActionRun run_of(const std::string& task) {
    store::ListQuery query;
    query.filters = {{"task_name", store::FilterOp::kEq, {task}}};
    return store_.runs(query)->rows.at(0).run;
  }
  Value output(ExecutionId id) { return execution(id).output; }

  store::DefinitionService service_{store_, actions_, clock_};
};

TEST_F(Workbooks, A_workbook_is_expanded_stored_and_run_by_its_short_names) {
  define_workbook(R"(
version: '2.0'
name: wb
actions:
  run: {base: test.run, base-input: {host: <% $.where %>}, input: [where], output: {got: <% $ %>}}
workflows:
  one: {output: {r: <% task(t).result %>}, tasks: {t: {workflow: two}}}
  two: {output: {r: <% task(s).result.got %>}, tasks: {s: {action: run where="alpha"}}}
)");
  const ExecutionId id = start("wb.one");
  ASSERT_EQ(actions_.started.size(), 1U);
  EXPECT_EQ(actions_.started[0].name, "test.run");
  EXPECT_EQ(to_json(actions_.started[0].input), R"({"host":"alpha"})");
  finish(actions_.started[0]);
  EXPECT_EQ(state(id), "SUCCESS");
  EXPECT_EQ(to_json(output(id)), R"({"r":{"r":"done"}})");
  EXPECT_EQ(run(actions_.started[0].run_id).name, "run");
}

TEST_F(Workbooks, The_capacity_of_an_ad_hoc_action_is_that_of_its_base) {
  write_action("version: '2.0'\nfar: {base: test.run, base-input: {host: alpha}}\n", false);
  define("version: '2.0'\nwf: {tasks: {a: {action: far}, b: {action: far}}}\n");
  actions_.room["alpha"] = 1;
  start("wf");
  EXPECT_THAT(actions_.started_tasks(), ElementsAre("a"));
}

TEST_F(Workbooks, A_changed_action_counts_for_the_next_run_and_not_for_one_under_way) {
  write_action("version: '2.0'\nwork: {base: test.run, output: {old: <% $ %>}}\n", false);
  define(
      "version: '2.0'\nwf: {output: {a: <% task(a).result %>, b: <% task(b).result %>}, "
      "tasks: {a: {action: work, on-success: b}, b: {action: work}}}\n");
  const ExecutionId id = start("wf");
  write_action("version: '2.0'\nwork: {base: test.run, output: {new: <% $ %>}}\n", true);
  restart();
  engine().action_finished(id, run_of("a").id, 0, Outcome::success(1));
  settle();
  ASSERT_EQ(actions_.started.size(), 1U);
  finish(actions_.started[0], Outcome::success(2));
  EXPECT_EQ(to_json(output(id)), R"({"a":{"old":1},"b":{"new":2}})");
}

TEST_F(Workbooks, A_removed_action_is_not_found_any_more) {
  write_action("version: '2.0'\nwork: {base: std.noop}\n", false);
  define("version: '2.0'\nwf: {tasks: {a: {action: work}}}\n");
  EXPECT_EQ(state(start("wf")), "SUCCESS");
  ASSERT_TRUE(service_.remove_action("work", {}));
  EXPECT_EQ(state(start("wf")), "ERROR");
}

TEST_F(Workbooks, Items_stay_what_they_were_when_the_task_began) {
  define(
      "version: '2.0'\nwf: {tasks: {a: {with-items: 'i in <% [random(), random(1, 1000000), uuid()] %>', concurrency: 1, "
      "action: test.run, input: {x: <% $.i %>}}}}\n");
  const ExecutionId id = start("wf");
  const auto stored = store_.load(id);
  const core::PinnedItemsPtr pinned = (*stored)->rows.tasks.at(0).items;
  ASSERT_NE(pinned, nullptr);
  for (std::size_t item = 0; item < 3; ++item) {
    restart();
    const auto page = store_.runs({});
    const core::ActionRun& last = page->rows.back().run;
    EXPECT_EQ(last.index, item);
    EXPECT_EQ(last.input.at("x"), pinned->collections.at(0).at(item));
    engine().action_finished(id, last.id, 0, Outcome::success(1));
    settle();
  }
  EXPECT_EQ(state(id), "SUCCESS");
  EXPECT_EQ((*store_.load(id))->rows.tasks.at(0).items, nullptr);
}

TEST_F(Workbooks, Runs_of_items_are_listed_in_the_order_of_the_items) {
  define("version: '2.0'\nwf: {tasks: {a: {with-items: 'i in <% range(200) %>', action: std.noop}}}\n");
  start("wf");
  store::ListQuery all;
  const auto page = store_.runs(all);
  ASSERT_EQ(page->rows.size(), 200U);
  for (std::size_t i = 0; i < page->rows.size(); ++i) EXPECT_EQ(page->rows[i].run.index, i);
}

TEST_F(Workbooks, Tasks_have_their_tags) {
  define("version: '2.0'\nwf: {tasks: {a: {tags: [x, y], join: all}, b: {tags: [z], on-success: a}}}\n");
  start("wf");
  store::ListQuery tagged;
  tagged.filters = {{"tags", store::FilterOp::kHas, {"y"}}};
  const auto page = store_.tasks(tagged);
  ASSERT_EQ(page->rows.size(), 1U);
  EXPECT_THAT(page->rows[0].task.tags, ElementsAre("x", "y"));
}

}  // namespace
}  // namespace foehn::runtime
