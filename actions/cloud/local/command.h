// Runs a program without a shell and waits for it. Bounded output. Any thread.
#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"

namespace foehn::cloud::local {

struct CommandResult {
  int exit_code = 0;   // 128 + signal when killed
  std::string output;  // stdout and stderr, at most 64 KiB
};

// Errors: kIo when the program cannot be started; kTimeout after `timeout_ms` (the program is killed).
Result<CommandResult> run_command(const std::vector<std::string>& argv, const std::string& input = "",
                                  int timeout_ms = 20'000);
// As run_command, and an exit code ≠ 0 is an error naming the command and its output.
Status run_checked(const std::vector<std::string>& argv, const std::string& input = "");

}  // namespace foehn::cloud::local
