#include "engine/runtime/remover.h"

#include <algorithm>
#include <utility>

#include "engine/base/check.h"

namespace foehn::runtime {

void Remover::run(Batch& batch) {
  for (const Removal& removal : batch.removals) {
    if (is_overtaken(removal)) {
      ask_again(batch, removal);
      continue;
    }
    Result<Answer> answer = remove(removal.execution_id);
    if (removal.item->reply) std::exchange(removal.item->reply, nullptr)(std::move(answer));
  }
}

// Whether something in the same batch has made it run again, or wants to: whoever did so waits for it.
bool Remover::is_overtaken(const Removal& removal) const {
  const Resident* resident = parts_.table.peek(removal.execution_id);
  if (resident == nullptr || !resident->execution().parent) return false;
  if (removal.was_complete && !core::is_complete(resident->execution().state)) return true;
  return parts_.work.has_message(resident->execution().parent->execution_id, removal.execution_id);
}

// After what came before it.
void Remover::ask_again(Batch& batch, const Removal& removal) {
  const auto owned = std::find_if(batch.items.begin(), batch.items.end(),
                                  [&](const ItemPtr& item) { return item.get() == removal.item; });
  FOEHN_CHECK(owned != batch.items.end());
  ItemPtr item = std::move(*owned);
  batch.items.erase(owned);
  item->taken = false;
  parts_.work.push(std::move(item));
}

Result<Answer> Remover::remove(ExecutionId id) {
  const Resident* resident = parts_.table.peek(id);
  Answer answer;
  if (resident != nullptr) {
    answer.execution = resident->execution();
  } else {
    FOEHN_TRY(answer.execution, read_lost(id));
  }
  const std::unordered_set<ExecutionId> tree = tree_of(id, answer.execution.root_id.value_or(id));
  FOEHN_CHECK_OK(parts_.store.remove(id));
  // A root's id covers the whole tree, resident or not.
  dispatcher_.cancel_if(
      [&](ExecutionId execution, ExecutionId root) { return root == id || tree.contains(execution); });
  for (const ItemPtr& item : parts_.work.take_all_of(tree)) {
    parts_.known_inbox.erase(item->inbox_id);
    if (item->reply) item->reply(fail(execution_not_found(item->execution_id)));
  }
  for (const ExecutionId& gone : tree) forget(gone);
  return answer;
}

// Not resident: its rows do not fit its definition, or it was asked for twice.
Result<core::Execution> Remover::read_lost(ExecutionId id) {
  FOEHN_TRY(auto stored, parts_.store.load(id));
  if (!stored) return fail(execution_not_found(id));
  const core::Execution& execution = stored->rows.execution;
  if (!execution.root_id) return execution;
  return fail(ErrorCode::kFailedPrecondition, "Execution " + to_string(id) +
                                                  " cannot be read, and others wait for it; delete its root " +
                                                  to_string(*execution.root_id) + ".");
}

std::unordered_set<ExecutionId> Remover::tree_of(ExecutionId id, ExecutionId root) {
  std::unordered_set<ExecutionId> tree{id};
  if (id == root) {
    parts_.table.each([&](const Resident& resident) {
      if (resident.root_id() == id) tree.insert(resident.id());
    });
    return tree;
  }
  std::vector<ExecutionId> open{id};
  while (!open.empty()) {
    const ExecutionId next = open.back();
    open.pop_back();
    std::vector<store::InboxItem> inbox;
    Resident* resident = parts_.table.find(next);
    if (resident == nullptr) {
      // What cannot be read cannot be under way either: it will be found gone when its turn comes.
      if (const auto loaded = parts_.table.load(next, inbox)) resident = *loaded;
    }
    if (resident == nullptr) continue;
    for (const auto& run : resident->state->runs()) {
      const ExecutionId child{run->id.uuid};
      if (run->kind == core::RunKind::kWorkflow && tree.insert(child).second) open.push_back(child);
    }
  }
  return tree;
}

void Remover::forget(ExecutionId id) {
  if (const Resident* resident = parts_.table.peek(id)) {
    parts_.ready.remove(id, resident->root_id());
    for (const auto& [timer_id, timer] : resident->state->timers()) parts_.timers.remove(timer_id);
  }
  take_restore(parts_, id);
  parts_.table.drop(id);
}

}  // namespace foehn::runtime
