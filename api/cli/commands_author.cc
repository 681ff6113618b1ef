// Commands that need no server: validate and run.
#include <cstdio>

#include "api/cli/commands.h"
#include "api/cli/watch.h"
#include "api/server/node.h"
#include "api/server/offline.h"
#include "dsl/compile.h"

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

Result<Value> start_body(const RunOptions& options, const std::string& workflow) {
  FOEHN_TRY(Value input, parse_inputs(options.inputs));
  Value params = Value::object();
  if (!options.task_name.empty()) params["task_name"] = options.task_name;
  if (!options.environment.empty()) {
    FOEHN_TRY(params["env"], parse_inputs({options.environment}));
  }
  return Value{{"workflow_name", workflow}, {"input", std::move(input)}, {"params", std::move(params)}};
}

// Stores the file's workflows, starts one and follows it.
int run_in(Api& api, const Global& global, const RunOptions& options, const std::string& text) {
  const auto stored = request_text(api, "POST", "/v2/workflows", text);
  if (!stored) return report(stored.error());
  std::string workflow = options.workflow;
  if (workflow.empty()) workflow = text_or(stored->value("workflows", Value::array()).at(0), "name");
  const auto body = start_body(options, workflow);
  if (!body) return report(body.error());
  const auto created = request_json(api, "POST", "/v2/executions", *body);
  if (!created) return report(created.error());
  const std::string id = text_or(*created, "id");
  WatchOptions watch{.style = global.style, .timeout_ms = std::nullopt, .quiet = options.output_json || global.quiet};
  if (options.timeout_s) watch.timeout_ms = static_cast<std::int64_t>(*options.timeout_s * 1000);
  const auto end = watch_execution(api, id, watch);
  if (!end) return report(end.error());
  const auto row = request(api, "GET", "/v2/executions/" + id);
  if (!row) return report(row.error());
  if (end->state == "SUCCESS")
    std::printf("%s\n", json_field(*row, "output").dump(2, ' ', false, Value::error_handler_t::replace).c_str());
  if (end->interrupted) {
    std::fprintf(stderr, "foehn: interrupted; the workflow ran in this process and is gone\n");
    return 130;
  }
  return finish_watch(*end, id, global.style, false);
}

}  // namespace

int validate_files(const std::vector<std::string>& files) {
  bool failed = false;
  const auto catalog = server::make_offline_catalog();
  for (const auto& file : files) {
    const auto text = read_file(file);
    if (!text) {
      failed = true;
      (void)report(text.error());
      continue;
    }
    const auto compiled = dsl::compile(*text, dsl::DocumentKind::kWorkflows, catalog.get());
    std::fprintf(stderr, "%s", render(compiled.diagnostics, *text, file).c_str());
    if (compiled.ok()) {
      std::printf("%s: ok (%s)\n", file.c_str(), count_text(compiled.workflows.size(), "workflow").c_str());
    } else {
      failed = true;
      std::printf("%s: %s\n", file.c_str(), count_text(compiled.diagnostics.size(), "problem").c_str());
    }
  }
  return failed ? kExitFailed : kExitOk;
}

int run_file(const Global& global, const RunOptions& options) {
  const auto text = read_file(options.file);
  if (!text) return report(text.error());
  // Compiled here first, so that mistakes name the file.
  const auto compiled = dsl::compile(*text, dsl::DocumentKind::kWorkflows, nullptr);
  if (!compiled.ok()) {
    std::fprintf(stderr, "%s", render(compiled.diagnostics, *text, options.file).c_str());
    return kExitFailed;
  }
  Log log({.level = LogLevel::kError, .json = false, .file = ""});
  server::MemoryNode node(log);
  if (const Status started = node.start(); !started) return report(started.error());
  LocalApi api(node.node());
  return run_in(api, global, options, *text);
}

}  // namespace foehn::cli
