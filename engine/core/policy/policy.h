// Policies: what holds, repeats or fails a task besides its action (dsl.md §4). The order of the table in policy.cc is
// Mistral's. A policy evaluates and type-checks its attributes once, when the task starts; afterwards it only looks at
// the task and gives a verdict, which task_run.cc (before) and settle.cc (after) carry out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/stepper.h"

namespace foehn::core {

struct Verdict {
  enum class Kind {
    kProceed,
    kDelay,  // hold the task for `seconds`, then go on as `reason` says
    kPause,  // hold the task in IDLE and pause the execution
    kFail,   // the task is ERROR with `info`; later policies still have their say
  };
  Kind kind = Kind::kProceed;
  std::int64_t seconds = 0;
  DelayReason reason = DelayReason::kNone;
  std::string info;
};

// A policy with nothing to do at a point has a null there.
struct Policy {
  std::string_view name;
  Status (*evaluate)(const dsl::PolicySpec& own, const dsl::PolicySpec& defaults, const dsl::Scope& scope,
                     Value& values);
  Verdict (*before)(const Task& task);
  Result<Verdict> (*after)(Stepper& step, const Task& task);
};

const std::vector<Policy>& policies();

extern const Policy kPauseBefore, kWaitBefore, kWaitAfter, kFailOn, kRetry, kTimeout, kConcurrency;

// Fills Task::policy_values from all policies. Errors are texts for a forced failure.
Status evaluate_policies(Stepper& step, Task& task);
// A number of policy_values, 0 when the task has no such policy.
std::int64_t policy_number(const Task& task, std::string_view name);
// The attribute that holds for a task: its own unless absent or written as 0 / false, then that of task-defaults.
// (Mistral: a task cannot switch a default off.)
const dsl::Template* effective(const std::optional<dsl::Template>& own, const std::optional<dsl::Template>& defaults);

// Helpers of the policies: evaluate `source` and put it as `name` when it has the type. Errors:
// "Invalid data type in <class_name>: …".
struct Attribute {
  std::string_view name;
  std::string_view class_name;  // Mistral's, for its text
};
Status put_number(const dsl::Template* source, const dsl::Scope& scope, Attribute attribute, Value& values);
Result<bool> evaluate_flag(const dsl::Template& source, const dsl::Scope& scope, Attribute attribute);

}  // namespace foehn::core
