// OverClouds.
#include <cstdio>

#include "api/cli/causes.h"
#include "api/cli/commands.h"
#include "api/cli/output.h"
#include "api/cli/watch.h"

namespace foehn::cli {
namespace {

// What the server wants a person to know about the machines.
void print_notes(std::FILE* to, const Value& answer) {
  for (const auto& note : answer.value("notes", Value::array()))
    std::fprintf(to, "note       %s\n", cell(note).c_str());
}

MachineNames box_names(const Value& record) {
  MachineNames names;
  const auto add = [&names](const Value& box) {
    for (const char* address : {"ip", "private_ip"})
      if (const std::string ip = text_or(box, address); !ip.empty()) names[ip] = text_or(box, "name", ip);
  };
  if (const Value* post = find(record, "post"); post && post->is_object()) add(*post);
  if (const Value* boxes = find(record, "boxes"); boxes && boxes->is_array())
    for (const Value& box : *boxes)
      if (box.is_object()) add(box);
  return names;
}

// Why it is not ACTIVE. The stored text nests the failures of all sub-workflows; here each is told once, by its box.
void print_reason(Api& api, const Value& record) {
  const std::string reason = text_or(record, "state_reason");
  if (reason.empty()) return;
  const std::string execution = text_or(record, "execution_id");
  if (text_or(record, "execution_state") == "ERROR") {
    const auto answer = request(api, "GET", "/foehn/v1/executions/" + encode(execution) + "/tree");
    const Causes causes = answer ? find_causes(api, answer->value("execution", Value::object())) : Causes();
    if (!causes.list.empty()) {
      const std::size_t count = causes.list.size() + causes.more;
      std::printf("failed     %zu step%s (all of the text: -o json)\n%s\n", count, count == 1 ? "" : "s",
                  causes_text(causes, box_names(record), true).c_str());
      return;
    }
  }
  std::string text = innermost_text(reason);
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos;) text.replace(at, 1, "\n           "), ++at;
  std::printf("reason     %s\n", text.c_str());
}

void print_overcloud(Api& api, const Value& record, const Style& style) {
  const std::string id = text_or(record, "overcloud_id");
  std::printf("OverCloud  %s\nstate      %s\n", id.c_str(), state_word(text_or(record, "state"), style).c_str());
  print_reason(api, record);
  std::printf("provider   %s, %s %s %s\n", text_or(record, "provider").c_str(),
              cell(record.value("number", Value())).c_str(), style.ascii ? "x" : "×", text_or(record, "size").c_str());
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
    if (!print_object(global, accepted, "overcloud_id"))
      std::printf("%s  %s  execution %s\n", id.c_str(), text_or(accepted, "state").c_str(), execution.c_str());
    return kExitOk;
  }
  WatchOptions watch{.style = global.style, .timeout_ms = std::nullopt};
  watch.quiet = global.quiet || !global.is_table();
  watch.progress = global.progress;
  watch.hints = !global.quiet;
  const auto end = watch_execution(api, execution, watch);
  if (!end) return report(end.error());
  const int code = finish_watch(api, *end, execution, global.style);
  const auto record = request(api, "GET", "/overclouds/" + encode(id));
  if (!record) return report(record.error());
  if (print_object(global, *record, "overcloud_id")) return code;
  if (show && end->state == "SUCCESS") {
    std::printf("\n");
    print_overcloud(api, *record, global.style);
  } else {
    std::printf("\nOverCloud %s is %s\n", id.c_str(), text_or(*record, "state").c_str());
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
  const auto plain = [](const char* name) {
    return [name](const Value& row) { return cell(row.value(name, Value())); };
  };
  const auto state = [&global](const Value& row) { return state_text(text_or(row, "state"), global.style); };
  print_list(global, *list, list->is_array() ? *list : list->value("overclouds", Value::array()),
             {"overcloud_ID",
              "name",
              {{"ID", plain("overcloud_ID")},
               {"NAME", plain("name")},
               {"STATE", state},
               {"PROVIDER", plain("provider")},
               {"CLUSTERS", plain("number")},
               {"POST", plain("devops_post")},
               {"CREATED", time_of(global, "created_at")}}});
  return kExitOk;
}

int overcloud_get(const Global& global, const std::string& id) {
  const auto api = make_http_api(global.server);
  const auto whole = resolve_overcloud(*api, id);
  if (!whole) return report(whole.error());
  const auto record = request(*api, "GET", "/overclouds/" + encode(*whole));
  if (!record) return report(record.error());
  if (!print_object(global, *record, "overcloud_id")) print_overcloud(*api, *record, global.style);
  return kExitOk;
}

int overcloud_destroy(const Global& global, const std::string& id, const OvercloudDestroyOptions& options) {
  const auto api = make_http_api(global.server);
  const auto whole = resolve_overcloud(*api, id);
  if (!whole) return report(whole.error());
  const std::string path = "/overclouds/" + encode(*whole);
  if (!options.yes) {
    const auto row = request(*api, "GET", path);
    if (!row) return report(row.error());
    const std::string name = text_or(*row, "name");
    const std::string what = "this destroys OverCloud " + *whole + (name.empty() ? "" : " (" + name + ")") +
                             ": provider " + text_or(*row, "provider") + ", " + cell(row->value("number", Value())) +
                             " logical clusters, preserved: " + options.preserve;
    const auto yes = confirmed_by_name(global, what, name.empty() ? *whole : name);
    if (!yes) return report(yes.error());
    if (!*yes) return kExitOk;
  }
  const auto accepted =
      request(*api, "DELETE", path + "?preserve=" + encode(options.preserve) + (options.force ? "&force=true" : ""));
  if (!accepted) return report(accepted.error());
  return follow(global, *api, *accepted, options.no_wait, false);
}

int overcloud_rollback(const Global& global, const std::string& id, bool no_wait) {
  const auto api = make_http_api(global.server);
  const auto whole = resolve_overcloud(*api, id);
  if (!whole) return report(whole.error());
  const auto accepted = request_json(*api, "POST", "/overclouds/" + encode(*whole) + "/rollback", Value::object());
  if (!accepted) return report(accepted.error());
  return follow(global, *api, *accepted, no_wait, false);
}

int overcloud_ssh_key(const Global& global, const std::string& id) {
  const auto api = make_http_api(global.server);
  const auto whole = resolve_overcloud(*api, id);
  if (!whole) return report(whole.error());
  const auto response = api->call("GET", "/overclouds/" + encode(*whole) + "/ssh-key", "", "");
  if (!response) return report(response.error());
  if (response->status != 200) {
    const auto failed = request(*api, "GET", "/overclouds/" + encode(*whole) + "/ssh-key");
    return failed ? static_cast<int>(kExitFailed) : report(failed.error());
  }
  std::string key = response->body;
  if (const auto parsed = parse_json(key); parsed && parsed->is_object())
    key = text_or(*parsed, "private_key", text_or(*parsed, "ssh"));
  std::printf("%s%s", key.c_str(), key.ends_with('\n') ? "" : "\n");
  return kExitOk;
}

}  // namespace foehn::cli
