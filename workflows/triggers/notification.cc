#include "workflows/triggers/notification.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "engine/base/digest.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/store/columns.h"
#include "workflows/triggers/trigger_texts.h"

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

tl::unexpected<Error> bad_publisher(std::string message) {
  return fail(ErrorCode::kInvalidArgument, std::move(message));
}

// An entry of the server's list.
Status check_publisher(const Value& entry) {
  if (!entry.is_object()) return bad_publisher("an object is expected");
  for (const auto& [name, value] : entry.items()) {
    const bool known = name == "type" || name == "url" || name == "secret" || name == "workflow_name";
    if (!known && name != "headers" && name != "event_types")
      return bad_publisher("there is no '" + name +
                           "'; known are type, url, headers, event_types, workflow_name, secret");
    if (known && !value.is_string()) return bad_publisher(name + ": a text is expected");
  }
  if (text_or(entry, "type") != "webhook") return bad_publisher("type: only webhook is known");
  const std::string url = text_or(entry, "url");
  if (!url.starts_with("http://") && !url.starts_with("https://"))
    return bad_publisher("url: an http:// or https:// address is expected");
  if (const Value* types = find(entry, "event_types")) FOEHN_CHECK_OK(check_event_types(*types));
  if (const Value* headers = find(entry, "headers")) FOEHN_CHECK_OK(check_headers(*headers));
  return {};
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

Status check_event_types(const Value& types) {
  if (!types.is_array()) return bad_publisher("event_types: a list of names such as WORKFLOW_FAILED.");
  for (const Value& type : types)
    if (!type.is_string() || !is_event_name(type.get<std::string>()))
      return bad_publisher("event_types: " + to_python_repr(type) +
                 " is none of WORKFLOW_ or TASK_ with LAUNCHED, SUCCEEDED, FAILED, CANCELLED, PAUSED, RESUMED, RERUN, "
                 "nor TASK_SKIPPED.");
  return {};
}

Status check_headers(const Value& headers) {
  if (!headers.is_object()) return bad_publisher("headers: an object of names and texts.");
  for (const auto& [name, value] : headers.items()) {
    constexpr std::string_view kBad = " \t\r\n:()<>@,;\\\"/[]?={}";
    if (name.empty() || name.find_first_of(kBad) != std::string::npos)
      return bad_publisher("headers: '" + name + "' is no name.");
    if (!value.is_string() || value.get<std::string>().find_first_of("\r\n") != std::string::npos)
      return bad_publisher("headers: the value of '" + name + "' must be a text of one line.");
  }
  return {};
}

Result<std::vector<Publisher>> read_publishers(std::string_view json, const std::string& file) {
  const auto entries = parse_json(json);
  if (!entries) return bad_publisher(file + ": " + entries.error().message);
  if (!entries->is_array() || entries->size() > limits::kPublishersMax)
    return bad_publisher(file + ": a list of at most " + std::to_string(limits::kPublishersMax) +
               " webhooks is expected: [{\"type\": \"webhook\", \"url\": …}]");
  std::vector<Publisher> publishers;
  for (const Value& entry : *entries) {
    const std::string place = file + ": entry " + std::to_string(publishers.size() + 1) + ": ";
    if (const Status fine = check_publisher(entry); !fine) return bad_publisher(place + fine.error().message);
    publishers.push_back({text_or(entry, "url"), headers_in(entry), texts_in(entry, "event_types"),
                          text_or(entry, "workflow_name"), text_or(entry, "secret")});
  }
  return publishers;
}

std::string signature_of(std::string_view secret, std::string_view body) {
  return "sha256=" + hmac_sha256_hex(secret, body);
}

Publisher publisher_of(const store::RecordRow& row) {
  return {text_or(row.body, "url"), headers_in(row.body), texts_in(row.body, "event_types"),
          text_or(row.body, "workflow_name"), text_or(row.body, "secret")};
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
  notice.project_id = execution.project_id;
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
  notice.project_id = row.project_id;
  return notice;
}

Value cloud_event(const Notice& notice, const std::string& event, Value data) {
  const bool is_task = notice.kind == Notice::Kind::kTask;
  const std::string object = is_task ? to_string(*notice.task_id) : to_string(notice.execution_id);
  const std::string word = to_lower(core::to_string(notice.state));
  const std::string ending = event.empty() ? word : to_lower(event.substr(event.find('_') + 1));
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
