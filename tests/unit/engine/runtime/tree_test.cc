// Sub-workflows: lookup, environment, failure to start, deliveries beyond the bound of a batch, removal.
#include <algorithm>
#include <map>

#include "engine/runtime/observer.h"
#include "tests/unit/engine/runtime/engine_fixture.h"

namespace foehn::runtime {
namespace {

constexpr const char* kParent = R"(
version: '2.0'
parent:
  tasks:
    call:
      workflow: child
      publish:
        got: <% task().result %>
)";
constexpr const char* kChild = R"(
version: '2.0'
child:
  output:
    env: <% env().a %>
  tasks:
    t1:
      action: std.noop
)";

TEST_F(EngineTest, ASubWorkflowSeesTheRootsEnvironmentAndGivesItsOutput) {
  define(kParent);
  define(kChild);
  StartRequest wanted = request("parent");
  wanted.params["env"]["a"] = 7;
  const std::uint64_t before = store_.commits();
  const ExecutionId id = start(wanted);
  EXPECT_EQ(to_json(execution(id).output), R"({"got":{"env":7}})");
  EXPECT_EQ(store_.commits() - before, 1U) << "parent and child in one commit";
}

TEST_F(EngineTest, DeliveriesBeyondTheBoundWaitAsRows) {
  options_.pump_events_max = 1;
  define(kParent);
  define(kChild);
  StartRequest wanted = request("parent");
  wanted.params["env"]["a"] = 7;
  engine().start(wanted, nullptr);
  engine().pump();
  EXPECT_EQ(store_.with_inbox(10)->size(), 1U) << "the start of the child";
  for (int crashes = 0; state(*wanted.id) != "SUCCESS"; ++crashes) {
    ASSERT_LT(crashes, 30);
    restart();  // a crash after every single commit
    const std::uint64_t before = store_.commits();
    for (int pumps = 0; store_.commits() == before; ++pumps) {
      ASSERT_LT(pumps, 10);
      engine().pump();
    }
  }
  EXPECT_TRUE(store_.with_inbox(10)->empty());
  EXPECT_EQ(store_.executions({})->rows.size(), 2U);
}

TEST_F(EngineTest, AnUnknownSubWorkflowFailsItsTask) {
  define(kParent);
  const ExecutionId id = start("parent");
  EXPECT_EQ(state(id), "ERROR");
  const auto tasks = store_.tasks({});
  EXPECT_EQ(tasks->rows.at(0).task.state_info, "Failed to find workflow [name=child] [namespace=]");
}

TEST_F(EngineTest, SubWorkflowsAreFoundInWorkbookAndNamespaceFirst) {
  define("version: '2.0'\nchild:\n  output:\n    from: plain\n  tasks:\n    t1:\n      action: std.noop\n");
  define("version: '2.0'\nchild:\n  output:\n    from: space\n  tasks:\n    t1:\n      action: std.noop\n", "space");
  define(kParent);
  StartRequest wanted = request("parent");
  wanted.workflow_namespace = "space";
  EXPECT_EQ(to_json(execution(start(wanted)).output), R"({"got":{"from":"space"}})");
  EXPECT_EQ(to_json(execution(start("parent")).output), R"({"got":{"from":"plain"}})");
}

TEST_F(EngineTest, NestingIsBounded) {
  define(R"(
version: '2.0'
nest:
  tasks:
    again:
      workflow: nest
)");
  const ExecutionId id = start("nest");
  EXPECT_EQ(state(id), "ERROR");
  EXPECT_EQ(store_.executions({})->rows.size(), limits::kSubworkflowDepthMax + 1);
}

