#include "engine/core/execution_state.h"

#include <algorithm>
#include <utility>

#include "engine/base/check.h"

namespace foehn::core {
namespace {

const std::vector<Task*> kNoTasks;
const std::vector<ActionRun*> kNoRuns;

constexpr std::size_t kTaskBytes = 700;  // a Task with its index entries, without its data
constexpr std::size_t kRunBytes = 500;

std::size_t data_bytes(const Task& task) {
  return kTaskBytes + foehn::size_bytes(task.published) + foehn::size_bytes(task.published_global) +
         task.state_info.value_or("").size() + (task.items ? task.items->size_bytes : 0);
}
std::size_t data_bytes(const ActionRun& run) {
  const std::size_t adhoc = run.adhoc ? foehn::size_bytes(run.adhoc->input) : 0;
  return kRunBytes + foehn::size_bytes(run.input) + foehn::size_bytes(run.output) + adhoc;
}
std::size_t data_bytes(const Execution& execution) {
  return sizeof(Execution) + foehn::size_bytes(execution.input) + foehn::size_bytes(execution.params) +
         foehn::size_bytes(execution.output) + foehn::size_bytes(execution.vars) + foehn::size_bytes(execution.globals);
}

}  // namespace

// The first four bytes count up from a start that differs from execution to execution, so that short forms of ids
// differ too; the rest is the execution's hash.
Uuid serial_uuid(ExecutionId execution, std::uint64_t serial) {
  Uuid uuid = derive_uuid(execution.uuid, 0);
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8 | uuid.bytes[i];
  number = (number >> 1) + static_cast<std::uint32_t>(serial);
  for (std::size_t i = 4; i-- > 0; number >>= 8) uuid.bytes[i] = static_cast<std::uint8_t>(number & 0xffu);
  return uuid;
}

ExecutionState::ExecutionState(dsl::DefinitionPtr definition, ExecutionRows rows)
    : definition_(std::move(definition)), execution_(std::move(rows.execution)) {
  FOEHN_CHECK(definition_ != nullptr);
  measure(execution_.id.uuid, data_bytes(execution_));
  tasks_.reserve(rows.tasks.size());
  for (Task& task : rows.tasks) {
    tasks_.push_back(std::make_unique<Task>(std::move(task)));
    index_task(*tasks_.back());
    measure(tasks_.back()->id.uuid, data_bytes(*tasks_.back()));
  }
  runs_.reserve(rows.runs.size());
  for (ActionRun& run : rows.runs) {
    runs_.push_back(std::make_unique<ActionRun>(std::move(run)));
    index_run(*runs_.back());
    measure(runs_.back()->id.uuid, data_bytes(*runs_.back()));
  }
  for (Timer& timer : rows.timers) {
    timers_by_task_[timer.task_id].push_back(timer.id);
    const TimerId id = timer.id;
    timers_.emplace(id, std::move(timer));
  }
}

void ExecutionState::index_task(Task& task) {
  task_index_.emplace(task.id, &task);
  if (!task.superseded) tasks_by_name_[task.name].push_back(&task);
  ++task_counts_[static_cast<std::size_t>(task.state)];
  if (!is_complete(task.state)) ++unfinished_tasks_;
}

void ExecutionState::index_run(ActionRun& run) {
  run_index_.emplace(run.id, &run);
  runs_by_task_[run.task_id].push_back(&run);
}

const Task* ExecutionState::task(TaskId id) const {
  const auto found = task_index_.find(id);
  return found == task_index_.end() ? nullptr : found->second;
}

const ActionRun* ExecutionState::run(ActionRunId id) const {
  const auto found = run_index_.find(id);
  return found == run_index_.end() ? nullptr : found->second;
}

const std::vector<Task*>& ExecutionState::tasks_named(std::string_view name) const {
  const auto found = tasks_by_name_.find(name);
  return found == tasks_by_name_.end() ? kNoTasks : found->second;
}

const std::vector<ActionRun*>& ExecutionState::runs_of(TaskId id) const {
  const auto found = runs_by_task_.find(id);
  return found == runs_by_task_.end() ? kNoRuns : found->second;
}

bool ExecutionState::has_timer(TaskId id, TimerKind kind) const {
  const auto found = timers_by_task_.find(id);
  if (found == timers_by_task_.end()) return false;
  return std::any_of(found->second.begin(), found->second.end(),
                     [&](TimerId timer) { return timers_.at(timer).kind == kind; });
}

Execution& ExecutionState::change_execution() {
  delta_.execution = true;
  return execution_;
}

Task& ExecutionState::change_task(TaskId id) {
  const auto found = task_index_.find(id);
  FOEHN_CHECK(found != task_index_.end());
  if (changed_.insert(id.uuid).second) delta_.tasks.push_back(id);
  return *found->second;
}

ActionRun& ExecutionState::change_run(ActionRunId id) {
  const auto found = run_index_.find(id);
  FOEHN_CHECK(found != run_index_.end());
  if (changed_.insert(id.uuid).second) delta_.runs.push_back(id);
  return *found->second;
}

Task& ExecutionState::add_task(Task task) {
  FOEHN_CHECK(!task_index_.contains(task.id));
  tasks_.push_back(std::make_unique<Task>(std::move(task)));
  index_task(*tasks_.back());
  return change_task(tasks_.back()->id);
}

void ExecutionState::supersede_task(TaskId id) {
  Task& task = change_task(id);
  task.superseded = true;
  std::erase(tasks_by_name_[task.name], &task);
}

void ExecutionState::change_definition(dsl::DefinitionPtr definition) {
  FOEHN_CHECK(definition != nullptr);
  definition_ = std::move(definition);
  change_execution().definition_hash = definition_->hash;
  delta_.definition = true;
  scratch_ = Scratch{};
}

ActionRun& ExecutionState::add_run(ActionRun run) {
  FOEHN_CHECK(!run_index_.contains(run.id));
  runs_.push_back(std::make_unique<ActionRun>(std::move(run)));
  index_run(*runs_.back());
  return change_run(runs_.back()->id);
}

void ExecutionState::add_timer(Timer timer) {
  const TimerId id = timer.id;
  timers_by_task_[timer.task_id].push_back(id);
  FOEHN_CHECK(timers_.emplace(id, std::move(timer)).second);
  delta_.timers.push_back(id);
}

void ExecutionState::remove_timer(TimerId id) {
  const auto found = timers_.find(id);
  if (found == timers_.end()) return;
  auto& siblings = timers_by_task_[found->second.task_id];
  siblings.erase(std::remove(siblings.begin(), siblings.end(), id), siblings.end());
  timers_.erase(found);
  const auto fresh = std::find(delta_.timers.begin(), delta_.timers.end(), id);
  if (fresh != delta_.timers.end()) {
    delta_.timers.erase(fresh);  // created in this very step: nobody has to know
  } else {
    delta_.timers_gone.push_back(id);
  }
}

void ExecutionState::remove_timers_of(TaskId id) {
  const auto found = timers_by_task_.find(id);
  if (found == timers_by_task_.end()) return;
  const std::vector<TimerId> ids = found->second;
  for (const TimerId timer : ids) remove_timer(timer);
  timers_by_task_.erase(id);
}

void ExecutionState::set_task_state(Task& task, State state) {
  --task_counts_[static_cast<std::size_t>(task.state)];
  ++task_counts_[static_cast<std::size_t>(state)];
  if (!is_complete(task.state)) --unfinished_tasks_;
  if (!is_complete(state)) ++unfinished_tasks_;
  task.state = state;
  change_task(task.id);
}

void ExecutionState::stamp(WallTime now) {
  if (delta_.execution) execution_.updated_at = now;
  for (const TaskId id : delta_.tasks) task_index_.at(id)->updated_at = now;
  for (const ActionRunId id : delta_.runs) run_index_.at(id)->updated_at = now;
}

void ExecutionState::measure(const Uuid& id, std::size_t bytes) {
  std::size_t& known = row_bytes_[id];
  rows_bytes_ += bytes - known;
  known = bytes;
}

Delta ExecutionState::take_delta() {
  // Measured when rows change, so that foehn::size_bytes() is free.
  for (const TaskId id : delta_.tasks) measure(id.uuid, data_bytes(*task(id)));
  for (const ActionRunId id : delta_.runs) measure(id.uuid, data_bytes(*run(id)));
  if (delta_.execution) measure(execution_.id.uuid, data_bytes(execution_));
  changed_.clear();
  return std::exchange(delta_, Delta{});
}

Status check_rows(const dsl::Definition& definition, const ExecutionRows& rows) {
  for (const Task& task : rows.tasks) {
    if (definition.graph.find(task.name)) continue;
    return fail(ErrorCode::kInternal, "Execution " + to_string(rows.execution.id) + " has a task '" + task.name +
                                          "' that its stored definition " + definition.hash + " does not have.");
  }
  return {};
}

std::size_t ExecutionState::size_bytes() const { return rows_bytes_; }

}  // namespace foehn::core
