// The `cloud.<operation>` actions: one table, operation → CloudDriver call. A driver adds no action, an operation one
// row.
#pragma once

#include "actions/cloud/driver.h"
#include "actions/registry.h"
#include "engine/base/worker_pool.h"

namespace foehn::cloud {

// Adds every operation; `drivers` and `workers` outlive the registry's use.
Status register_cloud_actions(actions::ActionRegistry& registry, const DriverTable& drivers, WorkerPool& workers);

}  // namespace foehn::cloud
