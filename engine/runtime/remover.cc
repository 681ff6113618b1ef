#include "engine/runtime/remover.h"

#include <utility>

namespace foehn::runtime {

void Remover::run(Batch& batch) {
  for (const Removal& removal : batch.removals) {
    Result<Answer> answer = remove(removal.execution_id);
    if (removal.item->reply) std::exchange(removal.item->reply, nullptr)(std::move(answer));
  }
}

Result<Answer> Remover::remove(ExecutionId id) {
  const Resident* resident = parts_.table.peek(id);
  if (resident == nullptr) return fail(execution_not_found(id));  // asked for twice
  Answer answer{resident->execution(), std::nullopt, std::nullopt, false};
  const std::unordered_set<ExecutionId> tree = tree_of(id, resident->root_id());
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
