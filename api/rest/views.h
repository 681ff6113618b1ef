// Rows as JSON: the only place where the API's field names are spelled. JSON-typed fields are JSON texts inside the
// JSON; what is not set is null. Pure; any thread.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "api/rest/services.h"
#include "engine/base/diagnostic.h"
#include "engine/base/value.h"

namespace foehn::rest {

extern const std::span<const std::string_view> kWorkflowFields;
extern const std::span<const std::string_view> kExecutionFields;
extern const std::span<const std::string_view> kTaskFields;
extern const std::span<const std::string_view> kActionExecutionFields;

enum class WorkflowForm {
  kRead,     // GET: interface as JSON text, updated_at always there
  kWritten,  // POST, PUT: interface as an object, updated_at only when set
};
Value workflow_view(const store::WorkflowRow& row, WorkflowForm form);

struct ExecutionParts {
  bool output = true;
  bool globals = false;
};
Value execution_view(const Services& services, const core::Execution& execution, ExecutionParts parts);

// `result` (any JSON) is shown as JSON text when given.
Value task_view(const store::TaskRow& row, const std::optional<Value>& result);
// What the task's accepted runs amount to: one result, or the list of them (Mistral's
// data_flow.get_task_execution_result).
Value task_result(const core::Task& task, std::vector<core::ActionRun> runs);

Value action_execution_view(const Services& services, const store::RunRow& row, bool with_output);
Value action_view(const ActionInfo& action);

// [{code, severity, line, column, message, hint}]
Value diagnostics_view(const Diagnostics& diagnostics);

// State words as the v2 API shows them (SCHEDULED is RUNNING there).
std::string_view state_view(core::State state);
Value time_view(WallTime time);
Value time_view(const std::optional<WallTime>& time);
Value precise_time_view(const std::optional<WallTime>& time);  // in our own paths: RFC 3339 with milliseconds
Value text_view(const std::optional<std::string>& text);

// The keys that the original OverCloud API answers with when creation is complete.
Value legacy_overcloud_view(const Value& record);

}  // namespace foehn::rest
