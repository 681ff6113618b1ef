// Goal: every promise of engine/store/contract.md, by number, for every backend. Method: small executions made by hand,
// committed, and read back – also after the store was closed and opened again.
#include <gmock/gmock.h>

#include <thread>

#include "tests/unit/engine/store/store_fixture.h"

namespace foehn::store {
namespace {

using core::State;
using testing::ElementsAre;
using testing::IsEmpty;

class Contract : public testing::TestWithParam<std::string> {
 protected:
  Store& store() { return backend_->store(); }
  std::string stored(ExecutionId id) {
    const auto found = store().load(id);
    if (!found) return found.error().message;
    return *found ? show(**found) : "nothing";
  }

  std::unique_ptr<Backend> backend_ = make_backend(GetParam());
  const ExecutionId a_ = nth<ExecutionId>(1);
  const ExecutionId b_ = nth<ExecutionId>(2);
};
INSTANTIATE_TEST_SUITE_P(Backends, Contract, testing::Values("mem", "sqlite"),
                         [](const auto& backend) { return backend.param; });

InboxItem item(const std::string& id, ExecutionId to) { return {id, to, {{"type", "PauseExecution"}}}; }

std::vector<std::string> ids_of(const std::vector<InboxItem>& items) {
  std::vector<std::string> ids;
  for (const InboxItem& one : items) ids.push_back(one.id);
  return ids;
}

TEST_P(Contract, Promise1_a_committed_member_is_there_after_reopening) {
  Subject subject(a_);
  const TaskId task = subject.add_task("t1").id;
  subject.add_run(task);
  subject.add_timer(task, second(9));
  commit(store(), subject);
  const std::string before = stored(a_);
  EXPECT_NE(before, "nothing");
  backend_->reopen();
  EXPECT_EQ(stored(a_), before);
  EXPECT_EQ(stored(b_), "nothing");
}

TEST_P(Contract, Promise2_a_stale_member_is_refused_wholly_and_the_others_proceed) {
  Subject a(a_);
  Subject b(b_);
  commit(store(), a);
  commit(store(), b);
  Subject late = load(store(), a_);
  a.add_task("mine");
  commit(store(), a);

  late.add_task("lost");
  late.add_timer(late.state().tasks().back()->id, second(1));
  b.add_task("kept");
  CommitBatch batch;
  batch.members = {late.member(), b.member()};
  batch.members[0].inbox_added = {item("lost", b_)};
  const auto outcomes = store().commit(batch);
  ASSERT_TRUE(outcomes);
  EXPECT_THAT(*outcomes, ElementsAre(CommitOutcome::kStale, CommitOutcome::kApplied));
  Subject now_a = load(store(), a_);
  ASSERT_EQ(now_a.state().tasks().size(), 1U);
  EXPECT_EQ(now_a.state().tasks()[0]->name, "mine");
  EXPECT_EQ(now_a.version(), 2U);
  EXPECT_EQ(load(store(), b_).state().tasks().size(), 1U);
  EXPECT_THAT(*store().inbox(b_), IsEmpty());
  EXPECT_EQ(*store().next_timer(), std::nullopt);
}

TEST_P(Contract, Promise2_creating_an_execution_that_exists_is_stale) {
  Subject first(a_);
  commit(store(), first);
  Subject second_one(a_);
  second_one.add_task("t");
  EXPECT_EQ(commit_member(store(), second_one.member()), CommitOutcome::kStale);
  EXPECT_EQ(load(store(), a_).state().tasks().size(), 0U);
}

TEST_P(Contract, Promise2_a_change_of_an_execution_that_is_gone_is_stale) {
  Subject subject(a_);
  commit(store(), subject);
  ASSERT_TRUE(store().remove(a_));
  subject.add_task("t");
  EXPECT_EQ(commit_member(store(), subject.member()), CommitOutcome::kStale);
  EXPECT_EQ(stored(a_), "nothing");
}

TEST_P(Contract, Promise3_inbox_timers_and_runs_come_with_the_state) {
  Subject subject(a_);
  const TaskId task = subject.add_task("t").id;
  const ActionRunId scheduled = subject.add_run(task).id;
  core::ActionRun& running = subject.add_run(task);
  running.state = State::kRunning;
  running.is_sync = false;
  running.attempt = 4;
  subject.add_run(task).state = State::kSuccess;
  subject.add_run(task).kind = core::RunKind::kWorkflow;
  const core::Timer late = subject.add_timer(task, second(20));
  const core::Timer soon = subject.add_timer(task, second(10));
  CommitMember member = subject.member();
  member.inbox_added = {item("1", b_), item("2", a_)};
  EXPECT_EQ(commit_member(store(), std::move(member)), CommitOutcome::kApplied);
  subject.was_committed();

  const auto pending = *store().pending_runs(std::nullopt, 10);
  ASSERT_EQ(pending.size(), 2U);
  const PendingRun& first = pending[pending[0].run_id == scheduled ? 0 : 1];
  const PendingRun& other = pending[pending[0].run_id == scheduled ? 1 : 0];
  EXPECT_LT(pending[0].run_id, pending[1].run_id);
  EXPECT_EQ(first.state, State::kScheduled);
  EXPECT_EQ(first.execution_id, a_);
  EXPECT_TRUE(first.is_sync);
  EXPECT_EQ(other.state, State::kRunning);
  EXPECT_EQ(other.attempt, 4U);
  EXPECT_FALSE(other.is_sync);
  EXPECT_EQ(store().pending_runs(pending[0].run_id, 10)->at(0).run_id, pending[1].run_id);
  EXPECT_EQ(store().pending_runs(std::nullopt, 1)->size(), 1U);

  EXPECT_EQ(*store().next_timer(), second(10));
  EXPECT_EQ(show(store().timers_until(second(30), 10)->at(0)), show(soon));
  EXPECT_EQ(show(store().timers_until(second(30), 10)->at(1)), show(late));
  EXPECT_EQ(store().timers_until(second(10), 10)->size(), 1U);
  EXPECT_EQ(store().timers_until(second(9), 10)->size(), 0U);
  EXPECT_EQ(store().timers_until(second(30), 1)->size(), 1U);
  EXPECT_EQ(store().with_inbox(10)->size(), 2U);
  EXPECT_EQ(store().with_inbox(1)->size(), 1U);
  EXPECT_THAT(ids_of(*store().inbox(b_)), ElementsAre("1"));

  subject.state().remove_timer(soon.id);
  subject.state().change_run(scheduled).state = State::kSuccess;
  commit(store(), subject);
  EXPECT_EQ(*store().next_timer(), second(20));
  EXPECT_EQ(store().pending_runs(std::nullopt, 10)->size(), 1U);
}

TEST_P(Contract, Promise5_an_inbox_item_is_taken_once_even_after_it_was_consumed) {
  Subject sender(a_);
  Subject receiver(b_);
  commit(store(), receiver);
  CommitMember sends = sender.member();
  sends.inbox_added = {item("a:2", b_), item("a:1", b_), item("a:2", b_)};
  EXPECT_EQ(commit_member(store(), std::move(sends)), CommitOutcome::kApplied);
  sender.was_committed();
  EXPECT_THAT(ids_of((*store().load(b_))->inbox), ElementsAre("a:2", "a:1"));

  receiver.add_task("t");
  CommitMember consumes = receiver.member();
  consumes.inbox_consumed = {"a:2"};
  EXPECT_EQ(commit_member(store(), std::move(consumes)), CommitOutcome::kApplied);
  sender.add_task("t");
  sends = sender.member();
  sends.inbox_added = {item("a:2", b_), item("a:1", b_)};
  EXPECT_EQ(commit_member(store(), std::move(sends)), CommitOutcome::kApplied);
  EXPECT_THAT(ids_of((*store().load(b_))->inbox), ElementsAre("a:1"));
  EXPECT_EQ(to_json((*store().load(b_))->inbox[0].event), R"({"type":"PauseExecution"})");
  EXPECT_THAT(*store().with_inbox(10), ElementsAre(b_));
}

TEST_P(Contract, Promise6_readers_never_see_half_a_member) {
  Subject subject(a_);
  commit(store(), subject);
  std::atomic<bool> done{false};
  std::atomic<int> odd{0};
  std::thread reader([&] {
    ListQuery of_a;
    of_a.filters = {{"workflow_execution_id", FilterOp::kEq, {to_string(a_)}}};
    while (!done) {
      const auto stored = store().load(a_);
      if (!stored || !*stored || (*stored)->rows.tasks.size() % 2 != 0) ++odd;
      const auto page = backend_->query().tasks(of_a);
      if (!page || page->rows.size() % 2 != 0) ++odd;
    }
  });
  for (int i = 0; i < 50; ++i) {
    subject.add_task("left");
    subject.add_task("right");
    commit(store(), subject);
  }
  done = true;
  reader.join();
  EXPECT_EQ(odd, 0);
}

TEST_P(Contract, Promise7_every_member_of_every_row_comes_back) {
  Subject made(a_);
  core::Execution& execution = made.state().change_execution();
  execution.workflow_namespace = "ns";
  execution.description = "d'é";
  execution.tags = {"x", "y"};
  execution.root_id = nth<ExecutionId>(7);
  execution.parent = core::ParentLink{nth<ExecutionId>(8), nth<TaskId>(9), 3};
  execution.source_id = nth<ExecutionId>(10);
  execution.state = State::kPaused;
  execution.state_info = "";
  execution.input = {{"z", 1}, {"a", 2}};
  execution.params = {{"env", {{"k", nullptr}}}};
  execution.output = Value::object();
  execution.vars = {{"v", 1}};
  execution.globals = {{"g", Value::array()}};
  execution.backlog = {{"t9", "on-success", {{"msg", "m"}}, nth<TaskId>(4)}, {"fail", "", Value(), std::nullopt}};
  execution.depth = 2;
  execution.next_serial = 18'000;
  execution.updated_at = second(5);
  const core::Task task = full_task(execution);
  made.state().add_task(task);
  const core::ActionRun run = full_run(execution, task.id);
  made.state().add_run(run);
  made.add_task("plain");
  made.add_run(task.id);
  const core::Timer timer = made.add_timer(task.id, second(4));
  commit(store(), made);
  backend_->reopen();
  const auto back = *store().load(a_);
  ASSERT_TRUE(back);
  core::Execution expected = made.state().execution();
  expected.version = 1;
  EXPECT_EQ(show(back->rows.execution), show(expected));
  ASSERT_EQ(back->rows.tasks.size(), 2U);
  EXPECT_EQ(show(back->rows.tasks[0]), show(task));
  EXPECT_EQ(show(back->rows.tasks[1]), show(*made.state().tasks()[1]));
  ASSERT_EQ(back->rows.runs.size(), 2U);
  EXPECT_EQ(show(back->rows.runs[0]), show(run));
  EXPECT_EQ(show(back->rows.runs[1]), show(*made.state().runs()[1]));
  ASSERT_EQ(back->rows.timers.size(), 1U);
  EXPECT_EQ(show(back->rows.timers[0]), show(timer));
}

TEST_P(Contract, Promise7_order_is_that_of_creation_whatever_changes_later) {
  Subject subject(a_);
  for (const char* name : {"c", "a", "b"}) subject.add_task(name);
  commit(store(), subject);
  subject.state().change_task(subject.state().tasks()[0]->id).state_info = "changed";
  subject.add_task("d");
  commit(store(), subject);
  backend_->reopen();
  std::string names;
  Subject back = load(store(), a_);
  for (const auto& task : back.state().tasks()) names += task->name;
  EXPECT_EQ(names, "cabd");
}

TEST_P(Contract, Promise7_a_member_may_change_only_the_version) {
  Subject subject(a_);
  commit(store(), subject);
  CommitMember member = subject.member();
  ASSERT_TRUE(member.delta.empty());
  member.inbox_added = {item("1", b_)};
  EXPECT_EQ(commit_member(store(), std::move(member)), CommitOutcome::kApplied);
  EXPECT_EQ(load(store(), a_).version(), 2U);
}

TEST_P(Contract, Promise7_a_row_that_was_created_and_ended_in_one_batch_is_stored_as_it_ended) {
  Subject subject(a_);
  const TaskId task = subject.add_task("t").id;
  const core::Timer timer = subject.add_timer(task, second(1));
  CommitMember member = subject.member();
  subject.state().remove_timer(timer.id);
  ASSERT_THAT(member.delta.timers, ElementsAre(timer.id));
  member.delta.timers_gone = subject.state().take_delta().timers_gone;
  EXPECT_EQ(commit_member(store(), std::move(member)), CommitOutcome::kApplied);
  EXPECT_EQ(*store().next_timer(), std::nullopt);
}

TEST_P(Contract, Promise8_contexts_come_back_equal_and_shared) {
  Subject subject(a_);
  const std::string long_text(3'000, 'q');
  TaskId last = subject.add_task("t0").id;
  for (int i = 1; i <= 100; ++i) {
    core::Task& cause = subject.state().change_task(last);
    cause.published = {{"v" + std::to_string(i % 7), long_text + std::to_string(i)}, {"n", i}};
    const core::Context next = cause.in_context.with(cause.published);
    core::Task& task = subject.add_task("t" + std::to_string(i));
    task.in_context = next;
    core::Task& sibling = subject.add_task("s" + std::to_string(i));
    sibling.in_context = i % 10 == 0 ? next.merged(subject.state().tasks()[3]->in_context) : next;
    last = task.id;
    if (i % 17 == 0) commit(store(), subject);
  }
  commit(store(), subject);
  backend_->reopen();
  Subject back = load(store(), a_);
  ASSERT_EQ(back.state().tasks().size(), subject.state().tasks().size());
  for (std::size_t i = 0; i < back.state().tasks().size(); ++i) {
    const core::Context& mine = subject.state().tasks()[i]->in_context;
    const core::Context& theirs = back.state().tasks()[i]->in_context;
    ASSERT_EQ(to_json(theirs.to_value()), to_json(mine.to_value())) << i;
    ASSERT_EQ(to_string(theirs.key()), to_string(mine.key())) << i;
  }
  EXPECT_TRUE(back.state().tasks()[1]->in_context.same_as(back.state().tasks()[2]->in_context));
}

TEST_P(Contract, Promise10_the_definition_text_lives_as_long_as_an_execution_refers_to_it) {
  Catalog& catalog = backend_->catalog();
  ASSERT_TRUE(catalog.create_workflows({workflow_row(1, "flow")}));
  Subject a(a_);
  Subject b(b_);
  commit(store(), a);
  commit(store(), b);
  ASSERT_TRUE(catalog.remove_workflow(nth<DefinitionId>(1)));
  EXPECT_EQ(*catalog.definition_text("hash of flow"), "text of flow");
  ASSERT_TRUE(store().remove(a_));
  EXPECT_EQ(*catalog.definition_text("hash of flow"), "text of flow");
  ASSERT_TRUE(store().remove(b_));
  EXPECT_EQ(*catalog.definition_text("hash of flow"), std::nullopt);
}

TEST_P(Contract, Promise10_an_execution_that_goes_on_by_another_definition_is_read_with_that_one) {
  Catalog& catalog = backend_->catalog();
  Subject a(a_);
  Subject b(b_);
  commit(store(), a);
  commit(store(), b);
  a.go_on_by("other");
  commit(store(), a);
  EXPECT_EQ(*catalog.definition_text("hash of flow"), "text of flow");  // b's
  b.go_on_by("other");
  commit(store(), b);
  backend_->reopen();
  for (const ExecutionId id : {a_, b_}) EXPECT_EQ(load(store(), id).state().execution().definition_hash, "hash of other");
  EXPECT_EQ(*backend_->catalog().definition_text("hash of flow"), std::nullopt);
  EXPECT_EQ(*backend_->catalog().definition_text("hash of other"), "text of other");
  ASSERT_TRUE(store().remove(a_));
  ASSERT_TRUE(store().remove(b_));
  EXPECT_EQ(*backend_->catalog().definition_text("hash of other"), std::nullopt);
}

TEST_P(Contract, Remove_takes_the_whole_tree_and_nothing_else) {
  Subject root(a_);
  Subject child(b_);
  Subject grandchild(nth<ExecutionId>(3));
  Subject other(nth<ExecutionId>(4));
  const auto hang_below = [](Subject& below, Subject& above) {
    const TaskId task = above.add_task("sub").id;
    below.state().change_execution().parent = core::ParentLink{above.id(), task, 0};
    below.add_run(below.add_task("t").id);
    below.add_timer(task, second(1));
  };
  hang_below(child, root);
  hang_below(grandchild, child);
  other.add_run(other.add_task("t").id);
  for (Subject* subject : {&root, &child, &grandchild, &other}) {
    CommitMember member = subject->member();
    member.inbox_added = {item("x", subject->id())};
    EXPECT_EQ(commit_member(store(), std::move(member)), CommitOutcome::kApplied);
  }
  const std::string kept = stored(other.id());
  ASSERT_TRUE(store().remove(a_));
  for (const ExecutionId id : {a_, b_, grandchild.id()}) EXPECT_EQ(stored(id), "nothing");
  EXPECT_EQ(stored(other.id()), kept);
  EXPECT_THAT(*store().with_inbox(10), ElementsAre(other.id()));
  EXPECT_EQ(store().pending_runs(std::nullopt, 10)->size(), 1U);
  EXPECT_EQ(*store().next_timer(), std::nullopt);
  EXPECT_EQ(backend_->query().runs({})->rows.size(), 1U);
  const Status again = store().remove(a_);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().message, "WorkflowExecution not found [id=" + to_string(a_) + "]");
}

TEST_P(Contract, Remove_clears_the_inbox_of_an_execution_that_never_was) {
  Subject sender(a_);
  CommitMember member = sender.member();
  member.inbox_added = {item("1", b_)};
  EXPECT_EQ(commit_member(store(), std::move(member)), CommitOutcome::kApplied);
  EXPECT_EQ(store().remove(b_).error().code, ErrorCode::kNotFound);
  EXPECT_THAT(*store().with_inbox(10), IsEmpty());
}

TEST_P(Contract, An_empty_batch_is_fine) { EXPECT_THAT(*store().commit({}), IsEmpty()); }

// Promise 4 can be provoked only where faults can: MemStore's hooks, which the simulator lives on.
TEST(MemStoreFaults, Promise4_each_fault_does_what_it_says_once) {
  MemStore store;
  Subject subject(nth<ExecutionId>(1));
  store.on_next_commit(CommitFault::kFails);
  CommitBatch batch;
  batch.members = {subject.member()};
  const auto failed = store.commit(batch);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kIo);
  EXPECT_FALSE(store.load(subject.id())->has_value());
  store.on_next_commit(CommitFault::kUnknownLost);
  EXPECT_THAT(*store.commit(batch), ElementsAre(CommitOutcome::kUnknown));
  EXPECT_FALSE(store.load(subject.id())->has_value());
  store.on_next_commit(CommitFault::kUnknownApplied);
  EXPECT_THAT(*store.commit(batch), ElementsAre(CommitOutcome::kUnknown));
  EXPECT_TRUE(store.load(subject.id())->has_value());
  EXPECT_THAT(*store.commit(batch), ElementsAre(CommitOutcome::kStale));
  EXPECT_EQ(store.commits(), 1U);
}

TEST(MemStoreFaults, What_is_stored_is_a_copy) {
  MemStore store;
  Subject subject(nth<ExecutionId>(1));
  core::Task& task = subject.add_task("t");
  commit(store, subject);
  task.published["late"] = true;
  EXPECT_EQ(to_json((*store.load(subject.id()))->rows.tasks[0].published), "{}");
}

}  // namespace
}  // namespace foehn::store
