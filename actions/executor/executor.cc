#include "actions/executor/executor.h"

#include <algorithm>
#include <unordered_map>

#include "engine/base/check.h"
#include "engine/base/log.h"
#include "engine/base/sync.h"

namespace foehn::actions {
namespace {

std::string unknown_action(std::string_view name) {
  return "Failed to find action [action_name=" + std::string(name) + "]";
}

// Python's way of showing seconds in "Timeout after 3 seconds".
std::string seconds_text(std::int64_t ms) {
  return ms % 1000 == 0 ? std::to_string(ms / 1000) : to_python_repr(Value(static_cast<double>(ms) / 1000));
}

// std.echo with a delay is not pure although the action is.
bool is_pure_call(const ActionSpec& spec, const Value& input) {
  if (!spec.pure || spec.impure_input.empty()) return spec.pure;
  const Value* value = find(input, spec.impure_input);
  return !value || !is_truthy(*value);
}

}  // namespace

// A started run. The serial number tells a late outcome of an earlier start of the same run id from the current one.
struct Executor::Shared {
  struct Run {
    std::uint64_t serial = 0;
    std::uint32_t attempt = 1;
    ExecutionId execution_id;
    bool is_sync = true;
    std::string key;
    Action* action = nullptr;
    TimerQueue::Handle timer = 0;
  };
  struct State {
    std::unordered_map<Uuid, Run> runs;
    std::unordered_map<std::string, std::size_t> per_key;
    std::uint64_t next_serial = 1;
    bool closed = false;
  };

  Shared(TimerQueue& given_timers, ports::EventSink& given_sink, Log* given_log, ExecutorOptions given_options)
      : timers(given_timers), sink(given_sink), log(given_log), options(given_options) {}

  TimerQueue& timers;
  ports::EventSink& sink;
  Log* const log;
  const ExecutorOptions options;
  Guarded<State> state;

  static void forget(State& now, const Run& run) {
    const auto counted = now.per_key.find(run.key);
    if (counted == now.per_key.end()) return;
    if (--counted->second == 0) now.per_key.erase(counted);
  }

  // The run's entry, out of the table; nullopt when it has ended already.
  std::optional<Run> take(ActionRunId run_id, std::uint64_t serial) {
    return state.with([&](State& now) -> std::optional<Run> {
      const auto found = now.runs.find(run_id.uuid);
      if (now.closed || found == now.runs.end() || found->second.serial != serial) return std::nullopt;
      Run run = std::move(found->second);
      now.runs.erase(found);
      forget(now, run);
      return run;
    });
  }

  void finish(ActionRunId run_id, std::uint64_t serial, ActionOutcome outcome) {
    const auto run = take(run_id, serial);
    if (!run) {
      if (log) log->debug("action.late_result", {{"action_run", to_string(run_id)}});
      return;
    }
    if (run->timer != 0) timers.cancel(run->timer);
    // An asynchronous action has only been delivered; its result is reported through the API.
    if (!run->is_sync && outcome.kind == OutcomeKind::kSuccess) return;
    sink.action_finished(run->execution_id, run_id, run->attempt, std::move(outcome));
  }

