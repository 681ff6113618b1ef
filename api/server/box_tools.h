// The stand-ins for local boxes and the offline view on boxes. Used by wiring and by `foehn boxes`.
#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"

namespace foehn::server {

// Writes the compiled-in sandbox (samples/sandbox) below `directory`/sandbox unless it is there already; the folder.
Result<std::string> unpack_sandbox(const std::string& directory);

// Host folders that a box must not see.
std::vector<std::string> box_masks();

// This program as `box-init`.
std::vector<std::string> box_init_command();

}  // namespace foehn::server
