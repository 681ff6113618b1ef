// The life of an OverCloud and which changes of it are legal. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace foehn::workflows {

// REQUESTED      the request is stored, its execution is starting
// AUTHORIZING    the UnderCloud is asked for access, sizes and room
// PROVISIONING   network, key and boxes are being made
// CONFIGURING    boxes get their software
// CLUSTERING     Kubernetes is being formed
// EQUIPPING      DataLake, Visible Fabric and tools are being installed
// ACTIVE         complete and usable
// DEGRADED       complete, but a health check fails
// DESTROYING, PRESERVING, RECLAIMING   being removed
// DESTROYED      removed; the record stays as a tombstone
// ROLLING_BACK   a create that failed gives back what it made
// FAILED         stored after a rollback: nothing is left. Also shown, not stored, for a create whose execution failed
//                and may be re-run
// Only shown, never stored (derived from the execution that holds the OverCloud): PAUSED, DESTROY_FAILED.
enum class StateChange {
  kAllowed,
  kAlreadyThere,  // the same state, or one that the OverCloud has passed: a repeated task after a crash; not an error
  kIllegal,
};

bool is_overcloud_state(std::string_view state);
StateChange check_change(std::string_view from, std::string_view to);
const std::vector<std::string>& overcloud_states();

}  // namespace foehn::workflows
