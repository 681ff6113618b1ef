// The options of `foehn cron`, `foehn trigger` and `foehn subscription`.
#include <CLI/CLI.hpp>

#include "api/cli/triggers.h"
#include "api/cli/usage.h"

namespace foehn::cli {
namespace {

// One group: list, get, delete, and create, whose options the caller adds.
CLI::App* add_group(CLI::App& app, const Global& global, TriggerOptions& options, std::function<int()>& command,
                    const char* name, const char* description, const char* path, int (*list)(const Global&),
                    int (*create)(const Global&, const TriggerOptions&)) {
  auto* group = app.add_subcommand(name, description)->require_subcommand(1);
  const auto add = [&](const char* verb, const char* text, std::function<int()> run) {
    return add_command(*group, command, verb, text, std::move(run));
  };
  add("list", "List them", [&global, list] { return list(global); });
  add("get", "Show one", [&global, &options, path] { return trigger_get(global, path, options.name); })
      ->add_option("name", options.name, "name or id (event triggers: id)")
      ->required();
  auto* remove =
      add("delete", "Delete one", [&global, &options, path] { return trigger_delete(global, path, options); });
  remove->add_option("name", options.name, "name or id (event triggers: id)")->required();
  add_deletion(*remove, options.deletion);
  return add("create", "Create one", [&global, &options, create] { return create(global, options); });
}

void add_workflow(CLI::App* sub, TriggerOptions& options) {
  sub->add_option("workflow", options.workflow, "workflow that it starts: name or id")->required();
  sub->add_option("--namespace", options.name_space, "namespace of the workflow (default: none)");
  add_values(*sub, "-i,--input", options.inputs, "input: name=value, name=@file or @file.json (repeatable)");
  add_values(*sub, "-p,--param", options.params, "params of the execution, as --input (repeatable)");
}

}  // namespace

void add_trigger_commands(CLI::App& app, const Global& global, TriggerOptions& options,
                          std::function<int()>& command) {
  auto* cron = add_group(app, global, options, command, "cron", "Cron triggers: workflows at times",
                         "/v2/cron_triggers", cron_list, cron_create);
  cron->add_option("name", options.name, "name")->required();
  add_workflow(cron, options);
  cron->add_option("--pattern", options.pattern, "minute hour day month weekday [second], or @hourly, @daily, …");
  cron->add_option("--first-time", options.first_time, "first execution, \"YYYY-MM-DD HH:MM\" UTC");
  cron->add_option("--count", options.count, "delete the trigger after so many executions");
  cron->add_option("--zone", options.time_zone, "time zone of the pattern, as in Europe/Vienna (default: UTC)");
  cron->footer("example: foehn cron create nightly backup --pattern '0 3 * * *' --zone Europe/Vienna -i keep=7");

  auto* trigger = add_group(app, global, options, command, "trigger",
                            "Event triggers: workflows when something happens", "/v2/event_triggers",
                            trigger_list, trigger_create);
  add_workflow(trigger, options);
  trigger->add_option("--name", options.name, "name, for people");
  trigger->add_option("--exchange", options.exchange, "exchange, or the event's source; * and ? match any")->required();
  trigger->add_option("--topic", options.topic, "topic, or the event's subject; * and ? match any")->required();
  trigger->add_option("--event", options.event, "type of the event; * and ? match any")->required();
  trigger->footer("example: foehn trigger create on_upload --exchange '*' --topic '*' --event com.example.uploaded "
                  "-i file='<% $.data.file %>'");

  auto* update = add_command(*app.get_subcommand("trigger"), command, "update",
                             "Change what one starts; what it listens to cannot be changed",
                             [&global, &options] { return trigger_update(global, options); });
  update->add_option("id", options.name, "id")->required();
  update->add_option("--name", options.new_name, "name, for people");
  update->add_option("--workflow", options.workflow, "workflow that it starts: name or id");
  add_values(*update, "-i,--input", options.inputs, "all of its input anew, as create takes it (repeatable)");
  add_values(*update, "-p,--param", options.params, "all of its params anew (repeatable)");

  auto* subscription = add_group(app, global, options, command, "subscription",
                                 "Webhooks that are told of transitions", "/foehn/v1/subscriptions",
                                 subscription_list, subscription_create);
  subscription->add_option("name", options.name, "name")->required();
  subscription->add_option("url", options.url, "address that takes POST requests")->required();
  add_values(*subscription, "-t,--event-type", options.event_types, "only these, as in WORKFLOW_FAILED (repeatable)");
  subscription->add_option("-w,--workflow", options.workflow, "only executions of this workflow");
  add_values(*subscription, "-H,--header", options.headers, "\"name: value\" sent along, kept secret (repeatable)");
  subscription->add_option("--secret-file", options.secret_file,
                           "file whose first line signs what is sent (X-Hub-Signature-256); - for standard input");
  subscription->footer("example: foehn subscription create pager https://example.org/hook -t WORKFLOW_FAILED");
}

}  // namespace foehn::cli
