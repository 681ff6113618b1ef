// WorkflowGraph: the tasks' relations as compact arrays, computed once from the spec (effective clauses = own or
// task-defaults). Task numbers are positions in WorkflowSpec::tasks. Immutable; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <string>
#include <vector>

#include "dsl/spec/workflow_spec.h"

namespace foehn::dsl {

using TaskIndex = std::uint32_t;

struct WorkflowGraph {
  struct Node {
    ClauseSpec effective[kClauseCount];     // own `next` if any, else task-defaults' without self
    std::vector<TaskIndex> inbound;         // distinct tasks whose effective clauses name this one (direct)
    std::vector<TaskIndex> requires_;       // own and defaults' requires without self (reverse)
    bool is_start = false;                  // direct: no inbound
  };
  std::vector<Node> nodes;
  std::unordered_map<std::string, TaskIndex> index;   // lookup only, never iterated
  std::vector<TaskIndex> start_tasks;                 // direct: document order

  std::optional<TaskIndex> find(std::string_view name) const {
    const auto found = index.find(std::string(name));
    if (found == index.end()) return std::nullopt;
    return found->second;
  }
};

// Builds the graph; the checks that need it (start tasks, join arity, unknown targets, requires) add diagnostics.
// A cycle among `requires` of a reverse workflow is an error naming the path. Uses Boost.Graph (build.cc only).
WorkflowGraph build_graph(const WorkflowSpec& spec, Diagnostics& diagnostics);

}  // namespace foehn::dsl
