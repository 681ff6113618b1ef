// Hands every committed transition to several listeners, in their order. Engine thread.
#pragma once

#include <utility>
#include <vector>

#include "engine/ports/notify_port.h"

namespace foehn::server {

class FanOut final : public ports::NotifyPort {
 public:
  explicit FanOut(std::vector<ports::NotifyPort*> listeners) : listeners_(std::move(listeners)) {}
  void add(ports::NotifyPort& listener) { listeners_.push_back(&listener); }  // before the first transition
  void notify(const ports::Notice& notice) override {
    for (ports::NotifyPort* listener : listeners_) listener->notify(notice);
  }

 private:
  std::vector<ports::NotifyPort*> listeners_;
};

}  // namespace foehn::server
