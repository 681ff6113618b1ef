// The process that becomes a box: `foehn box-init <directory>/config.json`. A fresh single-threaded process of its own,
// so that namespaces, mounts and fork are safe. Exits 0 once the box's sshd runs (as process 1 of its own process
// namespace, in a session of its own, surviving the caller); otherwise prints one line and exits 1.
#pragma once

#include <string>

namespace foehn::cloud::local {

int box_init_main(const std::string& config_path);

// Exit code 0 when this process may make namespaces and mounts (`foehn box-init --probe`).
int box_probe_main();

}  // namespace foehn::cloud::local
