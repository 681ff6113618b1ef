// Why an execution failed, for people: the innermost failures below it, each with its place, machine, exit code and
// last words. Asks the server for the runs of failed tasks; what cannot be had is left out. The raw text (Mistral's
// nested state_info) stays reachable with -o json.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "api/cli/api.h"
#include "engine/base/value.h"

namespace foehn::cli {

struct Cause {
  std::string path;  // task names from the root: "boxes[1]/kube"; an index where a task has several executions
  std::string task_id;
  std::string action;  // name; "" when no run is known
  std::string host;    // the machine it ran on
  std::string login;   // "user@host:port"
  std::string phase;   // of a remote command: resolve, connect, authenticate, …, run
  std::string exit_code;
  std::string message;     // may have several lines
  std::string last_words;  // the end of stderr
};

struct Causes {
  std::vector<Cause> list;
  std::size_t more = 0;  // failures that were found but not looked into
};

// The failures that explain `tree` ("execution" of GET /foehn/v1/executions/{id}/tree): tasks in ERROR that no error
// handler took care of and that have no failed execution below them.
Causes find_causes(Api& api, const Value& tree);

// Name of the machine at an address, for addresses that are known.
using MachineNames = std::map<std::string, std::string>;

// A paragraph per cause, indented by two. `again`: with the command that runs the task once more.
std::string causes_text(const Causes& causes, const MachineNames& machines, bool again);

// The first innermost failure in a state_info that nests as Mistral's do; any other text as it is, trimmed.
std::string innermost_text(std::string_view state_info);
// The first line of it.
std::string short_cause(std::string_view state_info);

}  // namespace foehn::cli
