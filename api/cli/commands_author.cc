// Commands that need no server: validate and run.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "api/cli/commands.h"
#include "api/cli/explain.h"
#include "api/cli/output.h"
#include "api/cli/watch.h"
#include "api/server/node.h"
#include "api/server/offline.h"
#include "dsl/compile.h"
#include "dsl/lint/lint.h"

namespace foehn::cli {
namespace {

// The routes of a node in this process, without a socket.
class LocalApi final : public Api {
 public:
  explicit LocalApi(const server::Node& node) : node_(node) {}
  Result<ApiResponse> call(std::string_view method, const std::string& path, const std::string& body,
                           std::string_view content_type) override {
    return server::call_routes(node_, method, path, body, content_type);
  }
  std::string address() const override { return "this process"; }

 private:
  const server::Node& node_;
};

std::string count_text(std::size_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// "2 workflows, 1 action": of what there is.
std::string content_text(const dsl::Compiled& compiled) {
  const std::string workflows = count_text(compiled.workflows.size(), "workflow");
  if (compiled.actions.empty()) return workflows;
  const std::string actions = count_text(compiled.actions.size(), "action");
  return compiled.workflows.empty() ? actions : workflows + ", " + actions;
}

Result<Value> start_body(const RunOptions& options, const std::string& workflow) {
  FOEHN_TRY(Value input, parse_inputs(options.inputs));
  Value params = Value::object();
  if (!options.task_name.empty()) params["task_name"] = options.task_name;
  if (!options.environment.empty()) {
    FOEHN_TRY(params["env"], parse_inputs(options.environment));
  }
  return Value{{"workflow_name", workflow}, {"input", std::move(input)}, {"params", std::move(params)}};
}

// Stores the file's workflows, starts one and follows it.
int run_in(Api& api, const Global& global, const RunOptions& options, const std::string& text,
           const std::string& workflow) {
  const auto stored = request_text(api, "POST", "/v2/workflows", text);
  if (!stored) return report(stored.error());
  const auto body = start_body(options, workflow);
  if (!body) return report(body.error());
  const auto created = request_json(api, "POST", "/v2/executions", *body);
  if (!created) return report(created.error());
  const std::string id = text_or(*created, "id");
  WatchOptions watch{.style = global.style,
                     .timeout_ms = std::nullopt,
                     .quiet = global.quiet || !global.is_table(),
                     .progress = global.progress,
                     .hints = !global.quiet,
                     .kept = false};
  if (options.timeout_s) watch.timeout_ms = static_cast<std::int64_t>(*options.timeout_s * 1000);
  const auto end = watch_execution(api, id, watch);
  if (!end) return report(end.error());
  if (end->state == "SUCCESS") {
    const auto row = request(api, "GET", "/v2/executions/" + id);
    if (!row) return report(row.error());
    const Value output = json_field(*row, "output");
    if (!print_object(global, output)) std::printf("%s\n", pretty(output).c_str());
  }
  return finish_watch(api, *end, id, global.style, false);
}

// The workflow that is meant: the named one, else the first. Checked here, so that mistakes are told before anything
// runs. kInvalidArgument.
Result<std::string> chosen_workflow(const dsl::Compiled& compiled, const RunOptions& options) {
  std::vector<std::string> names;
  for (const auto& definition : compiled.workflows) names.push_back(definition->spec.name);
  const auto found = options.workflow.empty() ? names.begin() : std::find(names.begin(), names.end(), options.workflow);
  if (found == names.end()) {
    const std::string near = nearest_name(options.workflow, names);
    return fail(ErrorCode::kInvalidArgument, "there is no workflow '" + options.workflow + "' in " + options.file +
                                                 "; it has: " + joined(names) +
                                                 (near.empty() ? "" : "\n  Did you mean '" + near + "'?"));
  }
  const dsl::WorkflowSpec& workflow = compiled.workflows[static_cast<std::size_t>(found - names.begin())]->spec;
  std::vector<std::string> tasks;
  for (const auto& task : workflow.tasks) tasks.push_back(task.name);
  if (workflow.type == dsl::WorkflowType::kReverse &&
      std::find(tasks.begin(), tasks.end(), options.task_name) == tasks.end())
    return fail(ErrorCode::kInvalidArgument,
                (options.task_name.empty() ? "" : "there is no task '" + options.task_name + "' in " + *found + "; ") +
                    target_hint(workflow));
  return *found;
}

}  // namespace

std::string target_hint(const dsl::WorkflowSpec& workflow) {
  std::vector<std::string> tasks;
  for (const auto& task : workflow.tasks) tasks.push_back(task.name);
  return "a reverse workflow needs -t TASK; tasks of " + workflow.name + ": " + joined(tasks);
}

Result<std::vector<std::string>> definition_files(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const auto& path : paths) {
    std::error_code error;
    if (path == "-" || !std::filesystem::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    std::vector<std::string> found;
    std::filesystem::recursive_directory_iterator entry(path, error);
    for (; !error && entry != std::filesystem::recursive_directory_iterator(); entry.increment(error)) {
      const std::string kind = entry->path().extension().string();
      if (entry->path().stem().string().ends_with("_test")) continue;  // a test of definitions (`foehn test`)
      if (entry->path().stem().string().ends_with(".action")) continue;  // the manifest of an action
      if ((kind == ".yaml" || kind == ".yml") && entry->is_regular_file(error)) found.push_back(entry->path().string());
    }
    if (error) return fail(ErrorCode::kInvalidArgument, "cannot read " + path + ": " + error.message());
    if (found.empty()) return fail(ErrorCode::kInvalidArgument, "no *.yaml or *.yml below " + path);
    std::sort(found.begin(), found.end());
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

int validate_files(const std::vector<std::string>& paths) {
  const auto files = definition_files(paths);
  if (!files) return report(files.error());
  int code = kExitOk;
  Diagnostics all;
  const auto catalog = server::make_offline_catalog();
  for (const auto& file : *files) {
    const auto text = read_file(file);
    if (!text) {
      code = report(text.error());
      continue;
    }
    const auto compiled = dsl::compile(*text, dsl::detect_kind(*text), catalog.get(), dsl::kStoredBounds);
    std::fprintf(stderr, "%s", render(compiled.diagnostics, *text, file).c_str());
    all.insert(all.end(), compiled.diagnostics.begin(), compiled.diagnostics.end());
    if (compiled.ok()) {
      std::printf("%s: ok (%s)\n", file.c_str(), content_text(compiled).c_str());
    } else {
      if (code == kExitOk) code = kExitFindings;
      std::printf("%s: %s\n", file.c_str(), count_text(compiled.diagnostics.size(), "problem").c_str());
    }
  }
  if (isatty(STDERR_FILENO) != 0) std::fprintf(stderr, "%s", explain_pointer(all).c_str());
  return code;
}

int run_file(const Global& global, const RunOptions& options) {
  const auto text = read_file(options.file);
  if (!text) return report(text.error());
  // Compiled here first, so that mistakes name the file.
  const auto compiled = dsl::compile(*text, dsl::DocumentKind::kWorkflows, nullptr, dsl::kStoredBounds);
  if (!compiled.ok()) {
    std::fprintf(stderr, "%s", render(compiled.diagnostics, *text, options.file).c_str());
    return kExitUsage;
  }
  const auto workflow = chosen_workflow(compiled, options);
  if (!workflow) return report(workflow.error());
  Log log({.level = LogLevel::kError, .json = false, .file = ""});
  server::MemoryNode node(log);
  if (const Status started = node.start(); !started) return report(started.error());
  LocalApi api(node.node());
  return run_in(api, global, options, *text, *workflow);
}

}  // namespace foehn::cli
