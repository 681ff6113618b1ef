// Cron patterns as Mistral takes them (croniter's): five fields (minute hour day-of-month month day-of-week), a sixth
// one for seconds at the end, or a name such as @hourly. Pure; any thread. Knows no zones: times are civil ones,
// counted in seconds since 1970-01-01 00:00:00 of the same wall clock.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace foehn::triggers {

class CronPattern {
 public:
  // Fields: '*', numbers, ranges, lists, steps ("*/5", "10-40/10", "10/5"), names of months and weekdays; "l" = the
  // last day of the month,
  // "fri#2" the second Friday, "l5" the last one; 7 is Sunday. kInvalidArgument with Mistral's text
  // "The specified pattern is not valid: …".
  static Result<CronPattern> parse(std::string_view text);

  // The first matching second after `after`; nullopt when there is none within limits::kCronYearsMax years.
  std::optional<std::int64_t> next(std::int64_t after) const;

  // Whether it fires in every hour of a day: such patterns follow elapsed time when clocks are changed.
  bool every_hour() const { return hours_.all(); }

 private:
  friend class CronParser;
  bool day_matches(int year, unsigned month, unsigned day) const;

  std::bitset<60> seconds_;
  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;       // 1..31
  std::bitset<13> months_;     // 1..12
  std::bitset<7> weekdays_;    // 0 = Sunday
  std::bitset<35> nth_;        // weekday * 5 + (n - 1)
  std::bitset<7> last_;        // last weekday of its kind in the month
  bool last_day_ = false;      // "l" among the days
  bool any_day_ = true;
  bool any_weekday_ = true;
};

}  // namespace foehn::triggers
