#include "engine/core/stepper.h"

#include <algorithm>
#include <utility>

#include "dsl/expr/place.h"
#include "engine/base/check.h"
#include "engine/base/limits.h"
#include "engine/core/data_flow.h"

namespace foehn::core {

dsl::TaskIndex Stepper::index_of(const Task& task) const {
  const auto found = graph().find(task.name);
  FOEHN_CHECK(found.has_value());  // rows are read together with the definition they were made from
  return *found;
}

const Value& Stepper::environment() const {
  if (execution().root_id) return input.environment;
  const Value* env = find(execution().params, "env");
  return env != nullptr && env->is_object() ? *env : input.environment;
}

namespace {

bool has_publishers(const Execution& execution) {
  const Value* publishers = find(execution.params, "notify");
  return publishers != nullptr && publishers->is_array() && !publishers->empty();
}

}  // namespace

void Stepper::notify(const Task& task, std::optional<State> before) {
  commands.push_back(Notify{{.kind = Notice::Kind::kTask,
                             .execution_id = task.execution_id,
                             .root_id = execution().root_id,
                             .task_id = task.id,
                             .workflow_name = execution().workflow_name,
                             .name = task.name,
                             .state = task.state,
                             .state_info = task.state_info,
                             .at = input.now,
                             .before = before,
                             .has_publishers = has_publishers(execution()),
                             .project_id = execution().project_id}});
}

void Stepper::set_task(Task& task, State to, std::optional<std::string> info) {
  if (info) info = cut_info(std::move(*info));
  const bool is_new = task.state == State::kIdle && !task.paused_before;
  const std::optional<State> before = is_new ? std::nullopt : std::optional(task.state);
  state.set_task_state(task, to);
  task.state_info = std::move(info);
  notify(task, before);
}

void Stepper::set_execution(State to, std::optional<std::string> info) {
  Execution& changed = state.change_execution();
  const bool first = changed.state == State::kIdle;
  const std::optional<State> before = first ? std::nullopt : std::optional(changed.state);
  changed.state = to;
  changed.state_info = info ? std::optional(cut_info(std::move(*info))) : std::nullopt;
  commands.push_back(Notify{{.kind = Notice::Kind::kExecution,
                             .execution_id = changed.id,
                             .root_id = changed.root_id,
                             .task_id = std::nullopt,
                             .workflow_name = changed.workflow_name,
                             .name = {},
                             .state = to,
                             .state_info = changed.state_info,
                             .at = input.now,
                             .before = before,
                             .has_publishers = has_publishers(changed),
                             .project_id = changed.project_id}});
  if (!first) tell_parent();
}

void Stepper::tell_parent() {
  const Execution& self = execution();
  if (!self.parent) return;
  const bool over = is_complete(self.state);
  deliver(self.parent->execution_id, ChildChanged{.run_id = ActionRunId{self.id.uuid},
                                                  .state = self.state,
                                                  .state_info = self.state_info,
                                                  .output = over ? self.output : Value(),
                                                  .by_parent = by_parent && !over});
}

void Stepper::deliver_to_children(const Event& event) {
  for (const auto& run : state.runs())
    if (run->kind == RunKind::kWorkflow && !is_complete(run->state)) deliver(ExecutionId{run->id.uuid}, event);
}

void Stepper::start_timer(const Task& task, TimerKind kind, std::int64_t seconds) {
  const std::int64_t bounded = std::clamp<std::int64_t>(seconds, 0, limits::kPolicySecondsMax);
  state.add_timer({.id = derive_id<TimerId>(execution().id, state.next_serial()),
                   .execution_id = execution().id,
                   .task_id = task.id,
                   .kind = kind,
                   .attempt = task.attempt,
                   .due_at = input.now.plus_ms(bounded * 1000)});
}

const Context& Stepper::outbound_of(const Task& task) {
  if (outbound_task_ == task.id) return outbound_;
  outbound_ = outbound(task);
  outbound_task_ = task.id;
  return outbound_;
}

void Stepper::drop_scheduled_runs(const Task& task) {
  for (const ActionRun* run : state.runs_of(task.id)) {
    if (run->state != State::kScheduled) continue;
    ActionRun& dropped = state.change_run(run->id);
    dropped.state = State::kCancelled;
    dropped.output = {{"result", nullptr}};
  }
}

std::string invalid_change_text(const Execution& execution, State to) {
  return "Can't change workflow execution state from " + std::string(to_string(execution.state)) + " to " +
         std::string(to_string(to)) + ". [workflow=" + execution.workflow_name +
         ", execution_id=" + to_string(execution.id) + "]";
}

std::string failure_text(const Stepper& step, std::string_view verb, const Task& task, const std::string& error) {
  const Mark mark = step.spec_of(task).mark;
  const std::vector<ActionRun*>& runs = step.state.runs_of(task.id);
  const bool by_action = verb == "complete" && !runs.empty();
  std::string text = by_action ? "Failed to handle action completion" : "Failed to " + std::string(verb) + " task";
  // The lines that show the place in an expression stand last.
  const std::string_view caret = expr::caret_of(error);
  text += " [error=" + error.substr(0, error.size() - caret.size());
  text += ", wf=" + step.spec().name + ", task=" + task.name;
  if (by_action) text += ", action=" + runs.back()->name;
  text += "]:\nin task '" + task.name + "'";
  if (mark.line > 0) text += ", line " + std::to_string(mark.line) + " of the workflow's definition";
  return text.append(caret);
}

std::string cut_info(std::string text) {
  if (text.size() <= limits::kStateInfoBytesMax) return text;
  std::size_t end = limits::kStateInfoBytesMax;
  const auto continues = [&](std::size_t at) { return (static_cast<unsigned char>(text[at]) & 0xC0u) == 0x80u; };
  while (end > 0 && continues(end)) --end;
  text.resize(end);
  return text;
}

Status check_size(const Value& value, std::string_view class_name, std::string_view field) {
  if (size_bytes(value, limits::kFieldBytesMax) <= limits::kFieldBytesMax) return {};
  const std::size_t bytes = to_json(value).size();
  if (bytes <= limits::kFieldBytesMax) return {};
  return fail(ErrorCode::kInvalidArgument, "Field size limit exceeded [class=" + std::string(class_name) + ", field=" +
                                               std::string(field) + ", size=" + std::to_string(bytes / 1024) +
                                               "KB, limit=" + std::to_string(limits::kFieldBytesMax / 1024) + "KB]");
}

std::string python_list(const std::vector<std::string>& names) {
  Value list = Value::array();
  for (const std::string& name : names) list.push_back(name);
  return to_python_repr(list);
}

}  // namespace foehn::core
