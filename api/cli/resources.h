// foehn wb | action | env: definitions and environments on the server. One function per command, called with parsed
// options; returns the exit code. Options are declared in resource_options.cc.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/cli/commands.h"

namespace CLI {
class App;
}

namespace foehn::cli {

// What is stored as a YAML text: workbooks, ad-hoc actions.
struct DefinitionKind {
  const char* plural;  // "workbooks": the path of the API
};
inline constexpr DefinitionKind kWorkbooks{"workbooks"};
inline constexpr DefinitionKind kActions{"actions"};

struct DefinitionOptions {
  std::string name;       // or id, or file
  std::string name_space;
  bool definition = false;  // print its text
  Deletion deletion;
};
int workbook_list(const Global& global);
int definition_get(const Global& global, DefinitionKind kind, const DefinitionOptions& options);
int definition_put(const Global& global, DefinitionKind kind, const DefinitionOptions& options, bool update);
int definition_delete(const Global& global, DefinitionKind kind, const DefinitionOptions& options);
// Asks the server, which knows the stored actions. 0 valid, 11 not.
int definition_validate(const Global& global, DefinitionKind kind, const DefinitionOptions& options);

struct EnvironmentOptions {
  std::string name;
  std::string description;
  std::vector<std::string> variables;  // as inputs
  Deletion deletion;
};
int environment_list(const Global& global);
int environment_get(const Global& global, const std::string& name);
// An update replaces what is given and leaves the rest.
int environment_put(const Global& global, const EnvironmentOptions& options, bool update);
int environment_delete(const Global& global, const EnvironmentOptions& options);

// What the options are parsed into.
struct ResourceArguments {
  DefinitionOptions definition;
  EnvironmentOptions environment;
};
// Declares the commands, those of `action` in the group that is there already; the chosen one is put into `command`.
// All references must outlive the parsing and the call.
void add_resource_commands(CLI::App& app, const Global& global, ResourceArguments& arguments,
                           std::function<int()>& command);

}  // namespace foehn::cli
