// Event ↔ Value, for events that wait in a store (inbox items) and for recorded runs. Pure; any thread.
// The form is {"type": "ActionFinished", …fields}; absent optionals and defaults are left out, unknown members are
// ignored when reading, so that a newer engine reads what an older one wrote.
#pragma once

#include "engine/base/result.h"
#include "engine/core/event.h"

namespace foehn::core {

Value to_value(const Event& event);
// kInvalidArgument when it is not the form of an event.
Result<Event> event_from_value(const Value& stored);

}  // namespace foehn::core
