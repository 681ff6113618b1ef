// /maintenance and /info. PAUSED pauses every running execution; what they had started may still end (PAUSING). RUNNING
// resumes those that maintenance paused, no others.
#include "api/rest/maintenance.h"

#include <array>
#include <fstream>
#include <sstream>

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

// Pauses all running executions that no other has started; their ids.
Result<Value> pause_all(Services& services) {
  Value paused = Value::array();
  store::ListQuery query;
  query.filters = {equals("state", "RUNNING"), {"root_execution_id", store::FilterOp::kIsNull, {}}};
  query.sort = {{"created_at", false}, {"id", false}};
  query.with_output = false;
  query.limit = limits::kPageMax;
  while (true) {
    FOEHN_TRY(const auto page, services.query.executions(query));
    for (const store::ExecutionRow& row : page.rows) {
      // One that ended in between has nothing to pause.
      if (services.engine.submit(row.execution.id, core::PauseExecution{}))
        paused.push_back(to_string(row.execution.id));
    }
    if (!page.more) return paused;
    query.marker = to_string(page.rows.back().execution.id);
  }
}

void resume_all(Services& services, const Value& paused) {
  if (!paused.is_array()) return;
  for (const Value& text : paused) {
    const auto id = ExecutionId::parse(to_python_str(text));
    // What somebody resumed, stopped or deleted meanwhile is left as it is.
    if (id) (void)services.engine.submit(*id, core::ResumeExecution{});
  }
}

Status pause(Services& services) {
  if (services.maintenance) return {};
  RecordRow row = new_record(services, kSettingKind, std::string(kName), "");
  row.body["paused"] = Value::array();
  FOEHN_CHECK_OK(services.catalog.create_record(row));
  hold(services, true);  // nothing new from here on
  FOEHN_TRY(const Value paused, pause_all(services));
  FOEHN_TRY(row, change_record(services, std::move(row), [&](RecordRow& now) -> Status {
              now.body["paused"] = paused;
              return {};
            }));
  return {};
}

Status resume(Services& services) {
  FOEHN_TRY(const auto row, stored(services));
  services.maintenance = false;
  if (row) {
    if (const Value* paused = find(row->body, "paused")) resume_all(services, *paused);
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
