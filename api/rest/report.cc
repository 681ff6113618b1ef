// Trees below an execution or a task as Mistral shows them: the report and the lists of sub-executions.
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

struct Filters {
  bool errors_only = false;
  bool include_output = false;
  std::int64_t max_depth = -1;  // -1 = no bound
};

Result<Filters> read_filters(const http::Request& request) {
  Filters filters;
  FOEHN_TRY(filters.errors_only, bool_parameter(request, "errors_only", false));
  FOEHN_TRY(filters.include_output, bool_parameter(request, "include_output", false));
  FOEHN_TRY(filters.max_depth, int_parameter(request, "max_depth", -1));
  return filters;
}

template <class Row>
void add_entry(Value& entry, const std::string& id, const std::string& name, const Row& row) {
  entry["id"] = id;
  entry["name"] = name;
  entry["created_at"] = time_view(row.created_at);
  entry["updated_at"] = time_view(row.updated_at);
  entry["state"] = state_view(row.state);
  entry["state_info"] = row.state_info ? Value(*row.state_info) : Value();
}

class Report {
 public:
  Report(Services& services, Filters filters) : services_(services), filters_(filters) {}

  Result<Value> execution(const core::Execution& execution, std::int64_t depth) {
    Value entry = Value::object();
    add_entry(entry, to_string(execution.id), execution.workflow_name, execution);
    if ((filters_.max_depth >= 0 && depth > filters_.max_depth) ||
        depth > static_cast<std::int64_t>(limits::kSubworkflowDepthMax))
      return entry;
    FOEHN_TRY(const auto rows, tasks_of(services_, execution.id, room()));
    Value& tasks = entry["task_executions"] = Value::array();
    for (const store::TaskRow& row : rows) {
      if (room() == 0) break;
      if (filters_.errors_only && row.task.state != State::kError) continue;
      FOEHN_TRY(Value view, task(row.task, depth + 1));
      tasks.push_back(std::move(view));
    }
    return entry;
  }

  Value statistics(std::int64_t estimated_time) const {
    Value view = Value::object();
    view["total_tasks_count"] = running_ + success_ + error_ + idle_ + paused_;
    view["running_tasks_count"] = running_;
    view["success_tasks_count"] = success_;
    view["error_tasks_count"] = error_;
    view["idle_tasks_count"] = idle_;
    view["paused_tasks_count"] = paused_;
    view["estimated_time"] = estimated_time;
    return view;
  }

 private:
  std::size_t room() const { return limits::kReportNodesMax - std::min(nodes_, limits::kReportNodesMax); }

  Result<Value> task(const core::Task& task, std::int64_t depth) {
    count(task.state);
    ++nodes_;
    Value entry = Value::object();
    const store::Filter mine = equals("task_execution_id", to_string(task.id));
    FOEHN_TRY(const auto runs, runs_of(services_, mine, room()));
    Value& actions = entry["action_executions"] = Value::array();
    for (const store::RunRow& row : runs) {
      Value action = Value::object();
      action["accepted"] = row.run.accepted;
      action["last_heartbeat"] = row.run.updated_at ? time_view(row.run.updated_at) : time_view(row.run.created_at);
      add_entry(action, to_string(row.run.id), row.run.name, row.run);
      actions.push_back(std::move(action));
    }
    nodes_ += runs.size();
    FOEHN_TRY(const auto children, children_of(services_, mine, room()));
    Value& workflows = entry["workflow_executions"] = Value::array();
    for (const core::Execution& child : children) {
      FOEHN_TRY(Value view, execution(child, depth));
      workflows.push_back(std::move(view));
    }
    add_entry(entry, to_string(task.id), task.name, task);
    if (task.retry_count > 0) entry["retry_count"] = task.retry_count;
    return entry;
  }

  void count(State state) {
    if (state == State::kRunning) ++running_;
    if (state == State::kSuccess) ++success_;
    if (state == State::kError) ++error_;
    if (state == State::kIdle) ++idle_;
    if (state == State::kPaused) ++paused_;
  }

