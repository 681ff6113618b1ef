// What the engine asks of the action side, and what comes back. Values.
#pragma once

#include <cstdint>
#include <string>

#include "engine/base/id.h"
#include "engine/base/value.h"

namespace foehn::core {

struct ActionRequest {
  ActionRunId run_id;
  std::uint32_t attempt = 1;  // fence: the result carries it back
  ExecutionId execution_id;
  ExecutionId root_execution_id;
  TaskId task_id;  // nil for a run without a task
  std::string workflow_name;
  std::string task_name;
  std::string name;             // of the action
  Value input;                  // object, evaluated
  std::string target;           // as the task names it; "" = anywhere
  std::int64_t timeout_ms = 0;  // 0 = none
  bool safe_rerun = false;
  bool recovered = false;  // the engine was restarted while this ran: attach rather than start, if possible
};

// What the core needs to know of an action before it schedules a run.
struct ActionTraits {
  bool is_sync = true;      // false: completes only by an outside report
  bool pure = false;        // no effect outside the process: may run inside the pump
  bool safe_rerun = false;  // the action itself may always be run again
};

enum class OutcomeKind { kSuccess, kError, kCancelled };

struct ActionOutcome {
  OutcomeKind kind = OutcomeKind::kSuccess;
  Value data;  // kSuccess: the result; kError: the error data (text or object); kCancelled: ignored
  static ActionOutcome success(Value data) { return {OutcomeKind::kSuccess, std::move(data)}; }
  static ActionOutcome error(Value data) { return {OutcomeKind::kError, std::move(data)}; }
  static ActionOutcome cancelled() { return {OutcomeKind::kCancelled, Value()}; }
};

}  // namespace foehn::core
