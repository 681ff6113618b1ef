// The action types of the core under the name that the action side uses.
#pragma once

#include "engine/core/action_request.h"

namespace foehn::ports {
using core::ActionOutcome;
using core::ActionRequest;
using core::ActionTraits;
using core::OutcomeKind;
}  // namespace foehn::ports
