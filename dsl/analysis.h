// Everything that compile() finds out about a text, mistakes or not: for lint, schema tools and editors, which go on
// where compile() stops. Pure; any thread.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "dsl/compile.h"
#include "dsl/parse/tables.h"
#include "dsl/yaml/node.h"

namespace foehn::dsl {

struct Analysis {
  std::unique_ptr<YamlDocument> yaml;  // null when the text is not YAML; specs and bodies point into it
  ParsedDocument document;
  std::vector<WorkflowGraph> graphs;  // one per workflow, fewer after kDiagnosticsMax errors
  Diagnostics diagnostics;            // not yet in order
  DroppedParameters dropped;
};

Analysis analyze(std::string_view source, DocumentKind kind, const ActionCatalog* catalog,
                 const DocumentBounds& bounds = {});

// Errors first when there are too many, document order, at most kDiagnosticsMax.
void arrange(Diagnostics& diagnostics);

}  // namespace foehn::dsl
