// /foehn/v1: our own API for people who watch. One answer holds everything that a live view of an execution needs:
// its tasks in order of creation, progress of with-items, last log lines and sub-executions, all bounded.
#include <algorithm>
#include <optional>

#include "api/rest/body.h"
#include "api/rest/faults.h"
#include "api/rest/handlers.h"
#include "api/rest/reading.h"
#include "api/rest/views.h"
#include "engine/base/limits.h"

namespace foehn::rest {
namespace {

using core::State;


// Progress of with-items. Exact counts cost a look at every run, so long lists use the task's own counters.
Result<Value> items_view(Services& services, const core::Task& task) {
  if (!task.with_items) return Value();
  const core::WithItemsState& items = *task.with_items;
  store::RunCounts counts;
  if (items.count <= limits::kWatchExactItemsMax) {
    FOEHN_TRY(counts, services.query.run_counts(task.id));
  } else {
    counts.running = items.active;
    counts.failed = items.failed;
    counts.succeeded = items.completed - std::min(items.completed, items.failed);
  }
  const std::uint32_t decided = counts.running + counts.succeeded + counts.failed + counts.cancelled;
  Value view = Value::object();
  view["total"] = items.count;
  view["waiting"] = items.count - std::min(items.count, decided);
  view["running"] = counts.running;
  view["succeeded"] = counts.succeeded;
  view["failed"] = counts.failed;
  view["cancelled"] = counts.cancelled;
  return view;
}

// The newest run that is under way, or the newest run of a failed task.
Result<std::optional<core::ActionRun>> run_of_interest(Services& services, const core::Task& task) {
  if (task.state != State::kRunning && task.state != State::kError) return std::optional<core::ActionRun>();
  store::ListQuery query;
  query.filters = {equals("task_execution_id", to_string(task.id))};
  if (task.state == State::kRunning) query.filters.push_back(equals("state", "RUNNING"));
  query.sort = {{"created_at", true}};
  query.limit = 1;
  query.with_output = false;
  FOEHN_TRY(auto page, services.query.runs(query));
  if (page.rows.empty()) return std::optional<core::ActionRun>();
  return std::optional(std::move(page.rows.front().run));
}

Value last_log_line(Services& services, const std::optional<core::ActionRun>& run) {
  if (!run) return Value();
  std::string line = services.run_log.last_line(run->id);
  return line.empty() ? Value() : Value(std::move(line));
}

// The run whose result has to be reported through the API; null when the task can end by itself.
Value waits_for(const core::Task& task, const std::optional<core::ActionRun>& run) {
  if (!run || run->is_sync || task.state != State::kRunning) return Value();
  return Value{{"action", run->name}, {"action_execution_id", to_string(run->id)}};
}

class Tree {
 public:
  explicit Tree(Services& services) : services_(services) {}

  Result<Value> execution(const core::Execution& execution, std::size_t depth) {
    Value view = Value::object();
    view["id"] = to_string(execution.id);
    view["workflow"] = execution.workflow_name;
    view["description"] = execution.description;
    view["state"] = core::to_string(execution.state);
    view["state_info"] = text_view(execution.state_info);
    view["created_at"] = precise_time_view(execution.created_at);
    view["updated_at"] = precise_time_view(execution.updated_at);
    const std::size_t room = limits::kWatchNodesMax - std::min(nodes_, limits::kWatchNodesMax);
    FOEHN_TRY(auto rows, tasks_of(services_, execution.id, room + 1));
    if (rows.size() > room) {
      truncated_ = true;
      rows.resize(room);
    }
    nodes_ += rows.size();
    Value& tasks = view["tasks"] = Value::array();
    for (const store::TaskRow& row : rows) {
      FOEHN_TRY(Value task_part, task(row.task, depth));
      tasks.push_back(std::move(task_part));
    }
    return view;
  }
  bool truncated() const { return truncated_; }

