// The states of executions, tasks and action runs, and which changes are allowed (spec: Mistral's state machine).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace foehn::core {

enum class State : std::uint8_t {
  kIdle,       // created, not started; or held by pause-before
  kScheduled,  // action runs only: committed, has surely not left the engine yet. Shown as RUNNING by the v2 API
  kWaiting,    // join task whose inbound tasks are not decided
  kRunning,    // execution: advancing; task: its runs are under way; action run: has left or is about to leave
  kDelayed,    // task held by wait-before, wait-after or retry; a timer exists
  kPaused,     // by a user or an asynchronous action
  kSuccess,    // complete
  kCancelled,  // complete; by a user
  kError,      // complete; may be re-run
  kSkipped,    // complete; a failed task that a user skipped
};

inline constexpr std::size_t kStateCount = 10;

constexpr bool is_complete(State state) {
  return state == State::kSuccess || state == State::kCancelled || state == State::kError || state == State::kSkipped;
}

std::string_view to_string(State state);  // "RUNNING"
std::optional<State> parse_state(std::string_view text);

// Mistral's transition table for executions and action updates; a state may always stay as it is.
bool is_valid_transition(State from, State to);

}  // namespace foehn::core
