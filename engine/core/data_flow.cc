#include "engine/core/data_flow.h"

#include <algorithm>
#include <utility>

#include "engine/core/eval_scope.h"

namespace foehn::core {
namespace {

using Entries = std::vector<std::pair<std::string, dsl::Template>>;

// Evaluates `entries` over `into`. Where both sides are written as dicts they merge, else the later one wins.
Status overlay(const Entries& entries, const dsl::Scope& scope, Value& into, std::vector<std::string>& dicts) {
  for (const auto& [name, source] : entries) {
    FOEHN_TRY(Value value, source.evaluate(scope));
    const bool is_dict = source.source().is_object();
    const auto known = std::find(dicts.begin(), dicts.end(), name);
    if (is_dict && known != dicts.end() && value.is_object()) {
      merge_into(into[name], value);
      continue;
    }
    into[name] = std::move(value);
    if (is_dict && known == dicts.end()) dicts.push_back(name);
    if (!is_dict && known != dicts.end()) dicts.erase(known);
  }
  return {};
}

dsl::HostValue result_of(const ActionRun& run) {
  if (run.kind == RunKind::kWorkflow) return dsl::HostValue::hold(run.output);
  const Value* result = find(run.output, "result");
  return result != nullptr ? dsl::HostValue::hold(*result) : Value();
}

}  // namespace

Context outbound(const Task& task) { return task.in_context.with(task.published); }

// Mistral: the documentation says that on-success wins, the code lets on-complete win over the task's own publish and
// that over on-success / on-error. A scope that only one of them has is kept (Mistral loses it).
Result<Published> evaluate_publish(Stepper& step, const Task& task) {
  const dsl::TaskSpec& spec = step.spec_of(task);
  const Entries* own = nullptr;
  dsl::Clause clause = dsl::Clause::kSuccess;
  bool with_complete = true;
  switch (task.state) {
    case State::kSuccess:
      own = &spec.publish;
      break;
    case State::kError:
      own = &spec.publish_on_error;
      clause = dsl::Clause::kError;
      break;
    case State::kSkipped:
      own = &spec.publish_on_skip;
      clause = dsl::Clause::kSkip;
      with_complete = false;
      break;
    default:
      return Published{};
  }
  static const dsl::PublishSpec nothing;
  const dsl::PublishSpec& by_state = spec.clauses[static_cast<std::size_t>(clause)].publish;
  const dsl::PublishSpec& by_completion =
      with_complete ? spec.clauses[static_cast<std::size_t>(dsl::Clause::kComplete)].publish : nothing;
  Published published;
  if (own->empty() && by_state.empty() && by_completion.empty()) return published;
  const EvalScope scope = EvalScope::of_publish(step, task);
  std::vector<std::string> dicts;
  FOEHN_CHECK_OK(overlay(by_state.branch, scope, published.branch, dicts));
  FOEHN_CHECK_OK(overlay(*own, scope, published.branch, dicts));
  FOEHN_CHECK_OK(overlay(by_completion.branch, scope, published.branch, dicts));
  dicts.clear();
  FOEHN_CHECK_OK(overlay(by_state.global, scope, published.global, dicts));
  FOEHN_CHECK_OK(overlay(by_completion.global, scope, published.global, dicts));
  FOEHN_CHECK_OK(check_size(published.branch, "TaskExecution", "published"));
  FOEHN_CHECK_OK(check_size(published.global, "WorkflowExecution", "context"));
  return published;
}

void publish_globals(Stepper& step, const Value& global) {
  if (global.empty()) return;
  Execution& execution = step.state.change_execution();
  for (auto item = global.begin(); item != global.end(); ++item) {
    // Mistral keeps vars and globals in one dict: a global dict is merged into the variable of that name.
    const Value* below = find(execution.globals, item.key());
    if (below == nullptr && item->is_object()) {
      below = find(execution.vars, item.key());
      if (below != nullptr && below->is_object()) execution.globals[item.key()] = Value(*below);
    }
    Value& variable = execution.globals[item.key()];
    if (variable.is_object() && item->is_object()) {
      merge_into(variable, item.value());
    } else {
      variable = item.value();
    }
  }
}

dsl::HostValue held_task_result(const ExecutionState& state, const Task& task) {
  std::vector<const ActionRun*> accepted;
  for (const ActionRun* run : state.runs_of(task.id))
    if (run->accepted) accepted.push_back(run);
  if (!task.with_items && accepted.size() == 1) return result_of(*accepted.front());
  std::stable_sort(accepted.begin(), accepted.end(),
                   [](const ActionRun* a, const ActionRun* b) { return a->index < b->index; });
  dsl::HostValue list = dsl::HostValue::list();
  for (const ActionRun* run : accepted) list.add(result_of(*run));
  return list;
}

Value task_result(const ExecutionState& state, const Task& task) { return held_task_result(state, task).copy(); }

void destroy_result(Stepper& step, const Task& task) {
  for (const ActionRun* run : step.state.runs_of(task.id))
    if (is_complete(run->state)) step.state.change_run(run->id).output = Value::object();
}

}  // namespace foehn::core
