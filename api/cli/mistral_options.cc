// The options of `foehn mistral`: names and letters are the stock client's.
#include <CLI/CLI.hpp>

#include "api/cli/mistral.h"
#include "api/cli/usage.h"

namespace foehn::cli {
namespace {

// What declares commands: all references live as long as the parsing and the call.
struct Builder {
  CLI::App& app;
  const Global& global;
  MistralArguments& a;
  std::function<int()>& command;

  CLI::App* add(const std::string& name, const char* description, std::function<int()> run) const {
    return add_command(app, command, name.c_str(), description, std::move(run));
  }
  CLI::App* with_id(CLI::App* sub, const char* what) const {
    sub->add_option("id", a.id, what)->required();
    return sub;
  }
  void name_space(CLI::App* sub) const { sub->add_option("--namespace", a.name_space, "namespace (default: none)"); }
};

CLI::App* add_list(const Builder& b, const char* name, MistralKind kind, const char* description) {
  CLI::App* sub = b.add(std::string(name) + "-list", description,
                        [global = &b.global, a = &b.a, kind] { return mistral_list(*global, kind, *a); });
  sub->add_option("--marker", b.a.marker, "the last id of the page before");
  sub->add_option("--limit", b.a.limit, "at most so many");
  sub->add_option("--sort_keys", b.a.sort_keys, "fields, with commas (default: created_at)");
  sub->add_option("--sort_dirs", b.a.sort_dirs, "asc or desc of each, with commas (default: asc)");
  add_values(*sub, "--filter", b.a.filters, "name=value (repeatable)");
  return sub;
}

CLI::App* add_execution_list(const Builder& b, const char* name, MistralKind kind, const char* description) {
  CLI::App* sub = add_list(b, name, kind, description);
  sub->add_flag("--oldest", b.a.oldest, "from the oldest on");
  return sub;
}

CLI::App* add_get(const Builder& b, const char* name, MistralKind kind, const char* description) {
  return b.with_id(b.add(std::string(name) + "-get", description,
                         [global = &b.global, a = &b.a, kind] { return mistral_get(*global, kind, *a); }),
                   "name or id");
}

CLI::App* add_delete(const Builder& b, const char* name, MistralKind kind, const char* description) {
  CLI::App* sub = b.add(std::string(name) + "-delete", description,
                        [global = &b.global, a = &b.a, kind] { return mistral_delete(*global, kind, *a); });
  sub->add_option("ids", b.a.ids, "names or ids")->required();
  return sub;
}

void add_json(const Builder& b, const char* name, MistralKind kind, const char* field, const char* description) {
  b.with_id(b.add(name, description,
                  [global = &b.global, a = &b.a, kind, field] { return mistral_print_json(*global, kind, *a, field); }),
            "id");
}

void add_sub_executions(const Builder& b, const char* name, MistralKind of, const char* description) {
  CLI::App* sub = b.with_id(b.add(name, description, [global = &b.global, a = &b.a, of] {
    return mistral_sub_executions(*global, of, *a);
  }), "origin id");
  sub->add_flag("--errors-only", b.a.errors_only, "only what leads to errors");
  sub->add_option("--max-depth", b.a.max_depth, "0: only its own; -1: all (default)");
}

// Workflows, workbooks and actions.
void add_definitions(const Builder& b, const char* name, MistralKind kind) {
  const std::string prefix = name;
  CLI::App* list = add_list(b, name, kind, "List them");
  if (kind == MistralKind::kAction) b.name_space(list);
  b.name_space(add_get(b, name, kind, "Show one"));
  b.name_space(add_delete(b, name, kind, "Delete them"));
  for (const bool update : {false, true}) {
    CLI::App* sub = b.add(
        prefix + (update ? "-update" : "-create"), update ? "Replace what a file defines" : "Store what a file defines",
        [global = &b.global, a = &b.a, kind, update] { return mistral_store(*global, kind, *a, update); });
    sub->add_option("file", b.a.file, "definition (YAML), - for standard input")->required();
    b.name_space(sub);
    sub->add_flag("--public", b.a.is_public, "for all projects");
    if (update && kind != MistralKind::kWorkbook) sub->add_option("--id", b.a.id, "id of what is replaced");
  }
  b.add(prefix + "-validate", "Check a file", [global = &b.global, a = &b.a, kind] {
    return mistral_validate(*global, kind, *a);
  })->add_option("file", b.a.file, "definition (YAML), - for standard input")->required();
  CLI::App* text = b.with_id(b.add(prefix + "-get-definition", "Print its text", [global = &b.global, a = &b.a, kind] {
    return mistral_print_text(*global, kind, *a, "definition");
  }), "name or id");
  b.name_space(text);
}

void add_executions(const Builder& b) {
  constexpr MistralKind kKind = MistralKind::kExecution;
  CLI::App* list = add_execution_list(b, "execution", kKind, "List executions");
  list->add_option("--task", b.a.task, "only those that this task has started");
  list->add_flag("--rootsonly", b.a.roots_only, "only those that no other has started");
  add_get(b, "execution", kKind, "Show an execution");
  add_delete(b, "execution", kKind, "Delete executions")->add_flag("--force", b.a.force, "also unfinished ones");
  CLI::App* create = b.add("execution-create", "Start a workflow",
                           [global = &b.global, a = &b.a] { return mistral_execution_create(*global, *a); });
  create->add_option("workflow_identifier", b.a.name, "name or id");
  create->add_option("workflow_input", b.a.input, "JSON, or a file with it");
  create->add_option("params", b.a.params, "JSON, or a file with it");
  b.name_space(create);
  create->add_option("-d,--description", b.a.description, "text for people");
  create->add_option("-s", b.a.source, "execution that is started again");
  CLI::App* update = b.with_id(b.add("execution-update", "Change its state, its environment or its description",
                                     [global = &b.global, a = &b.a] { return mistral_execution_update(*global, *a); }),
                               "execution");
  update->add_option("-s,--state", b.a.state, "RUNNING, PAUSED, SUCCESS, ERROR or CANCELLED")
      ->check(CLI::IsMember({"RUNNING", "PAUSED", "SUCCESS", "ERROR", "CANCELLED"}));
  update->add_option("-e,--env", b.a.env, "variables: JSON or YAML, or a file with it");
  update->add_option("-d,--description", b.a.description, "text for people");
  add_json(b, "execution-get-input", kKind, "input", "Print its input");
  add_json(b, "execution-get-output", kKind, "output", "Print its output");
  add_json(b, "execution-get-published", kKind, "published_global", "Print its global variables");
  add_sub_executions(b, "execution-get-sub-executions", kKind, "List it and what it has started");
  CLI::App* report = b.with_id(b.add("execution-get-report", "Print its tasks and where errors come from",
                                     [global = &b.global, a = &b.a] { return mistral_execution_report(*global, *a); }),
                               "execution");
  report->add_flag("--errors-only", b.a.errors_only, "only what leads to errors (default)");
  report->add_flag("--no-errors-only", b.a.not_only_errors, "all of it");
  report->add_flag("--statistics-only", b.a.statistics_only, "only the counts");
  report->add_option("--max-depth", b.a.max_depth, "0: only its own tasks; -1: all (default)");
}

void add_tasks(const Builder& b) {
  add_execution_list(b, "task", MistralKind::kTask, "List tasks")->add_option("id", b.a.id, "execution");
  add_get(b, "task", MistralKind::kTask, "Show a task");
  add_json(b, "task-get-result", MistralKind::kTask, "result", "Print its result");
  add_json(b, "task-get-published", MistralKind::kTask, "published", "Print what it has published");
  add_sub_executions(b, "task-get-sub-executions", MistralKind::kTask, "List what it has started");
  CLI::App* rerun = b.with_id(b.add("task-rerun", "Run a failed task again",
                                    [global = &b.global, a = &b.a] { return mistral_task_rerun(*global, *a); }),
                              "task");
  rerun->add_flag("--resume", b.a.resume, "with-items: only the items that failed or have not begun");
  rerun->add_option("-e,--env", b.a.env, "variables: JSON or YAML, or a file with it");
}

void add_action_executions(const Builder& b) {
  constexpr MistralKind kKind = MistralKind::kActionExecution;
  add_execution_list(b, "action-execution", kKind, "List action executions")->add_option("id", b.a.id, "task");
  add_get(b, "action-execution", kKind, "Show an action execution");
  add_json(b, "action-execution-get-input", kKind, "input", "Print its input");
  add_json(b, "action-execution-get-output", kKind, "output", "Print its output");
  add_delete(b, "action-execution", kKind, "Delete action executions");
  CLI::App* update = b.with_id(
      b.add("action-execution-update", "Change its state, or report its result",
            [global = &b.global, a = &b.a] { return mistral_action_execution_update(*global, *a); }),
      "action execution");
  update->add_option("--state", b.a.state, "PAUSED, RUNNING, SUCCESS, ERROR or CANCELLED")
      ->check(CLI::IsMember({"PAUSED", "RUNNING", "SUCCESS", "ERROR", "CANCELLED"}));
  update->add_option("--output", b.a.output, "JSON, or a file with it");
  CLI::App* run = b.add("run-action", "Run an action without a workflow",
                        [global = &b.global, a = &b.a] { return mistral_run_action(*global, *a); });
  run->add_option("name", b.a.name, "action")->required();
  run->add_option("input", b.a.input, "JSON, or a file with it");
  run->add_flag("-s,--save-result", b.a.save_result, "keep it on the server");
  run->add_flag("--run-sync", b.a.run_sync, "wait for its end");
  run->add_option("-t,--target", b.a.target, "executor");
  b.name_space(run);
}

void add_environments(const Builder& b) {
  constexpr MistralKind kKind = MistralKind::kEnvironment;
  add_list(b, "environment", kKind, "List environments");
  add_get(b, "environment", kKind, "Show an environment")
      ->add_flag("--export", b.a.is_export, "as environment-create takes it");
  add_delete(b, "environment", kKind, "Delete environments");
  for (const bool update : {false, true})
    b.add(update ? "environment-update" : "environment-create",
          update ? "Replace an environment" : "Store an environment",
          [global = &b.global, a = &b.a, update] { return mistral_environment_put(*global, *a, update); })
        ->add_option("file", b.a.file, "name, description and variables (JSON or YAML), - for standard input")
        ->required();
}

void add_triggers(const Builder& b) {
  add_list(b, "cron-trigger", MistralKind::kCronTrigger, "List cron triggers");
  add_get(b, "cron-trigger", MistralKind::kCronTrigger, "Show a cron trigger");
  add_delete(b, "cron-trigger", MistralKind::kCronTrigger, "Delete cron triggers");
  CLI::App* cron = b.add("cron-trigger-create", "Start a workflow at times",
                         [global = &b.global, a = &b.a] { return mistral_cron_trigger_create(*global, *a); });
  cron->add_option("name", b.a.name, "name")->required();
  cron->add_option("workflow_identifier", b.a.workflow, "name or id")->required();
  cron->add_option("workflow_input", b.a.input, "JSON, or a file with it");
  cron->add_option("--params", b.a.params, "JSON, or a file with it");
  cron->add_option("--pattern", b.a.pattern, "minute hour day month weekday");
  cron->add_option("--first-time", b.a.first_time, "YYYY-MM-DD HH:MM, of here unless --utc");
  cron->add_option("--count", b.a.count, "so many executions");
  cron->add_flag("--utc", b.a.utc, "--first-time is UTC");
  add_list(b, "event-trigger", MistralKind::kEventTrigger, "List event triggers");
  add_get(b, "event-trigger", MistralKind::kEventTrigger, "Show an event trigger");
  add_delete(b, "event-trigger", MistralKind::kEventTrigger, "Delete event triggers");
  CLI::App* event = b.add("event-trigger-create", "Start a workflow when an event comes",
                          [global = &b.global, a = &b.a] { return mistral_event_trigger_create(*global, *a); });
  event->add_option("name", b.a.name, "name")->required();
  event->add_option("workflow_id", b.a.workflow, "workflow")->required();
  event->add_option("exchange", b.a.exchange, "exchange")->required();
  event->add_option("topic", b.a.topic, "topic")->required();
  event->add_option("event", b.a.event, "type of the event")->required();
  event->add_option("workflow_input", b.a.input, "JSON, or a file with it");
  event->add_option("--params", b.a.params, "JSON, or a file with it");
}

// `name`: of the argument that says which one.
CLI::App* add_code_put(const Builder& b, const char* prefix, bool update, const char* description,
                       int (*run)(const Global&, const MistralArguments&, bool)) {
  CLI::App* sub = b.add(std::string(prefix) + (update ? "-update" : "-create"), description,
                        [global = &b.global, a = &b.a, run, update] { return run(*global, *a, update); });
  sub->add_option(update ? "identifier" : "name", b.a.name, update ? "name or id" : "name")->required();
  b.name_space(sub);
  sub->add_flag("--public", b.a.is_public, "for all projects");
  return sub;
}

void add_code(const Builder& b) {
  constexpr MistralKind kSource = MistralKind::kCodeSource, kAction = MistralKind::kDynamicAction;
  add_list(b, "code-source", kSource, "List code sources");
  b.name_space(add_get(b, "code-source", kSource, "Show a code source"));
  b.name_space(add_delete(b, "code-source", kSource, "Delete code sources"));
  for (const bool update : {false, true}) {
    CLI::App* sub = add_code_put(b, "code-source", update, update ? "Replace a code source" : "Store a code source",
                                 mistral_code_source_put);
    sub->add_option("content", b.a.file, "file with Python classes, - for standard input")->required();
    if (update) sub->add_option("--id", b.a.id, "not used; the client has it");
  }
  b.name_space(b.with_id(b.add("code-source-get-content", "Print its text", [global = &b.global, a = &b.a] {
    return mistral_print_text(*global, kSource, *a, "content");
  }), "name or id"));
  b.name_space(add_list(b, "dynamic-action", kAction, "List dynamic actions"));
  b.name_space(add_get(b, "dynamic-action", kAction, "Show a dynamic action"));
  b.name_space(add_delete(b, "dynamic-action", kAction, "Delete dynamic actions"));
  CLI::App* create = add_code_put(b, "dynamic-action", false, "Make a class of a code source an action",
                                  mistral_dynamic_action_put);
  create->add_option("class_name", b.a.class_name, "class")->required();
  create->add_option("code_source", b.a.code_source, "name or id of its code source")->required();
  CLI::App* update = add_code_put(b, "dynamic-action", true, "Change a dynamic action", mistral_dynamic_action_put);
  update->add_option("--class-name", b.a.class_name, "class");
  update->add_option("--code-source", b.a.code_source, "name or id of its code source");
}

void add_members(const Builder& b) {
  const auto add = [&b](const char* name, const char* description, int (*run)(const Global&, const MistralArguments&)) {
    const auto call = [global = &b.global, a = &b.a, run] { return run(*global, *a); };
    CLI::App* sub = b.with_id(b.add(name, description, call), "what is shared");
    sub->add_option("resource_type", b.a.resource_type, "workflow")->required();
    return sub;
  };
  add("member-list", "List with whom something is shared", mistral_member_list);
  for (CLI::App* sub : {add("member-create", "Share something with a project", mistral_member_create),
                        add("member-delete", "Share it no more", mistral_member_delete)})
    sub->add_option("member_id", b.a.member_id, "project")->required();
  CLI::App* get = add("member-get", "Show a membership", mistral_member_get);
  CLI::App* update = add("member-update", "Accept or reject what is shared", mistral_member_update);
  for (CLI::App* sub : {get, update})
    sub->add_option("-m,--member-id", b.a.member_id, "project (default: $OS_PROJECT_ID)");
  update->add_option("-s,--status", b.a.state, "pending, accepted (default) or rejected")
      ->check(CLI::IsMember({"pending", "accepted", "rejected"}));
  b.add("service-list", "List services", [global = &b.global, a = &b.a] { return mistral_service_list(*global, *a); });
}

}  // namespace

void add_mistral_commands(CLI::App& app, const Global& global, MistralArguments& arguments,
                          std::function<int()>& command) {
  auto* mistral = app.add_subcommand("mistral", "The commands of the stock client: alias mistral='foehn mistral'")
                      ->require_subcommand(1);
  mistral->add_option("--os-mistral-url", arguments.server, "server, instead of --server");
  mistral->add_option("-f,--format", arguments.form.format, "how it is printed (default: table)")
      ->check(CLI::IsMember({"table", "json", "yaml", "value", "csv", "shell"}));
  add_values(*mistral, "-c,--column", arguments.form.columns, "only this column (repeatable)");
  mistral->add_flag("!--noindent", arguments.form.indent, "json in one line");
  const Builder builder{*mistral, global, arguments, command};
  add_definitions(builder, "workflow", MistralKind::kWorkflow);
  add_definitions(builder, "workbook", MistralKind::kWorkbook);
  add_definitions(builder, "action", MistralKind::kAction);
  add_executions(builder);
  add_tasks(builder);
  add_action_executions(builder);
  add_environments(builder);
  add_triggers(builder);
  add_code(builder);
  add_members(builder);
  mistral->footer("example: foehn mistral execution-create greet '{\"name\": \"Ada\"}'");
}

}  // namespace foehn::cli
