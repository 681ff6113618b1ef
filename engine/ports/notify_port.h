// Told of committed transitions (webhooks, resource states; event streams read the log, engine/store/events.h). Called
// by the engine thread after the commit; must not block. Never told of what was not committed; a crash may swallow
// some.
#pragma once

#include "engine/core/notice.h"

namespace foehn::ports {

using core::Notice;

class NotifyPort {
 public:
  virtual ~NotifyPort() = default;
  virtual void notify(const Notice& notice) = 0;
};

}  // namespace foehn::ports
