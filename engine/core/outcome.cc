#include "engine/core/outcome.h"

#include <algorithm>
#include <utility>

#include "dsl/expr/place.h"
#include "engine/base/text.h"
#include "engine/core/eval_scope.h"
#include "engine/core/flow.h"

namespace foehn::core {
namespace {

std::vector<const Task*> tasks_in(const Stepper& step, State state) {
  std::vector<const Task*> found;
  for (const auto& task : step.state.tasks())
    if (task->state == state) found.push_back(task.get());
  std::stable_sort(found.begin(), found.end(), [](const Task* a, const Task* b) { return a->name < b->name; });
  return found;
}

std::string names_of(const std::vector<const Task*>& tasks) {
  std::string names;
  for (const Task* task : tasks) names += (names.empty() ? "" : ", ") + task->name;
  return names;
}

// What a failed execution repeats of the texts of its sub-workflows. Each is there twice, so that repeating what they
// repeat themselves would double it with every level: a text that names sub-workflows of its own is shortened beyond
// these bounds, which leave three levels of everyday texts as Mistral has them. Its own execution keeps it whole.
class RepeatedTexts {
 public:
  // `run`: the sub-workflow that the text is of; nullptr: none.
  std::string show(const std::string& text, const ActionRun* run) {
    const bool repeats = run != nullptr && text.find("[wf_ex_id=") != std::string::npos;
    if (!repeats) return text;
    const std::size_t most = std::max(kLeast, std::min(kMost, left_));
    left_ -= std::min({left_, text.size(), most});
    if (text.size() <= most) return text;
    const std::string_view whole = text;
    const std::size_t head = whole_characters(whole.substr(0, most / 2));
    std::size_t tail = whole.size() - most / 2;
    while (tail < whole.size() && is_inside_character(whole[tail])) ++tail;
    return text.substr(0, head) + " … [" + std::to_string(tail - head) +
           " bytes are left out here; execution " + to_string(run->id) + " has them] … " + text.substr(tail);
  }

 private:
  static constexpr std::size_t kMost = 4'096;   // of one text
  static constexpr std::size_t kLeast = 512;    // of each, when there are many
  static constexpr std::size_t kTotal = 8'192;  // of all, but for those 512

  static bool is_inside_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0u) == 0x80u; }
  std::size_t left_ = kTotal;
};

// The last sub-workflow of the task that failed.
const ActionRun* failed_child_of(const Stepper& step, const Task& task) {
  const ActionRun* found = nullptr;
  for (const ActionRun* run : step.state.runs_of(task.id))
    if (run->kind == RunKind::kWorkflow && run->state == State::kError) found = run;
  return found;
}

// Mistral: Workflow._build_fail_info_message; but that leaves out every task that has an on-error clause, also when no
// condition in it held, so that the text may name nobody.
std::string failure_of_tasks(const Stepper& step, std::vector<const Task*> failed) {
  std::erase_if(failed, [](const Task* task) { return task->error_handled; });
  std::string text = "Failure caused by error in tasks: " + names_of(failed) + "\n";
  RepeatedTexts repeated;
  for (const Task* task : failed) {
    if (text.size() > limits::kStateInfoBytesMax) break;
    text += "\n  " + task->name + " [task_ex_id=" + to_string(task->id) + "] -> " +
            repeated.show(task->state_info.value_or("None"), failed_child_of(step, *task)) + "\n";
    std::size_t number = 0;
    for (const ActionRun* run : step.state.runs_of(task->id)) {
      const std::size_t index = number++;
      if (run->state != State::kError || text.size() > limits::kStateInfoBytesMax) continue;
      const Value* result = find(run->output, "result");
      const bool is_child = run->kind == RunKind::kWorkflow;
      const std::string why = result != nullptr ? to_python_str(*result) : "Unknown";
      text += is_child ? "    [wf_ex_id=" : "    [action_ex_id=";
      text += to_string(run->id) + ", idx=" + std::to_string(index) + "]: ";
      text += repeated.show(why, is_child ? run : nullptr) + "\n";
    }
  }
  return text;
}

// An absent or empty output is the whole final context.
Result<Value> evaluate_output(Stepper& step, const std::optional<dsl::Template>& source, const Context& context) {
  if (source) {
    const EvalScope scope = EvalScope::of_output(step, context);
    FOEHN_TRY(Value output, source->evaluate(scope));
    if (is_truthy(output)) return output;
  }
  return context.flatten();
}

