// Rows → what was about to happen. Reads unfinished runs, the inbox and the timers, not the executions: those are
// loaded when their turn comes, so that the time to the first pump depends on unfinished runs alone. Engine thread
// only.
#pragma once

#include "engine/runtime/parts.h"

namespace foehn::runtime {

// Before the first pump. Errors: those of the store.
Status recover(EngineParts& parts);

// Asks for the executions that have inbox rows; limits::kInboxMax of them at a time.
Status ask_for_inbox(EngineParts& parts);

}  // namespace foehn::runtime
