// Executions and tasks.
#include <algorithm>
#include <cstdio>

#include "api/cli/commands.h"
#include "api/cli/watch.h"

namespace foehn::cli {
namespace {

void print_fields(const Value& row) {
  Table table({"FIELD", "VALUE"});
  for (const auto& [key, value] : row.get_ref<const Value::object_t&>()) table.add({key, cell(value)});
  std::printf("%s", table.text().c_str());
}

// Runs `call` with the API and the whole id; reports what fails.
template <class Call>
int with_execution(const Global& global, const std::string& id, Call call) {
  const auto api = make_http_api(global.server);
  const auto whole = resolve_execution(*api, id);
  if (!whole) return report(whole.error());
  return call(*api, *whole);
}

}  // namespace

int execution_list(const Global& global, const ExecutionListOptions& options) {
  const auto api = make_http_api(global.server);
  std::string path = "/v2/executions?sort_keys=created_at&sort_dirs=desc&limit=" + std::to_string(options.limit);
  if (!options.all) path += "&nulls=root_execution_id";
  if (!options.state.empty()) path += "&state=" + encode(options.state);
  if (!options.workflow.empty()) path += "&workflow_name=" + encode(options.workflow);
  const auto list = request(*api, "GET", path);
  if (!list) return report(list.error());
  if (print_json(global, *list)) return kExitOk;
  const WallTime now = SystemClock().wall();
  Table table({"ID", "WORKFLOW", "STATE", "CREATED", "TOOK", "INFO"});
  for (const auto& row : list->value("executions", Value::array())) {
    const std::string state = text_or(row, "state");
    if (global.quiet) {
      std::printf("%s\n", text_or(row, "id").c_str());
      continue;
    }
    const bool running = state == "RUNNING" || state == "PAUSED" || state == "IDLE";
    table.add(
        {text_or(row, "id"), text_or(row, "workflow_name"), state_text(state, global.style), text_or(row, "created_at"),
         duration_between(row.value("created_at", Value()), running ? Value() : row.value("updated_at", Value()), now),
         cut(one_line(text_or(row, "state_info")), 60)});
  }
  if (!global.quiet) std::printf("%s", table.text().c_str());
  return kExitOk;
}

int execution_get(const Global& global, const std::string& id) {
  return with_execution(global, id, [&](Api& api, const std::string& whole) {
    const auto row = request(api, "GET", "/v2/executions/" + whole);
    if (!row) return report(row.error());
    if (!print_json(global, *row)) print_fields(*row);
    return static_cast<int>(kExitOk);
  });
}

int execution_field(const Global& global, const std::string& id, const char* field) {
  return with_execution(global, id, [&](Api& api, const std::string& whole) {
    const auto row = request(api, "GET", "/v2/executions/" + whole);
    if (!row) return report(row.error());
    std::printf("%s\n", json_field(*row, field).dump(2, ' ', false, Value::error_handler_t::replace).c_str());
    return static_cast<int>(kExitOk);
  });
}

int execution_create(const Global& global, const ExecutionCreateOptions& options) {
  const auto input = parse_inputs(options.inputs);
  if (!input) return report(input.error());
  Value params = Value::object();
  if (!options.task_name.empty()) params["task_name"] = options.task_name;
  const Value body{
      {"workflow_name", options.workflow}, {"input", *input}, {"params", params}, {"description", options.description}};
  const auto api = make_http_api(global.server);
  const auto created = request_json(*api, "POST", "/v2/executions", body);
  if (!created) return report(created.error());
  const std::string id = text_or(*created, "id");
  if (!options.watch) {
    if (!print_json(global, *created)) std::printf("%s\n", id.c_str());
    return kExitOk;
  }
  const auto end =
      watch_execution(*api, id, {.style = global.style, .timeout_ms = std::nullopt, .quiet = global.quiet});
  return end ? finish_watch(*end, id, global.style) : report(end.error());
}

int execution_watch(const Global& global, const std::string& id, bool wait_only, std::optional<double> timeout_s) {
  return with_execution(global, id, [&](Api& api, const std::string& whole) {
    WatchOptions options{.style = global.style, .timeout_ms = std::nullopt, .quiet = wait_only};
    if (timeout_s) options.timeout_ms = static_cast<std::int64_t>(*timeout_s * 1000);
    const auto end = watch_execution(api, whole, options);
    return end ? finish_watch(*end, whole, global.style) : report(end.error());
  });
}

int execution_logs(const Global& global, const std::string& id, bool follow) {
  return with_execution(global, id, [&](Api& api, const std::string& whole) {
    const auto show = [&]() -> Status {
      FOEHN_TRY(const Value log, request(api, "GET", "/foehn/v1/executions/" + whole + "/log"));
      for (const auto& run : log.value("runs", Value::array())) {
        const std::string prefix = dim(text_or(run, "task") + " | ", global.style);
        std::string text = text_or(run, "text");
        while (!text.empty()) {
          const std::size_t end = text.find('\n');
          std::printf("%s%s\n", prefix.c_str(), one_line(text.substr(0, end)).c_str());
          text = end == std::string::npos ? "" : text.substr(end + 1);
        }
      }
      return {};
    };
    if (follow) {
      const auto end = watch_execution(api, whole, {.style = global.style, .timeout_ms = std::nullopt, .quiet = true});
      if (!end) return report(end.error());
    }
    const Status shown = show();
    return shown ? static_cast<int>(kExitOk) : report(shown.error());
  });
}

int execution_set_state(const Global& global, const std::string& id, const char* state, const std::string& message) {
  return with_execution(global, id, [&](Api& api, const std::string& whole) {
    Value body{{"state", state}};
    if (!message.empty()) body["state_info"] = message;
    const auto row = request_json(api, "PUT", "/v2/executions/" + whole, body);
    if (!row) return report(row.error());
    if (!print_json(global, *row) && !global.quiet)
      std::printf("%s  %s\n", state_text(text_or(*row, "state"), global.style).c_str(), whole.c_str());
    return static_cast<int>(kExitOk);
  });
}

int execution_delete(const Global& global, const std::string& id, bool force) {
  return with_execution(global, id, [&](Api& api, const std::string& whole) {
    const auto done = request(api, "DELETE", "/v2/executions/" + whole + (force ? "?force=true" : ""));
    if (!done) return report(done.error());
    if (!global.quiet) std::printf("deleted %s\n", whole.c_str());
    return static_cast<int>(kExitOk);
  });
}

int task_list(const Global& global, const std::string& execution) {
  return with_execution(global, execution, [&](Api& api, const std::string& whole) {
    const auto list = request(api, "GET", "/v2/executions/" + whole + "/tasks");
    if (!list) return report(list.error());
    if (print_json(global, *list)) return static_cast<int>(kExitOk);
    const WallTime now = SystemClock().wall();
    Table table({"ID", "NAME", "TYPE", "STATE", "TOOK", "INFO"});
    for (const auto& row : list->value("tasks", Value::array())) {
      if (global.quiet) {
        std::printf("%s\n", text_or(row, "id").c_str());
        continue;
      }
      table.add({text_or(row, "id"), text_or(row, "name"), text_or(row, "type"),
                 state_text(text_or(row, "state"), global.style),
                 duration_between(row.value("started_at", Value()), row.value("finished_at", Value()), now),
                 cut(one_line(text_or(row, "state_info")), 60)});
    }
    if (!global.quiet) std::printf("%s", table.text().c_str());
    return static_cast<int>(kExitOk);
  });
}

int task_get(const Global& global, const std::string& id) {
  const auto api = make_http_api(global.server);
  const auto row = request(*api, "GET", "/v2/tasks/" + encode(id));
  if (!row) return report(row.error());
  if (!print_json(global, *row)) print_fields(*row);
  return kExitOk;
}

int task_rerun(const Global& global, const std::string& id, bool resume) {
  const auto api = make_http_api(global.server);
  const auto row =
      request_json(*api, "PUT", "/v2/tasks/" + encode(id), Value{{"state", "RUNNING"}, {"reset", !resume}});
  if (!row) return report(row.error());
  if (!print_json(global, *row) && !global.quiet)
    std::printf("%s  %s  (watch it: foehn ex watch %s)\n", state_text(text_or(*row, "state"), global.style).c_str(),
                text_or(*row, "name").c_str(), text_or(*row, "workflow_execution_id").c_str());
  return kExitOk;
}

}  // namespace foehn::cli
