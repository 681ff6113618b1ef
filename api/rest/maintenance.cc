// /maintenance and /info. PAUSED pauses every running execution; what they had started may still end (PAUSING). RUNNING
// resumes those that maintenance paused, no others.
#include "api/rest/maintenance.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <future>
#include <memory>
#include <set>
#include <sstream>
#include <vector>

#include "api/rest/body.h"
#include "api/rest/faults.h"
#include "api/rest/handlers.h"
#include "api/rest/reading.h"
#include "api/rest/record_lists.h"
#include "engine/base/limits.h"
#include "workflows/triggers/triggers.h"

namespace foehn::rest {
namespace {

using store::RecordRow;

constexpr std::string_view kSettingKind = "setting";
constexpr std::string_view kName = "maintenance";
constexpr char kWanted[] = "wanted";  // PAUSED or RUNNING: what the last change was to, which may not be over
constexpr std::array<std::string_view, 1> kMaintenanceFields = {"status"};

Result<std::optional<RecordRow>> stored(Services& services) {
  return services.catalog.record_for("", kSettingKind, kName, "");
}

// Takes nothing new, or does again: requests by the guard of the routes, cron triggers by their service.
void hold(Services& services, bool held) {
  services.maintenance = held;
  if (services.triggers) services.triggers->hold_cron(held);
}

// Does anything still run? Executions first: they are paused, but what they started goes on.
Result<bool> is_busy(Services& services) {
  store::ListQuery query;
  query.filters = {equals("state", "RUNNING")};
  query.limit = 1;
  query.with_output = false;
  FOEHN_TRY(const auto executions, services.query.executions(query));
  if (!executions.rows.empty()) return true;
  FOEHN_TRY(const auto runs, services.query.runs(query));
  return !runs.rows.empty();
}

Result<std::string> status_of(Services& services) {
  if (!services.maintenance) return std::string("RUNNING");
  FOEHN_TRY(const bool busy, is_busy(services));
  return std::string(busy ? "PAUSING" : "PAUSED");
}

// Gives the event to all of them, side by side. Those that ended, or were deleted, in between refuse it, which is fine.
// kUnavailable: the server stops; how many have taken it is not known.
Status submit_all(Services& services, const std::vector<ExecutionId>& ids, const core::Event& event) {
  std::vector<std::future<Status>> answers;
  for (const ExecutionId id : ids) {
    const auto promise = std::make_shared<std::promise<Status>>();
    answers.push_back(promise->get_future());
    services.engine.engine().submit(id, event, [promise](const Result<runtime::Answer>& answer) {
      promise->set_value(answer ? Status() : Status(fail(answer.error())));
    });
  }
  Status all;
  for (std::future<Status>& answer : answers) {
    const Status one = answer.get();
    if (!one && one.error().code == ErrorCode::kUnavailable) all = one;
  }
  return all;
}

std::vector<ExecutionId> paused_by(const RecordRow& row) {
  std::vector<ExecutionId> ids;
  const Value* paused = find(row.body, "paused");
  if (paused == nullptr || !paused->is_array()) return ids;
  for (const Value& text : *paused)
    if (const auto id = ExecutionId::parse(to_python_str(text))) ids.push_back(*id);
  return ids;
}

// Pauses all running executions that no other has started. Each is written down before it is paused, so that it is
// resumed whatever happens to the server. Again: goes on with those that still run.
Status pause_all(Services& services, RecordRow row) {
  store::ListQuery query;
  query.filters = {equals("state", "RUNNING"), {"root_execution_id", store::FilterOp::kIsNull, {}}};
  query.sort = {{"created_at", false}, {"id", false}};
  query.with_output = false;
  query.limit = limits::kPageMax;
  const std::vector<ExecutionId> before = paused_by(row);
  std::set<ExecutionId> known(before.begin(), before.end());
  while (true) {
    FOEHN_TRY(const auto page, services.query.executions(query));
    std::vector<ExecutionId> ids;
    Value added = Value::array();
    for (const store::ExecutionRow& one : page.rows) {
      ids.push_back(one.execution.id);
      if (known.insert(ids.back()).second) added.push_back(to_string(ids.back()));
    }
    if (!added.empty()) {
      FOEHN_TRY(row, change_record(services, std::move(row), [&](RecordRow& now) -> Status {
                  for (const Value& id : added) now.body["paused"].push_back(id);
                  return {};
                }));
    }
    FOEHN_CHECK_OK(submit_all(services, ids, core::PauseExecution{}));
    if (!page.more) return {};
    query.marker = to_string(ids.back());
  }
}

Status pause(Services& services) {
  FOEHN_TRY(auto row, stored(services));
  if (!row) {
    row = new_record(services, kSettingKind, std::string(kName), "");
    row->body = {{kWanted, "PAUSED"}, {"paused", Value::array()}};
    FOEHN_CHECK_OK(services.catalog.create_record(*row));
  } else if (text_or(row->body, kWanted) == "RUNNING") {  // that was begun and did not come to its end
    FOEHN_TRY(*row, change_record(services, std::move(*row), [](RecordRow& now) -> Status {
                now.body[kWanted] = "PAUSED";
                return {};
              }));
  }
  hold(services, true);  // nothing new from here on
  return pause_all(services, std::move(*row));
}

// What somebody stopped or deleted meanwhile is left as it is.
Status resume(Services& services) {
  FOEHN_TRY(auto row, stored(services));
  if (row) {
    FOEHN_TRY(*row, change_record(services, std::move(*row), [](RecordRow& now) -> Status {
                now.body[kWanted] = "RUNNING";
                return {};
              }));
    const std::vector<ExecutionId> paused = paused_by(*row);
    for (std::size_t at = 0; at < paused.size(); at += limits::kPageMax) {
      const std::size_t end = std::min<std::size_t>(paused.size(), at + limits::kPageMax);
      const auto first = paused.begin();
      FOEHN_CHECK_OK(submit_all(services, {first + static_cast<std::ptrdiff_t>(at),
                                           first + static_cast<std::ptrdiff_t>(end)}, core::ResumeExecution{}));
    }
    FOEHN_CHECK_OK(services.catalog.remove_record(kSettingKind, row->id));
  }
  hold(services, false);  // what was held comes behind what was paused
  return {};
}

http::Response status_response(std::string_view status) {
  Value body = Value::object();
  body["status"] = status;
  return json_response(200, body);
}

}  // namespace

void load_maintenance(Services& services) {
  const auto row = stored(services);
  hold(services, row && row->has_value());
}

Status finish_maintenance(Services& services) {
  const std::lock_guard lock(services.maintenance_change);
  FOEHN_TRY(const auto row, stored(services));
  if (!row) return {};
  return text_or(row->body, kWanted) == "RUNNING" ? resume(services) : pause(services);
}

std::optional<std::string> maintenance_refusal(const http::Request& request, Services& services) {
  if (!services.maintenance || request.method == "GET" || request.method == "HEAD") return std::nullopt;
  std::string_view path = request.path;
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  if (path == "/" || path == "/v2" || path == "/maintenance") return std::nullopt;
  const auto status = status_of(services);
  const std::string word = status ? *status : "PAUSING";
  if (request.method == "PUT") {
    if (word == "PAUSING" && path.starts_with("/v2/action_executions/")) return std::nullopt;
    const auto body = parse_json(request.body);
    if (path.starts_with("/v2/executions/") && body && text_or(*body, "state") == "CANCELLED") return std::nullopt;
  }
  return "Current Mistral state is " + word + ". Method is not allowed";
}

Answer get_maintenance(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {}));
  FOEHN_TRY(const std::string status, status_of(services));
  return status_response(status);
}

