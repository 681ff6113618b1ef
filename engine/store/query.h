// Query: committed rows for reading (REST, CLI, expression functions). Any thread; calls block; never sees half a
// member.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/id.h"
#include "engine/base/result.h"
#include "engine/core/model.h"
#include "engine/store/events.h"
#include "engine/store/list_query.h"

namespace foehn::store {

// Columns that may be filtered and sorted by: id, workflow_id, workflow_name, workflow_namespace, description, tags,
// params, task_execution_id, root_execution_id, state, state_info, input, output, created_at, updated_at, project_id,
// parent_execution_id. Those of direct runs of actions (engine/core/direct_run.h) are not there, their runs are.
struct ExecutionRow {
  core::Execution execution;
};

// Columns: id, name, type, workflow_name, workflow_namespace, workflow_id, workflow_execution_id, tags, state,
// state_info, processed, created_at, updated_at, started_at, finished_at, project_id, published.
struct TaskRow {
  core::Task task;  // without in_context and items
  std::string workflow_name;
  std::string workflow_namespace;
  DefinitionId workflow_id;
  std::string project_id;
};

// Columns: id, name, task_name, task_execution_id, workflow_name, workflow_namespace, workflow_execution_id, state,
// state_info, accepted, created_at, updated_at, description, tags, input, output, kind. Only RunKind::kAction rows
// unless `kind` ("action", "workflow") is filtered by. A SCHEDULED run counts as RUNNING in filters and order.
struct RunRow {
  core::ActionRun run;
  std::string task_name;
  std::string workflow_name;
  std::string workflow_namespace;
  std::string project_id;
};

// Counts of a task's runs, for progress displays.
struct RunCounts {
  std::uint32_t total = 0, waiting = 0, running = 0, succeeded = 0, failed = 0, cancelled = 0;
};

class Query : public EventLog {
 public:
  virtual Result<std::optional<ExecutionRow>> execution(ExecutionId id) = 0;
  virtual Result<Page<ExecutionRow>> executions(const ListQuery& query) = 0;
  virtual Result<std::optional<TaskRow>> task(TaskId id) = 0;
  virtual Result<Page<TaskRow>> tasks(const ListQuery& query) = 0;
  virtual Result<std::optional<RunRow>> run(ActionRunId id) = 0;
  virtual Result<Page<RunRow>> runs(const ListQuery& query) = 0;
  // Runs of a task of both kinds, by index then creation: a task's result is made from the accepted ones.
  virtual Result<std::vector<core::ActionRun>> runs_of_task(TaskId id, std::size_t limit) = 0;
  virtual Result<RunCounts> run_counts(TaskId id) = 0;
  // Direct sub-executions of a task.
  virtual Result<std::vector<core::Execution>> children_of_task(TaskId id, std::size_t limit) = 0;
};

}  // namespace foehn::store
