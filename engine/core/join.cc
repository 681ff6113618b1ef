#include "engine/core/join.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "engine/core/data_flow.h"
#include "engine/core/flow.h"
#include "engine/core/settle.h"
#include "engine/core/task_run.h"

namespace foehn::core {
namespace {

constexpr std::string_view kWaitingInfo = "Task is waiting.";

bool is_join(const dsl::TaskSpec& spec) { return spec.join.kind != dsl::JoinSpec::Kind::kNone; }

const NextTask* next_named(const Task& task, std::string_view name) {
  for (const NextTask& next : task.next_tasks)
    if (next.name == name) return &next;
  return nullptr;
}

bool is_dead(const Stepper& step, dsl::TaskIndex index) {
  const auto& dead = step.state.scratch().dead;
  return !dead.empty() && dead[index];
}

// Whether a task without executions may still be started: some chain of such tasks leads back to a start task, to a
// task that is not complete, or to one that has triggered the next in the chain. If not, all tasks looked at are dead
// for good (until a re-run), which is remembered; Stepper::newly_dead has those whose joins must hear of it. Iterative:
// chains may be long.
bool route_possible(Stepper& step, dsl::TaskIndex target) {
  if (is_dead(step, target)) return false;
  const auto& nodes = step.graph().nodes;
  std::vector<dsl::TaskIndex> seen{target};
  std::vector<bool> known(nodes.size(), false);
  known[target] = true;
  for (std::size_t at = 0; at < seen.size(); ++at) {
    const dsl::TaskIndex here = seen[at];
    if (nodes[here].inbound.empty()) return true;
    const std::string& name = step.spec().tasks[here].name;
    for (const dsl::TaskIndex parent : nodes[here].inbound) {
      if (is_dead(step, parent)) continue;
      const auto& tasks = step.state.tasks_named(step.spec().tasks[parent].name);
      for (const Task* task : tasks)
        if (!is_complete(task->state) || next_named(*task, name) != nullptr) return true;
      if (!tasks.empty() || known[parent]) continue;
      known[parent] = true;
      seen.push_back(parent);
    }
  }
  auto& dead = step.state.scratch().dead;
  if (dead.empty()) dead.assign(nodes.size(), false);
  for (const dsl::TaskIndex index : seen) dead[index] = true;
  step.newly_dead.insert(step.newly_dead.end(), seen.begin(), seen.end());
  return false;
}

// dsl.md §3.3, "induced state". If there are several executions of an inbound task, the last one counts.
Inbound induce(Stepper& step, const std::string& join_name, dsl::TaskIndex inbound) {
  const auto& tasks = step.state.tasks_named(step.spec().tasks[inbound].name);
  if (tasks.empty()) {
    const bool possible = route_possible(step, inbound);
    return {possible ? Inbound::Kind::kUndecided : Inbound::Kind::kImpossible, TaskId{}, {}};
  }
  const Task& task = *tasks.back();
  if (!is_complete(task.state)) return {Inbound::Kind::kUndecided, task.id, {}};
  if (const NextTask* next = next_named(task, join_name)) return {Inbound::Kind::kTriggered, task.id, next->event};
  return {Inbound::Kind::kNotTriggered, task.id, {}};
}

void count(JoinProgress& progress, const Inbound& inbound, bool add) {
  std::uint32_t* counter = nullptr;
  if (inbound.kind == Inbound::Kind::kTriggered) counter = &progress.triggered;
  if (inbound.kind == Inbound::Kind::kNotTriggered || inbound.kind == Inbound::Kind::kImpossible)
    counter = &progress.failed;
  if (counter == nullptr) return;
  if (add) {
    ++*counter;
  } else {
    --*counter;
  }
}

JoinProgress& progress_of(Stepper& step, const Task& task) {
  auto& all = step.state.scratch().joins;
  if (const auto found = all.find(task.id); found != all.end()) return found->second;
  JoinProgress progress;
  for (const dsl::TaskIndex inbound : step.graph().nodes[step.index_of(task)].inbound) {
    progress.inbound.push_back(induce(step, task.name, inbound));
    count(progress, progress.inbound.back(), true);
  }
  return all.emplace(task.id, std::move(progress)).first->second;
}

// The WAITING execution of the join task `index`, if any.
const Task* waiting_join(const Stepper& step, dsl::TaskIndex index) {
  const dsl::TaskSpec& spec = step.spec().tasks[index];
  if (!is_join(spec)) return nullptr;
  const auto& tasks = step.state.tasks_named(spec.name);
  return !tasks.empty() && tasks.back()->state == State::kWaiting ? tasks.back() : nullptr;
}

// Brings one entry of the progress of `join` up to date; looks at the join again when it has changed.
void refresh(Stepper& step, const Task& join, dsl::TaskIndex inbound) {
  const bool fresh = !step.state.scratch().joins.contains(join.id);
  JoinProgress& progress = progress_of(step, join);
  const auto& list = step.graph().nodes[step.index_of(join)].inbound;
  const auto at = static_cast<std::size_t>(std::find(list.begin(), list.end(), inbound) - list.begin());
  if (!fresh && at < list.size()) {
    Inbound now = induce(step, join.name, inbound);
    if (now.kind == progress.inbound[at].kind && now.task_id == progress.inbound[at].task_id) return;
    count(progress, progress.inbound[at], false);
    progress.inbound[at] = std::move(now);
    count(progress, progress.inbound[at], true);
  }
  step.work.push_back({Work::Kind::kJoin, join.id, {}});
}

// Joins behind tasks that can never run any more. Looking at a join may find further dead tasks, on any path.
void spread_death(Stepper& step, std::deque<dsl::TaskIndex> candidates) {
  while (!candidates.empty() || !step.newly_dead.empty()) {
    if (step.newly_dead.empty()) {
      const dsl::TaskIndex candidate = candidates.front();
      candidates.pop_front();
      if (step.state.tasks_named(step.spec().tasks[candidate].name).empty()) route_possible(step, candidate);
      continue;
    }
    const dsl::TaskIndex dead = step.newly_dead.back();
    step.newly_dead.pop_back();
    for (const dsl::TaskIndex next : flow_index(step).successors[dead]) {
      if (const Task* join = waiting_join(step, next)) refresh(step, *join, dead);
      candidates.push_back(next);
    }
  }
}

std::vector<std::string> inbound_names(const Stepper& step, const Task& task, const JoinProgress& progress,
                                       bool failed) {
  std::vector<std::string> names;
  const auto& list = step.graph().nodes[step.index_of(task)].inbound;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Inbound::Kind kind = progress.inbound[i].kind;
    const bool has_failed = kind == Inbound::Kind::kNotTriggered || kind == Inbound::Kind::kImpossible;
    if (failed ? has_failed : kind == Inbound::Kind::kUndecided) names.push_back(step.spec().tasks[list[i]].name);
  }
  return names;
}

std::string failure_text(const Stepper& step, const Task& task, const JoinProgress& progress) {
  return "Failed by tasks: " + python_list(inbound_names(step, task, progress, true));
}

void fail_join(Stepper& step, Task& task, const JoinProgress& progress) {
  step.decided_joins.push_back(task.id);
  task.triggered_by.clear();
  for (const Inbound& inbound : progress.inbound) {
    if (inbound.kind == Inbound::Kind::kNotTriggered) task.triggered_by.push_back({inbound.task_id, "not triggered"});
    if (inbound.kind == Inbound::Kind::kImpossible) task.triggered_by.push_back({TaskId{}, "impossible route"});
  }
  const std::string text = failure_text(step, task, progress);
  // Kept up to date only while it waits: a retry counts afresh.
  step.state.scratch().joins.erase(task.id);
  complete_task(step, task, State::kError, text);
}

void start_join(Stepper& step, Task& task, const JoinProgress& progress) {
  step.decided_joins.push_back(task.id);
  task.triggered_by.clear();
  for (const Inbound& inbound : progress.inbound)
    if (inbound.kind == Inbound::Kind::kTriggered)
      task.triggered_by.push_back({inbound.task_id, inbound.event, step.state.task(inbound.task_id)->attempt});
  task.in_context = joined_context(step, task);
  step.state.scratch().joins.erase(task.id);
  if (task.retrying) return run_task(step, task);
  begin_task(step, task);
}

void reset_join(Stepper& step, Task& task) {
  reset_task(step, task, false);
  task.triggered_again = false;
  task.triggered_by.clear();
  task.retrying = false;
  task.paused_before = false;
  task.published = Value::object();
  task.published_global = Value::object();
  task.policy_values = Value::object();
  task.input_override = Value();
  task.started_at.reset();
  step.state.scratch().joins.erase(task.id);
  step.set_task(task, State::kWaiting, std::string(kWaitingInfo));
  inbound_changed(step, task);
  step.work.push_back({Work::Kind::kJoin, task.id, {}});
}

// Whether so many inbound tasks have not led to the join that it must fail.
bool is_hopeless(Stepper& step, const Task& join) {
  const auto& inbound = step.graph().nodes[step.index_of(join)].inbound;
  const dsl::JoinSpec& spec = step.spec_of(join).join;
  const std::size_t needed = spec.kind == dsl::JoinSpec::Kind::kAll ? inbound.size() : spec.count;
  std::size_t failed = 0;
  for (const dsl::TaskIndex from : inbound) {
    const Inbound::Kind kind = induce(step, join.name, from).kind;
    if (kind == Inbound::Kind::kNotTriggered || kind == Inbound::Kind::kImpossible) ++failed;
  }
  return failed + needed > inbound.size();
}

// A join that failed early is triggered by a task that was re-run, and still cannot start: others are in its way now.
void tell_failure_again(Stepper& step, Task& task) {
  task.state_info = failure_text(step, task, JoinProgress(progress_of(step, task)));
  step.state.scratch().joins.erase(task.id);
}

bool is_triggered_by(const Task& join, TaskId from) {
  for (const TriggeredBy& trigger : join.triggered_by)
    if (trigger.task_id == from) return true;
  return false;
}

// A join of N starts once for a round of triggers: what arrives late belongs to the round that is over, unless the same
// inbound task triggers again, which begins a new one. (Mistral runs a join again for every late trigger.) A trigger
// that the join has counted may be dispatched steps later, when a pause came between: it is not a new one.
bool begins_new_round(Stepper& step, const Task& join, const NextCommand& command) {
  // Decided in this very step: a task is complete before its next tasks are dispatched, so this trigger was counted.
  const auto& decided = step.decided_joins;
  if (std::find(decided.begin(), decided.end(), join.id) != decided.end()) return false;
  if (!join.started_at) return !is_hopeless(step, join);  // it failed early: only a re-run can change that
  const Task* from = command.from ? step.state.task(*command.from) : nullptr;
  for (const TriggeredBy& trigger : join.triggered_by) {
    const Task* earlier = step.state.task(trigger.task_id);
    if (from == nullptr || earlier == nullptr || earlier->name != from->name) continue;
    if (earlier->id != from->id || trigger.attempt != from->attempt) return true;
  }
  return false;
}

}  // namespace