// 2^25 executions within the bound of the depth, were it the only one.
TEST_F(EngineTest, ATreeIsBoundedInBreadth) {
  options_.tree_executions_max = 40;
  define(R"(
version: '2.0'
twice:
  tasks:
    one: {workflow: twice}
    two: {workflow: twice}
)");
  const ExecutionId id = start("twice");
  EXPECT_EQ(state(id), "ERROR");
  EXPECT_EQ(store_.executions({})->rows.size(), 21U);  // each asked for two more
  const auto tasks = store_.tasks({});
  const auto refused = std::find_if(tasks->rows.begin(), tasks->rows.end(), [](const store::TaskRow& row) {
    return row.task.state_info && row.task.state_info->starts_with("More than ");
  });
  ASSERT_NE(refused, tasks->rows.end());
  EXPECT_EQ(*refused->task.state_info, "More than 40 sub-workflows are below execution " + to_string(id) +
                                           "; a workflow probably calls itself [name=twice, limit=40]");
}

// The text of a failed execution repeats those of its sub-workflows, each twice.
TEST_F(EngineTest, ErrorTextsOfNestedWorkflowsAreWholeForThreeLevelsAndDoNotGrowWithoutEnd) {
  define("version: '2.0'\nw0:\n  tasks:\n    t: {action: test.run}\n");
  for (int i = 1; i <= 9; ++i)
    define("version: '2.0'\nw" + std::to_string(i) + ":\n  tasks:\n    t: {workflow: w" + std::to_string(i - 1) + "}\n");
  start("w9");
  const std::string why(700, 'e');
  finish(actions_.started.at(0), Outcome::error(why));
  std::map<std::string, core::Execution> made;
  const auto rows = store_.executions({});
  for (const store::ExecutionRow& row : rows->rows) made[row.execution.workflow_name] = row.execution;
  std::map<std::string, std::string> task_of;
  const auto tasks = store_.tasks({});
  for (const store::TaskRow& row : tasks->rows) task_of[row.workflow_name] = to_string(row.task.id);
  std::string whole = "Failure caused by error in tasks: t\n\n  t [task_ex_id=" + task_of["w0"] + "] -> " + why +
                      "\n    [action_ex_id=" + to_string(actions_.started.at(0).run_id) + ", idx=0]: " + why + "\n";
  EXPECT_EQ(made["w0"].state_info, whole);
  for (int i = 1; i <= 9; ++i) {
    const std::string name = "w" + std::to_string(i);
    const std::string child = to_string(made["w" + std::to_string(i - 1)].id);
    const std::string info = made[name].state_info.value_or("");
    whole = "Failure caused by error in tasks: t\n\n  t [task_ex_id=" + task_of[name] + "] -> " + whole +
            "\n    [wf_ex_id=" + child + ", idx=0]: " + whole + "\n";
    if (i <= 2) {
      EXPECT_EQ(info, whole) << name;
      continue;
    }
    EXPECT_LT(info.size(), 8'192U + 600) << name;
    EXPECT_TRUE(info.starts_with(whole.substr(0, 2'000))) << info;
    EXPECT_TRUE(info.ends_with(why + "\n" + std::string(static_cast<std::size_t>(i), '\n'))) << info;
    EXPECT_NE(info.find(" bytes are left out here; execution " + child + " has them] … "), std::string::npos) << info;
  }
}

// What was there before a restart counts.
TEST_F(EngineTest, ATreeIsBoundedAcrossRestarts) {
  options_.tree_executions_max = 3;
  define("version: '2.0'\nleaf:\n  tasks:\n    t: {action: std.noop}\n");
  define(R"(
version: '2.0'
many:
  tasks:
    a: {with-items: 'i in <% range(3) %>', workflow: leaf, on-success: b}
    b: {workflow: leaf, pause-before: true}
)");
  const ExecutionId id = start("many");
  EXPECT_EQ(state(id), "PAUSED");
  restart();
  EXPECT_EQ(refusal([&](Reply reply) { engine().submit(id, core::ResumeExecution{}, std::move(reply)); }), "accepted");
  EXPECT_EQ(state(id), "ERROR");
  EXPECT_EQ(store_.executions({})->rows.size(), 4U);
}

TEST_F(EngineTest, RemovingAChildDoesNotLeaveTheParentWaiting) {
  define(kParent);
  define("version: '2.0'\nchild:\n  tasks:\n    t1:\n      action: test.run\n");
  const ExecutionId id = start("parent");
  const ExecutionId child = actions_.started.at(0).execution_id;
  ASSERT_NE(child, id);
  EXPECT_EQ(refusal([&](Reply reply) { engine().remove(child, true, std::move(reply)); }), "accepted");
  EXPECT_EQ(state(child), "absent");
  EXPECT_EQ(state(id), "ERROR");
  EXPECT_EQ(actions_.cancelled.size(), 1U);
}

// A parent whose sub-workflow has failed, and what a re-run of the sub-workflow's task asks for.
struct FailedTree {
  ExecutionId parent, child;
  core::RerunTasks rerun;
};

class LostChildTest : public EngineTest {
 protected:
  void SetUp() override {
    define(kParent);
    define("version: '2.0'\nchild:\n  tasks:\n    t1:\n      action: test.run\n");
  }
  FailedTree fail_child() {
    FailedTree tree;
    tree.parent = start("parent");
    const ports::ActionRequest run = actions_.started.at(0);
    tree.child = run.execution_id;
    finish(run, Outcome::error("no"));
    EXPECT_EQ(state(tree.parent), "ERROR");
    tree.rerun.below.push_back({{ActionRunId{tree.child.uuid}}, {run.task_id}});
    return tree;
  }
  std::string task_info(ExecutionId id) {
    const auto page = store_.tasks({});
    for (const store::TaskRow& row : page->rows) {
      if (row.task.execution_id != id) continue;
      return std::string(core::to_string(row.task.state)) + ": " + row.task.state_info.value_or("");
    }
    return "no task";
  }
  std::string lost(const FailedTree& tree) {
    return "ERROR: Sub-workflow execution was deleted [execution_id=" + to_string(tree.child) + "]";
  }
};

TEST_F(LostChildTest, ARerunThatFindsItDeletedFailsTheTaskThatWaitsForIt) {
  const FailedTree tree = fail_child();
  EXPECT_EQ(refusal([&](Reply reply) { engine().remove(tree.child, false, std::move(reply)); }), "accepted");
  EXPECT_EQ(refusal([&](Reply reply) { engine().submit(tree.parent, tree.rerun, std::move(reply)); }), "accepted");
  EXPECT_EQ(state(tree.parent), "ERROR");
  EXPECT_EQ(task_info(tree.parent), lost(tree));
}

// The message is a row when the server dies.
TEST_F(LostChildTest, SoDoesOneWhoseMessageHasWaitedForARestart) {
  const FailedTree tree = fail_child();
  EXPECT_EQ(refusal([&](Reply reply) { engine().remove(tree.child, false, std::move(reply)); }), "accepted");
  options_.pump_events_max = 1;
  restart();
  engine().submit(tree.parent, tree.rerun, nullptr);
  engine().pump();
  EXPECT_EQ(state(tree.parent), "RUNNING");
  EXPECT_EQ(store_.with_inbox(10)->size(), 1U);
  restart();
  settle();
  EXPECT_EQ(state(tree.parent), "ERROR");
  EXPECT_EQ(task_info(tree.parent), lost(tree));
  EXPECT_TRUE(store_.with_inbox(10)->empty());
}

// Asked for at the same time, in both orders, with the message in the same batch and in a later one.
TEST_F(LostChildTest, ADeletionBesideARerunLeavesNobodyWaiting) {
  for (const std::size_t events : {std::size_t{1}, std::size_t{2}, std::size_t{1'000}}) {
    for (const bool rerun_first : {true, false}) {
      for (const bool force : {true, false}) {
        SCOPED_TRACE(std::to_string(events) + (rerun_first ? ", re-run first" : ", deletion first") +
                     (force ? ", forced" : ""));
        options_.pump_events_max = 1'000;
        engine_.reset();
        actions_.started.clear();
        const FailedTree tree = fail_child();
        options_.pump_events_max = events;
        restart();
        std::optional<Result<Answer>> removed, rerun;
        if (rerun_first) engine().submit(tree.parent, tree.rerun, keep(rerun));
        engine().remove(tree.child, force, keep(removed));
        if (!rerun_first) engine().submit(tree.parent, tree.rerun, keep(rerun));
        settle();
        ASSERT_TRUE(rerun && rerun->has_value());
        ASSERT_TRUE(removed.has_value());
        if (removed->has_value()) {
          EXPECT_EQ(state(tree.child), "absent");
          EXPECT_EQ(state(tree.parent), "ERROR");
          EXPECT_EQ(task_info(tree.parent), lost(tree));
        } else {
          EXPECT_FALSE(force);
          EXPECT_EQ(state(tree.child), "RUNNING");
          EXPECT_EQ(state(tree.parent), "RUNNING");
          ASSERT_EQ(actions_.started.size(), 1U);
          finish(actions_.started.at(0));
          EXPECT_EQ(state(tree.parent), "SUCCESS");
        }
        EXPECT_TRUE(store_.with_inbox(10)->empty());
      }
    }
  }
}

TEST_F(EngineTest, RemovingARootTakesTheWholeTree) {
  define(kParent);
  define("version: '2.0'\nchild:\n  tasks:\n    t1:\n      action: test.run\n");
  const ExecutionId id = start("parent");
  EXPECT_EQ(refusal([&](Reply reply) { engine().remove(id, true, std::move(reply)); }), "accepted");
  EXPECT_TRUE(store_.executions({})->rows.empty());
  EXPECT_EQ(actions_.cancelled.size(), 1U);
  EXPECT_EQ(engine().stats().resident, 0U);
}

TEST_F(EngineTest, CancellingAParentThatHasNotBegunItsChildrenBeginsNone) {
  options_.pump_events_max = 1;
  define(R"(
version: '2.0'
parent:
  tasks:
    call:
      with-items: i in <% list(range(0, 5)) %>
      workflow: child
)");
  define("version: '2.0'\nchild:\n  tasks:\n    t1:\n      action: test.run\n");
  const StartRequest wanted = request("parent");
  engine().start(wanted, nullptr);
  engine().pump();
  engine().submit(*wanted.id, core::StopExecution{core::State::kCancelled, "enough", false}, nullptr);
  settle();
  EXPECT_EQ(state(*wanted.id), "CANCELLED");
  const auto page = store_.executions({});
  for (const store::ExecutionRow& row : page->rows) {
    EXPECT_TRUE(core::is_complete(row.execution.state)) << row.execution.workflow_name;
  }
  EXPECT_TRUE(store_.with_inbox(10)->empty());
}

TEST_F(EngineTest, ExpressionsSeeOtherExecutions) {
  define(R"(
version: '2.0'
looks:
  output:
    states: <% tasks($.id).state %>
    names: <% executions(id => $.id).name %>
  input:
    - id
  tasks:
    t1:
      action: std.noop
)");
  define(kOneRun);
  const ExecutionId other = start("one");
  StartRequest wanted = request("looks");
  wanted.input["id"] = to_string(other);
  EXPECT_EQ(to_json(execution(start(wanted)).output), R"({"states":["RUNNING"],"names":["one"]})");
  StartRequest foreign = request("looks");
  foreign.project_id = "somebody else";
  foreign.input["id"] = to_string(other);
  EXPECT_EQ(refusal([&](Reply reply) { engine().start(foreign, std::move(reply)); }),
            "Workflow not found [workflow_identifier=looks, namespace=]");
}

}  // namespace
}  // namespace foehn::runtime
