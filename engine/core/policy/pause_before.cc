// pause-before: the task waits in IDLE and the execution pauses; a resume starts it.
#include "engine/core/policy/policy.h"

namespace foehn::core {
namespace {

Status evaluate(const dsl::PolicySpec& own, const dsl::PolicySpec& defaults, const dsl::Scope& scope, Value& values) {
  const dsl::Template* source = effective(own.pause_before, defaults.pause_before);
  if (source == nullptr) return {};
  FOEHN_TRY(const bool pause, evaluate_flag(*source, scope, {"pause-before", "PauseBeforePolicy"}));
  if (pause) values["pause-before"] = true;
  return {};
}

Verdict before(const Task& task) {
  if (task.paused_before || find(task.policy_values, "pause-before") == nullptr) return {};
  return {.kind = Verdict::Kind::kPause, .info = "Set by 'pause-before' policy"};
}

}  // namespace

const Policy kPauseBefore = {"pause-before", evaluate, before, nullptr};

}  // namespace foehn::core
