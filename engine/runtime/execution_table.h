// Resident executions: loaded on demand, evicted when the byte bound is passed, the longest unused first.
// Engine thread only. Pointers to a Resident are valid until drop() or evict().
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <unordered_map>
#include <vector>

#include "engine/core/execution_state.h"
#include "engine/core/step.h"
#include "engine/runtime/definitions.h"
#include "engine/store/store.h"

namespace foehn::runtime {

struct Resident {
  std::unique_ptr<core::ExecutionState> state;
  std::uint64_t version = 0;       // of the stored rows; 0 = not stored yet
  core::StepInput input;           // of the tree, when this is its root: the environment is kept here once
  std::optional<std::size_t> below;  // sub-workflows that were asked for below it, when this is a root; once counted
  std::size_t bytes = 0;           // estimate
  std::size_t bytes_measured = 0;  // the last exact figure
  std::list<ExecutionId>::iterator age;

  const core::Execution& execution() const { return state->execution(); }
  ExecutionId id() const { return execution().id; }
  ExecutionId root_id() const { return execution().root_id.value_or(execution().id); }
};

class ExecutionTable {
 public:
  ExecutionTable(store::Store& store, Definitions& definitions, std::size_t bytes_max)
      : store_(store), definitions_(definitions), bytes_max_(bytes_max) {}

  Resident* find(ExecutionId id);  // nullptr when not resident; counts as a use
  const Resident* peek(ExecutionId id) const;
  // Reads the rows; nullptr when there are none. `inbox` gets the items that wait for it.
  Result<Resident*> load(ExecutionId id, std::vector<store::InboxItem>& inbox);
  Resident& add(std::unique_ptr<core::ExecutionState> state);  // a new one
  void drop(ExecutionId id);
  void grew(Resident& resident, std::size_t bytes);  // by about as much
  void evict();                                      // down to the bound; nothing may be uncommitted
  std::size_t size() const { return residents_.size(); }

  template <class F>
  void each(F&& f) const {  // in no particular order
    for (const auto& [id, resident] : residents_) f(*resident);
  }

 private:
  Resident& insert(std::unique_ptr<core::ExecutionState> state);

  store::Store& store_;
  Definitions& definitions_;
  const std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::unordered_map<ExecutionId, std::unique_ptr<Resident>> residents_;
  std::list<ExecutionId> ages_;  // most recently used first
};

}  // namespace foehn::runtime
