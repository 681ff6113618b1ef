#include "workflows/triggers/notification.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "engine/base/limits.h"
#include "engine/store/columns.h"

namespace foehn::triggers {
namespace {

using core::Notice;
using core::State;

constexpr std::array<std::string_view, 9> kSuffixes = {"LAUNCHED", "SUCCEEDED", "FAILED", "CANCELLED", "PAUSED",
                                                       "RESUMED",  "RERUN",     "SKIPPED", ""};

std::string_view suffix_of(const Notice& notice) {
  switch (notice.state) {
    case State::kSuccess: return "SUCCEEDED";
    case State::kError: return "FAILED";
    case State::kCancelled: return "CANCELLED";
    case State::kPaused: return "PAUSED";
    case State::kSkipped: return "SKIPPED";
    case State::kRunning: break;
    case State::kIdle:
    case State::kScheduled:
    case State::kWaiting:
    case State::kDelayed: return "";
  }
  if (!notice.before) return "LAUNCHED";
  if (*notice.before == State::kError) return "RERUN";
  const bool held = *notice.before == State::kIdle || *notice.before == State::kPaused ||
                    *notice.before == State::kWaiting;
  return held ? "RESUMED" : "LAUNCHED";
}

Value text_or_null(const std::optional<std::string>& text) { return text ? Value(*text) : Value(); }
Value time_or_null(const std::optional<WallTime>& time) { return time ? Value(to_mistral_time(*time)) : Value(); }

std::vector<std::pair<std::string, std::string>> headers_in(const Value& entry) {
  std::vector<std::pair<std::string, std::string>> headers;
  const Value* given = find(entry, "headers");
  if (given && given->is_object())
    for (const auto& [name, value] : given->items()) headers.emplace_back(name, to_python_str(value));
  return headers;
}

std::vector<std::string> texts_in(const Value& entry, std::string_view key) {
  std::vector<std::string> texts;
  const Value* given = find(entry, key);
  if (given && given->is_array())
    for (const Value& one : *given)
      if (one.is_string()) texts.push_back(one.get<std::string>());
  return texts;
}

std::string lower(std::string_view text) {
  std::string lowered(text);
  std::transform(lowered.begin(), lowered.end(), lowered.begin(), [](unsigned char c) { return std::tolower(c); });
  return lowered;
}

}  // namespace

bool Publisher::wants(std::string_view event, std::string_view workflow) const {
  if (!workflow_name.empty() && workflow_name != workflow) return false;
  return event_types.empty() || std::find(event_types.begin(), event_types.end(), event) != event_types.end();
}

std::string event_name(const Notice& notice) {
  const std::string_view suffix = suffix_of(notice);
  if (suffix.empty()) return "";
  return (notice.kind == Notice::Kind::kExecution ? "WORKFLOW_" : "TASK_") + std::string(suffix);
}

bool is_event_name(std::string_view name) {
  for (const std::string_view suffix : kSuffixes) {
    if (suffix.empty()) continue;
    if (name == "TASK_" + std::string(suffix)) return true;
    if (name == "WORKFLOW_" + std::string(suffix)) return suffix != "SKIPPED";
  }
  return false;
}

std::vector<Publisher> publishers_in(const Value& params) {
  std::vector<Publisher> publishers;
  const Value* entries = find(params, "notify");
  if (!entries || !entries->is_array()) return publishers;
  for (const Value& entry : *entries) {
    if (publishers.size() >= limits::kPublishersMax) break;
    if (text_or(entry, "type") != "webhook" || text_or(entry, "url").empty()) continue;
    publishers.push_back({text_or(entry, "url"), headers_in(entry), texts_in(entry, "event_types"), ""});
  }
  return publishers;
}

Publisher publisher_of(const store::RecordRow& row) {
  return {text_or(row.body, "url"), headers_in(row.body), texts_in(row.body, "event_types"),
          text_or(row.body, "workflow_name")};
}

Value workflow_data(const core::Execution& execution, const Notice& notice) {
  Value data = Value::object();
  data["id"] = to_string(execution.id);
  data["name"] = execution.workflow_name;
  data["workflow_name"] = execution.workflow_name;
  data["workflow_namespace"] = execution.workflow_namespace;
  data["workflow_id"] = to_string(execution.workflow_id);
  data["state"] = core::to_string(notice.state);
  data["state_info"] = text_or_null(notice.state_info);
  data["project_id"] = execution.project_id;
  data["task_execution_id"] = execution.parent ? Value(to_string(execution.parent->task_id)) : Value();
  data["root_execution_id"] = execution.root_id ? Value(to_string(*execution.root_id)) : Value();
  data["created_at"] = to_mistral_time(execution.created_at);
  data["updated_at"] = time_or_null(execution.updated_at);
  return data;
}

Value task_data(const store::TaskRow& row, const Notice& notice) {
  Value data = Value::object();
  data["id"] = to_string(row.task.id);
  data["name"] = row.task.name;
  data["workflow_execution_id"] = to_string(row.task.execution_id);
  data["workflow_name"] = row.workflow_name;
  data["workflow_namespace"] = row.workflow_namespace;
  data["workflow_id"] = to_string(row.workflow_id);
  data["state"] = core::to_string(notice.state);
  data["state_info"] = text_or_null(notice.state_info);
  data["type"] = store::to_string(row.task.type);
  data["project_id"] = row.project_id;
  data["created_at"] = to_mistral_time(row.task.created_at);
  data["updated_at"] = time_or_null(row.task.updated_at);
  data["started_at"] = time_or_null(row.task.started_at);
  data["finished_at"] = time_or_null(row.task.finished_at);
  return data;
}

Notice notice_of(const core::Execution& execution) {
  Notice notice;
  notice.execution_id = execution.id;
  notice.root_id = execution.root_id;
  notice.workflow_name = execution.workflow_name;
  notice.state = execution.state;
  notice.state_info = execution.state_info;
  notice.at = execution.updated_at.value_or(execution.created_at);
  return notice;
}

Notice notice_of(const store::TaskRow& row) {
  Notice notice;
  notice.kind = Notice::Kind::kTask;
  notice.execution_id = row.task.execution_id;
  notice.task_id = row.task.id;
  notice.workflow_name = row.workflow_name;
  notice.name = row.task.name;
  notice.state = row.task.state;
  notice.state_info = row.task.state_info;
  notice.at = row.task.updated_at.value_or(row.task.created_at);
  return notice;
}

Value cloud_event(const Notice& notice, const std::string& event, Value data) {
  const bool is_task = notice.kind == Notice::Kind::kTask;
  const std::string object = is_task ? to_string(*notice.task_id) : to_string(notice.execution_id);
  const std::string word = lower(core::to_string(notice.state));
  const std::string ending = event.empty() ? word : lower(event.substr(event.find('_') + 1));
  Value value = Value::object();
  value["specversion"] = "1.0";
  value["id"] = object + "/" + word + "/" + std::to_string(notice.at.us);
  value["source"] = "/v2/executions/" + to_string(notice.execution_id);
  value["type"] = std::string("foehn.") + (is_task ? "task." : "workflow.") + ending;
  value["subject"] = is_task ? notice.name : notice.workflow_name;
  value["time"] = to_rfc3339(notice.at);
  value["datacontenttype"] = "application/json";
  data["event"] = event.empty() ? Value() : Value(event);
  value["data"] = std::move(data);
  return value;
}

}  // namespace foehn::triggers
