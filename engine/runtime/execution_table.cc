#include "engine/runtime/execution_table.h"

#include <utility>

namespace foehn::runtime {

Resident* ExecutionTable::find(ExecutionId id) {
  const auto found = residents_.find(id);
  if (found == residents_.end()) return nullptr;
  ages_.splice(ages_.begin(), ages_, found->second->age);
  return found->second.get();
}

const Resident* ExecutionTable::peek(ExecutionId id) const {
  const auto found = residents_.find(id);
  return found == residents_.end() ? nullptr : found->second.get();
}

Result<Resident*> ExecutionTable::load(ExecutionId id, std::vector<store::InboxItem>& inbox) {
  FOEHN_TRY(auto stored, store_.load(id));
  if (!stored) return nullptr;
  const core::Execution& execution = stored->rows.execution;
  FOEHN_TRY(auto definition, definitions_.by_hash(execution.definition_hash, execution.workflow_name));
  FOEHN_CHECK_OK(core::check_rows(*definition, stored->rows));
  inbox = std::move(stored->inbox);
  Resident& resident = insert(std::make_unique<core::ExecutionState>(std::move(definition), std::move(stored->rows)));
  resident.version = resident.execution().version;
  return &resident;
}

Resident& ExecutionTable::add(std::unique_ptr<core::ExecutionState> state) { return insert(std::move(state)); }

Resident& ExecutionTable::insert(std::unique_ptr<core::ExecutionState> state) {
  auto resident = std::make_unique<Resident>();
  resident->state = std::move(state);
  const ExecutionId id = resident->id();
  if (const Value* env = foehn::find(resident->execution().params, "env")) resident->input.environment = *env;
  resident->bytes = resident->bytes_measured = resident->state->size_bytes();
  bytes_ += resident->bytes;
  ages_.push_front(id);
  resident->age = ages_.begin();
  return *(residents_[id] = std::move(resident));
}

void ExecutionTable::drop(ExecutionId id) {
  const auto found = residents_.find(id);
  if (found == residents_.end()) return;
  bytes_ -= found->second->bytes;
  ages_.erase(found->second->age);
  residents_.erase(found);
}

void ExecutionTable::grew(Resident& resident, std::size_t bytes) {
  resident.bytes += bytes;
  bytes_ += bytes;
  // Measuring walks the whole state: only when the estimate has doubled since.
  if (resident.bytes < 2 * resident.bytes_measured) return;
  bytes_ -= resident.bytes;
  resident.bytes = resident.bytes_measured = resident.state->size_bytes();
  bytes_ += resident.bytes;
}

void ExecutionTable::evict() {
  while (bytes_ > bytes_max_ && residents_.size() > 1) drop(ages_.back());
}

}  // namespace foehn::runtime
