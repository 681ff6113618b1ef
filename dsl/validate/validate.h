// Checks of a document against its surroundings: what may well be meant, but is probably a mistake. Warnings, but for
// its size and for chains (errors about references come from graph/build.cc). Pure.
#pragma once

#include "dsl/compile.h"
#include "dsl/graph/workflow_graph.h"
#include "dsl/parse/tables.h"
#include "dsl/validate/action_catalog.h"

namespace foehn::dsl {

// unreachable.cc: tasks that never run, because no start task leads to them or their join waits in vain (W306), and
// tasks named as an engine command (W309).
void check_reachable(const WorkflowSpec& spec, const WorkflowGraph& graph, ParseContext& context);

// actions.cc: unknown actions (W307) and parameters (W308) of tasks and of bases of ad-hoc actions, as far as they can
// be known before the run. Actions of the same document are known, too. Mistral finds these only when the task starts.
void check_actions(const ParsedDocument& document, const ActionCatalog& catalog, ParseContext& context);

// size.cc: false after a report that the document defines more than `bounds` allow (E108, E109).
bool accept_size(const YamlNode& root, DocumentKind kind, const DocumentBounds& bounds, ParseContext& context);

// chains.cc: ad-hoc actions of one document that are based on each other in a circle (E307). They could never run.
void check_action_chains(const std::vector<AdhocActionSpec>& actions, ParseContext& context);

}  // namespace foehn::dsl
