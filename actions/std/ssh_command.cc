#include "actions/std/ssh_command.h"

#include "actions/text.h"

namespace foehn::actions {
namespace {

// Exit code of our own preparations (no such directory, no space for the script), as env(1) and timeout(1) use it.
constexpr std::string_view kCannotPrepare = "exit 125";

// The interpreter of a script as words of sh. The kernel's rule (one argument at most) without needing an executable
// file, which /tmp mounted noexec would refuse.
std::string interpreter_of(const std::string& script) {
  if (!script.starts_with("#!")) return "sh";
  std::string line = script.substr(2, script.find('\n') - 2);
  while (!line.empty() && (line.back() == ' ' || line.back() == '\t' || line.back() == '\r')) line.pop_back();
  const std::size_t begin = line.find_first_not_of(" \t");
  if (begin == std::string::npos) return "sh";
  line.erase(0, begin);
  const std::size_t end = line.find_first_of(" \t");
  if (end == std::string::npos) return shell_quote(line);
  const std::size_t argument = line.find_first_not_of(" \t", end);
  return shell_quote(line.substr(0, end)) + " " + shell_quote(line.substr(argument));
}

std::string quoted_args(const RemoteProgram& program) {
  std::string words;
  for (const std::string& arg : program.args) words += " " + shell_quote(arg);
  return words;
}

}  // namespace

std::string bootstrap(bool sudo) {
  // read is POSIX's promise not to take more than one line from a pipe; %b undoes first_line(). No character here that
  // any login shell would treat specially inside single quotes.
  return std::string(sudo ? "sudo -n " : "") + "sh -c 'IFS= read -r foehn_l && eval \"$(printf %b \"$foehn_l\")\"'";
}

std::string first_line(std::string_view shell_text) {
  static constexpr std::string_view kOctal = "01234567";
  std::string line;
  line.reserve(shell_text.size() + shell_text.size() / 4);
  for (const char c : shell_text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '\\') {
      line.push_back(c);
      continue;
    }
    line += "\\0";
    for (const int shift : {6, 3, 0}) line.push_back(kOctal[(byte >> shift) & 7]);
  }
  line.push_back('\n');
  return line;
}

std::string shell_program(const RemoteProgram& program) {
  std::string text = "unset foehn_l\n";
  for (const auto& [name, value] : program.env) text += "export " + name + "=" + shell_quote(value) + "\n";
  if (!program.cwd.empty()) text += "cd " + shell_quote(program.cwd) + " || " + std::string(kCannotPrepare) + "\n";
  if (!program.cmd.empty()) {
    // As sshd would run it: by the login shell. Arguments need sh's "$@".
    if (program.args.empty()) return text + "exec \"${SHELL:-/bin/sh}\" -c " + shell_quote(program.cmd) + "\n";
    return text + "exec sh -c " + shell_quote(program.cmd + " \"$@\"") + " sh" + quoted_args(program) + "\n";
  }
  text += "foehn_d=$(mktemp -d \"${TMPDIR:-/tmp}/foehn.XXXXXXXX\") || " + std::string(kCannotPrepare) + "\n";
  // Signals are the script's to answer; we stay to clean up and to pass its exit code on.
  text += "trap 'rm -rf \"$foehn_d\"' EXIT\ntrap : HUP INT TERM\n";
  text += "printf %s " + shell_quote(program.script) + " >\"$foehn_d/script\" || " + std::string(kCannotPrepare) + "\n";
  text += interpreter_of(program.script) + " \"$foehn_d/script\"" + quoted_args(program) + "\n";
  return text + "exit $?\n";
}

RemoteCommand remote_command(const RemoteProgram& program) {
  const bool plain =
      !program.cmd.empty() && program.args.empty() && program.env.empty() && program.cwd.empty() && !program.sudo;
  if (plain) return {program.cmd, program.stdin_data};
  return {bootstrap(program.sudo), first_line(shell_program(program)) + program.stdin_data};
}

}  // namespace foehn::actions
