// The commands of the stock client: mistralclient/commands/v2/*.py and mistralclient/api/v2/*.py say what each sends.
#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <limits>

#include "api/cli/mistral.h"
#include "dsl/yaml/to_value.h"
#include "engine/base/id.h"

namespace foehn::cli {
namespace {

constexpr std::int64_t kExecutionsListed = 100;  // executions, tasks, action executions
constexpr std::size_t kReportDepthMax = 60;

// As the client does: the message alone, exit code 1 whatever it was.
int failed(const Error& error) {
  std::fprintf(stderr, "ERROR (app) %s\n", error.message.c_str());
  return kExitFailed;
}
int outcome(const Status& status) { return status ? static_cast<int>(kExitOk) : failed(status.error()); }

class Query {
 public:
  void add(const std::string& name, const std::string& value) {
    text_ += (text_.empty() ? "?" : "&") + encode(name) + "=" + encode(value);
  }
  void add_given(const std::string& name, const std::string& value) {
    if (!value.empty()) add(name, value);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

bool is_readable(const std::string& path) { return !path.empty() && std::ifstream(path).good(); }

// JSON, or a file with it; an empty text is an empty object.
Result<Value> load_json(const std::string& text) {
  if (text.empty()) return Value::object();
  std::string json = text;
  if (is_readable(text)) {
    FOEHN_TRY(json, read_file(text));
  }
  auto value = parse_json(json);
  if (!value) return fail(ErrorCode::kInvalidArgument, "'" + text + "' is neither JSON nor a file with it: " +
                                                           value.error().message);
  return std::move(*value);
}

// YAML (so JSON too), or a file with it.
Result<Value> load_environment(const std::string& text) {
  if (text.empty()) return Value::object();
  std::string yaml = text;
  if (is_readable(text)) {
    FOEHN_TRY(yaml, read_file(text));
  }
  return dsl::parse_yaml(yaml);
}

Status show(const MistralArguments& arguments, MistralKind kind, const Value& row) {
  return print_mistral_object(arguments.form, headings_of(kind, false),
                              cells_of(kind, row, false, SystemClock().wall()));
}

// The client prints a list of nothing as one row of empty texts.
Status show_list(const MistralArguments& arguments, MistralKind kind, const Value& list) {
  const auto headings = headings_of(kind, true);
  const WallTime now = SystemClock().wall();
  std::vector<Cells> rows;
  for (const Value& row : list) rows.push_back(cells_of(kind, row, true, now));
  if (rows.empty()) rows.emplace_back(headings.size(), Value(""));
  return print_mistral_list(arguments.form, headings, rows);
}

std::string path_of(MistralKind kind, const MistralArguments& arguments, const std::string& id) {
  const std::string path = std::string("/v2/") + plural_of(kind) + "/" + encode(id);
  if (arguments.name_space.empty()) return path;
  if (kind == MistralKind::kAction) return path + "/" + encode(arguments.name_space);
  return path + "?namespace=" + encode(arguments.name_space);
}

// As the client's message names it.
std::string deleted_text(MistralKind kind, const std::string& id) {
  if (kind == MistralKind::kCodeSource) return "code source '" + id + "'";
  if (kind == MistralKind::kDynamicAction) return "dynamic action(s) " + id;
  return std::string(noun_of(kind)) + " " + id;
}

// "name=value" of --filter.
Status add_filters(Query& query, const std::vector<std::string>& filters) {
  for (const std::string& filter : filters) {
    const std::size_t equals = filter.find('=');
    if (equals == std::string::npos || filter.find('=', equals + 1) != std::string::npos)
      return fail(ErrorCode::kInvalidArgument, "Invalid filter: " + filter);
    query.add(filter.substr(0, equals), filter.substr(equals + 1));
  }
  return {};
}

bool of_executions(MistralKind kind) {
  return kind == MistralKind::kExecution || kind == MistralKind::kTask || kind == MistralKind::kActionExecution;
}

std::string list_path(MistralKind kind, const MistralArguments& arguments) {
  if (kind == MistralKind::kTask && !arguments.id.empty()) return "/v2/executions/" + encode(arguments.id) + "/tasks";
  if (kind == MistralKind::kActionExecution && !arguments.id.empty())
    return "/v2/tasks/" + encode(arguments.id) + "/action_executions";
  return std::string("/v2/") + plural_of(kind);
}

Status list(Api& api, MistralKind kind, MistralArguments arguments) {
  // The newest are asked for and shown oldest first, unless something else is wanted.
  const bool newest = of_executions(kind) && arguments.marker.empty() && arguments.sort_dirs == "asc" &&
                      arguments.sort_keys == "created_at" && !arguments.oldest;
  if (newest) arguments.sort_dirs = "desc";
  if (of_executions(kind) && !arguments.limit) arguments.limit = kExecutionsListed;
  Query query;
  query.add_given("marker", arguments.marker);
  if (arguments.limit.value_or(0) > 0) query.add("limit", std::to_string(*arguments.limit));
  query.add_given("sort_keys", arguments.sort_keys);
  query.add_given("sort_dirs", arguments.sort_dirs);
  query.add_given("fields", fields_of(kind));
  FOEHN_CHECK_OK(add_filters(query, arguments.filters));
  query.add_given("task_execution_id", arguments.task);
  if (arguments.roots_only) query.add("nulls", "root_execution_id");
  query.add_given("namespace", arguments.name_space);
  FOEHN_TRY(const Value answer, request(api, "GET", list_path(kind, arguments) + query.text()));
  Value rows = answer.value(plural_of(kind), Value::array());
  if (newest) std::reverse(rows.begin(), rows.end());
  return show_list(arguments, kind, rows);
}

Status store(Api& api, MistralKind kind, const MistralArguments& arguments, bool update) {
  FOEHN_TRY(const std::string text, read_file(arguments.file));
  std::string path = std::string("/v2/") + plural_of(kind);
  if (update && !arguments.id.empty()) path += "/" + encode(arguments.id);
  Query query;
  query.add("scope", arguments.is_public ? "public" : "private");
  query.add_given("namespace", arguments.name_space);
  FOEHN_TRY(const Value answer, request_text(api, update ? "PUT" : "POST", path + query.text(), text));
  if (kind == MistralKind::kWorkbook) return show(arguments, kind, answer);
  const Value* rows = find(answer, plural_of(kind));
  return show_list(arguments, kind, rows ? *rows : Value::array({answer}));
}

Status validate(Api& api, MistralKind kind, const MistralArguments& arguments) {
  FOEHN_TRY(const std::string text, read_file(arguments.file));
  FOEHN_TRY(const Value answer, request_text(api, "POST", std::string("/v2/") + plural_of(kind) + "/validate", text));
  return print_mistral_object(arguments.form, {"Valid", "Error"},
                              {answer.value("valid", Value()), answer.value("error", Value())});
}

// Prints a text that holds JSON indented, any other as it is; nothing is an empty line.
void print_json_text(const Value* field) {
  const std::string text = field && field->is_string() ? field->get_ref<const std::string&>() : "";
  const auto value = text.empty() && field && !field->is_null() && !field->is_string() ? Result<Value>(*field)
                                                                                      : parse_json(text);
  if (value) std::printf("%s\n", value->dump(4, ' ', true, Value::error_handler_t::replace).c_str());
  else std::fputs(text.empty() ? "\n" : text.c_str(), stdout);
}

Status start(Api& api, const MistralArguments& arguments) {
  if (arguments.name.empty() && arguments.source.empty())
    return fail(ErrorCode::kInvalidArgument, "Execution is missing field \"workflow_identifier\"");
  FOEHN_TRY(const Value input, load_json(arguments.input));
  FOEHN_TRY(const Value params, load_json(arguments.params));
  Value body{{"description", arguments.description}};
  if (parse_uuid(arguments.source)) body["source_execution_id"] = arguments.source;
  if (!arguments.name.empty()) body[parse_uuid(arguments.name) ? "workflow_id" : "workflow_name"] = arguments.name;
  if (!arguments.name_space.empty()) body["workflow_namespace"] = arguments.name_space;
  if (is_truthy(input)) body["input"] = to_python_json(input);
  if (is_truthy(params)) body["params"] = to_python_json(params);
  FOEHN_TRY(const Value row, request_json(api, "POST", "/v2/executions", body));
  return show(arguments, MistralKind::kExecution, row);
}

Status update_execution(Api& api, const MistralArguments& arguments) {
  FOEHN_TRY(const Value env, load_environment(arguments.env));
  Value body = Value::object();
  if (!arguments.state.empty()) body["state"] = arguments.state;
  if (!arguments.description.empty()) body["description"] = arguments.description;
  if (is_truthy(env)) body["params"] = Value{{"env", env}};
  FOEHN_TRY(const Value row, request_json(api, "PUT", "/v2/executions/" + encode(arguments.id), body));
  return show(arguments, MistralKind::kExecution, row);
}

Status rerun(Api& api, const MistralArguments& arguments) {
  FOEHN_TRY(const Value env, load_environment(arguments.env));
  Value body{{"id", arguments.id}, {"state", "RUNNING"}, {"reset", !arguments.resume}};
  if (is_truthy(env)) body["env"] = to_python_json(env);
  FOEHN_TRY(const Value row, request_json(api, "PUT", "/v2/tasks/" + encode(arguments.id), body));
  return show(arguments, MistralKind::kTask, row);
}

Status run_action(Api& api, const MistralArguments& arguments) {
  FOEHN_TRY(const Value input, load_json(arguments.input));
  Value params = Value::object();
  if (arguments.save_result) params["save_result"] = true;
  if (arguments.run_sync) params["run_sync"] = true;
  if (!arguments.target.empty()) params["target"] = arguments.target;
  Value body{{"name", arguments.name}};
  if (is_truthy(input)) body["input"] = to_python_json(input);
  if (!params.empty()) body["params"] = to_python_json(params);
  if (!arguments.name_space.empty()) body["workflow_namespace"] = arguments.name_space;
  FOEHN_TRY(const Value row, request_json(api, "POST", "/v2/action_executions", body));
  if (arguments.save_result && !arguments.run_sync) return show(arguments, MistralKind::kActionExecution, row);
  std::printf("%s\n", to_python_str(row.value("output", Value())).c_str());
  return {};
}

Status update_action_execution(Api& api, const MistralArguments& arguments) {
  FOEHN_TRY(const Value output, load_json(arguments.output));
  if (arguments.state.empty() && !is_truthy(output))
    return fail(ErrorCode::kInvalidArgument, "Please provide either state or output for action execution.");
  Value body = Value::object();
  if (!arguments.state.empty()) body["state"] = arguments.state;
  if (is_truthy(output)) body["output"] = output;
  FOEHN_TRY(const Value row, request_json(api, "PUT", "/v2/action_executions/" + encode(arguments.id), body));
  return show(arguments, MistralKind::kActionExecution, row);
}

Status put_environment(Api& api, const MistralArguments& arguments, bool update) {
  FOEHN_TRY(const std::string text, read_file(arguments.file));
  FOEHN_TRY(Value body, dsl::parse_yaml(text));
  if (!body.is_object()) return fail(ErrorCode::kInvalidArgument, arguments.file + " holds no mapping");
  for (const char* name : {"name", "variables"})
    if (!(update && std::string_view(name) == "variables") && find(body, name) == nullptr)
      return fail(ErrorCode::kInvalidArgument, "Environment is missing field \"" + std::string(name) + "\"");
  if (const Value* variables = find(body, "variables"); variables && variables->is_object())
    body["variables"] = to_python_json(Value(*variables));
  FOEHN_TRY(const Value row, request_json(api, update ? "PUT" : "POST", "/v2/environments", body));
  return show(arguments, MistralKind::kEnvironment, row);
}

// "YYYY-MM-DD HH:MM" of here as UTC.
Result<std::string> utc_of(const std::string& text) {
  std::tm local{};
  local.tm_isdst = -1;
  const char* end = ::strptime(text.c_str(), "%Y-%m-%d %H:%M", &local);
  if (end == nullptr || *end != '\0')
    return fail(ErrorCode::kInvalidArgument, "time data '" + text + "' does not match format '%Y-%m-%d %H:%M'");
  const std::time_t seconds = ::mktime(&local);
  return to_mistral_time({static_cast<std::int64_t>(seconds) * 1'000'000}).substr(0, 16);
}

Status create_cron_trigger(Api& api, const MistralArguments& arguments) {
  FOEHN_TRY(const Value input, load_json(arguments.input));
  FOEHN_TRY(const Value params, load_json(arguments.params));
  Value body{{"name", arguments.name},
             {"pattern", arguments.pattern.empty() ? Value() : Value(arguments.pattern)},
             {"first_execution_time", Value()},
             {"remaining_executions", arguments.count ? Value(*arguments.count) : Value()}};
  if (!arguments.first_time.empty() && arguments.utc) body["first_execution_time"] = arguments.first_time;
  if (!arguments.first_time.empty() && !arguments.utc) {
    FOEHN_TRY(body["first_execution_time"], utc_of(arguments.first_time));
  }
  body[parse_uuid(arguments.workflow) ? "workflow_id" : "workflow_name"] = arguments.workflow;
  if (is_truthy(input)) body["workflow_input"] = to_python_json(input);
  if (is_truthy(params)) body["workflow_params"] = to_python_json(params);
  FOEHN_TRY(const Value row, request_json(api, "POST", "/v2/cron_triggers", body));
  return show(arguments, MistralKind::kCronTrigger, row);
}

Status create_event_trigger(Api& api, const MistralArguments& arguments) {
  FOEHN_TRY(const Value input, load_json(arguments.input));
  FOEHN_TRY(const Value params, load_json(arguments.params));
  Value body{{"workflow_id", arguments.workflow},
             {"name", arguments.name},
             {"exchange", arguments.exchange},
             {"topic", arguments.topic},
             {"event", arguments.event}};
  if (is_truthy(input)) body["workflow_input"] = to_python_json(input);
  if (is_truthy(params)) body["workflow_params"] = to_python_json(params);
  FOEHN_TRY(const Value row, request_json(api, "POST", "/v2/event_triggers", body));
  return show(arguments, MistralKind::kEventTrigger, row);
}

// ---- the report of an execution

std::string member_text(const Value& object, const char* name) { return to_python_str(object.value(name, Value())); }

class Report {
 public:
  void statistics(const Value& counts) {
    constexpr std::array<std::pair<const char*, const char*>, 5> kStates = {{{"SUCCESS", "success_tasks_count"},
                                                                             {"ERROR", "error_tasks_count"},
                                                                             {"RUNNING", "running_tasks_count"},
                                                                             {"IDLE", "idle_tasks_count"},
                                                                             {"PAUSED", "paused_tasks_count"}}};
    for (const auto& [state, field] : kStates)
      line("Number of tasks in " + std::string(state) + " state: " + member_text(counts, field), 0);
    line("", 0);
    if (find(counts, "estimated_time"))
      line("Estimated time (seconds) for the execution to finish: " + member_text(counts, "estimated_time") + "\n", 0);
  }
  void execution(const Value& execution, std::size_t level) {
    if (level > kReportDepthMax) return;
    entry("workflow", execution, level);
    for (const Value& task : execution.value("task_executions", Value::array())) {
      entry("task", task, level + 1);
      if (find(task, "retry_count")) line("(retry count: " + member_text(task, "retry_count") + ")", level + 1);
      error(task, level + 1, true);
      for (const Value& run : task.value("action_executions", Value::array())) {
        entry("action", run, level + 2);
        error(run, level + 2, false);
      }
      for (const Value& child : task.value("workflow_executions", Value::array())) this->execution(child, level + 2);
    }
  }
  void line(const std::string& text, std::size_t level) {
    std::printf("%s%s\n", std::string(level * 4, ' ').c_str(), text.c_str());
  }

 private:
  void entry(const char* what, const Value& object, std::size_t level) {
    line(std::string(what) + " '" + member_text(object, "name") + "' [" + member_text(object, "state") + "] " +
             member_text(object, "id"),
         level);
  }
  void error(const Value& object, std::size_t level, bool one_line) {
    std::string info = text_or(object, "state_info");
    if (text_or(object, "state") != "ERROR" || info.empty()) return;
    std::size_t end = 0;
    for (std::size_t count = 0; end < info.size(); ++end)
      if ((static_cast<unsigned char>(info[end]) & 0xC0) != 0x80 && count++ == 100) break;
    info.resize(end);
    if (one_line) std::replace(info.begin(), info.end(), '\n', ' ');
    line("(error info: " + info + "...)", level);
  }
};

Status report_execution(Api& api, const MistralArguments& arguments) {
  Query query;
  if (!arguments.not_only_errors) query.add("errors_only", "True");
  if (arguments.statistics_only) query.add("statistics_only", "True");
  query.add("max_depth", std::to_string(arguments.max_depth));
  FOEHN_TRY(const Value answer,
            request(api, "GET", "/v2/executions/" + encode(arguments.id) + "/report" + query.text()));
  const std::string frame(30, '=');
  Report report;
  report.line("\nTo get more details on a task failure run: mistral task-get <id> -c 'State info'\n", 0);
  report.line(frame + " General Statistics " + frame + "\n", 0);
  report.statistics(answer.value("statistics", Value::object()));
  if (const Value* root = find(answer, "root_workflow_execution")) {
    report.line(frame + " Workflow Execution Tree " + frame + "\n", 0);
    report.execution(*root, 0);
  }
  return {};
}

}  // namespace

std::unique_ptr<Api> connect_mistral(const Global& global, const MistralArguments& arguments) {
  return make_http_api(arguments.server.empty() ? global.server : arguments.server);
}

int show_mistral(const MistralArguments& arguments, MistralKind kind, const Result<Value>& row) {
  return row ? outcome(show(arguments, kind, *row)) : failed(row.error());
}

int show_mistral_list(const MistralArguments& arguments, MistralKind kind, const Result<Value>& answer) {
  if (!answer) return failed(answer.error());
  return outcome(show_list(arguments, kind, answer->value(plural_of(kind), Value::array())));
}

int mistral_list(const Global& global, MistralKind kind, MistralArguments arguments) {
  return outcome(list(*connect_mistral(global, arguments), kind, std::move(arguments)));
}

int mistral_get(const Global& global, MistralKind kind, const MistralArguments& arguments) {
  const auto row = request(*connect_mistral(global, arguments), "GET", path_of(kind, arguments, arguments.id));
  if (!row) return failed(row.error());
  if (!arguments.is_export) return outcome(show(arguments, kind, *row));
  const Value variables = json_field(*row, "variables");
  return outcome(print_mistral_object(arguments.form, {"name", "description", "scope", "variables"},
                                      {row->value("name", Value()), row->value("description", Value()),
                                       row->value("scope", Value()), to_python_json(variables)}));
}

int mistral_store(const Global& global, MistralKind kind, const MistralArguments& arguments, bool update) {
  return outcome(store(*connect_mistral(global, arguments), kind, arguments, update));
}

int mistral_validate(const Global& global, MistralKind kind, const MistralArguments& arguments) {
  return outcome(validate(*connect_mistral(global, arguments), kind, arguments));
}

int mistral_delete(const Global& global, MistralKind kind, const MistralArguments& arguments) {
  const auto api = connect_mistral(global, arguments);
  bool refused = false;
  for (const std::string& id : arguments.ids) {
    const std::string force = arguments.force ? "?force=True" : "";
    const auto done = request(*api, "DELETE", path_of(kind, arguments, id) + force);
    refused = refused || !done;
    if (done) std::printf("Request to delete %s has been accepted.\n", deleted_text(kind, id).c_str());
    else std::printf("%s\n", done.error().message.c_str());
  }
  if (!refused) return kExitOk;
  std::fflush(stdout);
  return failed({ErrorCode::kInternal, std::string("Unable to delete the specified ") + noun_of(kind) + "(s)."});
}

int mistral_print_text(const Global& global, MistralKind kind, const MistralArguments& arguments, const char* field) {
  const auto row = request(*connect_mistral(global, arguments), "GET", path_of(kind, arguments, arguments.id));
  if (!row) return failed(row.error());
  const std::string text = text_or(*row, field);
  std::fputs(text.empty() ? "\n" : text.c_str(), stdout);
  return kExitOk;
}

int mistral_print_json(const Global& global, MistralKind kind, const MistralArguments& arguments, const char* field) {
  const auto row = request(*connect_mistral(global, arguments), "GET", path_of(kind, arguments, arguments.id));
  if (!row) return failed(row.error());
  print_json_text(find(*row, field));
  const bool task_published = kind == MistralKind::kTask && std::string_view(field) == "published";
  const Value* global_ones = find(*row, "published_global");
  if (task_published && global_ones && is_truthy(*global_ones)) print_json_text(global_ones);
  return kExitOk;
}

int mistral_sub_executions(const Global& global, MistralKind of, const MistralArguments& arguments) {
  const std::string path = path_of(of, {}, arguments.id) + "/executions?max_depth=" +
                           std::to_string(arguments.max_depth) + "&errors_only=" +
                           (arguments.errors_only ? "True" : "");
  const auto answer = request(*connect_mistral(global, arguments), "GET", path);
  if (!answer) return failed(answer.error());
  return outcome(show_list(arguments, MistralKind::kExecution, answer->value("executions", Value::array())));
}

int mistral_execution_create(const Global& global, const MistralArguments& arguments) {
  return outcome(start(*connect_mistral(global, arguments), arguments));
}
int mistral_execution_update(const Global& global, const MistralArguments& arguments) {
  return outcome(update_execution(*connect_mistral(global, arguments), arguments));
}
int mistral_execution_report(const Global& global, const MistralArguments& arguments) {
  return outcome(report_execution(*connect_mistral(global, arguments), arguments));
}
int mistral_task_rerun(const Global& global, const MistralArguments& arguments) {
  return outcome(rerun(*connect_mistral(global, arguments), arguments));
}
int mistral_run_action(const Global& global, const MistralArguments& arguments) {
  return outcome(run_action(*connect_mistral(global, arguments), arguments));
}
int mistral_action_execution_update(const Global& global, const MistralArguments& arguments) {
  return outcome(update_action_execution(*connect_mistral(global, arguments), arguments));
}
int mistral_environment_put(const Global& global, const MistralArguments& arguments, bool update) {
  return outcome(put_environment(*connect_mistral(global, arguments), arguments, update));
}
int mistral_cron_trigger_create(const Global& global, const MistralArguments& arguments) {
  return outcome(create_cron_trigger(*connect_mistral(global, arguments), arguments));
}
int mistral_event_trigger_create(const Global& global, const MistralArguments& arguments) {
  return outcome(create_event_trigger(*connect_mistral(global, arguments), arguments));
}

}  // namespace foehn::cli
