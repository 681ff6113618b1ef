// What every command that deletes is told, and the question that it asks before. Main thread; blocks on the terminal.
#pragma once

#include <string>

#include "engine/base/result.h"

namespace foehn::cli {

struct Global;

// Options of the commands that delete one named object.
struct Deletion {
  bool dry_run = false;  // only say so
  bool yes = false;      // do not ask
};

// --yes is needed, or `preview`, the option that shows what would be deleted ("": none).
Error nobody_to_ask(const std::string& preview);

// Whether somebody reads standard error and answers on standard input, and may be asked (no --no-input).
bool can_ask(const Global& global);

// Whether the person at the terminal says yes to the question; says that nothing was deleted when not. Fails with
// nobody_to_ask(preview) where nobody can be asked.
Result<bool> confirmed(const Global& global, const std::string& question, const std::string& preview);

// The same for what is lost with all it holds: `what` is shown, and `name` has to be typed.
Result<bool> confirmed_by_name(const Global& global, const std::string& what, const std::string& name);

}  // namespace foehn::cli