Answer put_maintenance(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {}));
  FOEHN_TRY(const Value body, json_object(request, "maintenance", kMaintenanceFields));
  FOEHN_TRY(const auto wanted, text_attribute(body, "status"));
  if (wanted == "PAUSING")
    return wsme_fault(500, "PAUSING is intermediate state. Consider PAUSED, RUNNING as new state");
  if (wanted != "PAUSED" && wanted != "RUNNING")
    return wsme_fault(500, "Not found " + wanted.value_or("") +
                               " maintenance state. List of states: ['RUNNING', 'PAUSING', 'PAUSED']");
  const std::lock_guard lock(services.maintenance_change);
  FOEHN_CHECK_OK(*wanted == "PAUSED" ? pause(services) : resume(services));
  FOEHN_TRY(const std::string status, status_of(services));
  return status_response(status);
}

Answer get_info(const http::Request&, Services& services) {
  const std::string& path = services.options.info_file;
  if (path.empty()) return fail(ErrorCode::kInvalidArgument, "Info endpoint disabled.");
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  const auto info = file ? parse_json(std::move(text).str()) : Result<Value>(Value());
  if (!file || !info) return fail(ErrorCode::kInvalidArgument, "Incorrect path to info json file.");
  return json_response(200, *info);
}

}  // namespace foehn::rest
