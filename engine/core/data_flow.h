// Data flow: what tasks publish, what they see of each other, and what task().result is (dsl.md §3.4, §3.5).
#pragma once

#include "dsl/expr/scope.h"
#include "engine/core/stepper.h"

namespace foehn::core {

// What successors of `task` see: its own context with what it published on top.
Context outbound(const Task& task);

struct Published {
  Value branch = Value::object();
  Value global = Value::object();
};
// Evaluates what `task` publishes in its present state. Errors: of the expressions, or of the size bound.
Result<Published> evaluate_publish(Stepper& step, const Task& task);
// Makes `global` visible to all tasks.
void publish_globals(Stepper& step, const Value& global);

// task(x).result: of the accepted runs; with-items: a list in order of the items.
Value task_result(const ExecutionState& state, const Task& task);
// The same without copying: the state must outlive it unchanged.
dsl::HostValue held_task_result(const ExecutionState& state, const Task& task);
// keep-result: false
void destroy_result(Stepper& step, const Task& task);

}  // namespace foehn::core
