#include <cstdio>

#include "api/cli/commands.h"
#include "api/cli/output.h"
#include "api/cli/triggers.h"

namespace foehn::cli {
namespace {

std::function<std::string(const Value&)> list_of(const char* name) {
  return [name](const Value& row) {
    std::string text;
    if (const Value* list = find(row, name); list && list->is_array())
      for (const Value& one : *list) text += (text.empty() ? "" : ",") + cell(one);
    return text.empty() ? std::string("-") : text;
  };
}

int list(const Global& global, const char* path, const char* plural, const ListView& view) {
  const auto api = make_http_api(global.server);
  const auto answer = request(*api, "GET", path);
  if (!answer) return report(answer.error());
  print_list(global, *answer, answer->value(plural, Value::array()), view);
  return kExitOk;
}

int create(const Global& global, const char* path, const Value& body) {
  const auto api = make_http_api(global.server);
  const auto stored = request_json(*api, "POST", path, body);
  if (!stored) return report(stored.error());
  if (print_object(global, *stored, "id")) return kExitOk;
  std::printf("created %s %s\n", cell((*stored)["name"]).c_str(), text_or(*stored, "id").c_str());
  return kExitOk;
}

void set(Value& body, const char* key, const std::string& text) {
  if (!text.empty()) body[key] = text;
}

// What all triggers say about the workflow they start. One in a namespace is named by its id: they look for names
// outside of namespaces only.
Status set_workflow(const Global& global, Value& body, const TriggerOptions& options) {
  if (!options.name_space.empty()) {
    const auto api = make_http_api(global.server);
    FOEHN_TRY(const Value row, request(*api, "GET", in_namespace("/v2/workflows/" + encode(options.workflow),
                                                                 options.name_space)));
    body.erase("workflow_name");
    body["workflow_id"] = text_or(row, "id");
  }
  FOEHN_TRY(body["workflow_input"], parse_inputs(options.inputs));
  FOEHN_TRY(body["workflow_params"], parse_inputs(options.params));
  return {};
}

}  // namespace

int cron_list(const Global& global) {
  return list(global, "/v2/cron_triggers?sort_keys=name", "cron_triggers",
              {"name",
               "name",
               {{"NAME", text_of("name")},
                {"WORKFLOW", text_of("workflow_name")},
                {"PATTERN", text_of("pattern")},
                {"ZONE", text_of("time_zone")},
                {"NEXT", time_of(global, "next_execution_time")},
                {"LEFT", [](const Value& row) { return cell(row.value("remaining_executions", Value())); }},
                {"ID", text_of("id")}}});
}

int cron_create(const Global& global, const TriggerOptions& options) {
  Value body = Value::object();
  body["name"] = options.name;
  body["workflow_name"] = options.workflow;
  set(body, "pattern", options.pattern);
  set(body, "first_execution_time", options.first_time);
  set(body, "time_zone", options.time_zone);
  if (options.count) body["remaining_executions"] = *options.count;
  const Status workflow = set_workflow(global, body, options);
  return workflow ? create(global, "/v2/cron_triggers", body) : report(workflow.error());
}

int trigger_list(const Global& global) {
  return list(global, "/v2/event_triggers", "event_triggers",
              {"id",
               "name",
               {{"NAME", text_of("name")},
                {"EXCHANGE", text_of("exchange")},
                {"TOPIC", text_of("topic")},
                {"EVENT", text_of("event")},
                {"WORKFLOW ID", text_of("workflow_id")},
                {"ID", text_of("id")}}});
}

int trigger_create(const Global& global, const TriggerOptions& options) {
  Value body = Value::object();
  set(body, "name", options.name);
  body["workflow_id"] = options.workflow;
  body["exchange"] = options.exchange;
  body["topic"] = options.topic;
  body["event"] = options.event;
  const Status workflow = set_workflow(global, body, options);
  return workflow ? create(global, "/v2/event_triggers", body) : report(workflow.error());
}

int subscription_list(const Global& global) {
  return list(global, "/foehn/v1/subscriptions", "subscriptions",
              {"name",
               "name",
               {{"NAME", text_of("name")},
                {"URL", text_of("url")},
                {"EVENTS", list_of("event_types")},
                {"WORKFLOW", text_of("workflow_name")},
                {"DELIVERED UNTIL", time_of(global, "delivered_until")},
                {"ID", text_of("id")}}});
}

int subscription_create(const Global& global, const TriggerOptions& options) {
  Value body = Value::object();
  body["name"] = options.name;
  body["url"] = options.url;
  set(body, "workflow_name", options.workflow);
  body["event_types"] = options.event_types;
  body["headers"] = Value::object();
  for (const std::string& header : options.headers) {
    const std::size_t colon = header.find(':');
    if (colon == std::string::npos) return report_usage("'" + header + "' is not a header: name: value");
    const std::size_t begin = header.find_first_not_of(' ', colon + 1);
    body["headers"][header.substr(0, colon)] = begin == std::string::npos ? "" : header.substr(begin);
  }
  if (!options.secret_file.empty()) {
    const auto text = read_file(options.secret_file);
    if (!text) return report(text.error());
    body["secret"] = text->substr(0, text->find_first_of("\r\n"));
  }
  return create(global, "/foehn/v1/subscriptions", body);
}

int trigger_get(const Global& global, const char* path, const std::string& name) {
  const auto api = make_http_api(global.server);
  const auto row = request(*api, "GET", std::string(path) + "/" + encode(name));
  if (!row) return report(row.error());
  if (!print_object(global, *row, "id")) print_record(global, *row);
  return kExitOk;
}

int trigger_update(const Global& global, const TriggerOptions& options) {
  Value body = Value::object();
  set(body, "name", options.new_name);
  set(body, "workflow_id", options.workflow);
  for (const auto& [name, given] :
       {std::pair{"workflow_input", &options.inputs}, std::pair{"workflow_params", &options.params}}) {
    if (given->empty()) continue;
    const auto values = parse_inputs(*given);
    if (!values) return report(values.error());
    body[name] = *values;
  }
  if (body.empty()) return report_usage("nothing to change: give --name, --workflow, -i or -p");
  const auto api = make_http_api(global.server);
  const auto row = request_json(*api, "PUT", "/v2/event_triggers/" + encode(options.name), body);
  if (!row) return report(row.error());
  if (!print_object(global, *row, "id"))
    std::printf("updated %s %s\n", cell((*row)["name"]).c_str(), text_or(*row, "id").c_str());
  return kExitOk;
}

int trigger_delete(const Global& global, const char* path, const TriggerOptions& options) {
  return delete_named(global, std::string(path) + "/" + encode(options.name), options.name, options.deletion);
}

}  // namespace foehn::cli
