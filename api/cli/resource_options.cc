// The options of `foehn wb`, `foehn env` and of what `foehn action` does with definitions.
#include <CLI/CLI.hpp>

#include "api/cli/resources.h"
#include "api/cli/usage.h"

namespace foehn::cli {
namespace {

struct DefinitionTexts {
  const char* get;
  const char* create;
  const char* update;
  const char* remove;
  const char* validate;
};

void add_definition_commands(CLI::App& group, const Global& global, DefinitionOptions& options,
                             std::function<int()>& command, DefinitionKind kind, const DefinitionTexts& texts) {
  const auto add = [&](const char* name, const char* description, const char* argument, const char* what,
                       std::function<int()> run) {
    CLI::App* sub = add_command(group, command, name, description, std::move(run));
    sub->add_option(argument, options.name, what)->required();
    sub->add_option("--namespace", options.name_space, "namespace (default: none)");
    return sub;
  };
  add("get", texts.get, "name", "name or id", [&global, &options, kind] {
    return definition_get(global, kind, options);
  })->add_flag("-d,--definition", options.definition, "print its text");
  add("create", texts.create, "file", "definition (YAML), - for standard input",
      [&global, &options, kind] { return definition_put(global, kind, options, false); });
  add("update", texts.update, "file", "definition (YAML), - for standard input",
      [&global, &options, kind] { return definition_put(global, kind, options, true); });
  add_deletion(*add("delete", texts.remove, "name", "name or id",
                    [&global, &options, kind] { return definition_delete(global, kind, options); }),
               options.deletion);
  add("validate", texts.validate, "file", "definition (YAML), - for standard input",
      [&global, &options, kind] { return definition_validate(global, kind, options); });
}

void add_environment_commands(CLI::App& app, const Global& global, EnvironmentOptions& options,
                              std::function<int()>& command) {
  auto* env = app.add_subcommand("env", "Environments: named variables for executions")->require_subcommand(1);
  add_command(*env, command, "list", "List environments", [&global] { return environment_list(global); });
  const auto named = [&](const char* name, const char* description, std::function<int()> run) {
    auto* sub = add_command(*env, command, name, description, std::move(run));
    sub->add_option("name", options.name, "environment")->required();
    return sub;
  };
  named("get", "Show an environment", [&global, &options] { return environment_get(global, options.name); });
  const auto with_variables = [&](CLI::App* sub) {
    add_values(*sub, "-v,--var", options.variables, "variable: name=value, name=@file or @file.json (repeatable)");
    sub->add_option("-d,--description", options.description, "text for people");
    return sub;
  };
  with_variables(named("create", "Store an environment",
                       [&global, &options] { return environment_put(global, options, false); }))
      ->footer("example: foehn env create staging -v region=eu -v hosts='[\"a\", \"b\"]'");
  with_variables(named("update", "Replace its variables or its description",
                       [&global, &options] { return environment_put(global, options, true); }));
  add_deletion(*named("delete", "Delete an environment",
                      [&global, &options] { return environment_delete(global, options); }),
               options.deletion);
}

}  // namespace

void add_resource_commands(CLI::App& app, const Global& global, ResourceArguments& arguments,
                           std::function<int()>& command) {
  auto* workbook = app.add_subcommand("wb", "Workbooks")->require_subcommand(1);
  add_command(*workbook, command, "list", "List workbooks", [&global] { return workbook_list(global); });
  add_definition_commands(*workbook, global, arguments.definition, command, kWorkbooks,
                          {"Show a workbook", "Store a workbook and what it defines",
                           "Replace a workbook and what it defines", "Delete a workbook; what it defined stays",
                           "Check a workbook, with the actions that the server has"});
  const auto known = app.get_subcommands([](CLI::App* sub) { return sub->get_name() == "action"; });
  CLI::App* action = known.empty() ? app.add_subcommand("action", "Actions")->require_subcommand(1) : known.front();
  add_definition_commands(*action, global, arguments.definition, command, kActions,
                          {"Show an action", "Store the ad-hoc actions of a file",
                           "Replace the ad-hoc actions of a file", "Delete an ad-hoc action",
                           "Check ad-hoc actions, with the actions that the server has"});
  add_environment_commands(app, global, arguments.environment, command);
}

}  // namespace foehn::cli
