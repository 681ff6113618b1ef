// Executions and tasks.
#include <algorithm>
#include <cstdio>
#include <functional>

#include "api/cli/causes.h"
#include "api/cli/commands.h"
#include "api/cli/output.h"
#include "api/cli/watch.h"
#include "dsl/compile.h"

namespace foehn::cli {
namespace {

constexpr std::size_t kInfoWidth = 60;

// Without control characters other than the ends of lines.
std::string plain_lines(std::string text) {
  for (char& c : text)
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7f) c = ' ';
  return text;
}

// The fields of an execution or a task. A failure is shown as its innermost text, an output that only repeats it not at
// all: both are whole with -o json.
void print_row(const Global& global, const Value& row) {
  const std::string info = text_or(row, "state_info");
  std::vector<Field> fields;
  for (const auto& [key, value] : row.get_ref<const Value::object_t&>()) {
    Field field{key, field_text(global, key, value)};
    if (key == "state") field.text = state_word(cell(value), global.style);
    if (key == "state_info" && !info.empty()) {
      field.text = plain_lines(innermost_text(info));
      if (field.text.size() < info.size()) field.text += "\n(all of it: -o json)";
    }
    if (key == "output" && !info.empty() && text_or(json_field(row, "output"), "result") == info)
      field.text = "(as state_info)";
    if (key == "result" && !info.empty() && field.text.find("Failure caused by error in tasks:") != std::string::npos)
      field.text = "(as state_info)";
    fields.push_back(std::move(field));
  }
  print_fields(global, fields);
}

std::function<std::string(const Value&)> info_of(const Global& global) {
  return [&global](const Value& row) { return fitted(global, short_cause(text_or(row, "state_info")), kInfoWidth); };
}

// Runs `call` with the API and the whole id; reports what fails.
template <class Call>
int with_execution(const Global& global, const std::string& id, Call call) {
  const auto api = make_http_api(global.server);
  const auto whole = resolve_execution(*api, id);
  if (!whole) return report(whole.error());
  return call(*api, *whole);
}

bool is_complete(const std::string& state) { return state == "SUCCESS" || state == "ERROR" || state == "CANCELLED"; }

// How to run an execution's workflow again, or what failed in it.
std::string way_on(Api& api, const Value& execution) {
  const std::string id = text_or(execution, "id");
  std::string text;
  if (text_or(execution, "state") == "ERROR") {
    const auto answer = request(api, "GET", "/foehn/v1/executions/" + id + "/tree");
    const Causes causes = answer ? find_causes(api, answer->value("execution", Value::object())) : Causes();
    if (!causes.list.empty())
      text += "\n  To run the failed task again and go on: foehn task rerun " + causes.list.front().task_id;
  }
  return text + "\n  To run it again: foehn ex clone " + id;
}

// Why an execution cannot be brought to `state`; nothing when it may be possible.
std::optional<Error> wrong_state(Api& api, const Value& execution, const std::string& state) {
  const std::string now = text_or(execution, "state");
  if (!is_complete(now)) return std::nullopt;
  const bool resume = state == "RUNNING";
  const std::string what = resume ? "resume" : state == "PAUSED" ? "pause" : "cancel";
  const std::string allowed = resume              ? "only PAUSED can be resumed"
                              : state == "PAUSED" ? "only RUNNING can be paused"
                                                  : "it has ended already";
  return Error{ErrorCode::kFailedPrecondition, "cannot " + what + " " + text_or(execution, "id") + ": state is " + now +
                                                   " (" + allowed + ")." +
                                                   (state == "CANCELLED" ? "" : way_on(api, execution))};
}

// The refusal of a start, with the tasks to choose from when a reverse workflow lacks its target.
Error refused_start(Api& api, const std::string& workflow, const std::string& name_space, const Error& error) {
  if (!error.message.starts_with("Invalid task name")) return error;
  const auto row = request(api, "GET", in_namespace("/v2/workflows/" + encode(workflow), name_space));
  if (!row) return error;
  const auto compiled = dsl::compile(text_or(*row, "definition"), dsl::DocumentKind::kWorkflows, nullptr);
  for (const auto& definition : compiled.workflows)
    if (definition->spec.name == workflow) return {ErrorCode::kInvalidArgument, target_hint(definition->spec)};
  return error;
}

// The name of a stored environment alone, or inputs.
Result<Value> read_environment(const std::vector<std::string>& given) {
  if (given.size() != 1 || given[0].find_first_of("=@{") != std::string::npos) return parse_inputs(given);
  return Value(given[0]);
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
  const WallTime now = SystemClock().wall();
  const auto took = [now](const Value& row) {
    const std::string state = text_or(row, "state");
    const bool running = state == "RUNNING" || state == "PAUSED" || state == "IDLE";
    return duration_between(row.value("created_at", Value()), running ? Value() : row.value("updated_at", Value()),
                            now);
  };
  print_list(global, *list, list->value("executions", Value::array()),
             {"id",
              "id",
              {{"ID", text_of("id")},
               {"WORKFLOW", text_of("workflow_name")},
               {"STATE", state_of(global)},
               {"CREATED", time_of(global, "created_at")},
               {"TOOK", took},
               {"DESCRIPTION", text_of("description"), true},
               {"STARTED BY", text_of("task_execution_id"), true},
               {"INFO", info_of(global)}}});
  return kExitOk;
}

int execution_get(const Global& global, const std::string& id) {
  return with_execution(global, id, [&](Api& api, const std::string& whole) {
    const auto row = request(api, "GET", "/v2/executions/" + whole);
    if (!row) return report(row.error());
    if (print_object(global, *row, "id")) return static_cast<int>(kExitOk);
    print_row(global, *row);
    if (text_or(*row, "state") != "ERROR") return static_cast<int>(kExitOk);
    const auto answer = request(api, "GET", "/foehn/v1/executions/" + whole + "/tree");
    if (!answer) return report(answer.error());
    const Causes causes = find_causes(api, answer->value("execution", Value::object()));
    if (!causes.list.empty()) std::printf("\nfailed\n%s", causes_text(causes, {}, true).c_str());
    return static_cast<int>(kExitOk);
  });
}

int execution_field(const Global& global, const std::string& id, const char* field) {
  return with_execution(global, id, [&](Api& api, const std::string& whole) {
    const auto row = request(api, "GET", "/v2/executions/" + whole);
    if (!row) return report(row.error());
    std::printf("%s\n", pretty(json_field(*row, field)).c_str());
    return static_cast<int>(kExitOk);
  });
}

int execution_create(const Global& global, const ExecutionCreateOptions& options) {
  const auto input = parse_inputs(options.inputs);
  if (!input) return report(input.error());
  const auto environment = read_environment(options.environment);
  if (!environment) return report(environment.error());
  Value params = Value::object();
  if (!options.task_name.empty()) params["task_name"] = options.task_name;
  if (is_truthy(*environment)) params["env"] = *environment;
  Value body{
      {"workflow_name", options.workflow}, {"input", *input}, {"params", params}, {"description", options.description}};
  if (!options.name_space.empty()) body["workflow_namespace"] = options.name_space;
  const auto api = make_http_api(global.server);
  const auto created = request_json(*api, "POST", "/v2/executions", body);
  if (!created) return report(refused_start(*api, options.workflow, options.name_space, created.error()));
  const std::string id = text_or(*created, "id");
  if (!options.watch && !options.wait) {
    if (!print_object(global, *created, "id")) std::printf("%s\n", id.c_str());
    return kExitOk;
  }
  WatchOptions watch{.style = global.style, .timeout_ms = std::nullopt, .quiet = global.quiet || !options.watch};
  watch.progress = global.progress;
  watch.hints = !global.quiet;
  if (options.timeout_s) watch.timeout_ms = static_cast<std::int64_t>(*options.timeout_s * 1000);
  if (!options.watch || global.quiet) std::printf("%s\n", id.c_str());
  std::fflush(stdout);
  const auto end = watch_execution(*api, id, watch);
  return end ? finish_watch(*api, *end, id, global.style) : report(end.error());
}

int execution_watch(const Global& global, const std::string& id, bool wait_only, std::optional<double> timeout_s) {
  return with_execution(global, id, [&](Api& api, const std::string& whole) {
    WatchOptions options{.style = global.style, .timeout_ms = std::nullopt, .quiet = wait_only || global.quiet};
    options.progress = global.progress;
    options.hints = !global.quiet;
    if (timeout_s) options.timeout_ms = static_cast<std::int64_t>(*timeout_s * 1000);
    const auto end = watch_execution(api, whole, options);
    return end ? finish_watch(api, *end, whole, global.style) : report(end.error());
  });
}

int execution_set_state(const Global& global, const std::string& id, const char* state, const std::string& message) {
  return with_execution(global, id, [&](Api& api, const std::string& whole) {
    const std::string path = "/v2/executions/" + whole;
    const auto before = request(api, "GET", path);
    if (!before) return report(before.error());
    if (const auto refused = wrong_state(api, *before, state)) return report(*refused);
    Value body{{"state", state}};
    if (!message.empty()) body["state_info"] = message;
    const auto row = request_json(api, "PUT", path, body);
    if (!row) {
      const auto after = request(api, "GET", path);
      const auto refused = after ? wrong_state(api, *after, state) : std::nullopt;
      return report(refused ? *refused : row.error());
    }
    // It may have ended in between: the API accepts to cancel a finished execution and does nothing.
    if (std::string_view(state) == "CANCELLED" && text_or(*row, "state") != state)
      if (const auto refused = wrong_state(api, *row, state)) return report(*refused);
    if (!print_object(global, *row, "id"))
      std::printf("%s  %s\n", state_text(text_or(*row, "state"), global.style).c_str(), whole.c_str());
    return static_cast<int>(kExitOk);
  });
}

int execution_delete(const Global& global, const std::string& id, bool force, const Deletion& deletion) {
  return with_execution(global, id, [&](Api& api, const std::string& whole) {
    if (deletion.dry_run) return delete_named(global, "/v2/executions/" + whole, whole, deletion);
    if (!deletion.yes) {
      const auto yes = confirmed(global, "delete execution " + whole + " and everything below it?", "--dry-run");
      if (!yes) return report(yes.error());
      if (!*yes) return static_cast<int>(kExitOk);
    }
    const auto done = request(api, "DELETE", "/v2/executions/" + whole + (force ? "?force=true" : ""));
    if (!done && done.error().code == ErrorCode::kPermissionDenied) {
      const auto row = request(api, "GET", "/v2/executions/" + whole);
      if (row && !is_complete(text_or(*row, "state")))
        return report({ErrorCode::kFailedPrecondition,
                       "cannot delete " + whole + ": state is " + text_or(*row, "state") +
                           " (only a finished execution can be deleted).\n  Cancel it first: foehn ex cancel " + whole +
                           "\n  or delete it as it is: foehn ex delete --force " + whole});
    }
    if (!done) return report(done.error());
    std::printf(global.quiet ? "%s\n" : "deleted %s\n", whole.c_str());
    return static_cast<int>(kExitOk);
  });
}

int task_list(const Global& global, const std::string& execution) {
  return with_execution(global, execution, [&](Api& api, const std::string& whole) {
    const auto list = request(api, "GET", "/v2/executions/" + whole + "/tasks");
    if (!list) return report(list.error());
    const WallTime now = SystemClock().wall();
    const auto took = [now](const Value& row) {
      return duration_between(row.value("started_at", Value()), row.value("finished_at", Value()), now);
    };
    print_list(global, *list, list->value("tasks", Value::array()),
               {"id",
                "name",
                {{"ID", text_of("id")},
                 {"NAME", text_of("name")},
                 {"TYPE", text_of("type")},
                 {"STATE", state_of(global)},
                 {"STARTED", time_of(global, "started_at"), true},
                 {"TOOK", took},
                 {"INFO", info_of(global)}}});
    return static_cast<int>(kExitOk);
  });
}

int task_get(const Global& global, const std::string& id) {
  const auto api = make_http_api(global.server);
  const auto whole = resolve_task(*api, id);
  if (!whole) return report(whole.error());
  const auto row = request(*api, "GET", "/v2/tasks/" + *whole);
  if (!row) return report(row.error());
  if (!print_object(global, *row, "id")) print_row(global, *row);
  return kExitOk;
}

}  // namespace foehn::cli
