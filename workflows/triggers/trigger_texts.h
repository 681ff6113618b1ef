// What cron and event triggers, and what is told of executions, write alike. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/clock.h"
#include "engine/base/value.h"

namespace foehn::triggers {

// As Mistral shows times; null when there is none.
Value time_or_null(const std::optional<WallTime>& time);

// The description of an execution that a trigger has started, as Mistral writes it. `kind`: "cron" or "event".
std::string start_description(std::string_view kind, const std::string& id, const std::string& name);

}  // namespace foehn::triggers
