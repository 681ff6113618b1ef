#include "api/cli/usage.h"

#include <CLI/CLI.hpp>

#include "api/cli/deletion.h"
#include "engine/base/diagnostic.h"

namespace foehn::cli {
namespace {

// "TEXT:{table,json}" → table, json.
std::vector<std::string> choices_of(const std::string& type) {
  const std::size_t begin = type.find('{');
  const std::size_t end = type.find('}', begin == std::string::npos ? 0 : begin);
  std::vector<std::string> choices;
  if (begin == std::string::npos || end == std::string::npos) return choices;
  for (std::size_t at = begin + 1; at < end;) {
    const std::size_t comma = std::min(type.find(',', at), end);
    choices.push_back(type.substr(at, comma - at));
    at = comma + 1;
  }
  return choices;
}

std::vector<std::string> option_names(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const auto& name : option.get_snames()) names.push_back("-" + name);
  for (const auto& name : option.get_lnames()) names.push_back("--" + name);
  return names;
}

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

// The commands that were recognised, outermost first; the last is where the mistake was made.
std::vector<const CLI::App*> recognised(const CLI::App& app) {
  std::vector<const CLI::App*> path = {&app};
  for (;;) {
    const auto below = path.back()->get_subcommands();
    if (below.empty()) return path;
    path.push_back(below.front());
  }
}

std::string unknown_command(const CLI::App& where, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::App* command : commands_of(where)) names.push_back(command->get_name());
  std::string all;
  for (const auto& name : names) all += (all.empty() ? "" : ", ") + name;
  if (word.empty()) return "a command is missing: " + all;
  const std::string near = nearest_name(word, names);
  return "unknown command '" + word + "'" + (near.empty() ? "; commands: " + all : "; did you mean '" + near + "'?");
}

std::string unexpected(const std::vector<const CLI::App*>& path, const std::vector<std::string>& words) {
  const auto option = std::find_if(words.begin(), words.end(), [](const auto& word) { return word.starts_with('-'); });
  if (option == words.end()) return "unexpected argument '" + words.front() + "'";
  const std::string name = option->substr(0, option->find('='));
  std::vector<std::string> names;
  for (const CLI::App* app : path)
    for (const CLI::Option* known : app->get_options())
      for (const auto& one : option_names(*known)) names.push_back(one);
  const std::string near = nearest_name(name, names);
  return "unknown option " + name + (near.empty() ? "" : "; did you mean " + near + "?");
}

}  // namespace

CLI::App* add_command(CLI::App& parent, std::function<int()>& command, const char* name, const char* description,
                      std::function<int()> run) {
  CLI::App* sub = parent.add_subcommand(name, description);
  sub->callback([&command, run = std::move(run)] { command = run; });
  return sub;
}

CLI::Option* add_values(CLI::App& app, const char* names, std::vector<std::string>& values, const char* description) {
  return app.add_option(names, values, description)
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void add_deletion(CLI::App& sub, Deletion& deletion) {
  sub.add_flag("--dry-run", deletion.dry_run, "only say what would be deleted");
  sub.add_flag("-y,--yes", deletion.yes, "do not ask");
}

CommandInfo command_tree(const CLI::App& app) {
  CommandInfo info;
  info.name = app.get_name();
  info.help = app.get_description();
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) {
      const std::string name = option->get_name(true);
      info.takes_files = info.takes_files || name.starts_with("file") || name.starts_with("path");
      continue;
    }
    info.options.push_back({option_names(*option), option->get_items_expected_max() > 0,
                            choices_of(option->get_type_name()), option->get_description()});
  }
  for (const CLI::App* command : commands_of(app)) info.commands.push_back(command_tree(*command));
  return info;
}

std::string usage_error(const CLI::App& app, const CLI::Error& error) {
  const auto path = recognised(app);
  const CLI::App& where = *path.back();
  std::vector<std::string> words = app.remaining(true);
  std::string name;
  for (const CLI::App* one : path) name += (name.empty() ? "" : " ") + one->get_name();
  std::string text;
  if (!commands_of(where).empty()) {
    const auto word = std::find_if(words.begin(), words.end(), [](const auto& one) { return !one.starts_with('-'); });
    text = unknown_command(where, word == words.end() ? "" : *word);
  } else if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError) && !words.empty()) {
    text = unexpected(path, words);
  } else {
    text = error.what();
  }
  return text + "\n  see: " + name + " --help";
}

}  // namespace foehn::cli
