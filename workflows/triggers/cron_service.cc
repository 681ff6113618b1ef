#include "workflows/triggers/cron_service.h"

#include <algorithm>
#include <utility>

#include "engine/base/limits.h"
#include "workflows/triggers/schedule.h"
#include "workflows/triggers/trigger_texts.h"

namespace foehn::triggers {
namespace {

constexpr char kNextTime[] = "body.next_execution_time";

// Mistral: mistral/services/periodic.py, the description of what a trigger starts.
runtime::StartRequest request_of(const CronTrigger& trigger) {
  runtime::StartRequest request;
  request.id = CronService::execution_id(trigger.id, trigger.next_time);
  request.workflow_id = DefinitionId::parse(trigger.workflow_id);
  if (!request.workflow_id) request.workflow_name = trigger.workflow_name;
  request.project_id = trigger.project_id;
  request.description = start_description("cron", to_string(trigger.id), trigger.name);
  request.input = trigger.workflow_input;
  request.params = trigger.workflow_params;
  return request;
}

}  // namespace

std::optional<WallTime> CronService::run_due() {
  if (held_) return std::nullopt;
  const WallTime now = clock_.wall();
  store::ListQuery query;
  query.sort = {{kNextTime, false}};
  query.limit = limits::kTriggersDueMax;
  const auto page = records_.records(kCronTriggerKind, query);
  if (!page) {
    log_.warning("cron_triggers_unread", {{"error", page.error().message}});
    return now.plus_ms(limits::kTriggerRetryMs);
  }
  bool fired = false;
  for (const store::RecordRow& row : page->rows) {
    CronTrigger trigger = cron_trigger_of(row);
    // What has fired may be due again before this one: the order of the page is over.
    if (trigger.next_time > now) return fired ? now : trigger.next_time;
    if (held_) return std::nullopt;
    fired = true;
    if (!fire(std::move(trigger))) return now.plus_ms(limits::kTriggerRetryMs);
  }
  if (page->rows.empty()) return std::nullopt;
  return now;  // all of the page were due: look again at what comes after them
}

// False: the start or the change of the record is to be tried again later.
bool CronService::fire(CronTrigger trigger) {
  const std::string due = to_rfc3339(trigger.next_time);
  const auto started = start_(request_of(trigger));
  if (!started && is_temporary(started.error())) {
    log_.warning("cron_trigger_delayed", {{"trigger", trigger.name}, {"due", due}, {"error", started.error().message}});
    return false;
  }
  if (!started)
    log_.warning("cron_trigger_failed", {{"trigger", trigger.name}, {"due", due}, {"error", started.error().message}});
  else
    log_.debug("cron_trigger_fired", {{"trigger", trigger.name}, {"due", due}});
  const Status advanced = advance(trigger);
  // Gone or changed by somebody else in the meantime: the record as it is now counts.
  if (advanced || advanced.error().code == ErrorCode::kNotFound || advanced.error().code == ErrorCode::kConflict)
    return true;
  log_.warning("cron_trigger_delayed", {{"trigger", trigger.name}, {"due", due}, {"error", advanced.error().message}});
  return false;
}

Status CronService::advance(CronTrigger& trigger) {
  const WallTime now = clock_.wall();
  const auto schedule = Schedule::make(trigger.pattern, trigger.time_zone);
  const auto next = schedule ? schedule->next(std::max(now, trigger.next_time)) : std::nullopt;
  if (trigger.remaining) --*trigger.remaining;
  if (!next || (trigger.remaining && *trigger.remaining <= 0))
    return records_.remove_record(kCronTriggerKind, trigger.id);
  trigger.next_time = *next;
  trigger.updated_at = now;
  return records_.update_record(to_row(trigger), trigger.revision);
}

}  // namespace foehn::triggers
