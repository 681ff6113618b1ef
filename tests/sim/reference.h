// A deliberately naive interpreter of the predictable part of the language, written against the language's description
// and sharing nothing with the engine: it decides every task at once, in rounds, without time. Its answer and the
// engine's must agree whatever the order of events was.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "engine/base/value.h"
#include "tests/sim/workload.h"

namespace foehn::sim {

struct Expected {
  std::string state;                         // of the execution
  std::map<std::string, std::string> tasks;  // name → state; tasks that never come to be are absent
  Value output;                              // the final context when the execution succeeds
  // A join fails as soon as it must, so that what its other inbound tasks publish reaches the output only if they were
  // faster: then the output depends on the order of events.
  bool output_is_certain = true;
};

// `env` is what env() gives.
Expected interpret(const Workload& workload, int workflow, std::uint64_t seed, const Value& env);

}  // namespace foehn::sim
