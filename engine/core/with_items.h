// with-items: one run per item, bounded by `concurrency`. O(1) per completed item: the counters are in the task's row,
// the items are rows of their own.
#pragma once

#include "engine/core/stepper.h"

namespace foehn::core {

// Evaluates the collections and makes the first runs. Errors are texts for a forced failure.
Status start_items(Stepper& step, Task& task);
// Makes runs while items are left and the bound allows. Held back while the execution is paused.
Status schedule_items(Stepper& step, Task& task);
// One item is complete (its run is accepted).
void item_finished(Stepper& step, Task& task, const ActionRun& run);
// A complete task runs again because one of its children does: what the others ended with meanwhile counts now.
void recount_items(Stepper& step, Task& task);

}  // namespace foehn::core
