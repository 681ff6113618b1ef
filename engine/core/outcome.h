// The outcome of an execution: state, state_info and output (dsl.md §9).
#pragma once

#include <optional>
#include <string>

#include "engine/core/stepper.h"

namespace foehn::core {

// All tasks are complete: decides between SUCCESS, ERROR and CANCELLED.
void complete_execution(Stepper& step);
// SUCCESS with the evaluated output. An output that cannot be evaluated gives its error and changes nothing.
Status succeed_execution(Stepper& step, const std::optional<std::string>& message);
// ERROR with output {result: message} and output-on-error. Nothing when it is paused or complete.
void fail_execution(Stepper& step, const std::optional<std::string>& message);
// The same as somebody asks for it: also of a paused one, whose paused children would rest for ever and end with it.
// Nothing when it is complete.
void stop_with_error(Stepper& step, const std::optional<std::string>& message);
// CANCELLED with output {result: message}, together with its children. Nothing when it is complete.
void cancel_execution(Stepper& step, const std::optional<std::string>& message);
// PAUSED, together with its children. Nothing unless it is running.
void pause_execution(Stepper& step, const std::optional<std::string>& message);
// PAUSED → RUNNING, together with its children.
void resume_execution(Stepper& step);

// The error of a wrong definition or unknown action: `task` is ERROR and on-error has no say.
void fail_by_force(Stepper& step, Task& task, const std::string& text);

}  // namespace foehn::core
