// foehn action …: the actions of the server, an action without a workflow, ending a run by hand.
#include <cstdio>

#include "api/cli/commands.h"
#include "api/cli/output.h"

namespace foehn::cli {
namespace {

// The value of --result: JSON if it parses, else text; @file and @- stand for what is in there.
Result<Value> parse_result(const std::string& text) {
  std::string given = text;
  if (text.starts_with('@')) {
    FOEHN_TRY(given, read_file(text.substr(1)));
  }
  auto parsed = parse_json(given);
  return parsed ? std::move(*parsed) : Value(given);
}

int exit_code(const std::string& state) {
  if (state == "ERROR") return kExitExecutionError;
  return state == "CANCELLED" ? kExitCancelled : kExitOk;
}

}  // namespace

int action_list(const Global& global) {
  const auto api = make_http_api(global.server);
  const auto list = request(*api, "GET", "/v2/actions");
  if (!list) return report(list.error());
  const auto summary = [](const Value& row) {
    const std::string text = text_or(row, "description");
    return one_line(text.substr(0, text.find('\n')));
  };
  print_list(global, *list, list->value("actions", Value::array()),
             {"name", "name", {{"NAME", text_of("name")}, {"INPUT", text_of("input")}, {"DESCRIPTION", summary}}});
  return kExitOk;
}

int action_run(const Global& global, const ActionRunOptions& options) {
  const auto input = parse_inputs(options.inputs);
  if (!input) return report_usage(input.error().message);
  Value body{{"name", options.name}, {"input", *input}, {"workflow_namespace", options.action_namespace}};
  Value& params = body["params"] = Value::object();
  if (options.save) params["save_result"] = true;
  if (options.save && !options.no_wait) params["run_sync"] = true;
  if (options.timeout_s > 0) params["timeout"] = options.timeout_s;
  const auto api = make_http_api(global.server);
  const auto row = request_json(*api, "POST", "/v2/action_executions", body);
  if (!row) return report(row.error());
  const std::string state = text_or(*row, "state");
  if (print_object(global, *row, "id")) return exit_code(state);
  if (state == "RUNNING") {
    std::printf("%s  %s  (its end: foehn api GET /v2/action_executions/%s)\n", state_text(state, global.style).c_str(),
                options.name.c_str(), text_or(*row, "id").c_str());
    return kExitOk;
  }
  const Value output = json_field(*row, "output");
  const Value* result = find(output, "result");
  if (state == "SUCCESS") {
    std::printf("%s\n", pretty(result ? *result : Value()).c_str());
  } else {
    std::fprintf(stderr, "foehn: %s: %s\n", options.name.c_str(),
                 result && result->is_string() ? result->get_ref<const std::string&>().c_str()
                                               : pretty(result ? *result : Value()).c_str());
  }
  return exit_code(state);
}

int action_end(const Global& global, const ActionEndOptions& options) {
  Value body{{"reason", options.reason}};
  if (!options.result.empty()) {
    const auto result = parse_result(options.result);
    if (!result) return report_usage(result.error().message);
    body["result"] = *result;
  }
  const auto api = make_http_api(global.server);
  const std::string path = "/foehn/v1/action_runs/" + encode(options.id) + (options.success ? "/complete" : "/fail");
  const auto row = request_json(*api, "POST", path, body);
  if (!row) return report(row.error());
  if (!print_object(global, *row, "id"))
    std::printf("%s  %s  %s\n", state_text(text_or(*row, "state"), global.style).c_str(),
                text_or(*row, "name").c_str(), text_or(*row, "state_info").c_str());
  return kExitOk;
}

}  // namespace foehn::cli
