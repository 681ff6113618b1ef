// Scripts that complete commands and options in a shell. Made from the command tree alone: no server is asked.
#pragma once

#include <string>

#include "api/cli/usage.h"

namespace foehn::cli {

std::string bash_completion(const CommandInfo& root);
std::string zsh_completion(const CommandInfo& root);  // the one for bash, in zsh's bash mode
std::string fish_completion(const CommandInfo& root);

}  // namespace foehn::cli
