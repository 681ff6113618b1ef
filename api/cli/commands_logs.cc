// `foehn ex logs`: what the actions of an execution and of everything below it have written.
#include <algorithm>
#include <cstdio>

#include "api/cli/commands.h"
#include "api/cli/output.h"
#include "api/cli/watch.h"

namespace foehn::cli {
namespace {

constexpr std::size_t kExecutionsMax = 200;  // whose logs are asked for; each is bounded by the server
constexpr std::size_t kDepthMax = 50;

// An execution below the one asked for, and the tasks that lead to it.
struct Place {
  std::string id;
  std::string prefix;  // "boxes[1]/"
};

void collect(const Value& tree, const std::string& prefix, std::vector<Place>& places, std::size_t depth = 0) {
  if (depth > kDepthMax) return;
  places.push_back({text_or(tree, "id"), prefix});
  for (const Value& task : tree.value("tasks", Value::array())) {
    const Value children = task.value("children", Value::array());
    std::size_t index = 0;
    for (const Value& child : children) {
      const std::string label = children.size() > 1 ? "[" + std::to_string(index) + "]" : "";
      ++index;
      collect(child, prefix + text_or(task, "name") + label + "/", places, depth + 1);
    }
  }
}

void print_runs(const Global& global, const Value& runs, const std::string& prefix) {
  for (const Value& run : runs) {
    const std::string label = dim(prefix + text_or(run, "task") + " | ", global.style);
    std::string_view text = run.at("text").get_ref<const std::string&>();
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      std::printf("%s%s\n", label.c_str(), one_line(text.substr(0, end)).c_str());
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }
}

// Prints the logs of all; with -o json as one list of runs with their paths.
Status show(Api& api, const Global& global, const std::string& id) {
  FOEHN_TRY(const Value answer, request(api, "GET", "/foehn/v1/executions/" + id + "/tree"));
  std::vector<Place> places;
  collect(answer.value("execution", Value::object()), "", places);
  bool truncated = answer.value("truncated", false) || places.size() > kExecutionsMax;
  places.resize(std::min(places.size(), kExecutionsMax));
  Value all = Value::array();
  for (const Place& place : places) {
    FOEHN_TRY(const Value log, request(api, "GET", "/foehn/v1/executions/" + place.id + "/log"));
    truncated = truncated || log.value("truncated", false);
    Value runs = log.value("runs", Value::array());
    if (global.output == "table") {
      print_runs(global, runs, place.prefix);
      continue;
    }
    for (Value& run : runs) {
      run["path"] = place.prefix + text_or(run, "task");
      all.push_back(std::move(run));
    }
  }
  if (global.output == "jsonl") {
    for (const Value& run : all) print_object(global, run);
  } else {
    print_object(global, Value{{"execution_id", id}, {"runs", all}, {"truncated", truncated}});
  }
  if (truncated && !global.quiet)
    std::fprintf(stderr, "foehn: not all of it: the server keeps and sends the last lines of each run\n");
  return {};
}

}  // namespace

int execution_logs(const Global& global, const std::string& id, bool follow) {
  const auto api = make_http_api(global.server);
  const auto whole = resolve_execution(*api, id);
  if (!whole) return report(whole.error());
  int code = kExitOk;
  if (follow) {
    WatchOptions options{.style = global.style, .timeout_ms = std::nullopt, .quiet = true};
    options.hints = !global.quiet;
    const auto end = watch_execution(*api, *whole, options);
    if (!end) return report(end.error());
    if (end->interrupted) return finish_watch(*api, *end, *whole, global.style);
    code = end->state == "SUCCESS" ? kExitOk : end->state == "CANCELLED" ? kExitCancelled : kExitExecutionError;
  }
  const Status shown = show(*api, global, *whole);
  return shown ? code : report(shown.error());
}

}  // namespace foehn::cli
