// Goal: the state table is Mistral's. Method: every pair of states against the table of the specification.
#include "engine/core/states.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>

namespace foehn::core {
namespace {

constexpr State kMistral[] = {State::kIdle,    State::kWaiting, State::kRunning,   State::kDelayed, State::kPaused,
                              State::kSuccess, State::kError,   State::kCancelled, State::kSkipped};

TEST(States, TransitionsAreExactlyMistrals) {
  const std::set<std::pair<State, State>> allowed = {
      {State::kIdle, State::kRunning},      {State::kIdle, State::kError},     {State::kIdle, State::kCancelled},
      {State::kWaiting, State::kRunning},   {State::kRunning, State::kPaused}, {State::kRunning, State::kDelayed},
      {State::kRunning, State::kSuccess},   {State::kRunning, State::kError},  {State::kRunning, State::kCancelled},
      {State::kDelayed, State::kRunning},   {State::kDelayed, State::kError},  {State::kDelayed, State::kCancelled},
      {State::kPaused, State::kRunning},    {State::kPaused, State::kError},   {State::kPaused, State::kCancelled},
      {State::kCancelled, State::kRunning}, {State::kError, State::kRunning},  {State::kError, State::kSkipped}};
  for (const State from : kMistral)
    for (const State to : kMistral)
      EXPECT_EQ(is_valid_transition(from, to), from == to || allowed.contains({from, to}))
          << to_string(from) << " -> " << to_string(to);
}

TEST(States, NamesRoundTrip) {
  for (const State state : kMistral) EXPECT_EQ(parse_state(to_string(state)), state);
  EXPECT_EQ(to_string(State::kSkipped), "SKIPPED");
  EXPECT_EQ(parse_state("SCHEDULED"), State::kScheduled);
  EXPECT_EQ(parse_state("running"), std::nullopt);
}

TEST(States, CompleteOnesAreFour) {
  std::size_t complete = 0;
  for (const State state : kMistral) complete += is_complete(state) ? 1 : 0;
  EXPECT_EQ(complete, 4u);
  EXPECT_FALSE(is_complete(State::kScheduled));
}

}  // namespace
}  // namespace foehn::core
