// A cron trigger: what a request must say to make one, and the record it is kept as. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "engine/base/value.h"
#include "engine/store/records.h"

namespace foehn::triggers {

inline constexpr char kCronTriggerKind[] = "cron_trigger";

struct CronTrigger {
  store::RecordId id;
  std::string name;
  std::string project_id;
  std::string scope = "private";
  std::string workflow_id;
  std::string workflow_name;
  Value workflow_input = Value::object();
  Value workflow_params = Value::object();
  std::string pattern;    // "" = only first_time
  std::string time_zone;  // "" = UTC
  std::optional<std::int64_t> remaining;
  std::optional<WallTime> first_time;
  WallTime next_time;
  WallTime created_at;
  std::optional<WallTime> updated_at;
  std::uint64_t revision = 1;
};

store::RecordRow to_row(const CronTrigger& trigger);
CronTrigger cron_trigger_of(const store::RecordRow& row);

// "YYYY-MM-DD HH:MM", UTC. kInvalidArgument with the text of Python's strptime().
Result<WallTime> parse_first_time(const std::string& text);

// Checks pattern, first time and count as Mistral does and sets next_time and, for a single run, the count. Errors are
// kInvalidArgument with Mistral's texts.
Status plan(CronTrigger& trigger, WallTime now);

}  // namespace foehn::triggers
