// From a caller's StartRequest to the core's StartExecution: source execution, environment, params (rest.md §5).
#pragma once

#include "engine/core/event.h"
#include "engine/runtime/definitions.h"
#include "engine/runtime/engine.h"

namespace foehn::runtime {

struct PreparedStart {
  core::StartExecution event;
  dsl::DefinitionPtr definition;
};

// `source` is the execution that the request names as its source, or null. Errors: kInvalidArgument, kNotFound with
// Mistral's texts; those of the catalog.
Result<PreparedStart> prepare_start(const StartRequest& request, const core::Execution* source,
                                    Definitions& definitions);

// params.env as an object, its expressions evaluated unless params.evaluate_env is false.
Result<Value> resolve_environment(const Value& params);

}  // namespace foehn::runtime
