#include "workflows/triggers/schedule.h"

#include <algorithm>
#include <limits>

#include "engine/base/limits.h"

namespace foehn::triggers {
namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;  // µs

std::int64_t seconds_of(WallTime time) { return time.us / kMicrosPerSecond - (time.us % kMicrosPerSecond < 0 ? 1 : 0); }

}  // namespace

Result<Schedule> Schedule::make(std::string_view pattern, std::string_view zone) {
  FOEHN_TRY(CronPattern parsed, CronPattern::parse(pattern));
  FOEHN_TRY(auto loaded, Zone::load(zone));
  return Schedule(parsed, std::move(loaded));
}

std::optional<WallTime> Schedule::next(WallTime after) const {
  constexpr std::int64_t kSpan = limits::kCronYearsMax * 366 * 86'400;
  const std::int64_t start = seconds_of(after);
  for (std::int64_t past = start; past < start + kSpan;) {
    const Zone::Period period = zone_->at(past + 1);
    std::int64_t civil = past + period.offset;
    if (!pattern_.every_hour() && period.begin != std::numeric_limits<std::int64_t>::min()) {
      const std::int64_t before = zone_->at(period.begin - 1).offset;
      const auto skipped = pattern_.next(period.begin + before - 1);
      const bool at_gap = before < period.offset && past + 1 == period.begin;
      if (at_gap && skipped && *skipped < period.begin + period.offset)
        return WallTime{period.begin * kMicrosPerSecond};
      if (before > period.offset) civil = std::max(civil, period.begin + before - 1);  // had its turn already
    }
    const auto found = pattern_.next(civil);
    if (!found) return std::nullopt;
    if (*found - period.offset < period.end) return WallTime{(*found - period.offset) * kMicrosPerSecond};
    past = period.end - 1;
  }
  return std::nullopt;
}

}  // namespace foehn::triggers
