// Told of committed transitions (webhooks, event streams, resource states). Called by the engine thread after the
// commit; must not block. May be told twice after a crash, never of something that was not committed.
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
