#include "engine/store/sqlite/row_codec.h"

#include "engine/store/columns.h"
#include "engine/store/row_details.h"

namespace foehn::store {
namespace {

Error damaged(std::string_view table, std::string_view why) {
  return {ErrorCode::kIo, "the database holds a damaged row in " + std::string(table) + ": " + std::string(why)};
}

core::State read_state(Statement& row, bool& ok) {
  const auto state = core::parse_state(row.view());
  ok = ok && state.has_value();
  return state.value_or(core::State::kIdle);
}

// What every reader of a row ends with.
template <class Row>
Result<Row> finished(Statement& row, Row result, bool ok, std::string_view table) {
  if (row.damage()) return fail(*row.damage());
  if (!ok) return fail(damaged(table, "an unknown word"));
  return result;
}

template <class Row>
Status read_details_column(Statement& row, std::string_view table, Row& into) {
  const Value details = row.json();
  if (row.damage()) return fail(*row.damage());
  const Status status = read_details(details, into);
  if (!status) return fail(damaged(table, status.error().message));
  return {};
}

std::vector<std::string> read_texts(Statement& row) {
  std::vector<std::string> texts;
  for (const Value& text : row.json())
    if (text.is_string()) texts.push_back(text.get<std::string>());
  return texts;
}

Statement& add_values(Statement& statement, const core::Execution& execution) {
  statement.add_json(execution.params).add_json(execution.globals);
  return execution.output.is_null() ? statement.add_null() : statement.add_json(execution.output);
}

}  // namespace

Result<core::Execution> read_execution(Statement& row) {
  core::Execution execution;
  bool ok = true;
  execution.id = row.id<ExecutionId>();
  execution.version = static_cast<std::uint64_t>(row.number());
  execution.workflow_id = row.id<DefinitionId>();
  execution.workflow_name = row.text();
  execution.workflow_namespace = row.text();
  execution.definition_hash = row.text();
  execution.project_id = row.text();
  execution.description = row.text();
  execution.tags = read_texts(row);
  execution.root_id = row.maybe_id<ExecutionId>();
  const auto parent = row.maybe_id<ExecutionId>();
  const auto parent_task = row.maybe_id<TaskId>();
  const auto parent_index = static_cast<std::uint32_t>(row.number());
  if (parent && parent_task) execution.parent = core::ParentLink{*parent, *parent_task, parent_index};
  execution.source_id = row.maybe_id<ExecutionId>();
  execution.state = read_state(row, ok);
  execution.state_info = row.maybe_text();
  FOEHN_CHECK_OK(read_details_column(row, "executions", execution));
  execution.next_serial = static_cast<std::uint64_t>(row.number());
  execution.created_at = row.time();
  execution.updated_at = row.maybe_time();
  execution.input = row.json();
  execution.vars = row.json();
  execution.params = row.json();
  execution.globals = row.json();
  execution.output = row.json();
  return finished(row, std::move(execution), ok, "executions");
}

Result<core::Task> read_task(Statement& row) {
  core::Task task;
  bool ok = true;
  task.id = row.id<TaskId>();
  task.execution_id = row.id<ExecutionId>();
  task.name = row.text();
  task.type = row.view() == to_string(core::TaskType::kWorkflow) ? core::TaskType::kWorkflow : core::TaskType::kAction;
  task.state = read_state(row, ok);
  task.state_info = row.maybe_text();
  task.processed = row.number() != 0;
  FOEHN_CHECK_OK(read_details_column(row, "tasks", task));
  task.created_at = row.time();
  task.updated_at = row.maybe_time();
  task.started_at = row.maybe_time();
  task.finished_at = row.maybe_time();
  task.published = row.json();
  task.published_global = row.json();
  return finished(row, std::move(task), ok, "tasks");
}

Result<core::ActionRun> read_run(Statement& row) {
  core::ActionRun run;
  bool ok = true;
  run.id = row.id<ActionRunId>();
  run.task_id = row.id<TaskId>();
  run.execution_id = row.id<ExecutionId>();
  run.kind = row.view() == to_string(core::RunKind::kWorkflow) ? core::RunKind::kWorkflow : core::RunKind::kAction;
  run.name = row.text();
  run.state = read_state(row, ok);
  run.state_info = row.maybe_text();
  run.accepted = row.number() != 0;
  run.index = static_cast<std::uint32_t>(row.number());
  run.attempt = static_cast<std::uint32_t>(row.number());
  run.is_sync = row.number() != 0;
  run.input = row.json();
  FOEHN_CHECK_OK(read_details_column(row, "runs", run));
  run.created_at = row.time();
  run.updated_at = row.maybe_time();
  run.output = row.json();
  return finished(row, std::move(run), ok, "runs");
}

Result<core::Timer> read_timer(Statement& row) {
  core::Timer timer;
  timer.id = row.id<TimerId>();
  timer.execution_id = row.id<ExecutionId>();
  timer.task_id = row.id<TaskId>();
  const auto kind = parse_timer_kind(row.view());
  timer.kind = kind.value_or(core::TimerKind::kWaitBefore);
  timer.attempt = static_cast<std::uint32_t>(row.number());
  timer.due_at = row.time();
  return finished(row, timer, kind.has_value(), "timers");
}

Result<WorkflowRow> read_workflow(Statement& row) {
  WorkflowRow workflow;
  workflow.id = row.id<DefinitionId>();
  workflow.name = row.text();
  workflow.workflow_namespace = row.text();
  workflow.project_id = row.text();
  workflow.scope = row.text();
  workflow.definition = row.text();
  workflow.hash = row.text();
  workflow.input = row.text();
  workflow.interface_ = row.json();
  workflow.tags = read_texts(row);
  workflow.workbook_name = row.text();
  workflow.is_system = row.number() != 0;
  workflow.created_at = row.time();
  workflow.updated_at = row.maybe_time();
  return finished(row, std::move(workflow), true, "workflows");
}

Result<ActionRow> read_action(Statement& row) {
  ActionRow action;
  action.id = row.id<DefinitionId>();
  action.name = row.text();
  action.action_namespace = row.text();
  action.project_id = row.text();
  action.scope = row.text();
  action.definition = row.text();
  action.hash = row.text();
  action.input = row.text();
  action.description = row.text();
  action.tags = read_texts(row);
  action.workbook_name = row.text();
  action.created_at = row.time();
  action.updated_at = row.maybe_time();
  return finished(row, std::move(action), true, "actions");
}

Result<WorkbookRow> read_workbook(Statement& row) {
  WorkbookRow workbook;
  workbook.id = row.id<DefinitionId>();
  workbook.name = row.text();
  workbook.workbook_namespace = row.text();
  workbook.project_id = row.text();
  workbook.scope = row.text();
  workbook.definition = row.text();
  workbook.tags = read_texts(row);
  workbook.created_at = row.time();
  workbook.updated_at = row.maybe_time();
  return finished(row, std::move(workbook), true, "workbooks");
}

Result<ResourceRow> read_resource(Statement& row) {
  ResourceRow resource;
  resource.id = row.id<ResourceId>();
  resource.kind = row.text();
  resource.key = row.text();
  resource.owner = row.text();
  resource.state = row.text();
  resource.body = row.json();
  resource.revision = static_cast<std::uint64_t>(row.number());
  resource.created_at = row.time();
  resource.updated_at = row.maybe_time();
  return finished(row, std::move(resource), true, "resources");
}

Result<bool> insert_execution(Connection& writer, const core::Execution& execution, std::uint64_t version) {
  Statement row = writer.prepare(
      "INSERT INTO executions (id, version, workflow_id, workflow_name, workflow_namespace, definition_hash, "
      "project_id, description, tags, root_id, parent_execution_id, parent_task_id, parent_index, source_id, state, "
      "state_info, details, next_serial, created_at, updated_at) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING");
  row.add(execution.id).add(static_cast<std::int64_t>(version)).add(execution.workflow_id);
  row.add_text(execution.workflow_name).add_text(execution.workflow_namespace).add_text(execution.definition_hash);
  row.add_text(execution.project_id).add_text(execution.description).add_json(execution.tags).add(execution.root_id);
  if (execution.parent)
    row.add(execution.parent->execution_id).add(execution.parent->task_id).add(std::int64_t{execution.parent->index});
  else
    row.add_null().add_null().add_null();
  row.add(execution.source_id).add_text(core::to_string(execution.state)).add_maybe_text(execution.state_info);
  row.add_json(details_of(execution)).add(static_cast<std::int64_t>(execution.next_serial));
  FOEHN_CHECK_OK(row.add(execution.created_at).add(execution.updated_at).run());
  if (writer.changes() == 0) return false;
  Statement values = writer.prepare(
      "INSERT INTO execution_values (execution_id, input, vars, params, globals, output) VALUES (?, ?, ?, ?, ?, ?)");
  values.add(execution.id).add_json(execution.input).add_json(execution.vars);
  FOEHN_CHECK_OK(add_values(values, execution).run());
  return true;
}

Result<bool> update_execution(Connection& writer, const core::Execution& execution, std::uint64_t expected_version,
                              std::uint64_t version) {
  Statement row = writer.prepare(
      "UPDATE executions SET version = ?, description = ?, tags = ?, state = ?, state_info = ?, details = ?, "
      "next_serial = ?, updated_at = ? WHERE id = ? AND version = ?");
  row.add(static_cast<std::int64_t>(version)).add_text(execution.description).add_json(execution.tags);
  row.add_text(core::to_string(execution.state)).add_maybe_text(execution.state_info).add_json(details_of(execution));
  row.add(static_cast<std::int64_t>(execution.next_serial)).add(execution.updated_at);
  FOEHN_CHECK_OK(row.add(execution.id).add(static_cast<std::int64_t>(expected_version)).run());
  if (writer.changes() == 0) return false;
  Statement values = writer.prepare(
      "UPDATE execution_values SET params = ?1, globals = ?2, output = ?3 "
      "WHERE execution_id = ?4 AND (params IS NOT ?1 OR globals IS NOT ?2 OR output IS NOT ?3)");
  FOEHN_CHECK_OK(add_values(values, execution).add(execution.id).run());
  return true;
}

Status write_task(Connection& writer, const core::Task& task) {
  Statement row = writer.prepare(
      "INSERT INTO tasks (id, execution_id, name, type, created_at, state, state_info, context, processed, details, "
      "updated_at, started_at, finished_at, published, published_global) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state, "
      "state_info = excluded.state_info, context = excluded.context, processed = excluded.processed, "
      "details = excluded.details, updated_at = excluded.updated_at, started_at = excluded.started_at, "
      "finished_at = excluded.finished_at, published = excluded.published, "
      "published_global = excluded.published_global");
  row.add(task.id).add(task.execution_id).add_text(task.name).add_text(to_string(task.type)).add(task.created_at);
  const Uuid context = task.in_context.key();
  row.add_text(core::to_string(task.state)).add_maybe_text(task.state_info);
  task.in_context.empty() ? row.add_null() : row.add(context);
  row.add(std::int64_t{task.processed}).add_json(details_of(task)).add(task.updated_at).add(task.started_at);
  return row.add(task.finished_at).add_json(task.published).add_json(task.published_global).run();
}

Status write_items(Connection& writer, const core::Task& task) {
  if (!task.items && !task.with_items) return {};
  if (!task.items) return writer.prepare("DELETE FROM task_items WHERE task_id = ?").add(task.id).run();
  Statement stored = writer.prepare("SELECT 1 FROM task_items WHERE task_id = ? AND attempt = ?");
  FOEHN_TRY(const bool known, stored.add(task.id).add(std::int64_t{task.attempt}).step());
  if (known) return {};
  Statement row = writer.prepare(
      "INSERT OR REPLACE INTO task_items (task_id, execution_id, attempt, collections) VALUES (?, ?, ?, ?)");
  row.add(task.id).add(task.execution_id).add(std::int64_t{task.attempt});
  return row.add_json(Value(task.items->collections)).run();
}

Status write_run(Connection& writer, const core::ActionRun& run) {
  Statement row = writer.prepare(
      "INSERT INTO runs (id, task_id, execution_id, kind, name, item, created_at, state, state_info, accepted, "
      "attempt, is_sync, input, details, updated_at, output) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
      "ON CONFLICT (id) DO UPDATE SET state = excluded.state, state_info = excluded.state_info, "
      "accepted = excluded.accepted, attempt = excluded.attempt, is_sync = excluded.is_sync, input = excluded.input, "
      "details = excluded.details, updated_at = excluded.updated_at, output = excluded.output");
  row.add(run.id).add(run.task_id).add(run.execution_id).add_text(to_string(run.kind)).add_text(run.name);
  row.add(std::int64_t{run.index}).add(run.created_at).add_text(core::to_string(run.state));
  row.add_maybe_text(run.state_info).add(std::int64_t{run.accepted}).add(std::int64_t{run.attempt});
  row.add(std::int64_t{run.is_sync}).add_json(run.input).add_json(details_of(run)).add(run.updated_at);
  return (run.output.is_null() ? row.add_null() : row.add_json(run.output)).run();
}

Status write_timer(Connection& writer, const core::Timer& timer) {
  Statement row =
      writer.prepare("INSERT INTO timers (id, execution_id, task_id, kind, attempt, due_at) VALUES (?, ?, ?, ?, ?, ?)");
  row.add(timer.id).add(timer.execution_id).add(timer.task_id).add_text(to_string(timer.kind));
  return row.add(std::int64_t{timer.attempt}).add(timer.due_at).run();
}

}  // namespace foehn::store
