// Actions that are code of users, run by an interpreter of this machine in a confined process (confine.h): classes of
// mistral_lib's kind in stored Python code, and std.javascript. Both are off unless the operator allows them: every run
// fails then, and says how to allow it.
#pragma once

#include <string>

#include "actions/process/process_actions.h"
#include "actions/script_source.h"

namespace foehn::actions {

struct ScriptOptions {
  bool python = false;  // allowed?
  std::string python_program = "/usr/bin/python3";
  bool javascript = false;
  std::string javascript_program = "/usr/bin/node";
};

// The action that dynamic actions come down to (`name`: engine/store/records.h), std.javascript, std.js. `code` gives
// the text of a code source by its id. `runner` and `code` outlive the registry.
Status register_script_actions(ActionRegistry& registry, ProcessRunner& runner, const std::string& name,
                               const ScriptSource& code, const ScriptOptions& options);

}  // namespace foehn::actions
