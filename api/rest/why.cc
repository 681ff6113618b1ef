// GET /foehn/v1/executions/{id}/why: for everything unfinished what it waits for, and for what failed the innermost
// failures, through all sub-workflows. Reads committed rows, bounded; changes nothing.
#include <algorithm>
#include <optional>

#include "api/rest/body.h"
#include "api/rest/faults.h"
#include "api/rest/handlers.h"
#include "api/rest/masking.h"
#include "api/rest/stored_state.h"
#include "engine/base/http_failure.h"
#include "engine/base/limits.h"
#include "engine/core/explain.h"
#include "engine/core/rerun_plan.h"
#include "engine/core/step.h"

namespace foehn::rest {
namespace {

using core::State;

constexpr std::size_t kRunsShown = 5;        // of one task
constexpr std::size_t kFailuresMax = 50;     // leaves
constexpr std::size_t kTextBytesMax = 2'000;  // of an error's text
constexpr std::size_t kValueBytesMax = 200;  // of each text in an input

std::string state_text(State state) { return std::string(core::to_string(state)); }

std::string shortened(std::string text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u) --end;
  text.resize(end);
  return text + "...";
}

// Without anything long.
Value summary_of(const Value& value, std::size_t depth = 0) {
  if (value.is_string()) return shortened(value.get<std::string>(), kValueBytesMax);
  constexpr std::size_t kDepthMax = 4;
  if (!value.is_structured() || value.empty()) return value;
  if (depth >= kDepthMax) return "...";
  Value summary = value.is_array() ? Value::array() : Value::object();
  if (value.is_array()) {
    for (const Value& item : value) {
      if (summary.size() >= kRunsShown) break;
      summary.push_back(summary_of(item, depth + 1));
    }
    return summary;
  }
  for (auto item = value.begin(); item != value.end(); ++item)
    summary[item.key()] = summary_of(item.value(), depth + 1);
  return summary;
}

// What an action said when it failed: a text, our {"error": {"message"}}, or the answer that std.http did not like.
std::string error_of(const core::ActionRun& run) {
  const Value* result = find(run.output, "result");
  if (result == nullptr || result->is_null()) return run.state_info.value_or("");
  if (const Value* error = find(*result, "error")) {
    if (const Value* message = find(*error, "message"); message != nullptr && message->is_string())
      return message->get<std::string>();
    if (error->is_string()) return error->get<std::string>();
  }
  const std::string answer = http_failure(*result);
  return answer.empty() ? to_python_str(*result) : answer;
}

class Why {
 public:
  explicit Why(Services& services) : services_(services) {}

  Value execution(const core::ExecutionState& state, const std::string& path, std::size_t depth) {
    const core::Execution& execution = state.execution();
    Value view = Value::object();
    view["id"] = to_string(execution.id);
    view["workflow_name"] = execution.workflow_name;
    view["state"] = state_text(execution.state);
    view["since"] = to_rfc3339(execution.created_at);
    if (execution.state == State::kPaused) view["paused"] = paused(state);
    Value waiting = Value::array();
    if (!core::is_complete(execution.state)) {
      if (const auto broken = core::check_invariants(state)) stuck_.push_back(*broken);
      for (const auto& task : state.tasks())
        if (!core::is_complete(task->state) && take_node()) waiting.push_back(unfinished(state, *task, path, depth));
    }
    view["waiting"] = std::move(waiting);
    failures(state, path, depth);
    return view;
  }

  Value stuck() const { return Value(stuck_); }
  Value failed() const { return Value(failed_); }
  std::size_t more_failed() const { return more_failed_; }
  bool truncated() const { return truncated_; }

 private:
  bool take_node() {
    if (nodes_ >= limits::kWatchNodesMax) truncated_ = true;
    return nodes_++ < limits::kWatchNodesMax;
  }

  Value paused(const core::ExecutionState& state) {
    const core::Execution& execution = state.execution();
    std::string by = execution.parent ? "its parent or by hand" : "by hand";
    for (const auto& task : state.tasks()) {
      if (task->state == State::kIdle && task->paused_before) by = "pause-before of task '" + task->name + "'";
      if (task->state != State::kPaused) continue;
      // A pause by hand reaches sub-workflows, and one of a sub-workflow reaches its parent: the rows look the same.
      const bool is_workflow = task->type == core::TaskType::kWorkflow;
      by = is_workflow ? by + ", or by the sub-workflow of task '" + task->name + "'"
                       : "the paused action of task '" + task->name + "'";
    }
    if (!execution.backlog.empty()) by = "the command 'pause' of the workflow";
    const ExecutionId root = execution.root_id.value_or(execution.id);
    if (services_.maintenance) by = "maintenance of the server, " + by;
    return {{"by", by},
            {"since", precise_time_view(execution.updated_at)},
            {"message", text_view(execution.state_info)},
            {"resume", "foehn ex resume " + to_string(root)}};
  }

