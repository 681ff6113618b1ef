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
#include "engine/base/value.h"

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

// with-items: the evaluated collections of the task's current attempt.
struct ItemsCache {
  std::uint32_t attempt = 0;
  std::vector<Value> collections;  // arrays, in the order of TaskSpec::with_items
  std::vector<bool> kept;          // items whose accepted result is left alone; empty = none
};

struct Scratch {
  std::optional<FlowIndex> flow;
  std::map<TaskId, JoinProgress> joins;  // of WAITING join tasks
  std::vector<bool> dead;                // direct: tasks no route leads to any more; empty = none known
  std::map<TaskId, ItemsCache> items;
};

}  // namespace foehn::core
