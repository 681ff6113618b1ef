// Following an execution: a live task tree on a terminal, one line per change otherwise. Asks the server again and
// again, or, when nothing is shown, to be told of the end; ends when the execution ends, the time is up, or the person
// interrupts (the execution goes on).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "api/cli/api.h"
#include "api/cli/print.h"

namespace foehn::cli {

struct WatchOptions {
  Style style;
  std::optional<std::int64_t> timeout_ms;  // absent = no end
  bool quiet = false;                      // only wait; print nothing of the tasks
  Progress progress = Progress::kAuto;
  bool hints = true;                       // say on stderr what has to come from outside
  bool kept = true;                        // on a server; else it ends with this process, and nobody can resume it
  std::int64_t poll_ms = 200;
};

struct WatchEnd {
  std::string state;  // of the execution (PAUSED only if it is not kept); "" when interrupted or timed out
  bool interrupted = false;
  bool timed_out = false;
  Value tree;  // the execution's tree as last seen (GET /foehn/v1/executions/{id}/tree)
};

Result<WatchEnd> watch_execution(Api& api, const std::string& id, const WatchOptions& options);

// Prints how it ended (the innermost failures and, when the execution is `kept` on a server, the commands that re-run
// them) to stderr and gives the exit code.
int finish_watch(Api& api, const WatchEnd& end, const std::string& id, const Style& style, bool kept = true);

// The tree as text lines, at most `lines_max` (then "… n more").
std::string render_tree(const Value& tree, const Style& style, std::size_t lines_max, WallTime now);

}  // namespace foehn::cli