  Value unfinished(const core::ExecutionState& state, const core::Task& task, const std::string& path,
                   std::size_t depth) {
    Value view = Value::object();
    view["task_id"] = to_string(task.id);
    view["name"] = task.name;
    view["path"] = path + task.name;
    view["state"] = state_text(task.state);
    view["since"] = to_rfc3339(task.started_at.value_or(task.created_at));
    view["text"] = core::explain(state, task.id);
    if (task.retry_count > 0 || find(task.policy_values, "retry-count") != nullptr)
      view["retries"] = {{"made", task.retrying ? task.retry_count : 0},
                         {"most", task.policy_values.value("retry-count", Value())}};
    timers(state, task, view);
    switch (task.state) {
      case State::kIdle:
        view["waits_for"] = "resume";
        return view;
      case State::kWaiting:
        if (find(view, "waits_for") == nullptr) view["waits_for"] = "join";
        view["missing"] = missing(state, task);
        return view;
      case State::kDelayed:
        if (find(view, "waits_for") == nullptr) view["waits_for"] = "resume";
        return view;
      default:
        break;
    }
    runs(state, task, path, depth, view);
    return view;
  }

  void timers(const core::ExecutionState& state, const core::Task& task, Value& view) {
    for (const auto& [id, timer] : state.timers()) {
      if (timer.task_id != task.id) continue;
      if (timer.kind == core::TimerKind::kTaskTimeout) {
        view["timeout_at"] = to_rfc3339(timer.due_at);
        continue;
      }
      view["waits_for"] = timer.kind == core::TimerKind::kRetry        ? "retry"
                          : timer.kind == core::TimerKind::kWaitBefore ? "wait-before"
                                                                       : "wait-after";
      view["until"] = to_rfc3339(timer.due_at);
    }
  }

  Value missing(const core::ExecutionState& state, const core::Task& join) {
    Value list = Value::array();
    const auto index = state.definition().graph.find(join.name);
    if (!index) return list;
    for (const dsl::TaskIndex inbound : state.definition().graph.nodes[*index].inbound) {
      const std::string& name = state.definition().spec.tasks[inbound].name;
      const auto& tasks = state.tasks_named(name);
      if (!tasks.empty() && core::is_complete(tasks.back()->state)) continue;
      list.push_back({{"name", name}, {"state", tasks.empty() ? Value() : Value(state_text(tasks.back()->state))}});
    }
    return list;
  }

  void runs(const core::ExecutionState& state, const core::Task& task, const std::string& path, std::size_t depth,
            Value& view) {
    if (task.with_items) {
      const core::WithItemsState& items = *task.with_items;
      view["waits_for"] = "items";
      view["items"] = {{"total", items.count}, {"done", items.completed}, {"failed", items.failed},
                       {"running", items.active}};
    }
    Value list = Value::array();
    Value children = Value::array();
    std::size_t more = 0;
    for (const core::ActionRun* run : state.runs_of(task.id)) {
      if (!core::is_current(*run, task) || core::is_complete(run->state)) continue;
      const std::string label = task.with_items ? "[" + std::to_string(run->index) + "]" : "";
      if (run->kind == core::RunKind::kWorkflow) {
        if (!task.with_items) view["waits_for"] = "sub_workflow";
        if (take_node()) child(*run, path + task.name + label + "/", depth, children);
      } else if (list.size() >= kRunsShown) {
        ++more;
      } else {
        list.push_back(active(*run));
        if (!task.with_items) view["waits_for"] = list.back()["waits_for"];
      }
    }
    view["runs"] = std::move(list);
    view["executions"] = std::move(children);
    view["more_runs"] = more;
  }

  Value active(const core::ActionRun& run) {
    Value view = Value::object();
    view["run_id"] = to_string(run.id);
    view["item"] = run.index;
    view["action"] = run.name;
    view["state"] = state_text(run.state);
    view["attempt"] = run.attempt;
    view["since"] = to_rfc3339(run.state == State::kRunning ? run.updated_at.value_or(run.created_at) : run.created_at);
    view["target"] = run.target.empty() ? Value() : Value(run.target);
    view["host"] = core::input_of(run).value("host", Value());
    const std::string line = services_.run_log.last_line(run.id);
    view["last_log_line"] = line.empty() ? Value() : Value(line);
    view["waits_for"] = run.state == State::kScheduled ? "capacity"
                        : run.state == State::kPaused  ? "resume_of_action"
                        : run.is_sync                  ? "action"
                                                       : "result";
    if (run.state == State::kScheduled && services_.slots) {
      const SlotUse slots = services_.slots(core::action_of(run), core::input_of(run));
      view["slots"] = {{"of", slots.key.empty() ? Value() : Value(slots.key)},
                       {"busy", slots.busy},
                       {"most", slots.most}};
    }
    if (!run.is_sync)
      view["report"] = "foehn action complete " + to_string(run.id) + " --result JSON --reason TEXT";
    return view;
  }

