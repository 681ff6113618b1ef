// Scratch: what a step derives from definition and rows and would be slow to derive again. Part of ExecutionState;
// never stored, empty after a load. Whoever reads a member fills it first when it is empty, so losing it changes no
// result.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "dsl/graph/workflow_graph.h"
#include "engine/base/id.h"

namespace foehn::core {

// Static relations of the workflow that WorkflowGraph does not keep.
struct FlowIndex {
  std::vector<std::vector<dsl::TaskIndex>> successors;  // distinct targets: direct by any clause, reverse by requires
  std::vector<dsl::TaskIndex> reverse_order;            // reverse: tasks the target needs, requirements first
  std::vector<std::uint32_t> reverse_rank;              // position in reverse_order; UINT32_MAX = not needed
};

// What one inbound task means for a join (dsl.md §3.3).
struct Inbound {
  enum class Kind : std::uint8_t { kUndecided, kTriggered, kNotTriggered, kImpossible };
  Kind kind = Kind::kUndecided;
  TaskId task_id;     // nil when there is no execution of it
  std::string event;  // of kTriggered
};

struct JoinProgress {
  std::vector<Inbound> inbound;  // in the order of Node::inbound
  std::uint32_t triggered = 0;
  std::uint32_t failed = 0;  // kNotTriggered and kImpossible
};

// with-items of a re-run that keeps results: the items of this attempt whose accepted result is left alone.
struct KeptItems {
  std::uint32_t attempt = 0;
  std::vector<bool> kept;  // empty = none
};

struct Scratch {
  std::optional<FlowIndex> flow;
  std::map<TaskId, JoinProgress> joins;  // of WAITING join tasks
  std::vector<bool> dead;                // direct: tasks no route leads to any more; empty = none known
  std::map<TaskId, KeptItems> kept_items;
};

}  // namespace foehn::core
