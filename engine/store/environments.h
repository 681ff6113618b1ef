// Stored environments: records of the kind "environment" with the body {"description", "variables"}. Any thread; calls
// block.
#pragma once

#include <string_view>

#include "engine/store/records.h"

namespace foehn::store {

inline constexpr std::string_view kEnvironmentKind = "environment";

// For whoever starts or resumes an execution: when params.env is the name of an environment that the project sees, it
// becomes that one's variables. kInvalidArgument: "Environment is not found: x".
Status use_stored_environment(Records& records, std::string_view project_id, Value& params);

}  // namespace foehn::store
