// Ad-hoc actions (dsl.md §11): what a name comes down to, and what becomes of the result.
#pragma once

#include <optional>
#include <string>

#include "engine/core/stepper.h"

namespace foehn::core {

struct AdhocResolution {
  std::optional<AdhocCall> call;       // neither of them: the name is not that of an ad-hoc action
  std::optional<std::string> failure;  // the call cannot be made; the task's on-error is honoured, as in Mistral
};

// Follows the chain of base actions from `name`, evaluating each link's base-input over the input of the link before.
// Errors fail the workflow by force: `input` does not fit the action that the task names.
Result<AdhocResolution> resolve_adhoc(Stepper& step, const Task& task, const std::string& name, const Value& input);

// The result of the base action, made into that of the ad-hoc action. An error of the action is passed on as it is.
Result<Value> adhoc_result(Stepper& step, const ActionRun& run, Value result);

}  // namespace foehn::core
