#include "engine/core/settle.h"

#include <algorithm>
#include <utility>

#include "engine/base/limits.h"
#include "engine/core/data_flow.h"
#include "engine/core/direct_run.h"
#include "engine/core/flow.h"
#include "engine/core/join.h"
#include "engine/core/outcome.h"
#include "engine/core/task_run.h"
#include "engine/core/with_items.h"

namespace foehn::core {
namespace {

// Carries out kDelay of a policy that comes after completion.
void hold_task(Stepper& step, Task& task, const Verdict& verdict) {
  if (verdict.reason == DelayReason::kWaitAfter) {
    task.held_state = task.state;
    task.held_info = task.state_info;
    task.delay = verdict.reason;
    step.set_task(task, State::kDelayed, verdict.info);
    return step.start_timer(task, TimerKind::kWaitAfter, verdict.seconds);
  }
  task.retry_count = task.retrying ? task.retry_count + 1 : 1;
  task.retrying = true;
  step.drop_scheduled_runs(task);
  reset_task(step, task, false);
  task.delay = verdict.reason;
  step.set_task(task, task.is_join ? State::kWaiting : State::kDelayed, verdict.info);
  step.start_timer(task, TimerKind::kRetry, verdict.seconds);
}

// Publishes and asks the policies. True when the task is complete now; false when it is held or was failed by force.
bool pass_policies(Stepper& step, Task& task) {
  auto published = evaluate_publish(step, task);
  if (!published) {
    fail_by_force(step, task, failure_text(step, "complete", task, published.error().message));
    return false;
  }
  task.published = std::move(published->branch);
  task.published_global = std::move(published->global);
  publish_globals(step, task.published_global);
  step.forget_outbound();
  if (find(task.policy_values, "evaluated") == nullptr && task.state != State::kSkipped) {
    if (const Status status = evaluate_policies(step, task); !status) {
      fail_by_force(step, task, failure_text(step, "complete", task, status.error().message));
      return false;
    }
  }
  for (const Policy& policy : policies()) {
    if (policy.after == nullptr || task.state == State::kSkipped) continue;
    const Result<Verdict> verdict = policy.after(step, task);
    if (!verdict) {
      fail_by_force(step, task, failure_text(step, "complete", task, verdict.error().message));
      return false;
    }
    if (verdict->kind == Verdict::Kind::kFail) {
      step.state.set_task_state(task, State::kError);
      task.state_info = verdict->info;
    } else if (verdict->kind == Verdict::Kind::kDelay) {
      hold_task(step, task, *verdict);
      return false;
    }
  }
  return true;
}

// Finds what follows a complete task, records it, and queues it when the execution runs.
void queue_next(Stepper& step, Task& task) {
  task.processed = false;
  task.has_next_tasks = false;
  task.error_handled = false;
  task.next_tasks.clear();
  if (step.finished()) return;
  if (task.state == State::kCancelled) {
    task.processed = true;
    return;
  }
  auto commands = flow_of(step).next(step, task);
  if (!commands) return fail_by_force(step, task, failure_text(step, "complete", task, commands.error().message));
  for (const NextCommand& command : *commands) {
    if (command.command == dsl::EngineCommand::kNone) task.next_tasks.push_back({command.target, command.event});
    if (command.event == to_string(dsl::Clause::kError)) task.error_handled = true;
  }
  task.has_next_tasks = !task.next_tasks.empty();
  if (!step.running()) return;
  step.work.push_back({Work::Kind::kDispatch, task.id, std::move(*commands)});
}

std::optional<std::string> message_text(const Value& message) {
  return message.is_null() ? std::nullopt : std::optional(to_python_str(message));
}

// Mistral: dispatcher._rearrange_commands. Joins come last; what stands behind fail or succeed is void.
std::vector<NextCommand> rearrange(const Stepper& step, std::vector<NextCommand> commands) {
  using dsl::EngineCommand;
  std::erase_if(commands, [](const NextCommand& one) { return one.command == EngineCommand::kNoop; });
  const auto is_join = [&](const NextCommand& one) {
    const auto index = step.graph().find(one.target);
    return index && step.spec().tasks[*index].join.kind != dsl::JoinSpec::Kind::kNone;
  };
  const auto stop = std::find_if(commands.begin(), commands.end(),
                                 [](const NextCommand& one) { return one.command != EngineCommand::kNone; });
  std::stable_partition(commands.begin(), stop, [&](const NextCommand& one) { return !is_join(one); });
  if (stop != commands.end() && stop->command != EngineCommand::kPause) commands.erase(stop + 1, commands.end());
  return commands;
}

Context inbound_context(Stepper& step, dsl::TaskIndex index, const NextCommand& command) {
  if (step.spec().type == dsl::WorkflowType::kReverse) {
    std::vector<Context> contexts;
    for (const dsl::TaskIndex needed : step.graph().nodes[index].requires_) {
      const auto& tasks = step.state.tasks_named(step.spec().tasks[needed].name);
      if (!tasks.empty()) contexts.push_back(outbound(*tasks.back()));
    }
    return Context::merge_all(contexts);
  }
  const Task* from = command.from ? step.state.task(*command.from) : nullptr;
  return from != nullptr ? step.outbound_of(*from) : Context();
}

void start_new_task(Stepper& step, const NextCommand& command) {
  const auto index = step.graph().find(command.target);
  if (!index) return;  // validation refuses unknown targets
  const dsl::TaskSpec& spec = step.spec().tasks[*index];
  if (step.state.tasks().size() >= limits::kTasksPerExecutionMax)
    return fail_execution(step, "The execution has reached its bound of " +
                                    std::to_string(limits::kTasksPerExecutionMax) +
                                    " tasks; a cycle among its tasks may never end [wf=" + step.spec().name + "]");
  if (spec.join.kind != dsl::JoinSpec::Kind::kNone && step.spec().type == dsl::WorkflowType::kDirect)
    return trigger_join(step, *index, command);
  if (step.spec().type == dsl::WorkflowType::kReverse && !step.state.tasks_named(spec.name).empty()) return;
  Task task;
  task.id = step.state.new_id<TaskId>();
  task.execution_id = step.execution().id;
  task.name = spec.name;
  task.type = spec.workflow ? TaskType::kWorkflow : TaskType::kAction;
  task.tags = spec.tags;
  task.in_context = inbound_context(step, *index, command);
  if (command.from) task.triggered_by.push_back({*command.from, command.event});
  task.created_at = step.input.now;
  // Once more (a cycle, a re-run before it): what could not be reached any more may be reached again.
  if (!step.state.tasks_named(spec.name).empty()) {
    step.state.scratch().dead.clear();
    step.state.scratch().joins.clear();
  }
  Task& created = step.state.add_task(std::move(task));
  inbound_changed(step, created);
  begin_task(step, created);
}

void run_engine_command(Stepper& step, const NextCommand& command) {
  const std::optional<std::string> message = message_text(command.message);
  switch (command.command) {
    case dsl::EngineCommand::kFail:
      return fail_execution(step, message);
    case dsl::EngineCommand::kPause:
      return pause_execution(step, message);
    case dsl::EngineCommand::kSucceed: {
      const Status succeeded = succeed_execution(step, message);
      if (!succeeded)
        fail_execution(step, "Failed to check and complete [wf_ex_id=" + to_string(step.execution().id) +
                                 ", wf_name=" + step.execution().workflow_name + "]: " + succeeded.error().message);
      return;
    }
    case dsl::EngineCommand::kNone:
    case dsl::EngineCommand::kNoop:
      return;
  }
}

void dispatch(Stepper& step, Work work) {
  if (!step.running()) return;  // a resume or re-run finds the task not processed
  if (const Task* task = step.state.task(work.task_id)) {
    Task& changed = step.state.change_task(task->id);
    changed.processed = true;
    run_commands(step, std::move(work.next));
    if (changed.is_join) begin_next_round(step, changed);
    return;
  }
  run_commands(step, std::move(work.next));
}

// The end of an action without a workflow: a notice without a workflow's name, for who waits for it.
void notify_waiters(Stepper& step) {
  Notice notice;
  notice.execution_id = step.execution().id;
  notice.state = step.execution().state;
  notice.at = step.input.now;
  step.commands.push_back(Notify{std::move(notice)});
}

}  // namespace

void complete_task(Stepper& step, Task& task, State to, std::optional<std::string> info) {
  if (is_complete(task.state)) return;
  step.forget_outbound();
  step.state.set_task_state(task, to);  // publish and policies look at the state; watchers are told when it is settled
  task.state_info = info ? std::optional(cut_info(std::move(*info))) : std::nullopt;
  if (task.is_join) task.in_context = joined_context(step, task);
  if (!pass_policies(step, task)) return inbound_changed(step, task);
  task.finished_at = step.input.now;
  task.delay = DelayReason::kNone;
  task.held_state.reset();
  task.held_info.reset();
  task.retrying = false;
  step.state.remove_timers_of(task.id);
  if (task.state == State::kSuccess || task.state == State::kSkipped) task.items.reset();
  step.state.scratch().kept_items.erase(task.id);
  step.state.scratch().joins.erase(task.id);
  // A sub-workflow's output is its own; Mistral empties the runs of actions only.
  if (const dsl::TaskSpec& spec = step.spec_of(task); !spec.keep_result && !spec.workflow) destroy_result(step, task);
  step.notify(task);
  queue_next(step, task);
  inbound_changed(step, task);
}

void reset_task(Stepper& step, Task& task, bool keep_results) {
  std::uint32_t kept = 0;
  for (const ActionRun* run : step.state.runs_of(task.id)) {
    if (!run->accepted) continue;
    if (keep_results && task.with_items && run->state == State::kSuccess) {
      ++kept;
      continue;
    }
    step.state.change_run(run->id).accepted = false;
  }
  step.state.change_task(task.id);
  ++task.attempt;
  task.with_items.reset();
  if (kept > 0) task.with_items = WithItemsState{.completed = kept, .keeps_results = true};
  task.next_tasks.clear();
  task.has_next_tasks = false;
  task.error_handled = false;
  task.processed = false;
  task.held_state.reset();
  task.held_info.reset();
  task.delay = DelayReason::kNone;
  task.finished_at.reset();
  task.items.reset();
  step.state.scratch().kept_items.erase(task.id);
}

void run_commands(Stepper& step, std::vector<NextCommand> commands) {
  for (NextCommand& command : rearrange(step, std::move(commands))) {
    // Failed by force in the middle: a re-run goes on with the rest. (What stands behind fail or succeed is gone
    // already.)
    if (step.finished() && step.execution().state != State::kError) return;
    if (!step.running()) {
      step.state.change_execution().backlog.push_back(
          {command.target, command.event, std::move(command.message), command.from});
    } else if (command.command == dsl::EngineCommand::kNone) {
      start_new_task(step, command);
    } else {
      run_engine_command(step, command);
    }
  }
}

void continue_execution(Stepper& step, std::optional<TaskId> except) {
  step.state.scratch().joins.clear();
  step.state.scratch().dead.clear();
  std::vector<BacklogItem> backlog = std::exchange(step.state.change_execution().backlog, {});
  std::vector<NextCommand> kept_back;
  for (BacklogItem& item : backlog) {
    NextCommand command{
        .target = item.target, .event = item.event, .message = std::move(item.message), .from = item.from};
    if (!step.graph().find(item.target)) {
      command.command = item.target == "fail"      ? dsl::EngineCommand::kFail
                        : item.target == "succeed" ? dsl::EngineCommand::kSucceed
                        : item.target == "pause"   ? dsl::EngineCommand::kPause
                                                   : dsl::EngineCommand::kNoop;
    }
    kept_back.push_back(std::move(command));
  }
  if (!kept_back.empty()) step.work.push_back({Work::Kind::kDispatch, TaskId{}, std::move(kept_back)});
  std::vector<Task*> tasks;  // queue_next and continue_task may add tasks
  for (const auto& task : step.state.tasks()) {
    const bool left_alone = task->id == except || (task->state == State::kRunning && !task->with_items);
    if (!left_alone && !(is_complete(task->state) && task->processed)) tasks.push_back(task.get());
  }
  for (Task* task : tasks) {
    if (is_complete(task->state)) {
      step.state.change_task(task->id);
      queue_next(step, *task);
      if (!step.work.empty() && step.work.back().task_id == task->id)
        std::erase_if(step.work.back().next,
                      [](const NextCommand& one) { return one.command == dsl::EngineCommand::kPause; });
    } else if (task->state == State::kWaiting) {
      step.work.push_back({Work::Kind::kJoin, task->id, {}});
    } else {
      continue_task(step, *task);
    }
  }
}

void settle(Stepper& step) {
  if (is_direct(step.execution())) {
    const bool was_over = is_complete(step.execution().state);
    settle_direct(step.state);
    if (!was_over && is_complete(step.execution().state)) notify_waiters(step);
    return;
  }
  for (std::size_t rounds = 0;; ++rounds) {
    if (rounds >= limits::kSettleRoundsMax) {
      step.work.clear();
      return fail_execution(step, "One event has caused more than " + std::to_string(limits::kSettleRoundsMax) +
                                      " changes; a cycle among the tasks may never end [wf=" + step.spec().name + "]");
    }
    if (!step.work.empty()) {
      Work work = std::move(step.work.front());
      step.work.pop_front();
      if (work.kind == Work::Kind::kDispatch) {
        dispatch(step, std::move(work));
      } else {
        evaluate_join(step, work.task_id);
      }
      continue;
    }
    if (!step.running()) return;
    if (step.state.unfinished_tasks() == 0) return complete_execution(step);
    if (!break_deadlock(step)) return;
  }
}

}  // namespace foehn::core
