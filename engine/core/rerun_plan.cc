#include "engine/core/rerun_plan.h"

#include <algorithm>
#include <deque>

namespace foehn::core {
namespace {

using Marks = std::vector<bool>;  // by TaskIndex

std::string about(const Execution& execution) {
  return "[workflow=" + execution.workflow_name + ", execution_id=" + to_string(execution.id) + "]";
}

// The tasks that completing one of `from` may start, and so on; those of `from` only when they are behind another one.
Marks behind(const dsl::WorkflowGraph& graph, const std::vector<dsl::TaskIndex>& from) {
  std::vector<std::vector<dsl::TaskIndex>> successors(graph.nodes.size());
  for (dsl::TaskIndex task = 0; task < graph.nodes.size(); ++task) {
    for (const dsl::TaskIndex before : graph.nodes[task].inbound) successors[before].push_back(task);
    for (const dsl::TaskIndex before : graph.nodes[task].requires_) successors[before].push_back(task);
  }
  Marks reached(graph.nodes.size(), false);
  std::deque<dsl::TaskIndex> open(from.begin(), from.end());
  while (!open.empty()) {
    const dsl::TaskIndex here = open.front();
    open.pop_front();
    for (const dsl::TaskIndex next : successors[here]) {
      if (reached[next]) continue;
      reached[next] = true;
      open.push_back(next);
    }
  }
  return reached;
}

Status check_execution(const Execution& execution) {
  if (execution.state == State::kPaused)
    return fail(ErrorCode::kFailedPrecondition,
                "A paused execution re-runs nothing; resume it first " + about(execution));
  if (execution.state == State::kRunning || is_valid_transition(execution.state, State::kRunning)) return {};
  return fail(ErrorCode::kFailedPrecondition, "The execution is " + std::string(to_string(execution.state)) +
                                                  " and stays so; clone it to run it again " + about(execution));
}

Status check_task(const ExecutionState& state, const Task& task, const RerunTasks& event) {
  const std::string name = "Task '" + task.name + "' [" + to_string(task.id) + "] ";
  if (task.superseded) return fail(ErrorCode::kFailedPrecondition, name + "was superseded by a later re-run");
  const bool failed = task.state == State::kError || task.state == State::kCancelled;
  const bool succeeded = task.state == State::kSuccess || task.state == State::kSkipped;
  if (!failed && !(succeeded && (event.downstream || !event.items.empty())))
    return fail(ErrorCode::kFailedPrecondition,
                name + "is " + std::string(to_string(task.state)) + "; only ERROR and CANCELLED ones are re-run" +
                    (succeeded ? ", others only together with what is behind them (set: from_task)"
                     : event.downstream ? ", and in this set those that have succeeded: wait for its end, or re-run all"
                                        : ""));
  if (event.items.empty()) return {};
  if (!task.with_items) return fail(ErrorCode::kInvalidArgument, name + "has no items");
  for (const std::uint32_t item : event.items)
    if (item >= task.with_items->count)
      return fail(ErrorCode::kInvalidArgument, name + "has " + std::to_string(task.with_items->count) +
                                                   " items; there is no item " + std::to_string(item));
  static_cast<void>(state);
  return {};
}

bool contains(const std::vector<TaskId>& ids, TaskId id) { return std::find(ids.begin(), ids.end(), id) != ids.end(); }

// A join that never started failed because of the tasks before it: they decide it again.
bool is_decided_by_others(const Task& task, const Marks& reached, dsl::TaskIndex index) {
  return task.is_join && !task.started_at && reached[index];
}

std::vector<dsl::TaskIndex> indexes_of(const ExecutionState& state, const std::vector<TaskId>& ids) {
  std::vector<dsl::TaskIndex> indexes;
  for (const TaskId id : ids)
    if (const auto index = state.definition().graph.find(state.task(id)->name)) indexes.push_back(*index);
  return indexes;
}

}  // namespace

Result<RerunPlan> plan_rerun(const ExecutionState& state, const RerunTasks& event) {
  FOEHN_CHECK_OK(check_execution(state.execution()));
  RerunPlan plan;
  const auto& tasks = state.definition().spec.tasks;
  if (event.all) {
    for (const auto& task : state.tasks())
      if (!task->superseded) plan.superseded.push_back(task->id);
    for (const dsl::TaskSpec& task : tasks) plan.may_follow.push_back(task.name);
    return plan;
  }
  if (!event.items.empty() && event.task_ids.size() != 1)
    return fail(ErrorCode::kInvalidArgument, "Items can be re-run of one task only");
  for (const TaskId id : event.task_ids) {
    const Task* task = state.task(id);
    if (task == nullptr) return fail(ErrorCode::kNotFound, "TaskExecution not found [id=" + to_string(id) + "]");
    FOEHN_CHECK_OK(check_task(state, *task, event));
  }
  const Marks reached = behind(state.definition().graph, indexes_of(state, event.task_ids));
  for (const auto& task : state.tasks()) {
    const auto index = state.definition().graph.find(task->name);
    if (!index || task->superseded) continue;
    const bool asked = contains(event.task_ids, task->id);
    // One that is behind itself (a cycle) begins the re-run all the same.
    const bool is_first = asked && (!reached[*index] || event.task_ids.size() == 1);
    if (event.downstream && reached[*index] && !is_first) {
      plan.superseded.push_back(task->id);
    } else if (asked && !is_decided_by_others(*task, reached, *index)) {
      plan.rerun.push_back(task->id);
    }
  }
  if (plan.rerun.empty() && plan.superseded.empty()) plan.rerun = event.task_ids;
  for (dsl::TaskIndex index = 0; index < tasks.size(); ++index)
    if (reached[index]) plan.may_follow.push_back(tasks[index].name);
  return plan;
}

namespace {

bool has_triggered(const Task& task, const std::string& name) {
  return std::any_of(task.next_tasks.begin(), task.next_tasks.end(),
                     [&](const NextTask& next) { return next.name == name; });
}

// Of `handled` those that keep a failed join from starting: no repair of anything else would.
std::vector<TaskId> handled_before_joins(const ExecutionState& state, const std::vector<TaskId>& failed,
                                         const std::vector<TaskId>& handled) {
  const dsl::WorkflowGraph& graph = state.definition().graph;
  std::vector<TaskId> needed;
  Marks known(graph.nodes.size(), false);
  std::deque<dsl::TaskIndex> open;
  for (const TaskId id : failed) {
    const Task& task = *state.task(id);
    if (!task.is_join || task.started_at) continue;
    if (const auto index = graph.find(task.name)) open.push_back(*index);
  }
  while (!open.empty()) {
    const dsl::TaskIndex here = open.front();
    open.pop_front();
    if (known[here]) continue;
    known[here] = true;
    const std::string& name = state.definition().spec.tasks[here].name;
    for (const dsl::TaskIndex before : graph.nodes[here].inbound) {
      const auto& tasks = state.tasks_named(state.definition().spec.tasks[before].name);
      if (tasks.empty()) {
        open.push_back(before);  // never reached itself: look for what kept it
      } else if (contains(handled, tasks.back()->id) && !contains(needed, tasks.back()->id) &&
                 !has_triggered(*tasks.back(), name)) {
        needed.push_back(tasks.back()->id);
      }
    }
  }
  return needed;
}

}  // namespace

bool is_current(const ActionRun& run, const Task& task) { return run.accepted || run.task_attempt == task.attempt; }

std::vector<TaskId> failed_tasks(const ExecutionState& state) {
  std::vector<TaskId> failed;
  std::vector<TaskId> handled;
  for (const auto& task : state.tasks()) {
    if (task->superseded || (task->state != State::kError && task->state != State::kCancelled)) continue;
    (task->error_handled ? handled : failed).push_back(task->id);
  }
  // A handler that says `fail`: the handled ones are all there is to repair.
  if (failed.empty() && state.execution().state == State::kError) failed = std::move(handled);
  const std::vector<TaskId> needed = handled_before_joins(state, failed, handled);
  failed.insert(failed.end(), needed.begin(), needed.end());
  const Marks reached = behind(state.definition().graph, indexes_of(state, failed));
  const std::size_t count = failed.size();
  std::vector<TaskId> first;
  for (const TaskId id : failed) {
    const Task& task = *state.task(id);
    const auto index = state.definition().graph.find(task.name);
    if (index && !is_decided_by_others(task, reached, *index)) first.push_back(id);
  }
  return first.empty() && count > 0 ? failed : first;
}

Status check_revision(const ExecutionState& state, const dsl::Definition& revision) {
  std::vector<std::string> wrong;
  const auto add = [&](const Task& task, const std::string& what) {
    const std::string text = "'" + task.name + "' " + what;
    if (std::find(wrong.begin(), wrong.end(), text) == wrong.end()) wrong.push_back(text);
  };
  for (const auto& task : state.tasks()) {
    const auto index = revision.graph.find(task->name);
    if (!index) {
      add(*task, "is not in it");
      continue;
    }
    if (task->superseded) continue;
    const dsl::TaskSpec& spec = revision.spec.tasks[*index];
    const bool is_join =
        spec.join.kind != dsl::JoinSpec::Kind::kNone && revision.spec.type == dsl::WorkflowType::kDirect;
    if (is_join != task->is_join) add(*task, is_join ? "is a join there" : "is no join there");
    const bool is_workflow = spec.workflow.has_value();
    if (is_workflow != (task->type == TaskType::kWorkflow))
      add(*task, is_workflow ? "calls a workflow there" : "calls an action there");
    const auto now = state.definition().graph.find(task->name);
    const bool had_items = now && !state.definition().spec.tasks[*now].with_items.empty();
    if (had_items == spec.with_items.empty()) add(*task, had_items ? "has no items there" : "has items there");
  }
  std::string text = "The execution cannot go on by revision " + revision.hash + " of '" + revision.spec.name + "': ";
  if (revision.spec.type != state.definition().spec.type)
    return fail(ErrorCode::kConflict, text + "one is a direct workflow, the other a reverse one");
  if (wrong.empty()) return {};
  for (std::size_t i = 0; i < wrong.size(); ++i) text += (i == 0 ? "task " : "; task ") + wrong[i];
  return fail(ErrorCode::kConflict, text);
}

}  // namespace foehn::core