  void time_out(ActionRunId run_id, std::uint64_t serial, std::int64_t timeout_ms) {
    const auto run = take(run_id, serial);
    if (!run) return;
    // Cancelled first: who has the outcome may end us, and the action with us. What it still says is dropped as late.
    run->action->cancel(run_id);
    sink.action_finished(run->execution_id, run_id, run->attempt,
                         ActionOutcome::error("Timeout after " + seconds_text(timeout_ms) + " seconds"));
  }
};

Executor::Executor(const ActionRegistry& registry, TimerQueue& timers, ports::EventSink& sink, ports::RunLog* run_log,
                   Log* log, ExecutorOptions options)
    : registry_(registry), run_log_(run_log), shared_(std::make_shared<Shared>(timers, sink, log, options)) {}

// Outcomes after this are dropped: the sink may be gone. What was running is found again as RUNNING rows.
Executor::~Executor() {
  shared_->state.with([&](Shared::State& now) {
    now.closed = true;
    for (auto& [id, run] : now.runs)
      if (run.timer != 0) shared_->timers.cancel(run.timer);
  });
}

std::optional<ports::ActionTraits> Executor::traits(std::string_view name) const {
  const Action* action = registry_.find(name);
  if (!action) return std::nullopt;
  const ActionSpec& spec = action->spec();
  return ports::ActionTraits{.is_sync = spec.is_sync, .pure = spec.pure, .safe_rerun = spec.safe_rerun};
}

Status Executor::check_input(std::string_view name, const Value& input) const {
  const Action* action = registry_.find(name);
  if (!action) return fail(ErrorCode::kNotFound, unknown_action(name));
  return actions::check_input(action->spec(), input);
}

std::string Executor::capacity_key(std::string_view name, const Value& input) const {
  const Action* action = registry_.find(name);
  return action ? actions::capacity_key(action->spec(), input) : "";
}

bool Executor::is_pure(std::string_view name, const Value& input) const {
  const Action* action = registry_.find(name);
  return action && is_pure_call(action->spec(), input);
}

std::size_t Executor::capacity(const std::string& key) const {
  return shared_->state.with([&](const Shared::State& now) {
    const std::size_t all = shared_->options.actions_max - std::min(shared_->options.actions_max, now.runs.size());
    if (key.empty()) return all;
    const auto found = now.per_key.find(key);
    const std::size_t used = found == now.per_key.end() ? 0 : found->second;
    const std::size_t limit = shared_->options.actions_per_target_max;
    return std::min(all, limit - std::min(limit, used));
  });
}

Executor::Slots Executor::slots(std::string_view action, const Value& input) const {
  const std::string key = capacity_key(action, input);
  return shared_->state.with([&](const Shared::State& now) -> Slots {
    const Slots all{"", now.runs.size(), shared_->options.actions_max};
    if (key.empty() || all.busy >= all.most) return all;
    const auto found = now.per_key.find(key);
    return {key, found == now.per_key.end() ? 0 : found->second, shared_->options.actions_per_target_max};
  });
}

ActionContext Executor::context_of(const ports::ActionRequest& request) const {
  ActionContext context{.run_id = request.run_id,
                        .attempt = request.attempt,
                        .execution_id = request.execution_id,
                        .root_execution_id = request.root_execution_id,
                        .task_id = request.task_id,
                        .workflow_name = request.workflow_name,
                        .task_name = request.task_name,
                        .timeout_ms = request.timeout_ms,
                        .safe_rerun = request.safe_rerun,
                        .recovered = request.recovered};
  if (run_log_)
    context.log = [run_log = run_log_, run_id = request.run_id](std::string_view text) {
      run_log->append(run_id, text);
    };
  return context;
}

void Executor::start(ports::ActionRequest request, const std::string& capacity_key) {
  Action* action = registry_.find(request.name);
  const ActionRunId run_id = request.run_id;
  if (!action) {
    shared_->sink.action_finished(request.execution_id, run_id, request.attempt,
                                  ActionOutcome::error(unknown_action(request.name)));
    return;
  }
  const std::int64_t grace_ms = shared_->options.timeout_grace_ms;
  // The timer is armed before the run can end; both find the entry under the lock.
  const std::uint64_t serial = shared_->state.with([&](Shared::State& now) {
    const std::uint64_t mine = now.next_serial++;
    Shared::Run& run = now.runs[run_id.uuid];
    if (run.serial != 0) Shared::forget(now, run);  // an earlier attempt that nobody waits for
    if (run.timer != 0) shared_->timers.cancel(run.timer);
    run = {.serial = mine,
           .attempt = request.attempt,
           .execution_id = request.execution_id,
           .is_sync = action->spec().is_sync,
           .key = capacity_key,
           .action = action,
           .timer = 0};
    ++now.per_key[capacity_key];
    if (request.timeout_ms > 0)
      // Without a task there is no policy that would tell first.
      run.timer = shared_->timers.schedule(request.timeout_ms + (request.task_id.is_nil() ? 0 : grace_ms),
                                           [shared = shared_, run_id, mine, timeout_ms = request.timeout_ms] {
                                             shared->time_out(run_id, mine, timeout_ms);
                                           });
    return mine;
  });
  action->run(context_of(request), std::move(request.input), [shared = shared_, run_id, serial](ActionOutcome outcome) {
    shared->finish(run_id, serial, std::move(outcome));
  });
}

ports::ActionOutcome Executor::run_pure(const ports::ActionRequest& request) {
  Action* action = registry_.find(request.name);
  if (!action) return ActionOutcome::error(unknown_action(request.name));
  Value input = request.input;
  // The engine must not wait here, so a call that would take time (see is_pure) is done without taking it.
  if (!is_pure_call(action->spec(), input) && input.is_object()) input.erase(action->spec().impure_input);
  auto outcome = std::make_shared<std::optional<ActionOutcome>>();
  action->run(context_of(request), std::move(input), [outcome](ActionOutcome given) { *outcome = std::move(given); });
  FOEHN_CHECK(outcome->has_value());
  return std::move(**outcome);
}

void Executor::cancel(ActionRunId run_id) {
  Action* action = shared_->state.with([&](const Shared::State& now) -> Action* {
    const auto found = now.runs.find(run_id.uuid);
    return found == now.runs.end() ? nullptr : found->second.action;
  });
  if (action) action->cancel(run_id);
}

std::size_t Executor::running() const {
  return shared_->state.with([](const Shared::State& now) { return now.runs.size(); });
}

}  // namespace foehn::actions
