// Joins (dsl.md §3.3). The decision is kept as counters over the inbound tasks (Scratch::joins), so a completed inbound
// task costs O(its successors); whether a route to a missing inbound task is still possible is analysed only when a
// completed task leaves a successor untriggered.
#pragma once

#include <string>
#include <vector>

#include "engine/core/stepper.h"

namespace foehn::core {

// A completed task triggers the join task `index`: creates it WAITING, or tells the existing one.
void trigger_join(Stepper& step, dsl::TaskIndex index, const NextCommand& command);
// `task` was created, reset or completed: tells the joins behind it.
void inbound_changed(Stepper& step, const Task& task);
// Starts or fails the WAITING join when it can be decided.
void evaluate_join(Stepper& step, TaskId task_id);
// In a complete join a new round begins when one was triggered meanwhile.
void begin_next_round(Stepper& step, Task& task);
// What the join gets from the inbound tasks that triggered it.
Context joined_context(Stepper& step, const Task& task);
// Inbound tasks that are not decided yet, by name: for explanations.
std::vector<std::string> undecided_inbound(Stepper& step, const Task& task);
// All unfinished tasks are joins that wait for each other: fails the first one, so that no execution is stuck.
bool break_deadlock(Stepper& step);

}  // namespace foehn::core