  Services& services_;
  const Filters filters_;
  std::size_t nodes_ = 0;
  std::uint64_t running_ = 0, success_ = 0, error_ = 0, idle_ = 0, paused_ = 0;
};

// Mean run time of the newest successful executions of the workflow less the time gone; -1 without such history.
Result<std::int64_t> estimate_seconds(Services& services, const core::Execution& execution) {
  if (execution.state != State::kRunning) return 0;
  store::ListQuery query;
  query.filters = {equals("workflow_id", to_string(execution.workflow_id)), equals("state", "SUCCESS")};
  query.sort = {{"created_at", true}};
  query.limit = 20;
  query.with_output = false;
  FOEHN_TRY(const auto page, services.query.executions(query));
  std::int64_t total_us = 0, count = 0;
  for (const store::ExecutionRow& row : page.rows) {
    if (!row.execution.updated_at) continue;
    total_us += row.execution.updated_at->us - row.execution.created_at.us;
    ++count;
  }
  if (count == 0) return -1;
  const std::int64_t gone_us = services.clock.wall().us - execution.created_at.us;
  return std::max<std::int64_t>((total_us / count - gone_us) / 1'000'000, 1);
}

// Depth-first: the execution itself, then what is below it.
Status add_executions(Services& services, const Filters& filters, const core::Execution& execution,
                      std::int64_t depth, Value& list) {
  if (list.size() >= limits::kReportNodesMax) return {};
  if (!filters.errors_only || execution.state == State::kError)
    list.push_back(execution_view(services, execution, {.output = filters.include_output}));
  if ((filters.max_depth >= 0 && depth >= filters.max_depth) ||
      depth > static_cast<std::int64_t>(limits::kSubworkflowDepthMax))
    return {};
  const store::Filter below = equals("parent_execution_id", to_string(execution.id));
  FOEHN_TRY(const auto children, children_of(services, below, limits::kReportNodesMax));
  for (const core::Execution& child : children)
    FOEHN_CHECK_OK(add_executions(services, filters, child, depth + 1, list));
  return {};
}

http::Response executions_response(Value list) {
  Value body = Value::object();
  body["executions"] = std::move(list);
  return json_response(200, body);
}

}  // namespace

Answer get_report(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {"errors_only", "max_depth", "statistics_only"}));
  FOEHN_TRY(const Filters filters, read_filters(request));
  FOEHN_TRY(const bool statistics_only, bool_parameter(request, "statistics_only", false));
  FOEHN_TRY(const core::Execution execution, read_execution(services, request.parameter("id")));
  Report report(services, filters);
  FOEHN_TRY(Value tree, report.execution(execution, 0));
  FOEHN_TRY(const std::int64_t estimated, estimate_seconds(services, execution));
  Value body = Value::object();
  body["statistics"] = report.statistics(estimated);
  if (!statistics_only) body["root_workflow_execution"] = std::move(tree);
  return json_response(200, body);
}

Answer list_sub_executions(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {"errors_only", "max_depth", "include_output"}));
  FOEHN_TRY(const Filters filters, read_filters(request));
  FOEHN_TRY(const core::Execution execution, read_execution(services, request.parameter("id")));
  Value list = Value::array();
  FOEHN_CHECK_OK(add_executions(services, filters, execution, 0, list));
  return executions_response(std::move(list));
}

Answer list_task_sub_executions(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {"errors_only", "max_depth", "include_output"}));
  FOEHN_TRY(const Filters filters, read_filters(request));
  const std::string text(request.parameter("id"));
  const auto id = TaskId::parse(text);
  std::optional<store::TaskRow> row;
  if (id) {
    FOEHN_TRY(row, services.query.task(*id));
  }
  if (!row) return fail(ErrorCode::kNotFound, "Task execution not found [id=" + text + "]");
  FOEHN_TRY(const auto children,
            children_of(services, equals("task_execution_id", text), limits::kReportNodesMax));
  Value list = Value::array();
  for (const core::Execution& child : children)
    FOEHN_CHECK_OK(add_executions(services, filters, child, 0, list));
  return executions_response(std::move(list));
}

}  // namespace foehn::rest
