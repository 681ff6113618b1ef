#include "engine/core/states.h"

namespace foehn::core {
namespace {

constexpr std::string_view kNames[kStateCount] = {"IDLE",   "SCHEDULED", "WAITING",   "RUNNING", "DELAYED",
                                                  "PAUSED", "SUCCESS",   "CANCELLED", "ERROR",   "SKIPPED"};

constexpr std::uint16_t bit(State state) { return static_cast<std::uint16_t>(1u << static_cast<unsigned>(state)); }
constexpr std::uint16_t kEnds = bit(State::kError) | bit(State::kCancelled);

// Mistral: mistral/workflow/states.py, _VALID_TRANSITIONS. SCHEDULED is ours: RUNNING that has not left yet.
constexpr std::uint16_t allowed_from(State from) {
  switch (from) {
    case State::kIdle:
      return bit(State::kRunning) | kEnds;
    case State::kScheduled:
      return bit(State::kRunning) | bit(State::kPaused) | bit(State::kSuccess) | kEnds;
    case State::kWaiting:
      return bit(State::kRunning);
    case State::kRunning:
      return bit(State::kPaused) | bit(State::kDelayed) | bit(State::kSuccess) | kEnds;
    case State::kDelayed:
    case State::kPaused:
      return bit(State::kRunning) | kEnds;
    case State::kCancelled:
      return bit(State::kRunning);
    case State::kError:
      return bit(State::kRunning) | bit(State::kSkipped);
    case State::kSuccess:
    case State::kSkipped:
      return 0;
  }
  return 0;
}

}  // namespace

std::string_view to_string(State state) { return kNames[static_cast<std::size_t>(state)]; }

std::optional<State> parse_state(std::string_view text) {
  for (std::size_t i = 0; i < kStateCount; ++i)
    if (kNames[i] == text) return static_cast<State>(i);
  return std::nullopt;
}

bool is_valid_transition(State from, State to) { return from == to || (allowed_from(from) & bit(to)) != 0; }

}  // namespace foehn::core
