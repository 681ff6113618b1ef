#include "api/cli/deletion.h"

#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "api/cli/commands.h"

namespace foehn::cli {
namespace {

// Asks; whether the line that is typed is one of the two.
bool answered(const std::string& question, const std::string& expected, const std::string& other) {
  std::fprintf(stderr, "%s ", question.c_str());
  std::string answer;
  std::getline(std::cin, answer);
  if (answer == expected || answer == other) return true;
  std::fprintf(stderr, "foehn: nothing was deleted\n");
  return false;
}

}  // namespace

Error nobody_to_ask(const std::string& preview) {
  return {ErrorCode::kInvalidArgument,
          "this deletes for good and nobody can be asked here: say --yes" +
              (preview.empty() ? "" : ", or " + preview + " to see what it would delete")};
}

bool can_ask(const Global& global) { return global.may_ask && ::isatty(0) == 1 && ::isatty(2) == 1; }

Result<bool> confirmed(const Global& global, const std::string& question, const std::string& preview) {
  if (!can_ask(global)) return fail(nobody_to_ask(preview));
  return answered(question + " [y/N]", "y", "yes");
}

Result<bool> confirmed_by_name(const Global& global, const std::string& what, const std::string& name) {
  if (!can_ask(global)) return fail(nobody_to_ask(""));
  return answered(what + "\ntype " + name + " to go on:", name, name);
}

}  // namespace foehn::cli
