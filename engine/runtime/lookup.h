// What the core may see of the world during a step: actions through the port, other executions through committed rows
// with the resident states laid over them. Shows the rows of one project only. Engine thread only.
#pragma once

#include <string>
#include <vector>

#include "engine/core/step.h"
#include "engine/ports/action_port.h"
#include "engine/runtime/definitions.h"
#include "engine/runtime/execution_table.h"
#include "engine/store/query.h"

namespace foehn::runtime {

class RuntimeLookup final : public core::Lookup {
 public:
  RuntimeLookup(const ports::ActionPort& actions, store::Query& query, const ExecutionTable& table,
                Definitions& definitions)
      : actions_(actions), query_(query), table_(table), definitions_(definitions) {}

  void set_project(const std::string& project_id) { project_id_ = project_id; }

  Result<core::AdhocSpecPtr> adhoc_action(std::string_view name, std::string_view workflow_name,
                                          std::string_view action_namespace) const override;
  std::optional<core::ActionTraits> action_traits(std::string_view action) const override;
  Status check_action_input(std::string_view action, const Value& input) const override;
  // Filter keys: id, root_execution_id, state, from_time, to_time.
  Result<Value> executions(const Value& filter) const override;
  // Filter keys: workflow_execution_id, recursive, state, flat.
  Result<Value> tasks(const Value& filter) const override;
  Result<dsl::DefinitionPtr> definition(const std::string& hash, std::string_view workflow_name) const override {
    return definitions_.by_hash(hash, workflow_name);
  }

 private:
  struct SeenTask {
    core::Task task;
    std::vector<core::ActionRun> runs;
    std::string definition_hash;
    std::string workflow_name;
  };
  Result<std::vector<SeenTask>> tasks_of(ExecutionId id, bool recursive, std::size_t depth) const;
  Result<std::vector<SeenTask>> all_tasks() const;
  Status fill(SeenTask& seen) const;
  Result<bool> is_flat(const SeenTask& seen) const;
  Value to_object(const SeenTask& seen) const;
  const core::ExecutionState* resident(ExecutionId id) const;

  const ports::ActionPort& actions_;
  store::Query& query_;
  const ExecutionTable& table_;
  Definitions& definitions_;
  std::string project_id_;
};

}  // namespace foehn::runtime
