// `foehn ex logs`: what the actions of an execution and of everything below it have written.
#include <algorithm>
#include <cstdio>

#include "api/cli/commands.h"
#include "api/cli/log_follower.h"
#include "api/cli/output.h"

namespace foehn::cli {
namespace {

constexpr std::size_t kExecutionsMax = 200;  // whose logs are asked for; each is bounded by the server
constexpr std::size_t kNestingMax = 50;

// An execution below the one asked for, and the tasks that lead to it.
struct Place {
  std::string id;
  std::string prefix;  // "boxes[1]/"
};

void collect(const Value& tree, const std::string& prefix, std::vector<Place>& places, std::size_t depth = 0) {
  if (depth > kNestingMax) return;
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

std::string_view last_lines(std::string_view text, std::size_t lines) {
  std::size_t begin = text.size() - (text.ends_with('\n') ? 1 : 0);
  for (; begin > 0; --begin)
    if (text[begin - 1] == '\n' && --lines == 0) break;
  return text.substr(begin);
}

// Whether a run belongs to the task, and the item, that is asked for. The runs of a with-items task have the path of
// the task and an index; its sub-workflows have the index in their path.
bool is_wanted(const Value& run, const std::string& path, const LogOptions& options) {
  if (!options.item) return is_below(path, options.task);
  const bool own = path == options.task && run.value("index", 0U) == *options.item;
  return own || is_below(path, wanted_path(options));
}

void print_runs(const Global& global, const Value& runs, const std::string& prefix, const LogOptions& options) {
  for (const Value& run : runs) {
    const std::string path = prefix + text_or(run, "task");
    if (!is_wanted(run, path, options)) continue;
    const std::string label = options.no_prefix ? "" : dim(path + " | ", global.style);
    std::string_view text = run.at("text").get_ref<const std::string&>();
    if (options.tail) text = last_lines(text, *options.tail);
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      std::printf("%s%s\n", label.c_str(), one_line(text.substr(0, end)).c_str());
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }
}

// Prints the logs of all; with -o json as one list of runs with their paths.
Status show(Api& api, const Global& global, const LogOptions& options, const std::string& id) {
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
    if (global.is_table()) {
      print_runs(global, runs, place.prefix, options);
      continue;
    }
    for (Value& run : runs) {
      run["path"] = place.prefix + text_or(run, "task");
      if (!is_wanted(run, text_or(run, "path"), options)) continue;
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

int execution_logs(const Global& global, const LogOptions& options) {
  const auto api = make_http_api(global.server);
  const auto whole = resolve_execution(*api, options.id);
  if (!whole) return report(whole.error());
  if (options.follow) return follow_logs(*api, global, options, *whole);
  const Status shown = show(*api, global, options, *whole);
  return shown ? static_cast<int>(kExitOk) : report(shown.error());
}

}  // namespace foehn::cli
