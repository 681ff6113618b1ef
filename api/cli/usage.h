// What the command line knows about itself: how a command is declared, the tree of commands for completion scripts, and
// mistakes in words. Main thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Error;
class Option;
}  // namespace CLI

namespace foehn::cli {

struct Deletion;

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

// A command below `parent`; parsed, it puts `run` into `command`, which is called once all is parsed.
CLI::App* add_command(CLI::App& parent, std::function<int()>& command, const char* name, const char* description,
                      std::function<int()> run);
// An option that may be given again, with one value each time: what follows it is an argument again.
CLI::Option* add_values(CLI::App& app, const char* names, std::vector<std::string>& values, const char* description);

// --dry-run and --yes of a command that deletes one named object.
void add_deletion(CLI::App& sub, Deletion& deletion);

CommandInfo command_tree(const CLI::App& app);

// What is wrong with the arguments that `app` has refused, with the nearest name where one is near, and where to look.
std::string usage_error(const CLI::App& app, const CLI::Error& error);

}  // namespace foehn::cli
