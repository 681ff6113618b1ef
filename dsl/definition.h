// Definition: one compiled workflow. Shared and const: executions keep the one they started with.
#pragma once

#include <memory>
#include <string>

#include "dsl/graph/workflow_graph.h"
#include "dsl/spec/workflow_spec.h"

namespace foehn::dsl {

struct Definition {
  WorkflowSpec spec;
  WorkflowGraph graph;
  std::string source;  // text of this workflow alone (as stored; dsl.md §1 for documents with several workflows)
  std::string hash;    // md5 of source, hex: Mistral's checksum, and the key of the compiled cache
};

using DefinitionPtr = std::shared_ptr<const Definition>;

}  // namespace foehn::dsl
