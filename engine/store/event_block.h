// Events as bytes: a block holds some that follow each other, and what they say of an execution once. Any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/store/events.h"

namespace foehn::store {

inline constexpr std::size_t kEventsPerBlock = 256;

std::string encode_events(std::span<const Event> events);

// The events of a block whose first one has the id `first_id`. Error kIo: the block is damaged.
Result<std::vector<Event>> decode_events(std::uint64_t first_id, std::string_view block);

}  // namespace foehn::store
