// The process behind a box: recorded as "<pid> <start time>" so that a reused pid is never mistaken for it. Any thread.
#pragma once

#include <sys/types.h>

#include <string>

#include "engine/base/result.h"

namespace foehn::cloud::local {

// Writes <directory>/pid, durable before it returns.
Status record_process(const std::string& directory, pid_t pid);
// The recorded process if it is the same one and alive, else 0.
pid_t live_process(const std::string& directory);
// The environment entry of everything that runs in a box without namespaces.
std::string process_box_mark(const std::string& directory);
// SIGKILL and wait until it is gone (at most `timeout_ms`). Killing process 1 of a box takes the whole box; of one
// without namespaces, also its sessions and what carries its mark.
Status kill_process(const std::string& directory, int timeout_ms);
// Kills every process in a network namespace (left over children of a box without process namespace).
void kill_in_netns(const std::string& netns);

}  // namespace foehn::cloud::local