Value result_output(const std::optional<std::string>& message) {
  Value output = Value::object();
  output["result"] = message ? Value(*message) : Value();
  return output;
}

void finish(Stepper& step, State to, const std::optional<std::string>& message, Value output) {
  Execution& execution = step.state.change_execution();
  execution.output = std::move(output);
  if (to != State::kError) execution.backlog.clear();
  step.set_execution(to, message);
}

void end_with_error(Stepper& step, const std::optional<std::string>& message) {
  const std::optional<std::string> info = message ? std::optional(cut_info(*message)) : std::nullopt;
  const Context context = flow_of(step).final_context(step);
  Value output = result_output(info);
  auto more = evaluate_output(step, step.spec().output_on_error, context);
  if (!more) {
    const std::string& why = more.error().message;
    const std::string_view caret = expr::caret_of(why);
    std::string text = "Failed to evaluate expression in output-on-error! (output-on-error: '" +
                       to_python_str(step.spec().output_on_error->source()) + "', exception: '" +
                       why.substr(0, why.size() - caret.size()) + "' Cause: '" + info.value_or("None") + "'";
    text += caret;
    finish(step, State::kError, text, result_output(cut_info(text)));
    return;
  }
  if (more->is_object()) merge_into(output, *more);
  if (!check_size(output, "WorkflowExecution", "output")) output = result_output(info);
  finish(step, State::kError, info, std::move(output));
}

}  // namespace

Status succeed_execution(Stepper& step, const std::optional<std::string>& message) {
  const Context context = flow_of(step).final_context(step);
  FOEHN_TRY(Value output, evaluate_output(step, step.spec().output, context));
  FOEHN_CHECK_OK(check_size(output, "WorkflowExecution", "output"));
  finish(step, State::kSuccess, message, std::move(output));
  return {};
}

void fail_execution(Stepper& step, const std::optional<std::string>& message) {
  if (step.execution().state == State::kPaused || step.finished()) return;
  end_with_error(step, message);
}

void stop_with_error(Stepper& step, const std::optional<std::string>& message) {
  if (step.finished()) return;
  const bool was_paused = step.execution().state == State::kPaused;
  end_with_error(step, message);
  if (was_paused)
    step.deliver_to_children(StopExecution{.state = State::kError, .message = message, .from_parent = true});
}

void cancel_execution(Stepper& step, const std::optional<std::string>& message) {
  if (step.finished()) return;
  finish(step, State::kCancelled, message, result_output(message));
  step.deliver_to_children(StopExecution{.state = State::kCancelled, .message = message, .from_parent = true});
}

void pause_execution(Stepper& step, const std::optional<std::string>& message) {
  if (!step.running()) return;
  step.set_execution(State::kPaused, message);
  step.deliver_to_children(PauseExecution{.from_parent = true});
}

void resume_execution(Stepper& step) {
  if (step.execution().state != State::kPaused && step.execution().state != State::kIdle) return;
  step.set_execution(State::kRunning, std::nullopt);
  step.deliver_to_children(ResumeExecution{.env = Value(), .from_parent = true});
}

void complete_execution(Stepper& step) {
  if (step.state.tasks_in(State::kCancelled) > 0) {
    const std::string text = "Cancelled tasks: " + names_of(tasks_in(step, State::kCancelled));
    return cancel_execution(step, text);
  }
  std::vector<const Task*> failed;
  if (step.state.tasks_in(State::kError) > 0) failed = tasks_in(step, State::kError);
  const bool handled = std::all_of(failed.begin(), failed.end(), [](const Task* task) { return task->error_handled; });
  if (!handled) return fail_execution(step, failure_of_tasks(step, std::move(failed)));
  const Status succeeded = succeed_execution(step, std::nullopt);
  if (succeeded) return;
  const std::string text = "Failed to check and complete [wf_ex_id=" + to_string(step.execution().id) +
                           ", wf_name=" + step.execution().workflow_name + "]: " + succeeded.error().message;
  fail_execution(step, text);
}

void fail_by_force(Stepper& step, Task& task, const std::string& text) {
  step.state.remove_timers_of(task.id);
  step.set_task(task, State::kError, text);
  task.finished_at = step.input.now;
  task.error_handled = false;
  task.delay = DelayReason::kNone;
  task.has_next_tasks = false;
  task.next_tasks.clear();
  task.processed = true;
  fail_execution(step, text);
}

}  // namespace foehn::core