void trigger_join(Stepper& step, dsl::TaskIndex index, const NextCommand& command) {
  const dsl::TaskSpec& spec = step.spec().tasks[index];
  const auto& tasks = step.state.tasks_named(spec.name);
  if (tasks.empty()) {
    Task task;
    task.id = step.state.new_id<TaskId>();
    task.execution_id = step.execution().id;
    task.name = spec.name;
    task.type = spec.workflow ? TaskType::kWorkflow : TaskType::kAction;
    task.tags = spec.tags;
    task.state = State::kWaiting;
    task.state_info = std::string(kWaitingInfo);
    task.is_join = true;
    task.created_at = step.input.now;
    Task& created = step.state.add_task(std::move(task));
    step.notify(created);
    inbound_changed(step, created);
    step.work.push_back({Work::Kind::kJoin, created.id, {}});
    return;
  }
  Task& join = *tasks.back();
  if (join.state == State::kWaiting) {
    step.work.push_back({Work::Kind::kJoin, join.id, {}});
    return;
  }
  const bool again = begins_new_round(step, join, command);
  spread_death(step, {});
  Task& changed = step.state.change_task(join.id);
  if (again && is_complete(join.state)) return reset_join(step, changed);
  if (changed.state == State::kError && !changed.started_at) tell_failure_again(step, changed);
  if (again) {
    changed.triggered_again = true;
  } else if (command.from && !is_triggered_by(changed, *command.from)) {
    changed.triggered_by.push_back({*command.from, command.event, step.state.task(*command.from)->attempt});
  }
}

