// Entry point: a box's own start, the guard of a program, or the command line.
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string>

#include "actions/cloud/local/box_init.h"
#include "actions/process/guard.h"
#include "api/cli/app.h"

int main(int argc, char** argv) {
  // _exit: after unshare() nothing that runs at exit may start a process or thread of its own.
  if (argc == 3 && std::string(argv[1]) == "box-init")
    ::_exit(std::string(argv[2]) == "--probe" ? foehn::cloud::local::box_probe_main()
                                              : foehn::cloud::local::box_init_main(argv[2]));
  if (argc > 2 && std::string(argv[1]) == "process-guard") ::_exit(foehn::actions::guard_main(argc - 2, argv + 2));
  std::signal(SIGPIPE, SIG_IGN);
  return foehn::cli::run_cli(argc, argv);
}
