// RemoteProgram → what is sent: one command line for the login shell, and its standard input. Scripts, environment and
// arguments travel inside standard input, never in the command line, so `ps` on the remote side does not show them, and
// nothing is interpreted twice. Needs only a POSIX sh there (busybox is enough). Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "actions/std/ssh_input.h"

namespace foehn::actions {

struct RemoteCommand {
  std::string command;
  std::string stdin_data;
};

RemoteCommand remote_command(const RemoteProgram& program);

// The program as a sh text that ends the shell with its exit code.
std::string shell_program(const RemoteProgram& program);
// A command line that reads a sh text as the first line of standard input (made by first_line()) and runs it, with the
// rest of standard input left for the text.
std::string bootstrap(bool sudo);
std::string first_line(std::string_view shell_text);

}  // namespace foehn::actions
