// Hands every committed transition to several listeners, in their order. Engine thread.
#pragma once

#include <utility>
#include <vector>

#include "engine/ports/notify_port.h"

namespace foehn::server {

class FanOut final : public ports::NotifyPort {
 public:
  // `waits` is also told of the ends of actions without a workflow, which are nobody else's to see.
  FanOut(std::vector<ports::NotifyPort*> listeners, ports::NotifyPort& waits)
      : listeners_(std::move(listeners)), waits_(waits) {}
  void add(ports::NotifyPort& listener) { listeners_.push_back(&listener); }  // before the first transition
  void notify(const ports::Notice& notice) override {
    waits_.notify(notice);
    if (notice.workflow_name.empty()) return;
    for (ports::NotifyPort* listener : listeners_) listener->notify(notice);
  }

 private:
  std::vector<ports::NotifyPort*> listeners_;
  ports::NotifyPort& waits_;
};

}  // namespace foehn::server
