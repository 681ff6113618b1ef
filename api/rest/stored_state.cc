#include "api/rest/stored_state.h"

#include "engine/base/diagnostic.h"
#include "engine/core/rerun_plan.h"
#include "engine/runtime/definitions.h"

namespace foehn::rest {

Result<StatePtr> load_state(Services& services, ExecutionId id) {
  if (services.store == nullptr)
    return fail(ErrorCode::kUnsupported, "This server has no store of its own to look into.");
  FOEHN_TRY(auto stored, services.store->load(id));
  if (!stored) return fail(ErrorCode::kNotFound, "There is no execution " + to_string(id) + ".");
  const core::Execution& execution = stored->rows.execution;
  runtime::Definitions definitions(services.catalog, services.action_catalog);
  FOEHN_TRY(auto definition, definitions.by_hash(execution.definition_hash, execution.workflow_name));
  FOEHN_CHECK_OK(core::check_rows(*definition, stored->rows));
  return std::make_unique<core::ExecutionState>(std::move(definition), std::move(stored->rows));
}

Result<StatePtr> load_state(Services& services, std::string_view text) {
  const auto id = ExecutionId::parse(text);
  if (!id) return fail(ErrorCode::kNotFound, "There is no execution " + std::string(text) + ".");
  return load_state(services, *id);
}

Result<StatePtr> load_state_on(Services& services, ExecutionId id, const std::string& hash) {
  FOEHN_TRY(StatePtr state, load_state(services, id));
  runtime::Definitions definitions(services.catalog, services.action_catalog);
  FOEHN_TRY(const auto revision, definitions.by_hash(hash, state->execution().workflow_name));
  FOEHN_CHECK_OK(core::check_revision(*state, *revision));
  state->change_definition(revision);
  return state;
}

Result<const core::Task*> task_of_state(const core::ExecutionState& state, const std::string& wanted) {
  if (const auto id = TaskId::parse(wanted))
    if (const core::Task* task = state.task(*id)) return task;
  const auto& named = state.tasks_named(wanted);
  if (!named.empty()) return named.back();
  std::vector<std::string> names;
  for (const auto& task : state.tasks()) names.push_back(task->name);
  const std::string near = nearest_name(wanted, names);
  return fail(ErrorCode::kNotFound,
              "The execution has no task '" + wanted + "'" + (near.empty() ? "." : "; did you mean '" + near + "'?"));
}

}  // namespace foehn::rest
