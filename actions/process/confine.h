// What code that is not the operator's may not do: reach a network, write anywhere but into its own /tmp, see other
// processes, use what the server's user may use, or fill the machine. Linux namespaces and limits, in the guard's
// single-threaded process; needs root. It still reads what every user of the machine may read.
#pragma once

#include <sys/types.h>

namespace foehn::actions {

// The guard: its next child is the first of a process namespace of its own, which ends with it. False: errno.
bool enter_process_namespace();

// That child, before it becomes the command. `guard`: the guard's process id, which makes its user id one that nobody
// else has. nullptr, or what could not be done (errno says why); then the command must not be started.
const char* confine(pid_t guard);

}  // namespace foehn::actions
