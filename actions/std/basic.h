// std.noop, std.async_noop, std.echo, std.fail, std.sleep, std.test_dict.
#pragma once

#include <memory>
#include <vector>

#include "actions/action.h"

namespace foehn::actions {

class TimerQueue;

std::vector<std::unique_ptr<Action>> make_basic_actions(TimerQueue& timers);

}  // namespace foehn::actions
