// The process between the server and an out-of-process action: it starts the command, passes its pipes on and sees to
// it that nothing of it is left – not when the command ends, not when the server dies, not when something in it has
// forked and gone into the background. A program of its own (`foehn process-guard …`): fork and resource limits belong
// into a single-threaded process.
//
//   process-guard --memory BYTES --cpu SECONDS --grace-ms MS --confined 0|1 -- COMMAND ARGUMENT…      (0 = no bound)
//
// Standard input, output and error are the command's. Descriptor 3 is a socket: a byte on it asks for SIGTERM and,
// after the grace, SIGKILL; its end (the server is gone) for SIGKILL at once. Before the guard ends it writes one line
// to it: "exit N", "signal N" or "error TEXT".
#pragma once

namespace foehn::actions {

inline constexpr int kGuardSocket = 3;

// argv without the program's name and "process-guard". Never returns to a caller that has other things to do: the exit
// code of the process.
int guard_main(int argc, char** argv);

}  // namespace foehn::actions