void begin_next_round(Stepper& step, Task& task) {
  if (task.triggered_again && is_complete(task.state) && step.running()) reset_join(step, task);
}

void inbound_changed(Stepper& step, const Task& task) {
  if (step.spec().type != dsl::WorkflowType::kDirect || step.state.tasks_in(State::kWaiting) == 0) return;
  const dsl::TaskIndex index = step.index_of(task);
  std::deque<dsl::TaskIndex> untriggered;
  for (const dsl::TaskIndex next : flow_index(step).successors[index]) {
    if (const Task* join = waiting_join(step, next)) refresh(step, *join, index);
    if (is_complete(task.state) && next_named(task, step.spec().tasks[next].name) == nullptr)
      untriggered.push_back(next);
  }
  spread_death(step, std::move(untriggered));
}

void evaluate_join(Stepper& step, TaskId task_id) {
  const Task* found = step.state.task(task_id);
  if (!step.running() || found == nullptr || found->state != State::kWaiting) return;
  if (step.state.has_timer(task_id, TimerKind::kRetry)) return;
  const JoinProgress& progress = progress_of(step, *found);
  const dsl::JoinSpec& join = step.spec_of(*found).join;
  const auto total = static_cast<std::uint32_t>(progress.inbound.size());
  const std::uint32_t needed = join.kind == dsl::JoinSpec::Kind::kAll ? total : join.count;
  spread_death(step, {});   // the look at the inbound tasks may have found some
  // Copied only when decided: both forget the progress while they use it.
  if (progress.triggered >= needed) {
    start_join(step, step.state.change_task(task_id), JoinProgress(progress));
  } else if (progress.failed + needed > total) {
    fail_join(step, step.state.change_task(task_id), JoinProgress(progress));
  }
}

