// `foehn ex logs -f`: one stream of what all runs of an execution and of its sub-workflows write, line by line under
// the path of the task. Survives lost connections and restarts of the server. Main thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/cli/api.h"
#include "api/cli/commands.h"

namespace foehn::cli {

struct LogOptions {
  std::string id;
  bool follow = false;
  std::string task;                 // path of a task ("make/install", "boxes[1]"); "" = all
  std::optional<std::size_t> tail;  // last lines of each run
  std::optional<std::uint32_t> item;  // of the with-items task named by `task`
  bool timestamps = false;            // followed: when each line was written
  std::string since;                  // followed: nothing older than that ("90s", "30m"); "" = all that is kept
  bool no_prefix = false;
};
int execution_logs(const Global& global, const LogOptions& options);

// Whether a path of tasks ("make/install", "boxes[1]/install") is that of `task` or lies below it; "" = everything.
bool is_below(std::string_view path, std::string_view task);

// The part of the tasks that `options` asks for: "make", or "make[2]" with an item.
std::string wanted_path(const LogOptions& options);

// Until the execution ends; its exit code. `id` is whole.
int follow_logs(Api& api, const Global& global, const LogOptions& options, const std::string& id);

}  // namespace foehn::cli
