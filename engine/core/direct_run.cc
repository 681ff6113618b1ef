#include "engine/core/direct_run.h"

#include <utility>

#include "engine/base/check.h"
#include "engine/core/adhoc.h"

namespace foehn::core {
namespace {

Execution new_execution(const StartAction& event, WallTime now) {
  Execution execution;
  execution.id = event.id;
  execution.workflow_namespace = event.action_namespace;
  execution.definition_hash = kDirectHash;
  execution.project_id = event.project_id;
  execution.created_at = now;
  return execution;
}

// Mistral shows the input of an ad-hoc action with the defaults that it declares.
Status fill_defaults(const StepInput& input, const StartAction& event, Value& given) {
  FOEHN_TRY(const AdhocSpecPtr spec, input.lookup->adhoc_action(event.name, "", event.action_namespace));
  if (spec == nullptr) return {};
  for (const dsl::InputSpec& one : spec->input)
    if (one.default_value && find(given, one.name) == nullptr) given[one.name] = *one.default_value;
  return {};
}

Result<ActionRun> make_run(Stepper& step, const StartAction& event) {
  ActionRun run;
  run.input = event.input.is_object() ? event.input : Value::object();
  FOEHN_CHECK_OK(check_size(run.input, "ActionExecution", "input"));
  Task nobody;  // what expressions of an ad-hoc action see as the current task
  nobody.execution_id = step.execution().id;
  FOEHN_TRY(AdhocResolution adhoc, resolve_adhoc(step, nobody, event.name, run.input));
  if (adhoc.failure) return fail(ErrorCode::kInvalidArgument, std::move(*adhoc.failure));
  const auto traits = step.input.lookup->action_traits(adhoc.call ? adhoc.call->base : event.name);
  if (!traits)
    return fail(ErrorCode::kInvalidArgument, "Failed to find action [action_name=" + event.name + "]");
  if (adhoc.call) {
    FOEHN_CHECK_OK(fill_defaults(step.input, event, run.input));
  } else {
    FOEHN_CHECK_OK(step.input.lookup->check_action_input(event.name, run.input));
  }
  run.id = step.state.new_id<ActionRunId>();
  run.execution_id = step.execution().id;
  run.name = event.name;
  run.adhoc = std::move(adhoc.call);
  run.is_sync = traits->is_sync;
  run.safe_rerun = event.safe_rerun;
  run.timeout_ms = event.timeout_ms;
  run.target = event.target;
  run.created_at = step.input.now;
  return run;
}

}  // namespace

dsl::DefinitionPtr direct_definition() {
  auto definition = std::make_shared<dsl::Definition>();
  definition->hash = kDirectHash;
  return definition;
}

const ActionRun& direct_run(const ExecutionState& state) {
  FOEHN_CHECK(is_direct(state.execution()));
  FOEHN_CHECK(state.runs().size() == 1);
  return *state.runs().front();
}

Result<Started> start_action(const StartAction& event, const StepInput& input) {
  FOEHN_CHECK(input.lookup != nullptr);
  ExecutionRows rows;
  rows.execution = new_execution(event, input.now);
  Started started;
  started.state = std::make_unique<ExecutionState>(direct_definition(), std::move(rows));
  Stepper step(*started.state, input, started.transition.commands);
  FOEHN_TRY(ActionRun run, make_run(step, event));
  started.state->change_execution().state = State::kRunning;
  step.commands.push_back(ScheduleAction{started.state->add_run(std::move(run)).id});
  started.state->stamp(input.now);
  started.transition.delta = started.state->take_delta();
  return started;
}

void settle_direct(ExecutionState& state) {
  const ActionRun& run = direct_run(state);
  if (is_complete(state.execution().state) || !is_complete(run.state)) return;
  state.change_run(run.id).accepted = true;
  Execution& execution = state.change_execution();
  execution.state = run.state;
  execution.output = Value::object();
}

}  // namespace foehn::core