Context joined_context(Stepper& step, const Task& task) {
  std::vector<Context> contexts;
  for (const dsl::TaskIndex inbound : step.graph().nodes[step.index_of(task)].inbound) {
    const auto& tasks = step.state.tasks_named(step.spec().tasks[inbound].name);
    if (tasks.empty() || !is_complete(tasks.back()->state)) continue;
    if (next_named(*tasks.back(), task.name) != nullptr) contexts.push_back(outbound(*tasks.back()));
  }
  // Mistral folds the others into the last one: at equal versions the last inbound task wins.
  if (contexts.size() > 1) std::rotate(contexts.begin(), contexts.end() - 1, contexts.end());
  return Context::merge_all(contexts);
}

std::vector<std::string> undecided_inbound(Stepper& step, const Task& task) {
  return inbound_names(step, task, progress_of(step, task), false);
}

bool break_deadlock(Stepper& step) {
  const std::size_t waiting = step.state.tasks_in(State::kWaiting);
  if (waiting == 0 || waiting != step.state.unfinished_tasks()) return false;
  for (const auto& task : step.state.tasks())
    if (task->state == State::kWaiting && step.state.has_timer(task->id, TimerKind::kRetry)) return false;
  for (const auto& task : step.state.tasks()) {
    if (task->state != State::kWaiting) continue;
    Task& stuck = step.state.change_task(task->id);
    const std::string text = "Failed by tasks: " + python_list(undecided_inbound(step, stuck)) +
                             ": none of them can complete any more, because they wait for '" + stuck.name + "'";
    complete_task(step, stuck, State::kError, text);
    return true;
  }
  return false;
}

}  // namespace foehn::core