 private:
  Result<Value> task(const core::Task& task, std::size_t depth) {
    Value view = Value::object();
    view["id"] = to_string(task.id);
    view["name"] = task.name;
    view["type"] = task.type == core::TaskType::kAction ? "ACTION" : "WORKFLOW";
    view["state"] = core::to_string(task.state);
    view["state_info"] = text_view(task.state_info);
    view["created_at"] = precise_time_view(task.created_at);
    view["started_at"] = precise_time_view(task.started_at);
    view["finished_at"] = precise_time_view(task.finished_at);
    view["error_handled"] = task.error_handled;
    view["retries"] = task.retry_count;
    FOEHN_TRY(view["items"], items_view(services_, task));
    FOEHN_TRY(const auto run, run_of_interest(services_, task));
    view["last_log_line"] = last_log_line(services_, run);
    view["waits_for"] = waits_for(task, run);
    Value& children = view["children"] = Value::array();
    if (task.type != core::TaskType::kWorkflow) return view;
    if (depth + 1 >= limits::kWatchDepthMax || nodes_ >= limits::kWatchNodesMax) {
      truncated_ = true;
      return view;
    }
    FOEHN_TRY(const auto below, services_.query.children_of_task(task.id, limits::kWatchNodesMax - nodes_));
    for (const core::Execution& child : below) {
      ++nodes_;
      FOEHN_TRY(Value child_view, execution(child, depth + 1));
      children.push_back(std::move(child_view));
    }
    return view;
  }

  Services& services_;
  std::size_t nodes_ = 0;
  bool truncated_ = false;
};

// The end of a run's log, whole lines where possible.
std::string tail(std::string text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  text.erase(0, text.size() - bytes_max);
  const std::size_t line = text.find('\n');
  if (line != std::string::npos && line + 1 < text.size()) text.erase(0, line + 1);
  return text;
}

}  // namespace

Answer get_tree(const http::Request& request, Services& services) {
  FOEHN_TRY(const core::Execution execution, read_our_execution(services, request.parameter("id")));
  Tree tree(services);
  FOEHN_TRY(Value view, tree.execution(execution, 0));
  Value body = Value::object();
  body["now"] = precise_time_view(services.clock.wall());
  body["execution"] = std::move(view);
  body["truncated"] = tree.truncated();
  return json_response(200, body);
}

Answer get_execution_log(const http::Request& request, Services& services) {
  FOEHN_TRY(const core::Execution execution, read_our_execution(services, request.parameter("id")));
  FOEHN_TRY(const auto rows, runs_of(services, equals("workflow_execution_id", to_string(execution.id)),
                                     limits::kWatchNodesMax));
  Value runs = Value::array();
  std::size_t bytes = 0;
  bool truncated = rows.size() == limits::kWatchNodesMax;
  for (const store::RunRow& row : rows) {
    const ports::RunLog::Chunk chunk = services.run_log.read(row.run.id, 0);
    if (chunk.text.empty()) continue;
    const std::size_t room = limits::kWatchLogBytesMax - bytes;
    const std::string text = tail(chunk.text, std::min(room, limits::kWatchRunLogBytesMax));
    truncated = truncated || text.size() < chunk.text.size() || chunk.offset > 0;
    if (text.empty()) break;
    bytes += text.size();
    Value view = Value::object();
    view["id"] = to_string(row.run.id);
    view["task"] = row.task_name;
    view["action"] = row.run.name;
    view["index"] = row.run.index;
    view["state"] = core::to_string(row.run.state);
    view["text"] = text;
    runs.push_back(std::move(view));
  }
  Value body = Value::object();
  body["execution_id"] = to_string(execution.id);
  body["runs"] = std::move(runs);
  body["truncated"] = truncated;
  return json_response(200, body);
}

Answer get_run_log(const http::Request& request, Services& services) {
  FOEHN_TRY(const std::int64_t offset, int_parameter(request, "offset", 0));
  if (offset < 0) return fail(ErrorCode::kInvalidArgument, "The offset must not be negative.");
  const std::string text(request.parameter("id"));
  const auto id = ActionRunId::parse(text);
  std::optional<store::RunRow> row;
  if (id) {
    FOEHN_TRY(row, services.query.run(*id));
  }
  if (!row) return fail(ErrorCode::kNotFound, "There is no action run " + text + ".");
  const ports::RunLog::Chunk chunk = services.run_log.read(*id, static_cast<std::uint64_t>(offset));
  Value body = Value::object();
  body["id"] = text;
  body["state"] = core::to_string(row->run.state);
  body["offset"] = chunk.offset;
  body["end"] = chunk.end;
  body["text"] = chunk.text;
  return json_response(200, body);
}

}  // namespace foehn::rest
