// The Query half of MemStore.
#include "engine/core/direct_run.h"
#include "engine/store/mem/mem_data.h"

namespace foehn::store {
namespace {

TaskRow task_row(const TaskSource& source, bool with_output) {
  const core::Execution& execution = source.execution;
  TaskRow row{source.task, execution.workflow_name, execution.workflow_namespace, execution.workflow_id,
              execution.project_id};
  row.task.in_context = {};
  row.task.items.reset();
  if (!with_output) row.task.published = row.task.published_global = Value();
  return row;
}

RunRow run_row(const RunSource& source, bool with_output) {
  const core::Execution& execution = source.execution;
  RunRow row{source.run, source.task ? source.task->name : "", execution.workflow_name, execution.workflow_namespace,
             execution.project_id};
  if (!with_output) row.run.output = Value();
  return row;
}

bool is_visible(const core::Execution& execution, const ListQuery& query) {
  return !query.visible_to || execution.project_id == *query.visible_to;
}

}  // namespace

Result<std::optional<ExecutionRow>> MemStore::execution(ExecutionId id) {
  return data_->with([&](const Data& data) -> std::optional<ExecutionRow> {
    const auto found = data.executions.find(id);
    if (found == data.executions.end()) return std::nullopt;
    if (core::is_direct(found->second.rows.execution)) return std::nullopt;
    return ExecutionRow{found->second.rows.execution};
  });
}

Result<Page<ExecutionRow>> MemStore::executions(const ListQuery& query) {
  return data_->with([&](const Data& data) -> Result<Page<ExecutionRow>> {
    std::vector<std::reference_wrapper<const core::Execution>> sources;
    for (const auto& [id, stored] : data.executions)
      if (is_visible(stored.rows.execution, query) && !core::is_direct(stored.rows.execution))
        sources.emplace_back(stored.rows.execution);
    FOEHN_TRY(const MemPage page,
              page_of<core::Execution>(sources, query, not_found("WorkflowExecution", query.marker.value_or(""))));
    Page<ExecutionRow> rows{{}, page.more};
    for (const std::size_t at : page.at) {
      rows.rows.push_back({sources[at]});
      if (!query.with_output) rows.rows.back().execution.output = Value();
    }
    return rows;
  });
}

Result<std::optional<TaskRow>> MemStore::task(TaskId id) {
  return data_->with([&](const Data& data) -> std::optional<TaskRow> {
    const auto owner = data.task_owner.find(id);
    if (owner == data.task_owner.end()) return std::nullopt;
    const MemExecution& stored = data.executions.at(owner->second);
    return task_row({*stored.task(id), stored.rows.execution}, true);
  });
}

Result<Page<TaskRow>> MemStore::tasks(const ListQuery& query) {
  return data_->with([&](const Data& data) -> Result<Page<TaskRow>> {
    std::deque<TaskSource> sources;
    for (const auto& [id, stored] : data.executions) {
      if (!is_visible(stored.rows.execution, query)) continue;
      for (const core::Task& task : stored.rows.tasks) sources.push_back({task, stored.rows.execution});
    }
    FOEHN_TRY(const MemPage page,
              page_of<TaskSource>(sources, query, not_found("TaskExecution", query.marker.value_or(""))));
    Page<TaskRow> rows{{}, page.more};
    for (const std::size_t at : page.at) rows.rows.push_back(task_row(sources[at], query.with_output));
    return rows;
  });
}

Result<std::optional<RunRow>> MemStore::run(ActionRunId id) {
  return data_->with([&](const Data& data) -> std::optional<RunRow> {
    const auto owner = data.run_owner.find(id);
    if (owner == data.run_owner.end()) return std::nullopt;
    const MemExecution& stored = data.executions.at(owner->second);
    const core::ActionRun& run = stored.rows.runs[stored.run_at.at(id)];
    return run_row({run, stored.task(run.task_id), stored.rows.execution}, true);
  });
}

Result<Page<RunRow>> MemStore::runs(const ListQuery& query) {
  return data_->with([&](const Data& data) -> Result<Page<RunRow>> {
    const bool all_kinds = std::any_of(query.filters.begin(), query.filters.end(),
                                       [](const Filter& filter) { return filter.column == "kind"; });
    std::deque<RunSource> sources;
    for (const auto& [id, stored] : data.executions) {
      if (!is_visible(stored.rows.execution, query)) continue;
      for (const core::ActionRun& run : stored.rows.runs)
        if (all_kinds || run.kind == core::RunKind::kAction)
          sources.push_back({run, stored.task(run.task_id), stored.rows.execution});
    }
    FOEHN_TRY(const MemPage page,
              page_of<RunSource>(sources, query, not_found("ActionExecution", query.marker.value_or(""))));
    Page<RunRow> rows{{}, page.more};
    for (const std::size_t at : page.at) rows.rows.push_back(run_row(sources[at], query.with_output));
    return rows;
  });
}

Result<std::vector<core::ActionRun>> MemStore::runs_of_task(TaskId id, std::size_t limit) {
  return data_->with([&](const Data& data) {
    std::vector<core::ActionRun> runs;
    const auto owner = data.task_owner.find(id);
    if (owner == data.task_owner.end()) return runs;
    for (const core::ActionRun& run : data.executions.at(owner->second).rows.runs)
      if (run.task_id == id) runs.push_back(run);
    std::stable_sort(runs.begin(), runs.end(), [](const auto& a, const auto& b) { return a.index < b.index; });
    if (runs.size() > limit) runs.resize(limit);
    return runs;
  });
}

Result<RunCounts> MemStore::run_counts(TaskId id) {
  return data_->with([&](const Data& data) {
    RunCounts counts;
    const auto owner = data.task_owner.find(id);
    if (owner == data.task_owner.end()) return counts;
    for (const core::ActionRun& run : data.executions.at(owner->second).rows.runs)
      if (run.task_id == id) add_to(counts, run.state);
    return counts;
  });
}

Result<std::vector<core::Execution>> MemStore::children_of_task(TaskId id, std::size_t limit) {
  return data_->with([&](const Data& data) {
    std::vector<core::Execution> children;
    for (const auto& [child, stored] : data.executions)
      if (stored.rows.execution.parent && stored.rows.execution.parent->task_id == id)
        children.push_back(stored.rows.execution);
    const auto earlier = [](const core::Execution& a, const core::Execution& b) {
      return std::tie(a.parent->index, a.created_at, a.id) < std::tie(b.parent->index, b.created_at, b.id);
    };
    std::sort(children.begin(), children.end(), earlier);
    if (children.size() > limit) children.resize(limit);
    return children;
  });
}

}  // namespace foehn::store
