// Schedule: a cron pattern in a time zone. Where clocks go forward, what falls into the gap happens at its end, once;
// where they go back, it happens at the first of the two equal times. A pattern of every hour follows elapsed time
// instead, so that "every five minutes" has neither gap nor burst. Immutable; any thread.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "workflows/triggers/cron.h"
#include "workflows/triggers/zone.h"

namespace foehn::triggers {

class Schedule {
 public:
  Schedule(CronPattern pattern, std::shared_ptr<const Zone> zone) : pattern_(pattern), zone_(std::move(zone)) {}
  // `zone`: a name, "" = UTC. kInvalidArgument for a bad pattern or zone.
  static Result<Schedule> make(std::string_view pattern, std::string_view zone);

  // The first time after `after`; nullopt when there is none (CronPattern::next).
  std::optional<WallTime> next(WallTime after) const;

 private:
  CronPattern pattern_;
  std::shared_ptr<const Zone> zone_;
};

}  // namespace foehn::triggers
