// The rows of an execution as values. engine/core changes them, engine/store keeps them, api/rest shows them.
// Times are UTC; durations milliseconds; JSON fields are objects unless said otherwise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/id.h"
#include "engine/base/value.h"
#include "engine/core/context.h"
#include "engine/core/states.h"

namespace foehn::core {

// Where a sub-workflow hangs: the task of the parent execution and, for with-items, the item.
struct ParentLink {
  ExecutionId execution_id;
  TaskId task_id;
  std::uint32_t index = 0;
};

// A command kept back by `pause`, run on resume.
struct BacklogItem {
  std::string target;  // task name or engine command
  std::string event;   // clause that produced it
  Value message;       // of engine commands; null otherwise
  std::optional<TaskId> from;
};

struct Execution {
  ExecutionId id;
  DefinitionId workflow_id;
  std::string workflow_name;
  std::string workflow_namespace;
  std::string definition_hash;  // Definition::hash; its text stays stored while an execution needs it
  std::string project_id;
  std::string description;
  std::vector<std::string> tags;
  std::optional<ExecutionId> root_id;  // absent for a root
  std::optional<ParentLink> parent;
  std::optional<ExecutionId> source_id;  // execution this one was cloned from
  State state = State::kIdle;
  std::optional<std::string> state_info;
  Value input = Value::object();
  Value params = Value::object();   // env (resolved), namespace, task_name, notify, free keys
  Value output;                     // null until complete
  Value vars = Value::object();     // evaluated once at start
  Value globals = Value::object();  // published with scope global
  std::vector<BacklogItem> backlog;
  std::uint32_t depth = 0;        // 0 = root; bounded by limits::kSubworkflowDepthMax
  std::uint64_t next_serial = 1;  // ids of tasks, runs and timers are made from it
  std::uint64_t version = 0;      // of the stored aggregate; 0 = never stored
  WallTime created_at;
  std::optional<WallTime> updated_at;
};

enum class TaskType : std::uint8_t { kAction, kWorkflow };

struct TriggeredBy {
  TaskId task_id;
  std::string event;          // "on-success", …
  std::uint32_t attempt = 0;  // of that task; tells joins a trigger that was counted from a new one
};

struct NextTask {
  std::string name;
  std::string event;
};

// with-items is O(1) per item here: counters; the items are ActionRun rows with their index.
struct WithItemsState {
  std::uint32_t count = 0;        // items
  std::uint32_t scheduled = 0;    // indexes below this have a run of this attempt, or an accepted earlier result
  std::uint32_t concurrency = 0;  // 0 = no bound
  std::uint32_t active = 0;       // runs of this attempt that are not complete
  std::uint32_t completed = 0;    // items with an accepted result: completed == count ends the task
  std::uint32_t failed = 0;       // of `completed`: ERROR
  bool keeps_results = false;     // re-run with reset=false: items with an accepted result are left alone
};

// with-items: the collections as they were when the attempt began. An expression may give something else the next time
// (random(), tasks(), a global that changed meanwhile), so they are kept; shared, because rows are copied.
struct PinnedItems {
  std::vector<Value> collections;  // arrays of one length, in the order of TaskSpec::with_items
  std::size_t size_bytes = 0;      // of them
};
using PinnedItemsPtr = std::shared_ptr<const PinnedItems>;

// What a task that was held by a timer goes on with.
enum class DelayReason : std::uint8_t { kNone, kWaitBefore, kWaitAfter, kRetry };

struct Task {
  TaskId id;
  ExecutionId execution_id;
  std::string name;
  TaskType type = TaskType::kAction;
  std::vector<std::string> tags;
  State state = State::kIdle;
  std::optional<std::string> state_info;
  Context in_context;
  Value published = Value::object();
  Value published_global = Value::object();
  std::vector<NextTask> next_tasks;
  bool has_next_tasks = false;
  bool error_handled = false;
  bool processed = false;  // its next tasks have been dispatched
  bool is_join = false;
  bool triggered_again = false;  // join: a new round was triggered while this one was still under way
  std::vector<TriggeredBy> triggered_by;
  std::optional<WithItemsState> with_items;
  PinnedItemsPtr items;  // of this attempt; null before it begins and when it has succeeded
  DelayReason delay = DelayReason::kNone;
  std::optional<State> held_state;  // wait-after: the state it completes with, and its info
  std::optional<std::string> held_info;
  std::uint32_t retry_count = 0;          // re-tries made
  bool retrying = false;                  // a retry was made since the last final result
  bool paused_before = false;             // pause-before has been honoured
  std::uint32_t attempt = 1;              // +1 at every retry and re-run: fences results
  Value policy_values = Value::object();  // evaluated policies of this attempt
  Value input_override;                   // object a re-run laid over the evaluated input; null = none
  bool superseded = false;                // a re-run from an earlier task replaces it: shown, but without effect
  WallTime created_at;
  std::optional<WallTime> updated_at, started_at, finished_at;
};

enum class RunKind : std::uint8_t { kAction, kWorkflow };

// What an ad-hoc action comes down to: the action at the end of its chain. Decided once, when the run is made, so that
// a definition that changes while it runs changes nothing.
struct AdhocCall {
  std::string base;
  Value input = Value::object();  // for `base`
  std::vector<Value> outputs;     // `output` of the links that have one, as written, innermost first
};

// One try of an action, or the parent's record of one sub-workflow (kWorkflow: id equals the child execution's id).
struct ActionRun {
  ActionRunId id;
  TaskId task_id;
  ExecutionId execution_id;
  RunKind kind = RunKind::kAction;
  std::string name;  // of the action or workflow, as the task calls it
  std::optional<AdhocCall> adhoc;
  State state = State::kScheduled;
  std::optional<std::string> state_info;
  bool accepted = false;      // its result counts (set at completion; cleared by retry and re-run)
  std::uint32_t index = 0;    // with-items
  std::uint32_t attempt = 1;  // fence: +1 when recovery runs it again
  std::uint32_t task_attempt =
      1;  // Task::attempt this run belongs to: the outcome of an older one changes only this row
  Value input = Value::object();
  Value output;         // {"result": …} when complete; null before. kWorkflow: the child's output
  bool is_sync = true;  // false: completes by PUT /v2/action_executions
  bool safe_rerun = false;
  bool recovered = false;       // runs again because the engine died while it was RUNNING
  std::int64_t timeout_ms = 0;  // 0 = none
  std::string target;
  WallTime created_at;
  std::optional<WallTime> updated_at;
};

// What really runs, and with what.
inline const std::string& action_of(const ActionRun& run) { return run.adhoc ? run.adhoc->base : run.name; }
inline const Value& input_of(const ActionRun& run) { return run.adhoc ? run.adhoc->input : run.input; }

enum class TimerKind : std::uint8_t { kWaitBefore, kWaitAfter, kRetry, kTaskTimeout };

struct Timer {
  TimerId id;
  ExecutionId execution_id;
  TaskId task_id;
  TimerKind kind = TimerKind::kWaitBefore;
  std::uint32_t attempt = 1;  // of the task; a stale timer does nothing
  WallTime due_at;
};

}  // namespace foehn::core
