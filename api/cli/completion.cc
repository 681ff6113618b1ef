#include "api/cli/completion.h"

namespace foehn::cli {
namespace {

// "one two", of anything with names.
template <class Items, class Name>
std::string words(const Items& items, Name name) {
  std::string text;
  for (const auto& item : items) text += (text.empty() ? "" : " ") + name(item);
  return text;
}

std::string names_of(const std::vector<OptionInfo>& options, bool valued_only) {
  std::string text;
  for (const auto& option : options)
    if (option.takes_value || !valued_only)
      for (const auto& name : option.names) text += (text.empty() ? "" : " ") + name;
  return text;
}

// A case of the script per command: what may follow it.
void bash_cases(const CommandInfo& command, const std::string& path, std::string& out) {
  out += "    \"" + path + "\")\n";
  out += "      commands=\"" + words(command.commands, [](const CommandInfo& one) { return one.name; }) + "\"\n";
  out += "      options=\"$options " + names_of(command.options, false) + "\"\n";
  out += "      valued=\"$valued " + names_of(command.options, true) + " \"\n";
  if (command.takes_files) out += "      files=yes\n";
  for (const auto& option : command.options) {
    if (option.choices.empty()) continue;
    for (const auto& name : option.names)
      out += "      [ \"$previous\" = " + name + " ] && choices=\"" +
             words(option.choices, [](const std::string& one) { return one; }) + "\"\n";
  }
  out += "      ;;\n";
  for (const auto& below : command.commands) bash_cases(below, path + " " + below.name, out);
}

constexpr char kBashHead[] = R"(# Completion of foehn. Load it with: source <(foehn completion bash)
_foehn_describe() {
  commands="" files=""
  case "$1" in
)";
constexpr char kBashTail[] = R"(  esac
}
_foehn_files() {
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen -f -- "$1"))
}
_foehn() {
  local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}"
  local path="foehn" commands options valued files choices skip="" i word
  _foehn_describe "$path"
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${COMP_WORDS[i]}"
    if [ -n "$skip" ]; then
      skip=""
    elif [[ "$valued" == *" $word "* ]]; then
      skip=yes
    elif [[ " $commands " == *" $word "* ]]; then
      path="$path $word"
      _foehn_describe "$path"
    fi
  done
  if [ -n "$choices" ]; then
    COMPREPLY=($(compgen -W "$choices" -- "$current"))
  elif [ -n "$skip" ]; then
    _foehn_files "$current"
  elif [[ "$current" == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  elif [ -n "$files" ]; then
    _foehn_files "$current"
  else
    COMPREPLY=($(compgen -W "$commands" -- "$current"))
  fi
}
complete -F _foehn foehn
)";

std::string fish_text(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

void fish_lines(const CommandInfo& command, const std::vector<std::string>& path, std::string& out) {
  std::string seen;
  for (const auto& name : path) seen += (seen.empty() ? "" : "; and ") + ("__fish_seen_subcommand_from " + name);
  const std::string below = words(command.commands, [](const CommandInfo& one) { return one.name; });
  const std::string none_below = "not __fish_seen_subcommand_from " + below;
  for (const auto& one : command.commands)
    out += "complete -c foehn -f -n " + fish_text(seen.empty() ? none_below : seen + "; and " + none_below) + " -a " +
           one.name + " -d " + fish_text(one.help) + "\n";
  for (const auto& option : command.options) {
    out += "complete -c foehn";
    if (!seen.empty()) out += " -n " + fish_text(seen);
    for (const auto& name : option.names)
      out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    if (option.takes_value) out += " -r";
    if (!option.choices.empty())
      out += " -f -a " + fish_text(words(option.choices, [](const std::string& one) { return one; }));
    out += " -d " + fish_text(option.help) + "\n";
  }
  for (const auto& one : command.commands) {
    auto longer = path;
    longer.push_back(one.name);
    fish_lines(one, longer, out);
  }
}

}  // namespace

std::string bash_completion(const CommandInfo& root) {
  std::string out = kBashHead;
  bash_cases(root, root.name, out);
  return out + kBashTail;
}

std::string zsh_completion(const CommandInfo& root) {
  return "#compdef foehn\n# Load it with: source <(foehn completion zsh)\n"
         "autoload -U +X compinit bashcompinit && compinit && bashcompinit\n" +
         bash_completion(root);
}

std::string fish_completion(const CommandInfo& root) {
  std::string out = "# Completion of foehn. Load it with: foehn completion fish | source\n";
  fish_lines(root, {}, out);
  return out;
}

}  // namespace foehn::cli
