#include <utility>

#include "engine/core/handlers.h"
#include "engine/core/settle.h"
#include "engine/core/task_run.h"

namespace foehn::core {
namespace {

// A task held by wait-before or retry goes on. While the execution is paused it stays held; the resume finds it.
void go_on(Stepper& step, Task& task) {
  if (!step.running()) return;
  if (task.state == State::kWaiting) {
    step.work.push_back({Work::Kind::kJoin, task.id, {}});
  } else if (task.state == State::kDelayed) {
    continue_task(step, task);
  }
}

void time_out(Stepper& step, Task& task) {
  step.state.remove_timers_of(task.id);
  step.drop_scheduled_runs(task);
  complete_task(step, task, State::kError,
                "Task timed out [timeout(s)=" + std::to_string(policy_number(task, "timeout")) + "].");
}

}  // namespace

Status on(Stepper& step, const TimerFired& event) {
  const auto found = step.state.timers().find(event.timer_id);
  if (found == step.state.timers().end()) return {};  // cancelled meanwhile
  const Timer timer = found->second;
  step.state.remove_timer(timer.id);
  const Task* known = step.state.task(timer.task_id);
  if (known == nullptr || is_complete(known->state)) return {};
  Task& task = step.state.change_task(known->id);
  switch (timer.kind) {
    case TimerKind::kWaitBefore:
    case TimerKind::kRetry:
      go_on(step, task);
      return {};
    case TimerKind::kWaitAfter:
      if (task.held_state) complete_task(step, task, *task.held_state, std::exchange(task.held_info, std::nullopt));
      return {};
    case TimerKind::kTaskTimeout:
      time_out(step, task);
      return {};
  }
  return {};
}

}  // namespace foehn::core
