#include "engine/core/step.h"

#include <utility>

#include "engine/base/check.h"
#include "engine/core/direct_run.h"
#include "engine/core/handlers.h"
#include "engine/core/settle.h"

namespace foehn::core {
namespace {

Execution new_execution(const dsl::Definition& definition, const StartExecution& event, WallTime now) {
  Execution execution;
  execution.id = event.id;
  execution.workflow_id = event.workflow_id;
  execution.workflow_name = definition.spec.name;
  execution.workflow_namespace = event.workflow_namespace;
  execution.definition_hash = definition.hash;
  execution.project_id = event.project_id;
  execution.description = event.description;
  execution.tags = definition.spec.tags;
  execution.root_id = event.root_id;
  execution.parent = event.parent;
  execution.source_id = event.source_id;
  execution.depth = event.depth;
  execution.created_at = now;
  return execution;
}

// The only events that mean something to an execution without a workflow.
bool concerns_run(const Event& event) {
  return std::holds_alternative<ActionAdmitted>(event) || std::holds_alternative<ActionFinished>(event) ||
         std::holds_alternative<ActionUpdated>(event) || std::holds_alternative<ActionLost>(event);
}

}  // namespace

Result<dsl::DefinitionPtr> Lookup::definition(const std::string& hash, std::string_view workflow_name) const {
  return fail(ErrorCode::kNotFound,
              "Revision " + hash + " of workflow '" + std::string(workflow_name) + "' is not known");
}

Result<Started> start(dsl::DefinitionPtr definition, const StartExecution& event, const StepInput& input) {
  FOEHN_CHECK(input.lookup != nullptr);
  ExecutionRows rows;
  rows.execution = new_execution(*definition, event, input.now);
  Started started;
  started.state = std::make_unique<ExecutionState>(std::move(definition), std::move(rows));
  Stepper stepper(*started.state, input, started.transition.commands);
  FOEHN_CHECK_OK(on(stepper, event));
  settle(stepper);
  started.state->stamp(input.now);
  started.transition.delta = started.state->take_delta();
  return started;
}

Transition step(ExecutionState& state, const Event& event, const StepInput& input) {
  FOEHN_CHECK(input.lookup != nullptr);
  Transition transition;
  if (is_direct(state.execution()) && !concerns_run(event)) {
    transition.status =
        fail(ErrorCode::kNotFound, "WorkflowExecution not found [id=" + to_string(state.execution().id) + "]");
    return transition;
  }
  Stepper stepper(state, input, transition.commands);
  transition.status = std::visit([&](const auto& one) { return on(stepper, one); }, event);
  if (!transition.status) {
    FOEHN_CHECK(transition.commands.empty());
    return transition;
  }
  settle(stepper);
  state.stamp(input.now);
  transition.delta = state.take_delta();
  return transition;
}

}  // namespace foehn::core
