#include "workflows/overcloud/overcloud_states.h"

#include <algorithm>
#include <cstddef>

namespace foehn::workflows {
namespace {

// The roads in order; a state may be followed by any later one of its road.
const std::vector<std::string>& create_road() {
  static const std::vector<std::string> road = {"REQUESTED",  "AUTHORIZING", "PROVISIONING", "CONFIGURING",
                                                "CLUSTERING", "EQUIPPING",   "ACTIVE"};
  return road;
}
const std::vector<std::string>& destroy_road() {
  static const std::vector<std::string> road = {"DESTROYING", "PRESERVING", "RECLAIMING", "DESTROYED"};
  return road;
}

const std::vector<std::string>& rollback_road() {
  static const std::vector<std::string> road = {"ROLLING_BACK", "FAILED"};
  return road;
}

std::ptrdiff_t place(const std::vector<std::string>& road, std::string_view state) {
  const auto found = std::find(road.begin(), road.end(), state);
  return found == road.end() ? -1 : found - road.begin();
}

}  // namespace

const std::vector<std::string>& overcloud_states() {
  static const std::vector<std::string> states = [] {
    std::vector<std::string> all = create_road();
    all.emplace_back("DEGRADED");
    all.insert(all.end(), rollback_road().begin(), rollback_road().end());
    all.insert(all.end(), destroy_road().begin(), destroy_road().end());
    return all;
  }();
  return states;
}

bool is_overcloud_state(std::string_view state) {
  const auto& states = overcloud_states();
  return std::find(states.begin(), states.end(), state) != states.end();
}

StateChange check_change(std::string_view from, std::string_view to) {
  if (from == to) return StateChange::kAlreadyThere;
  if (from == "DESTROYED") return StateChange::kIllegal;
  if ((from == "ACTIVE" && to == "DEGRADED") || (from == "DEGRADED" && to == "ACTIVE")) return StateChange::kAllowed;
  for (const auto* road : {&create_road(), &rollback_road(), &destroy_road()}) {
    const auto there = place(*road, to);
    const auto here = place(*road, from);
    if (there >= 0 && here >= 0) return there > here ? StateChange::kAllowed : StateChange::kAlreadyThere;
  }
  if (place(rollback_road(), to) >= 0)
    return place(create_road(), from) >= 0 && from != "ACTIVE" ? StateChange::kAllowed : StateChange::kIllegal;
  // From any other state a removal may begin; never the other way.
  return place(destroy_road(), to) >= 0 ? StateChange::kAllowed : StateChange::kIllegal;
}

}  // namespace foehn::workflows
