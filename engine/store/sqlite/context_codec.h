// Contexts ↔ tables contexts and context_values: each layer and each large variable is a row of its own, found by its
// content key, so a chain of tasks costs what it published and not its square.
#pragma once

#include <map>
#include <unordered_set>

#include "engine/core/context.h"
#include "engine/store/sqlite/db.h"

namespace foehn::store {

// For the contexts of one execution within one transaction.
class ContextWriter {
 public:
  ContextWriter(Connection& writer, ExecutionId execution_id) : writer_(writer), execution_id_(execution_id) {}
  // Stores the layers that are not there yet.
  Status write(core::Context context);

 private:
  Result<bool> is_stored(const Uuid& key);
  Status write_layer(const core::Context& context, const Uuid& key);
  Result<Value> stored_form(const core::Context::Variable& variable);

  Connection& writer_;
  ExecutionId execution_id_;
  std::unordered_set<Uuid> known_;  // lookup only
};

// Deletes what no task of the execution sees any more: a re-run gives a task another context.
Status remove_unused_contexts(Connection& writer, ExecutionId execution_id);

// All contexts of one execution. Layers and variables that were shared are shared again.
class ContextReader {
 public:
  static Result<ContextReader> load(Connection& reader, ExecutionId execution_id);
  Result<core::Context> context(const Uuid& key);

 private:
  struct StoredLayer {
    std::optional<Uuid> below;
    Value variables;
  };
  std::map<Uuid, StoredLayer> layers_;
  std::map<Uuid, core::Context::VariablePtr> variables_;
  std::map<Uuid, core::Context> built_;
};

}  // namespace foehn::store
