// The names of tasks and actions in a test file, held against the workflows it tests. Pure; any thread.
#pragma once

#include "engine/base/diagnostic.h"
#include "engine/scenario/player.h"
#include "engine/scenario/suite.h"

namespace foehn::scenario {

// T105 for each name in `given` and `never` that no workflow of the program has: such a script would never be used, and
// such an expectation always hold.
Diagnostics check_names(const Suite& suite, const Program& program, const dsl::ActionCatalog& catalog);

}  // namespace foehn::scenario
