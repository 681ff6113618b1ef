// What the files of this folder share: the outside and the engine's own tables. One per Engine, engine thread only.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "engine/runtime/batch.h"
#include "engine/runtime/definitions.h"
#include "engine/runtime/engine.h"
#include "engine/runtime/execution_table.h"
#include "engine/runtime/lookup.h"
#include "engine/runtime/observer.h"
#include "engine/runtime/ready_queue.h"
#include "engine/runtime/timers.h"
#include "engine/runtime/work_queue.h"

namespace foehn::runtime {

// What an execution was about to do when its resident state was lost: in a crash, or with a commit that was refused or
// has an unknown outcome. Made good when it is loaded again; its SCHEDULED runs become ready in any case.
struct Restore {
  struct Run {
    ActionRunId run_id;
    std::uint32_t attempt = 1;
    std::string key;
  };
  std::vector<Run> lost;        // RUNNING when the engine died: may or may not have left
  std::vector<Run> never_left;  // admitted by a commit of this process that was not followed by a start
};

// Capacity of runs in Restore::never_left: it was free when they were admitted and must stay so until they leave.
struct Reserved {
  std::unordered_map<std::string, std::size_t> by_key;
  std::size_t total = 0;
};

struct EngineParts {
  EngineParts(EngineOptions engine_options, const Clock& the_clock, store::Store& the_store,
              store::Catalog& the_catalog, store::Query& query, ports::ActionPort& the_actions,
              const dsl::ActionCatalog& action_catalog, Log& the_log)
      : options(engine_options),
        clock(the_clock),
        store(the_store),
        catalog(the_catalog),
        actions(the_actions),
        log(the_log),
        definitions(the_catalog, action_catalog),
        table(the_store, definitions, options.resident_bytes_max),
        timers(the_store, options.timers_resident_max),
        lookup(the_actions, query, table, definitions) {}

  const EngineOptions options;
  const Clock& clock;
  store::Store& store;
  store::Catalog& catalog;
  ports::ActionPort& actions;
  Log& log;
  Definitions definitions;
  ExecutionTable table;
  Timers timers;
  RuntimeLookup lookup;
  WorkQueue work;
  ReadyQueue ready;
  std::unordered_map<ExecutionId, Restore> restores;
  Reserved reserved;
  std::unordered_set<std::string> known_inbox;  // inbox rows that are in `work`
  bool inbox_left = false;                      // more executions have inbox rows than recovery has taken up
  EngineStats stats;
};

// Takes note of a run that was admitted but has not left, to be dispatched once its row has been seen again.
inline void keep_never_left(EngineParts& parts, ExecutionId id, Restore::Run run) {
  ++parts.reserved.by_key[run.key];
  ++parts.reserved.total;
  parts.restores[id].never_left.push_back(std::move(run));
}

// What is to be restored of the execution, if anything; from now on the caller's business.
inline std::optional<Restore> take_restore(EngineParts& parts, ExecutionId id) {
  auto node = parts.restores.extract(id);
  if (node.empty()) return std::nullopt;
  for (const Restore::Run& run : node.mapped().never_left) {
    if (--parts.reserved.by_key[run.key] == 0) parts.reserved.by_key.erase(run.key);
    --parts.reserved.total;
  }
  return std::move(node.mapped());
}

// Asks for the execution to be loaded in a later pump, which restores what it was about to do.
inline void ask_to_load(EngineParts& parts, ExecutionId id) {
  auto item = std::make_unique<Item>();
  item->execution_id = id;
  item->what = LoadRequest{};
  item->keep = true;
  parts.work.push(std::move(item));
}

}  // namespace foehn::runtime
