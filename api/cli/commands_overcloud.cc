// OverClouds.
#include <cstdio>

#include "api/cli/commands.h"
#include "api/cli/watch.h"

namespace foehn::cli {
namespace {

// What the server wants a person to know about the machines.
void print_notes(std::FILE* to, const Value& answer) {
  for (const auto& note : answer.value("notes", Value::array()))
    std::fprintf(to, "note       %s\n", cell(note).c_str());
}

void print_overcloud(const Value& record) {
  const std::string id = text_or(record, "overcloud_id");
  std::printf("OverCloud  %s\nstate      %s\n", id.c_str(), text_or(record, "state").c_str());
  if (const std::string reason = text_or(record, "state_reason"); !reason.empty())
    std::printf("reason     %s\n", one_line(reason).c_str());
  std::printf("provider   %s, %s × %s\n", text_or(record, "provider").c_str(),
              cell(record.value("number", Value())).c_str(), text_or(record, "size").c_str());
  std::printf("post       %s\n", cell(record.value("devops_post", Value())).c_str());
  for (const auto& address : record.value("logical_cluster", Value::array()))
    std::printf("cluster    %s\n", cell(address).c_str());
  for (const char* url : {"prometheus_url", "grafana_url", "rook_url", "weave_url", "chronograf_url"})
    if (const std::string text = text_or(record, url); !text.empty())
      std::printf("%-10s %s\n", std::string(url).substr(0, std::string(url).size() - 4).c_str(), text.c_str());
  std::printf("execution  %s\n", text_or(record, "execution_id").c_str());
  print_notes(stdout, record);
  const Value* post = find(record, "post");
  if (post && post->is_object() && is_truthy(post->value("simulated", Value(false))))
    std::printf("machines   SIMULATED: boxes of the server's host, Kubernetes tools are stand-ins\n");
  if (post && post->is_object())
    std::printf("log in     foehn oc ssh-key %s > key && chmod 600 key && ssh -i key %s@%s -p %s\n", id.c_str(),
                text_or(*post, "user", "root").c_str(), text_or(*post, "ip").c_str(),
                cell(post->value("port", Value(22))).c_str());
}

// Follows the execution that an accepted request started, then shows the OverCloud.
int follow(const Global& global, Api& api, const Value& accepted, bool no_wait, bool show) {
  const std::string id = text_or(accepted, "overcloud_id");
  const std::string execution = text_or(accepted, "execution_id");
  if (no_wait) {
    if (!print_json(global, accepted))
      std::printf("%s\n", global.quiet ? id.c_str()
                                       : (id + "  " + text_or(accepted, "state") + "  execution " + execution).c_str());
    return kExitOk;
  }
  const auto end =
      watch_execution(api, execution, {.style = global.style, .timeout_ms = std::nullopt, .quiet = global.quiet});
  if (!end) return report(end.error());
  const int code = finish_watch(*end, execution, global.style);
  const auto record = request(api, "GET", "/overclouds/" + encode(id));
  if (!record) return report(record.error());
  if (print_json(global, *record)) return code;
  if (global.quiet) {
    std::printf("%s\n", id.c_str());
  } else if (show && !end->interrupted) {
    std::printf("\n");
    print_overcloud(*record);
  } else {
    std::printf("OverCloud %s is %s\n", id.c_str(), text_or(*record, "state").c_str());
  }
  return code;
}

}  // namespace

int overcloud_create(const Global& global, const OvercloudCreateOptions& options) {
  Value body{{"provider", options.provider}, {"number", options.number}, {"size", options.size}};
  if (!options.name.empty()) body["name"] = options.name;
  if (!options.on_failure.empty()) body["on_failure"] = options.on_failure;
  if (!options.workflow.empty()) body["workflow"] = options.workflow;
  for (const auto& [name, text] : {std::pair{"profile", options.profile}, std::pair{"policy", options.policy}}) {
    if (text.empty()) continue;
    const auto object = parse_inputs({text});
    if (!object) return report(object.error());
    body[name] = *object;
  }
  const auto api = make_http_api(global.server);
  const auto accepted = request_json(*api, "POST", "/overclouds", body);
  if (!accepted) return report(accepted.error());
  if (!global.quiet) print_notes(stderr, *accepted);
  return follow(global, *api, *accepted, options.no_wait, true);
}

int overcloud_list(const Global& global, bool deleted) {
  const auto api = make_http_api(global.server);
  const auto list = request(*api, "GET", std::string("/overclouds") + (deleted ? "?deleted=true" : ""));
  if (!list) return report(list.error());
  if (print_json(global, *list)) return kExitOk;
  Table table({"ID", "NAME", "STATE", "PROVIDER", "CLUSTERS", "POST", "CREATED"});
  const Value& items = list->is_array() ? *list : list->value("overclouds", Value::array());
  for (const auto& row : items) {
    if (global.quiet) {
      std::printf("%s\n", text_or(row, "overcloud_ID").c_str());
      continue;
    }
    table.add({text_or(row, "overcloud_ID"), cell(row.value("name", Value())),
               state_text(text_or(row, "state"), global.style), text_or(row, "provider"),
               cell(row.value("number", Value())), cell(row.value("devops_post", Value())),
               text_or(row, "created_at")});
  }
  if (!global.quiet) std::printf("%s", table.text().c_str());
  return kExitOk;
}

int overcloud_get(const Global& global, const std::string& id) {
  const auto api = make_http_api(global.server);
  const auto record = request(*api, "GET", "/overclouds/" + encode(id));
  if (!record) return report(record.error());
  if (!print_json(global, *record)) print_overcloud(*record);
  return kExitOk;
}

int overcloud_destroy(const Global& global, const std::string& id, const std::string& preserve, bool force,
                      bool no_wait) {
  const auto api = make_http_api(global.server);
  const auto accepted = request(
      *api, "DELETE", "/overclouds/" + encode(id) + "?preserve=" + encode(preserve) + (force ? "&force=true" : ""));
  if (!accepted) return report(accepted.error());
  return follow(global, *api, *accepted, no_wait, false);
}

int overcloud_rollback(const Global& global, const std::string& id, bool no_wait) {
  const auto api = make_http_api(global.server);
  const auto accepted = request_json(*api, "POST", "/overclouds/" + encode(id) + "/rollback", Value::object());
  if (!accepted) return report(accepted.error());
  return follow(global, *api, *accepted, no_wait, false);
}

int overcloud_ssh_key(const Global& global, const std::string& id) {
  const auto api = make_http_api(global.server);
  const auto response = api->call("GET", "/overclouds/" + encode(id) + "/ssh-key", "", "");
  if (!response) return report(response.error());
  if (response->status != 200) {
    const auto failed = request(*api, "GET", "/overclouds/" + encode(id) + "/ssh-key");
    return failed ? static_cast<int>(kExitFailed) : report(failed.error());
  }
  std::string key = response->body;
  if (const auto parsed = parse_json(key); parsed && parsed->is_object())
    key = text_or(*parsed, "private_key", text_or(*parsed, "ssh"));
  std::printf("%s%s", key.c_str(), key.ends_with('\n') ? "" : "\n");
  return kExitOk;
}

}  // namespace foehn::cli
