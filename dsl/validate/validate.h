// Checks of a parsed workflow against its surroundings: what may well be meant, but is probably a mistake. Warnings,
// but for chains (errors about references come from graph/build.cc). Pure.
#pragma once

#include "dsl/graph/workflow_graph.h"
#include "dsl/parse/context.h"
#include "dsl/spec/workflow_spec.h"
#include "dsl/validate/action_catalog.h"

namespace foehn::dsl {

// unreachable.cc: tasks that never run, because no start task leads to them or their join waits in vain (W306), and
// tasks named as an engine command (W309).
void check_reachable(const WorkflowSpec& spec, const WorkflowGraph& graph, ParseContext& context);

// actions.cc: unknown actions (W307) and parameters (W308), as far as they can be known before the run. Actions of the
// same document are known, too. Mistral finds these only when the task starts.
void check_actions(const WorkflowSpec& spec, const ActionCatalog& catalog, const std::vector<AdhocActionSpec>& own,
                   ParseContext& context);

// actions.cc: the same for the bases of ad-hoc actions.
void check_bases(const std::vector<AdhocActionSpec>& actions, const ActionCatalog& catalog, ParseContext& context);

// chains.cc: ad-hoc actions of one document that are based on each other in a circle (E307). They could never run.
void check_action_chains(const std::vector<AdhocActionSpec>& actions, ParseContext& context);

}  // namespace foehn::dsl
