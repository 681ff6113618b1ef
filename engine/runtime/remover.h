// Deletes executions with everything below them, after the commit of the batch that asked for it: running actions are
// asked to stop, rows and everything held in memory go. Engine thread only.
#pragma once

#include <unordered_set>

#include "engine/runtime/batch.h"
#include "engine/runtime/dispatcher.h"
#include "engine/runtime/parts.h"

namespace foehn::runtime {

class Remover {
 public:
  Remover(EngineParts& parts, Dispatcher& dispatcher) : parts_(parts), dispatcher_(dispatcher) {}

  // Answers the callers of the batch's removals.
  void run(Batch& batch);

 private:
  bool is_overtaken(const Removal& removal) const;
  void ask_again(Batch& batch, const Removal& removal);
  Result<Answer> remove(ExecutionId id);
  // The execution and those below it, as far as they are needed to find what is under way.
  Result<core::Execution> read_lost(ExecutionId id);
  std::unordered_set<ExecutionId> tree_of(ExecutionId id, ExecutionId root);
  void forget(ExecutionId id);

  EngineParts& parts_;
  Dispatcher& dispatcher_;
};

}  // namespace foehn::runtime
