#include "engine/core/task_run.h"

#include <algorithm>
#include <utility>

#include "engine/base/limits.h"
#include "engine/core/adhoc.h"
#include "engine/core/data_flow.h"
#include "engine/core/eval_scope.h"
#include "engine/core/join.h"
#include "engine/core/outcome.h"
#include "engine/core/settle.h"
#include "engine/core/with_items.h"

namespace foehn::core {
namespace {

// True when a policy holds the task.
bool held_by_policy(Stepper& step, Task& task) {
  for (const Policy& policy : policies()) {
    if (policy.before == nullptr) continue;
    const Verdict verdict = policy.before(task);
    if (verdict.kind == Verdict::Kind::kPause) {
      task.paused_before = true;
      step.set_task(task, State::kIdle, verdict.info);
      pause_execution(step, verdict.info);
      return true;
    }
    if (verdict.kind == Verdict::Kind::kDelay) {
      task.delay = verdict.reason;
      step.set_task(task, State::kDelayed, verdict.info);
      step.start_timer(task, TimerKind::kWaitBefore, verdict.seconds);
      return true;
    }
  }
  return false;
}

// What a task calls, evaluated.
struct Call {
  std::string name;
  Value input = Value::object();
};

const dsl::CallSpec* call_spec(const dsl::TaskSpec& spec) {
  if (spec.workflow) return &*spec.workflow;
  return spec.action ? &*spec.action : nullptr;
}

std::string python_type(const Value& value) {
  switch (value.type()) {
    case Value::value_t::null:
      return "<class 'NoneType'>";
    case Value::value_t::boolean:
      return "<class 'bool'>";
    case Value::value_t::string:
      return "<class 'str'>";
    case Value::value_t::array:
      return "<class 'list'>";
    case Value::value_t::number_float:
      return "<class 'float'>";
    default:
      return value.is_object() ? "<class 'dict'>" : "<class 'int'>";
  }
}

Result<Call> evaluate_call(const Task& task, const dsl::TaskSpec& spec, const dsl::Scope& scope) {
  Call call{.name = "std.noop"};
  const dsl::CallSpec* source = call_spec(spec);
  if (source != nullptr) {
    FOEHN_TRY(const Value name, source->name.evaluate(scope));
    if (!name.is_string())
      return fail(ErrorCode::kInvalidArgument, std::string("The name of the ") +
                                                   (spec.workflow ? "workflow" : "action") + " must be a text, not " +
                                                   to_python_repr(name));
    call.name = name.get<std::string>();
  }
  if (spec.input) {
    FOEHN_TRY(call.input, spec.input->evaluate(scope));
    if (call.input.is_null()) call.input = Value::object();
    if (!call.input.is_object())
      return fail(ErrorCode::kInvalidArgument, "Wrong dynamic input for task: " + task.name +
                                                   ". Dict type is expected. Actual type: " + python_type(call.input) +
                                                   ". Actual value: " + to_python_str(call.input));
  }
  if (source != nullptr) {
    // Mistral: what stands behind the name replaces `input`, whatever its documentation says. It merges the two as they
    // are written, and no dict can be written inline.
    for (const auto& [name, parameter] : source->inline_input) {
      FOEHN_TRY(Value value, parameter.evaluate(scope));
      call.input[name] = std::move(value);
    }
  }
  if (task.input_override.is_object()) merge_into(call.input, task.input_override);
  FOEHN_CHECK_OK(check_size(call.input, spec.workflow ? "WorkflowExecution" : "ActionExecution", "input"));
  return call;
}

// params.env.__actions: defaults for inputs the task does not give (actions.md §7).
void fill_from_environment(const Stepper& step, Call& call) {
  const Value* actions = find(step.environment(), "__actions");
  const Value* defaults = actions != nullptr ? find(*actions, call.name) : nullptr;
  if (defaults == nullptr || !defaults->is_object()) return;
  Value filled = *defaults;
  merge_into(filled, call.input);
  call.input = std::move(filled);
}

ActionRun new_run(Stepper& step, const Task& task, std::uint32_t index, Call call) {
  ActionRun run;
  run.id = step.state.new_id<ActionRunId>();
  run.task_id = task.id;
  run.execution_id = task.execution_id;
  run.name = std::move(call.name);
  run.index = index;
  run.task_attempt = task.attempt;
  run.input = std::move(call.input);
  run.created_at = step.input.now;
  return run;
}

Status make_action_run(Stepper& step, Task& task, std::uint32_t index, const Value* item, Call call) {
  const dsl::TaskSpec& spec = step.spec_of(task);
  fill_from_environment(step, call);
  FOEHN_TRY(AdhocResolution adhoc, resolve_adhoc(step, task, call.name, call.input));
  if (adhoc.failure) {
    ActionRun run = new_run(step, task, index, std::move(call));
    run.state = State::kError;
    run.output["result"] = std::move(*adhoc.failure);
    step.state.add_run(std::move(run));
    return {};
  }
  const auto traits = step.input.lookup->action_traits(adhoc.call ? adhoc.call->base : call.name);
  if (!traits)
    return fail(ErrorCode::kNotFound, "Failed to find action [action_name=" + call.name +
                                          ", namespace=" + step.execution().workflow_namespace + "]");
  if (!adhoc.call) FOEHN_CHECK_OK(step.input.lookup->check_action_input(call.name, call.input));
  std::string target;
  if (spec.target) {
    FOEHN_TRY(const Value value, spec.target->evaluate(EvalScope::of_target(step, task, call.input, item)));
    if (!value.is_null()) target = to_python_str(value);
  }
  ActionRun run = new_run(step, task, index, std::move(call));
  run.adhoc = std::move(adhoc.call);
  run.is_sync = traits->is_sync;
  run.safe_rerun = spec.safe_rerun.value_or(step.spec().task_defaults.safe_rerun.value_or(false));
  run.timeout_ms = std::min(policy_number(task, "timeout"), limits::kPolicySecondsMax) * 1000;
  run.target = std::move(target);
  const ActionRunId id = step.state.add_run(std::move(run)).id;
  step.commands.push_back(ScheduleAction{id});
  return {};
}

void make_child_run(Stepper& step, const Task& task, std::uint32_t index, Call call) {
  ActionRun run = new_run(step, task, index, std::move(call));
  run.kind = RunKind::kWorkflow;
  run.state = State::kRunning;
  const Execution& execution = step.execution();
  const ExecutionId root = execution.root_id.value_or(execution.id);
  StartChild start;
  start.workflow_name = run.name;
  start.parent_workflow_name = execution.workflow_name;
  start.start.id = ExecutionId{run.id.uuid};
  // Mistral: sub-workflows are looked up in the namespace that the root was asked for, wherever it was found.
  const std::string wanted_namespace = text_or(execution.params, "namespace", execution.workflow_namespace);
  start.start.workflow_namespace = wanted_namespace;
  start.start.project_id = execution.project_id;
  start.start.description = "sub-workflow execution";
  start.start.input = run.input;
  Value& params = start.start.params;
  params["root_execution_id"] = to_string(root);
  params["task_execution_id"] = to_string(task.id);
  params["index"] = index;
  params["namespace"] = wanted_namespace;
  if (const Value* notify = find(execution.params, "notify")) params["notify"] = *notify;
  start.start.parent = ParentLink{execution.id, task.id, index};
  start.start.root_id = root;
  start.start.depth = execution.depth + 1;
  step.state.add_run(std::move(run));
  step.commands.push_back(std::move(start));
}

}  // namespace

Task* awaiting_task(Stepper& step, const ActionRun& run) {
  const Task* task = step.state.task(run.task_id);
  if (task == nullptr || run.task_attempt != task->attempt) return nullptr;
  if (task->state != State::kRunning && task->state != State::kPaused) return nullptr;
  return &step.state.change_task(task->id);
}

void begin_task(Stepper& step, Task& task) {
  step.state.change_task(task.id);
  task.started_at = step.input.now;
  if (const Status status = evaluate_policies(step, task); !status)
    return fail_by_force(step, task, failure_text(step, "run", task, status.error().message));
  const bool waits = policy_number(task, "wait-before") > 0;
  if (find(task.policy_values, "pause-before") != nullptr && !task.paused_before) {
    held_by_policy(step, task);
    return;
  }
  if (const std::int64_t seconds = policy_number(task, "timeout"); seconds > 0)
    step.start_timer(task, TimerKind::kTaskTimeout, seconds);
  if (waits && held_by_policy(step, task)) return;
  run_task(step, task);
}

void run_task(Stepper& step, Task& task) {
  task.delay = DelayReason::kNone;
  step.set_task(task, State::kRunning, std::nullopt);
  const Status made =
      step.spec_of(task).with_items.empty() ? make_run(step, task, 0, nullptr) : start_items(step, task);
  if (!made) return fail_by_force(step, task, failure_text(step, "run", task, made.error().message));
  if (!step.spec_of(task).with_items.empty()) return;
  if (const ActionRun& run = *step.state.runs_of(task.id).back(); is_complete(run.state)) run_finished(step, run);
}

void continue_task(Stepper& step, Task& task) {
  switch (task.state) {
    case State::kIdle:
      return begin_task(step, task);
    case State::kDelayed: {
      const bool timed = task.delay == DelayReason::kWaitAfter ||
                         step.state.has_timer(task.id, TimerKind::kWaitBefore) ||
                         step.state.has_timer(task.id, TimerKind::kRetry);
      if (!timed) run_task(step, task);
      return;
    }
    case State::kRunning:
      if (task.with_items) {
        if (const Status status = schedule_items(step, task); !status)
          fail_by_force(step, task, failure_text(step, "continue", task, status.error().message));
      }
      return;
    default:
      return;
  }
}

Status make_run(Stepper& step, Task& task, std::uint32_t index, const Value* item) {
  const dsl::TaskSpec& spec = step.spec_of(task);
  const EvalScope scope = item != nullptr ? EvalScope::of_item(step, task, *item) : EvalScope::of_task(step, task);
  FOEHN_TRY(Call call, evaluate_call(task, spec, scope));
  if (!spec.workflow) return make_action_run(step, task, index, item, std::move(call));
  make_child_run(step, task, index, std::move(call));
  return {};
}

bool has_paused_run(const ExecutionState& state, const Task& task) {
  for (const ActionRun* run : state.runs_of(task.id))
    if (run->state == State::kPaused && run->task_attempt == task.attempt) return true;
  return false;
}

std::optional<std::string> failure_info(const ActionRun& run) {
  const Value* result = find(run.output, "result");
  if (result != nullptr && is_truthy(*result)) return to_python_str(*result);
  if (run.kind != RunKind::kWorkflow) return std::nullopt;
  const std::string what = run.state == State::kCancelled ? "Cancelled" : "Failed";
  return run.state_info.value_or(what + " subworkflow [execution_id=" + to_string(run.id) + "]");
}

void run_finished(Stepper& step, const ActionRun& run) {
  Task* task = awaiting_task(step, run);
  if (task == nullptr) return;
  step.state.change_run(run.id).accepted = true;
  if (task->with_items) return item_finished(step, *task, run);
  complete_task(step, *task, run.state, run.state == State::kSuccess ? std::nullopt : failure_info(run));
}

void run_paused(Stepper& step, ActionRun& run) {
  run.state = State::kPaused;
  Task* task = awaiting_task(step, run);
  if (task == nullptr) return;
  if (task->state == State::kRunning) step.set_task(*task, State::kPaused, std::nullopt);
  pause_execution(step, std::nullopt);
}

void run_resumed(Stepper& step, ActionRun& run) {
  run.state = State::kRunning;
  Task* task = awaiting_task(step, run);
  if (task == nullptr || task->state != State::kPaused) return;
  if (has_paused_run(step.state, *task)) return;
  step.set_task(*task, State::kRunning, std::nullopt);
  if (step.execution().state != State::kPaused || step.state.tasks_in(State::kPaused) > 0) return;
  resume_execution(step);
  continue_execution(step);
}

}  // namespace foehn::core
