// One command on many ids, and what is done with or shown of single tasks and trees.
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "api/cli/deletion.h"
#include "api/cli/log_follower.h"
#include "api/cli/operations.h"
#include "api/cli/output.h"
#include "api/cli/watch.h"

namespace foehn::cli {
namespace {

constexpr std::size_t kIdsMax = 10'000;        // of standard input
constexpr std::size_t kTreeLinesMax = 10'000;

// A change of one failed task: "rerun" or "skip".
int change_failed_task(const Global& global, const std::string& id, const char* verb, const Value& body) {
  const auto api = make_http_api(global.server);
  const auto whole = resolve_task(*api, id);
  if (!whole) return report(whole.error());
  const std::string path = "/v2/tasks/" + *whole;
  const auto before = request(*api, "GET", path);
  if (!before) return report(before.error());
  const bool skip = std::string_view(verb) == "skip";
  if (const std::string state = text_or(*before, "state"); state != "ERROR")
    return report({ErrorCode::kFailedPrecondition, std::string("cannot ") + verb + " task " + text_or(*before, "name") +
                                                       " (" + *whole + "): state is " + state + " (only ERROR can be " +
                                                       (skip ? "skipped)" : "run again)")});
  const auto row = request_json(*api, "PUT", path, body);
  if (!row) return report(row.error());
  if (!print_object(global, *row, "id"))
    std::printf("%s  %s  (watch it: foehn ex watch %s)\n", state_text(text_or(*row, "state"), global.style).c_str(),
                text_or(*row, "name").c_str(), text_or(*row, "workflow_execution_id").c_str());
  return kExitOk;
}

}  // namespace

int for_each_id(const std::string& id, const std::function<int(const std::string&)>& run) {
  if (id != "-") return run(id);
  std::vector<std::string> ids;
  for (std::string line; std::getline(std::cin, line);) {
    if (line.empty()) continue;
    if (ids.size() >= kIdsMax)
      return report_usage("more than " + std::to_string(kIdsMax) + " ids on standard input: use --query");
    ids.push_back(line);
  }
  int code = kExitOk;
  for (const std::string& one : ids)
    if (const int now = run(one); code == kExitOk) code = now;
  return code;
}

int execution_delete_many(const Global& global, const BulkOptions& options) {
  if (options.yes || options.preview) return execution_bulk(global, options);
  BulkOptions preview = options;
  preview.preview = true;
  if (can_ask(global))
    if (const int code = execution_bulk(global, preview); code != kExitOk) return code;
  const auto yes = confirmed(global, "delete these executions and everything below them?", "--preview");
  if (!yes) return report(yes.error());
  return *yes ? execution_bulk(global, options) : static_cast<int>(kExitOk);
}

int execution_tree(const Global& global, const std::string& id) {
  const auto api = make_http_api(global.server);
  const auto whole = resolve_execution(*api, id);
  if (!whole) return report(whole.error());
  const auto answer = request(*api, "GET", "/foehn/v1/executions/" + *whole + "/tree");
  if (!answer) return report(answer.error());
  if (print_object(global, *answer)) return kExitOk;
  const Value tree = answer->value("execution", Value::object());
  std::fputs(render_tree(tree, global.style, kTreeLinesMax, SystemClock().wall()).c_str(), stdout);
  if (is_truthy(answer->value("truncated", Value())) && !global.quiet)
    std::fprintf(stderr, "foehn: not all of it: the server sends a tree up to a bound\n");
  return kExitOk;
}

int task_skip(const Global& global, const std::string& id) {
  return change_failed_task(global, id, "skip", Value{{"state", "SKIPPED"}});
}

int task_rerun(const Global& global, const std::string& id, bool resume) {
  return change_failed_task(global, id, "rerun", Value{{"state", "RUNNING"}, {"reset", !resume}});
}

int task_logs(const Global& global, LogOptions options) {
  const auto api = make_http_api(global.server);
  const auto whole = resolve_task(*api, options.id);
  if (!whole) return report(whole.error());
  const auto task = request(*api, "GET", "/v2/tasks/" + *whole + "?fields=name,workflow_execution_id");
  if (!task) return report(task.error());
  options.id = text_or(*task, "workflow_execution_id");
  options.task = text_or(*task, "name");
  return execution_logs(global, options);
}

}  // namespace foehn::cli
