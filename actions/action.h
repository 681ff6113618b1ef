// An action: what a task can do. One object per action name, owned by the ActionRegistry, used by many runs at once.
// run() and cancel() are called by the engine thread (through the executor) and must not block; `done` is called
// exactly once per run, from any thread. A pure action calls it before run() returns.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "actions/action_spec.h"
#include "engine/base/id.h"
#include "engine/base/value.h"
#include "engine/ports/action_request.h"

namespace foehn::actions {

using ports::ActionOutcome;
using ports::OutcomeKind;

struct ActionContext {
  ActionRunId run_id{};  // nil for a run that is not stored
  std::uint32_t attempt = 1;
  ExecutionId execution_id{};
  ExecutionId root_execution_id{};
  TaskId task_id{};
  std::string workflow_name{};
  std::string task_name{};
  std::int64_t timeout_ms = 0;  // 0 = none; the executor enforces it, an action may hand it on
  bool safe_rerun = false;      // the task says that a second run does no harm
  bool recovered = false;       // the engine restarted while this ran: attach rather than start
  std::function<void(std::string_view)> log = [](std::string_view) {};  // live output of the run; any thread
};

using Done = std::function<void(ActionOutcome)>;

class Action {
 public:
  virtual ~Action() = default;
  virtual const ActionSpec& spec() const = 0;
  // `input` is an object whose names were checked. `context` may be copied, not referred to, after return.
  virtual void run(const ActionContext& context, Value input, Done done) = 0;
  // Asks the run to stop; done() is still called. Unknown runs are ignored.
  virtual void cancel(ActionRunId /*run_id*/) {}
};

// Mistral's text for an action that raised: "The action raised an exception [action=…, action_ex_id=…, msg='…']".
ActionOutcome raised(std::string_view action, const ActionContext& context, std::string_view message);

}  // namespace foehn::actions
