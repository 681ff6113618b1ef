#include "workflows/triggers/cron_trigger.h"

#include <cctype>
#include <string_view>

#include "engine/base/limits.h"
#include "workflows/triggers/schedule.h"
#include "workflows/triggers/trigger_texts.h"

namespace foehn::triggers {
namespace {


std::optional<WallTime> time_in(const Value& body, std::string_view key) { return parse_time(text_or(body, key)); }

Value member(const Value& body, std::string_view key) {
  const Value* found = find(body, key);
  return found && found->is_object() ? *found : Value::object();
}

}  // namespace

store::RecordRow to_row(const CronTrigger& trigger) {
  store::RecordRow row{.id = trigger.id, .kind = kCronTriggerKind, .name = trigger.name, .record_namespace = "",
                       .project_id = trigger.project_id, .scope = trigger.scope, .revision = trigger.revision,
                       .created_at = trigger.created_at, .updated_at = trigger.updated_at};
  row.body["workflow_name"] = trigger.workflow_name;
  row.body["workflow_id"] = trigger.workflow_id;
  row.body["workflow_input"] = trigger.workflow_input;
  row.body["workflow_params"] = trigger.workflow_params;
  row.body["pattern"] = trigger.pattern.empty() ? Value() : Value(trigger.pattern);
  row.body["remaining_executions"] = trigger.remaining ? Value(*trigger.remaining) : Value();
  row.body["first_execution_time"] = time_or_null(trigger.first_time);
  row.body["next_execution_time"] = to_mistral_time(trigger.next_time);
  if (!trigger.time_zone.empty()) row.body["time_zone"] = trigger.time_zone;
  return row;
}

CronTrigger cron_trigger_of(const store::RecordRow& row) {
  CronTrigger trigger;
  trigger.id = row.id;
  trigger.name = row.name;
  trigger.project_id = row.project_id;
  trigger.scope = row.scope;
  trigger.workflow_id = text_or(row.body, "workflow_id");
  trigger.workflow_name = text_or(row.body, "workflow_name");
  trigger.workflow_input = member(row.body, "workflow_input");
  trigger.workflow_params = member(row.body, "workflow_params");
  trigger.pattern = text_or(row.body, "pattern");
  trigger.time_zone = text_or(row.body, "time_zone");
  if (const Value* remaining = find(row.body, "remaining_executions"); remaining && remaining->is_number_integer())
    trigger.remaining = remaining->get<std::int64_t>();
  trigger.first_time = time_in(row.body, "first_execution_time");
  trigger.next_time = time_in(row.body, "next_execution_time").value_or(row.created_at);
  trigger.created_at = row.created_at;
  trigger.updated_at = row.updated_at;
  trigger.revision = row.revision;
  return trigger;
}

Result<WallTime> parse_first_time(const std::string& text) {
  constexpr std::string_view kForm = "0000-00-00 00:00";
  const auto fits = [&] {
    if (text.size() < kForm.size()) return false;
    for (std::size_t i = 0; i < kForm.size(); ++i) {
      const bool digit = std::isdigit(static_cast<unsigned char>(text[i])) != 0;
      if (kForm[i] == '0' ? !digit : text[i] != kForm[i]) return false;
    }
    return true;
  };
  const auto time = fits() ? parse_time(text.substr(0, kForm.size()) + ":00") : std::nullopt;
  if (!time)
    return fail(ErrorCode::kInvalidArgument, "time data '" + text + "' does not match format '%Y-%m-%d %H:%M'");
  if (text.size() > kForm.size())
    return fail(ErrorCode::kInvalidArgument, "unconverted data remains: " + text.substr(kForm.size()));
  return *time;
}

Status plan(CronTrigger& trigger, WallTime now) {
  if (trigger.pattern.empty() && !trigger.first_time)
    return fail(ErrorCode::kInvalidArgument, "Pattern or first_execution_time must be specified.");
  if (trigger.first_time && now.plus_ms(60'000) > *trigger.first_time)
    return fail(ErrorCode::kInvalidArgument, "first_execution_time must be at least 1 minute in the future.");
  if (trigger.pattern.empty() && trigger.remaining.value_or(0) > 1)
    return fail(ErrorCode::kInvalidArgument, "Pattern must be provided if count is superior to 1.");
  if (trigger.remaining && *trigger.remaining < 1)
    return fail(ErrorCode::kInvalidArgument, "remaining_executions must be at least 1.");
  if (trigger.pattern.empty()) {
    trigger.next_time = *trigger.first_time;
    trigger.remaining = 1;
    return {};
  }
  if (trigger.pattern.size() > limits::kCronPatternBytesMax)
    return fail(ErrorCode::kInvalidArgument, "The specified pattern is not valid: it has more than " +
                                                 std::to_string(limits::kCronPatternBytesMax) + " characters.");
  FOEHN_TRY(const Schedule schedule, Schedule::make(trigger.pattern, trigger.time_zone));
  const auto next = schedule.next(now);
  if (!next)
    return fail(ErrorCode::kInvalidArgument,
                "The specified pattern is not valid: " + trigger.pattern + " (there is no such date)");
  trigger.next_time = trigger.first_time.value_or(*next);
  return {};
}

}  // namespace foehn::triggers
