// What the command line knows about itself: the tree of commands for completion scripts, and mistakes in words. Here
// so that only app.cc and usage.cc see the parser.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
class Error;
}  // namespace CLI

namespace foehn::cli {

struct OptionInfo {
  std::vector<std::string> names;  // "-o", "--output"
  bool takes_value = false;
  std::vector<std::string> choices;  // of the value, if there is a list
  std::string help;
};

struct CommandInfo {
  std::string name;
  std::string help;
  bool takes_files = false;  // as arguments
  std::vector<OptionInfo> options;
  std::vector<CommandInfo> commands;
};

CommandInfo command_tree(const CLI::App& app);

// What is wrong with the arguments that `app` has refused, with the nearest name where one is near, and where to look.
std::string usage_error(const CLI::App& app, const CLI::Error& error);

}  // namespace foehn::cli
