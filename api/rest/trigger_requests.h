// What requests about triggers share: the workflow that is meant, and whether an input fits it. Any thread; calls
// block.
#pragma once

#include <string>

#include "api/rest/services.h"
#include "engine/store/catalog.h"

namespace foehn::rest {

// By id, else by name in the default namespace, as the project sees it. kNotFound with Mistral's text.
Result<store::WorkflowRow> workflow_of_trigger(Services& services, const std::string& identifier,
                                               const std::string& project_id);

// A member of a trigger's record; null when it has none.
Value member_of(const store::RecordRow& row, const char* name);

// Names only: kInvalidArgument "Invalid input [name=…, class=…, missing=[…], unexpected=[…]]".
Status check_trigger_input(const store::WorkflowRow& workflow, const Value& input);

}  // namespace foehn::rest