  void child(const core::ActionRun& run, const std::string& path, std::size_t depth, Value& children) {
    if (depth + 1 >= limits::kSubworkflowDepthMax) {
      truncated_ = true;
      return;
    }
    const auto state = load_state(services_, ExecutionId{run.id.uuid});
    if (state) {
      children.push_back(execution(**state, path, depth + 1));
      return;
    }
    children.push_back({{"id", to_string(run.id)}, {"workflow_name", run.name}, {"state", "STARTING"},
                        {"since", to_rfc3339(run.created_at)}, {"waiting", Value::array()}});
  }

  // ---- failures: unfinished children were looked into above, complete ones are here.

  void failures(const core::ExecutionState& state, const std::string& path, std::size_t depth) {
    const State now = state.execution().state;
    if (now == State::kSuccess || depth >= limits::kSubworkflowDepthMax) return;
    for (const TaskId id : core::failed_tasks(state)) {
      const core::Task& task = *state.task(id);
      bool explained = false;
      for (const core::ActionRun* run : state.runs_of(id)) {
        const bool failed = run->state == State::kError || run->state == State::kCancelled;
        if (run->kind != core::RunKind::kWorkflow || !failed || !core::is_current(*run, task)) continue;
        const auto child = load_state(services_, ExecutionId{run->id.uuid});
        if (!child || (*child)->execution().state == State::kSuccess) continue;
        const std::size_t before = failed_.size() + more_failed_;
        const std::string label = task.with_items ? "[" + std::to_string(run->index) + "]" : "";
        failures(**child, path + task.name + label + "/", depth + 1);
        explained = explained || failed_.size() + more_failed_ > before;
      }
      if (!explained) leaf(state, task, path);
    }
  }

  void leaf(const core::ExecutionState& state, const core::Task& task, const std::string& path) {
    if (failed_.size() >= kFailuresMax) {
      ++more_failed_;
      return;
    }
    Value view = Value::object();
    view["path"] = path + task.name;
    view["execution_id"] = to_string(state.execution().id);
    view["workflow_name"] = state.execution().workflow_name;
    view["task_id"] = to_string(task.id);
    view["state"] = state_text(task.state);
    view["finished_at"] = precise_time_view(task.finished_at);
    const core::ActionRun* worst = nullptr;
    const core::ActionRun* last = nullptr;  // it did well, but fail-on did not like the result
    Value items = Value::array();
    for (const core::ActionRun* run : state.runs_of(task.id)) {
      const bool failed = run->state == State::kError || run->state == State::kCancelled;
      if (!core::is_current(*run, task)) continue;
      last = run;
      if (!failed) continue;
      if (worst == nullptr || !task.with_items) worst = run;
      if (task.with_items) items.push_back(run->index);
    }
    const core::ActionRun* shown = worst != nullptr ? worst : last;
    view["action"] = shown != nullptr ? Value(shown->name) : Value();
    view["run_id"] = shown != nullptr ? Value(to_string(shown->id)) : Value();
    view["input"] = Value();
    if (shown != nullptr)
      view["input"] = summary_of(masked_input(services_, core::action_of(*shown), core::input_of(*shown)));
    view["failed_items"] = task.with_items ? items : Value();
    std::string error = worst != nullptr ? error_of(*worst) : "";
    if (error.empty()) error = task.state_info.value_or("");
    view["error"] = shortened(std::move(error), kTextBytesMax);
    view["rerun"] = "foehn task rerun " + to_string(task.id) + (task.with_items && !items.empty() ? " --resume" : "");
    failed_.push_back(std::move(view));
  }

  Services& services_;
  std::size_t nodes_ = 0;
  bool truncated_ = false;
  std::vector<std::string> stuck_;
  std::vector<Value> failed_;
  std::size_t more_failed_ = 0;
};

}  // namespace

Answer explain_execution(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {}));
  FOEHN_TRY(const StatePtr state, load_state(services, request.parameter("id")));
  Why why(services);
  Value answer = Value::object();
  answer["execution"] = why.execution(*state, "", 0);
  answer["execution"]["state_info"] = text_view(state->execution().state_info);
  answer["now"] = to_rfc3339(services.clock.wall());
  answer["stuck"] = why.stuck();
  answer["failed"] = why.failed();
  answer["more_failed"] = why.more_failed();
  const bool over = core::is_complete(state->execution().state);
  const bool repairable = over && !why.failed().empty();
  answer["rerun"] =
      repairable ? Value("foehn ex rerun " + to_string(state->execution().id) + " --only-failed") : Value();
  answer["truncated"] = why.truncated();
  answer["maintenance"] = services.maintenance.load();
  return json_response(200, answer);
}

}  // namespace foehn::rest
