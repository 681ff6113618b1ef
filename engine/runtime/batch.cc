#include "engine/runtime/batch.h"

#include <algorithm>

namespace foehn::runtime {
namespace {

constexpr std::size_t kRowBytes = 300;  // of a row's fixed columns

}  // namespace

void BatchMember::add(const core::Delta& more) {
  delta.execution = delta.execution || more.execution;
  delta.definition = delta.definition || more.definition;
  for (const TaskId& id : more.tasks) {
    if (seen.insert(id.uuid).second) delta.tasks.push_back(id);
  }
  for (const ActionRunId& id : more.runs) {
    if (seen.insert(id.uuid).second) delta.runs.push_back(id);
  }
  for (const TimerId& id : more.timers) {
    if (seen.insert(id.uuid).second) delta.timers.push_back(id);
  }
  for (const TimerId& id : more.timers_gone) {
    // Made and gone in the same batch: no row at all.
    if (std::erase(delta.timers, id) > 0) continue;
    delta.timers_gone.push_back(id);
  }
}

BatchMember& Batch::member(Resident& resident) {
  const auto [found, is_new] = member_index.try_emplace(resident.id(), members.size());
  if (is_new) {
    members.emplace_back();
    members.back().resident = &resident;
  }
  return members[found->second];
}

BatchMember* Batch::find(ExecutionId id) {
  const auto found = member_index.find(id);
  return found == member_index.end() ? nullptr : &members[found->second];
}

bool Batch::was_applied(ExecutionId id) {
  const BatchMember* member = find(id);
  return member == nullptr || member->applied;
}

PendingAnswer refusal(Item& item, Error error) {
  PendingAnswer answer;
  answer.item = &item;
  answer.execution_id = item.execution_id;
  answer.refusal = std::move(error);
  return answer;
}

Error execution_not_found(ExecutionId id) {
  return {ErrorCode::kNotFound, "WorkflowExecution not found [id=" + to_string(id) + "]"};
}

std::size_t row_bytes(const core::ExecutionState& state, const core::Delta& delta) {
  std::size_t bytes = 0;
  if (delta.execution) bytes += kRowBytes + size_bytes(state.execution().output);
  for (const TaskId& id : delta.tasks) {
    if (const core::Task* task = state.task(id)) bytes += kRowBytes + size_bytes(task->published);
  }
  for (const ActionRunId& id : delta.runs) {
    if (const core::ActionRun* run = state.run(id)) {
      bytes += kRowBytes + size_bytes(run->input) + size_bytes(run->output);
    }
  }
  return bytes + kRowBytes * (delta.timers.size() + delta.timers_gone.size());
}

}  // namespace foehn::runtime
