#include "api/cli/app.h"

#include <CLI/CLI.hpp>
#include <functional>

#include "api/cli/author.h"
#include "api/cli/commands.h"
#include "api/cli/completion.h"
#include "api/cli/mistral.h"
#include "api/cli/operations.h"
#include "api/cli/output.h"
#include "api/cli/output_file.h"
#include "api/cli/resources.h"
#include "api/cli/triggers.h"
#include "api/cli/usage.h"
#include "api/server/serve_options.h"
#include "api/server/version.h"

namespace foehn::cli {
namespace {

// Everything the parser writes into; lives until the chosen command has run.
struct Arguments {
  Global global;
  server::ServeOptions serve;
  RunOptions run;
  AuthorArguments author;
  ResourceArguments resources;
  OperationArguments operations;
  TriggerOptions triggers;
  MistralArguments mistral;
  ExecutionListOptions execution_list;
  ExecutionCreateOptions execution_create;
  LogOptions logs;
  ActionRunOptions action_run;
  ActionEndOptions action_end;
  ApiOptions api;
  TokenCreateOptions token_create;
  OvercloudCreateOptions overcloud_create;
  std::vector<std::string> files;
  std::string name_space;
  std::string name, id, message, data, shell, color = "auto", preserve = "none", output, output_file, progress = "auto";
  double timeout_s = 0;
  Deletion deletion;
  bool flag = false, force = false, no_wait = false, ascii = false;
  std::function<int()> command;
};

Progress progress_of(std::string_view name) {
  if (name == "plain") return Progress::kPlain;
  if (name == "tty") return Progress::kTty;
  if (name == "json") return Progress::kJson;
  return name == "none" ? Progress::kNone : Progress::kAuto;
}

std::string default_server() {
  for (const char* name : {"FOEHN_SERVER", "OS_MISTRAL_URL"})
    if (const char* value = std::getenv(name); value && *value) return value;
  return "http://127.0.0.1:8989";
}

CLI::App* command(CLI::App& parent, Arguments& arguments, const char* name, const char* description,
                  std::function<int()> run) {
  return add_command(parent, arguments.command, name, description, std::move(run));
}

void add_author_commands(CLI::App& app, Arguments& a) {
  auto* run = command(app, a, "run", "Run a workflow file in this process, without a server", [&a] {
    if (a.timeout_s > 0) a.run.timeout_s = a.timeout_s;
    return run_file(a.global, a.run);
  });
  run->add_option("file", a.run.file, "workflow definition (YAML), - for standard input")->required();
  run->add_option("-w,--workflow", a.run.workflow, "which workflow of the file (default: the first)");
  add_values(*run, "-i,--input", a.run.inputs, "input: name=value, name=@file or @file.json (repeatable)");
  run->add_option("-t,--task", a.run.task_name, "target task of a reverse workflow");
  add_values(*run, "-e,--env", a.run.environment, "environment: name=value, name=@file or @file.json (repeatable)");
  run->add_option("--timeout", a.timeout_s, "give up after so many seconds");
  run->footer("example: foehn run samples/hello.yaml -i name=Ada");
  auto* validate = command(app, a, "validate", "Check workflow files; every mistake with line, column and hint",
                           [&a] { return validate_files(a.files); });
  validate->add_option("files", a.files, "definitions of any kind (YAML); of a folder every *.yaml and *.yml below it")
      ->required();
  validate->footer("example: foehn validate samples");
}

void add_workflow_commands(CLI::App& app, Arguments& a) {
  auto* wf = app.add_subcommand("wf", "Workflow definitions")->require_subcommand(1);
  command(*wf, a, "list", "List workflows", [&a] { return workflow_list(a.global); });
  auto* get = command(*wf, a, "get", "Show a workflow",
                      [&a] { return workflow_get(a.global, a.name, a.name_space, a.flag); });
  get->add_option("name", a.name, "name or id")->required();
  get->add_flag("-d,--definition", a.flag, "print its text");
  auto* create = command(*wf, a, "create", "Store the workflows of a file",
                         [&a] { return workflow_put(a.global, a.name, a.name_space, false); });
  create->add_option("file", a.name, "definition (YAML)")->required();
  auto* update = command(*wf, a, "update", "Replace the workflows of a file",
                         [&a] { return workflow_put(a.global, a.name, a.name_space, true); });
  update->add_option("file", a.name, "definition (YAML)")->required();
  auto* remove = command(*wf, a, "delete", "Delete a workflow", [&a] {
    return delete_named(a.global, in_namespace("/v2/workflows/" + encode(a.name), a.name_space), a.name, a.deletion);
  });
  remove->add_option("name", a.name, "name or id")->required();
  for (CLI::App* sub : {get, create, update, remove})
    sub->add_option("--namespace", a.name_space, "namespace of the workflow (default: none)");
  add_deletion(*remove, a.deletion);
}

void add_execution_state_commands(CLI::App& ex, Arguments& a) {
  const auto change = [&](const char* name, const char* state, const char* description) {
    auto* sub = command(ex, a, name, description,
                        [&a, state] { return execution_set_state(a.global, a.id, state, a.message); });
    sub->add_option("id", a.id, "execution")->required();
    sub->add_option("-m,--message", a.message, "reason, kept as state_info");
  };
  change("pause", "PAUSED", "Pause: running actions finish, nothing new starts");
  change("resume", "RUNNING", "Resume a paused execution");
  change("cancel", "CANCELLED", "Cancel an execution and its sub-workflows");
  auto* remove = command(ex, a, "delete", "Delete an execution and everything below it",
                         [&a] { return execution_delete(a.global, a.id, a.force, a.deletion); });
  remove->add_option("id", a.id, "execution")->required();
  remove->add_flag("--force", a.force, "also when it is not complete");
}

void add_execution_commands(CLI::App& app, Arguments& a) {
  auto* ex = app.add_subcommand("ex", "Executions")->require_subcommand(1);
  auto* list = command(*ex, a, "list", "List executions, newest first",
                       [&a] { return execution_list(a.global, a.execution_list); });
  list->add_option("--state", a.execution_list.state, "only this state");
  list->add_option("--workflow", a.execution_list.workflow, "only this workflow");
  list->add_option("--limit", a.execution_list.limit, "at most so many")->check(CLI::Range(1, 1000));
  list->add_flag("--all", a.execution_list.all, "also the executions of sub-workflows");
  const auto one = [&](const char* name, const char* description, std::function<int()> run) {
    auto* sub = command(*ex, a, name, description, std::move(run));
    sub->add_option("id", a.id, "execution: id, unique beginning of it (4+), @last or @last-failed")->required();
    return sub;
  };
  one("get", "Show an execution (- for ids on standard input)", [&a] {
    return for_each_id(a.id, [&a](const std::string& id) { return execution_get(a.global, id); });
  });
  one("input", "Print its input as JSON", [&a] { return execution_field(a.global, a.id, "input"); });
  one("output", "Print its output as JSON", [&a] { return execution_field(a.global, a.id, "output"); });
  const auto follow = [&a](bool wait_only) {
    return execution_watch(a.global, a.id, wait_only, a.timeout_s > 0 ? std::optional(a.timeout_s) : std::nullopt);
  };
  one("watch", "Follow its tasks until it ends", [follow] {
    return follow(false);
  })->add_option("--timeout", a.timeout_s, "stop after so many seconds (exit code 7)");
  one("wait", "Wait until it ends, silently", [follow] {
    return follow(true);
  })->add_option("--timeout", a.timeout_s, "stop after so many seconds (exit code 7)");
  auto* logs = one("logs", "Print what its actions and those of its sub-workflows have written", [&a] {
    a.logs.id = a.id;
    return execution_logs(a.global, a.logs);
  });
  auto* follow_logs = logs->add_flag("-f,--follow", a.logs.follow, "as it is written, until the execution ends");
  auto* log_task = logs->add_option("--task", a.logs.task, "only of this task and below it: its path as shown");
  logs->add_option("--item", a.logs.item, "with --task: only of this item of it, from 0 on")->needs(log_task);
  logs->add_flag("--timestamps", a.logs.timestamps, "with -f: when each line was written")->needs(follow_logs);
  logs->add_option("--since", a.logs.since, "with -f: nothing older than that: 90s, 30m, 12h, 7d")->needs(follow_logs);
  auto* tail = logs->add_option("--tail", a.logs.tail, "only so many last lines of each run")->excludes(follow_logs);
  tail->check(CLI::Range(1, 1'000'000));
  logs->add_flag("--no-prefix", a.logs.no_prefix, "without the names of the tasks");
  auto* create = command(*ex, a, "create", "Start a stored workflow", [&a] {
    if (a.timeout_s > 0) a.execution_create.timeout_s = a.timeout_s;
    return execution_create(a.global, a.execution_create);
  });
  create->add_option("workflow", a.execution_create.workflow, "name or id")->required();
  create->add_option("--namespace", a.execution_create.name_space, "namespace of the workflow (default: none)");
  add_values(*create, "-i,--input", a.execution_create.inputs,
             "input: name=value, name=@file or @file.json (repeatable)");
  add_values(*create, "-e,--env", a.execution_create.environment,
             "environment: the name of a stored one, or name=value, name=@file or @file.json (repeatable)");
  create->add_option("-t,--task", a.execution_create.task_name, "target task of a reverse workflow");
  create->add_option("-d,--description", a.execution_create.description, "text for people");
  auto* watch = create->add_flag("--watch", a.execution_create.watch, "follow it");
  auto* wait = create->add_flag("--wait", a.execution_create.wait, "print its id and wait until it ends");
  create->add_option("--timeout", a.timeout_s, "with --watch or --wait: stop after so many seconds (exit code 7)");
  watch->excludes(wait);
  create->footer("example: foehn ex create steps -i seconds=3 --env region=x --watch");
  add_execution_state_commands(*ex, a);

  auto* task = app.add_subcommand("task", "Tasks of executions")->require_subcommand(1);
  command(*task, a, "list", "List the tasks of an execution", [&a] { return task_list(a.global, a.id); })
      ->add_option("execution", a.id, "execution")
      ->required();
  command(*task, a, "get", "Show a task", [&a] { return task_get(a.global, a.id); })
      ->add_option("id", a.id, "task id")
      ->required();
  auto* rerun = command(*task, a, "rerun", "Run a failed task again; the execution goes on from there",
                        [&a] { return task_rerun(a.global, a.id, a.flag); });
  rerun->add_option("id", a.id, "task id")->required();
  rerun->add_flag("--resume", a.flag, "with-items: only the items that failed");
}

void add_action_commands(CLI::App& app, Arguments& a) {
  auto* action = app.add_subcommand("action", "Actions, and runs of them")->require_subcommand(1);
  command(*action, a, "list", "List the actions of the server", [&a] { return action_list(a.global); });
  auto* run = command(*action, a, "run", "Run an action without a workflow",
                      [&a] { return action_run(a.global, a.action_run); });
  run->add_option("name", a.action_run.name, "action")->required();
  run->add_option("input", a.action_run.inputs, "input: name=value, name=@file or @file.json");
  run->add_option("--namespace", a.action_run.action_namespace, "of an ad-hoc action");
  run->add_option("--timeout", a.action_run.timeout_s, "end it after so many seconds");
  auto* save = run->add_flag("--save", a.action_run.save, "keep its run and result on the server");
  run->add_flag("--no-wait", a.action_run.no_wait, "with --save: do not wait for its end")->needs(save);
  run->footer("example: foehn action run std.echo output=hello");
  const auto end = [&](const char* name, bool success, const char* description) {
    auto* sub = command(*action, a, name, description, [&a, success] {
      a.action_end.success = success;
      return action_end(a.global, a.action_end);
    });
    sub->add_option("id", a.action_end.id, "action run")->required();
    sub->add_option("--result", a.action_end.result, "its result: JSON, text, @file or @-");
    sub->add_option("--reason", a.action_end.reason, "why; kept as its state_info")->required();
  };
  end("complete", true, "End a stuck action run with a result");
  end("fail", false, "End a stuck action run as an error");
}

void add_overcloud_commands(CLI::App& app, Arguments& a) {
  auto* oc = app.add_subcommand("oc", "OverClouds")->require_subcommand(1);
  auto* create = command(*oc, a, "create", "Make an OverCloud and follow it", [&a] {
    a.overcloud_create.no_wait = a.no_wait;
    return overcloud_create(a.global, a.overcloud_create);
  });
  create->add_option("--provider", a.overcloud_create.provider, "UnderCloud (default: local)");
  create->add_option("-n,--number", a.overcloud_create.number, "logical clusters besides the Post (default: 3)");
  create->add_option("--size", a.overcloud_create.size, "size of the boxes (default: box)");
  create->add_option("--name", a.overcloud_create.name, "label");
  create->add_option("--on-failure", a.overcloud_create.on_failure, "keep (default) or rollback");
  create->add_option("--workflow", a.overcloud_create.workflow, "direct (default) or reverse");
  create->add_option("--profile", a.overcloud_create.profile, "what to put on it: JSON object or @file.json");
  create->add_option(
      "--policy", a.overcloud_create.policy,
      "timeouts and retries by step, e.g. {\"kube_join\": {\"timeout\": 600, \"retries\": 5, \"delay\": 20}}");
  create->add_flag("--no-wait", a.no_wait, "do not follow it");
  command(*oc, a, "list", "List OverClouds", [&a] {
    return overcloud_list(a.global, a.flag);
  })->add_flag("--deleted", a.flag, "also destroyed ones");
  command(*oc, a, "get", "Show an OverCloud", [&a] { return overcloud_get(a.global, a.id); })
      ->add_option("id", a.id, "OverCloud")
      ->required();
  auto* destroy = command(*oc, a, "destroy", "Remove an OverCloud; asks for its name",
                          [&a] {
                            return overcloud_destroy(a.global, a.id, {a.preserve, a.force, a.no_wait, a.deletion.yes});
                          });
  destroy->add_option("id", a.id, "OverCloud")->required();
  destroy->add_option("--preserve", a.preserve, "keep the DataLake's content: none (default), snapshot, export");
  destroy->add_flag("--force", a.force, "go on when its cluster does not answer (data in it is lost)");
  destroy->add_flag("-y,--yes", a.deletion.yes, "do not ask");
  destroy->add_flag("--no-wait", a.no_wait, "do not follow it");
  auto* rollback = command(*oc, a, "rollback", "Remove what a failed create has made",
                           [&a] { return overcloud_rollback(a.global, a.id, a.no_wait); });
  rollback->add_option("id", a.id, "OverCloud")->required();
  rollback->add_flag("--no-wait", a.no_wait, "do not follow it");
  command(*oc, a, "ssh-key", "Print the private key that logs in to its boxes",
          [&a] { return overcloud_ssh_key(a.global, a.id); })
      ->add_option("id", a.id, "OverCloud")
      ->required();

  auto* boxes = app.add_subcommand("boxes", "Local boxes on this machine")->require_subcommand(1);
  command(*boxes, a, "list", "List the boxes of a data directory", [&a] {
    return boxes_list(a.global, a.data);
  })->add_option("--data", a.data, "data directory of the server");
  command(*boxes, a, "clean", "Remove every box of a data directory whose server is stopped", [&a] {
    return boxes_clean(a.global, a.data);
  })->add_option("--data", a.data, "data directory of the server");
}

void add_server_commands(CLI::App& app, Arguments& a) {
  auto* serve = command(app, a, "serve", "Run the server", [&a] { return server::serve(a.serve); });
  serve->add_option("--data", a.serve.data,
                    "data directory (default: $FOEHN_DATA, /var/lib/foehn or ~/.local/share/foehn)");
  serve->add_option("--listen", a.serve.listen, "address:port (default: 127.0.0.1:8989)");
  serve->add_option("--expire-after", a.serve.expire_after,
                    "remove finished executions that are older: 90s, 30m, 12h, 7d (default: never)");
  serve->add_option("--expire-keep", a.serve.expire_keep, "keep only the newest so many finished executions")
      ->check(CLI::NonNegativeNumber);
  serve->add_option("--expire-ignore", a.serve.expire_ignore,
                    "states that do not expire: SUCCESS, ERROR, CANCELLED, separated by commas");
  auto* tokens = serve->add_option("--tokens", a.serve.tokens_file,
                                   "file that says whose each token is (`foehn token create` adds to it); without it "
                                   "everybody who reaches the server may do everything");
  serve->add_flag("--without-tokens", a.serve.without_tokens, "listen beyond loopback although there are no tokens")
      ->excludes(tokens);
  serve->add_option("--egress", a.serve.egress,
                    "what std.http may reach: open, or strict (no loopback, link-local, metadata addresses); default: "
                    "strict when listening beyond loopback")
      ->check(CLI::IsMember({"open", "strict"}));
  serve->add_option("--actions-dir", a.serve.actions_dir, "folder with manifests of actions that are programs");
  serve->add_flag("--allow-python-actions", a.serve.allow_python,
                  "classes in code sources run as actions (confined, needs root); admins upload them");
  serve->add_option("--python", a.serve.python, "interpreter that runs them (default: /usr/bin/python3)");
  serve->add_flag("--allow-javascript", a.serve.allow_javascript, "std.javascript runs (confined, needs root)");
  serve->add_option("--javascript", a.serve.javascript, "interpreter that runs it (default: /usr/bin/node)");
  serve->add_option("--notify", a.serve.notify_file,
                    "JSON file with webhooks that are told of all executions, in the form of params.notify");
  serve->add_option("--info", a.serve.info_file, "JSON file that GET /info answers with (default: disabled)");
  serve->add_flag("--allow-action-execution-deletion", a.serve.allow_run_deletion,
                  "ended action runs without a task may be deleted");
  serve->add_option("--mask", a.serve.mask,
                    "what answers hide as ***: named (values named like a secret, too; the default), or declared (only "
                    "what an action declares as one: clients read the rest, as with Mistral)")
      ->check(CLI::IsMember({"named", "declared"}));
  serve->add_option("--log-level", a.serve.log_level, "debug, info, warning, error")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
  serve->add_option("--log-file", a.serve.log_file, "write the log there instead of standard error");
  serve->add_flag("--log-json", a.serve.log_json, "log JSON lines");
  serve->add_flag("!--no-sandbox", a.serve.sandbox, "no stand-ins in local boxes: scripts meet the real tools");
  serve->footer("example: foehn serve --data ./data --listen 127.0.0.1:8989");
  auto* token = app.add_subcommand("token", "Tokens of a server")->require_subcommand(1);
  auto* create = command(*token, a, "create", "Add a token to a file for `foehn serve --tokens`, and print it",
                         [&a] { return token_create(a.global, a.token_create); });
  create->add_option("file", a.token_create.file, "made with mode 0600 when it is not there")->required();
  create->add_option("--project", a.token_create.project, "whose token it is")->required();
  create->add_flag("--admin", a.token_create.admin, "may see and do everything");
  create->add_option("--expires", a.token_create.expires,
                     "it counts so long (12h, 30d), or until a time in UTC (2027-01-31T00:00:00Z); default: as long as "
                     "it stands in the file");
  create->add_option("--remark", a.token_create.remark, "who has it, for people who read the file");
  create->footer("example: foehn token create /etc/foehn/tokens --project shop --remark 'the web shop'");
  command(app, a, "version", "Print the version", [] {
    std::printf("foehn %s\n", server::kVersion);
    return 0;
  });
}

void add_shell_commands(CLI::App& app, Arguments& a) {
  auto* api = command(app, a, "api", "Call the REST API and print the answer; the exit code tells its status",
                      [&a] { return api_call(a.global, a.api); });
  api->add_option("method", a.api.method, "GET, POST, PUT or DELETE")
      ->required()
      ->check(CLI::IsMember({"GET", "POST", "PUT", "DELETE"}));
  api->add_option("path", a.api.path, "for example /v2/executions?limit=5")->required();
  api->add_option("-d,--data", a.api.data, "body: JSON or any other text, @file, @- for standard input");
  api->footer("example: foehn api PUT /v2/executions/ID -d '{\"state\": \"PAUSED\"}'");
  auto* completion = command(app, a, "completion", "Print a script that completes commands in a shell", [&app, &a] {
    const CommandInfo root = command_tree(app);
    const std::string script = a.shell == "bash"  ? bash_completion(root)
                               : a.shell == "zsh" ? zsh_completion(root)
                                                  : fish_completion(root);
    std::fputs(script.c_str(), stdout);
    return 0;
  });
  completion->add_option("shell", a.shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completion->footer("example: source <(foehn completion bash)");
}

void add_global_options(CLI::App& app, Arguments& a) {
  app.add_option("--server", a.global.server,
                 "server URL ($FOEHN_SERVER, $OS_MISTRAL_URL; default http://127.0.0.1:8989)");
  app.add_option("-o,--output", a.output,
                 "table (default), wide (more columns, nothing cut), json, jsonl (an object per line), yaml, csv, "
                 "name (names, or ids of what has none), jsonpath='{.state}', template='{{.state}}'")
      ->check(CLI::Validator(
          [&a](std::string& text) {
            const Status status = set_output(a.global, text);
            return status ? std::string() : status.error().message;
          },
          "{table,wide,json,jsonl,yaml,csv,name,jsonpath=,template=}"));
  app.add_option("--output-file", a.output_file, "write there what goes to standard output, once it is complete");
  auto* utc = app.add_flag_callback("--utc", [&a] { a.global.times = TimeView::kUtc; },
                                    "times in tables as UTC instead of ages");
  auto* local = app.add_flag_callback("--local", [&a] { a.global.times = TimeView::kLocal; },
                                      "times in tables as local time instead of ages");
  utc->excludes(local);
  app.add_option("--progress", a.progress,
                 "how an execution is followed: auto (tty on a terminal, else plain), plain (a line per change), tty, "
                 "json (an object per change), none")
      ->check(CLI::IsMember({"auto", "plain", "tty", "json", "none"}));
  app.add_flag("!--no-input", a.global.may_ask, "ask nothing: what would be asked is refused");
  app.add_flag("-q,--quiet", a.global.quiet, "print ids only");
  app.add_flag("!--no-headers", a.global.headers, "tables without their first line");
  app.add_option("--color", a.color, "auto (default: on a terminal, unless NO_COLOR is set), always, never")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  app.add_flag("--ascii", a.ascii, "no characters beyond ASCII in what foehn adds");
  app.set_version_flag("--version", std::string("foehn ") + server::kVersion);
}

}  // namespace

int run_cli(int argc, char** argv) {
  Arguments arguments;
  arguments.global.server = default_server();
  CLI::App app("Foehn: workflow engine and multi-cloud orchestrator", "foehn");
  app.require_subcommand(1);
  app.fallthrough();
  add_global_options(app, arguments);
  add_server_commands(app, arguments);
  add_author_commands(app, arguments);
  add_author_tools(app, arguments.global, arguments.author, arguments.command);
  add_workflow_commands(app, arguments);
  add_execution_commands(app, arguments);
  add_action_commands(app, arguments);
  add_resource_commands(app, arguments.global, arguments.resources, arguments.command);
  add_trigger_commands(app, arguments.global, arguments.triggers, arguments.command);
  add_operation_commands(app, arguments.global, arguments.operations, arguments.command);
  add_overcloud_commands(app, arguments);
  add_mistral_commands(app, arguments.global, arguments.mistral, arguments.command);
  add_shell_commands(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) return report_usage(usage_error(app, error));
    return app.exit(error);  // help or version: printed there
  }
  OutputFile file;
  if (const Status opened = file.open(arguments.output_file); !opened) return report(opened.error());
  arguments.global.progress = progress_of(arguments.progress);
  arguments.global.style = detect_style(arguments.color, arguments.ascii);
  int code = arguments.command ? arguments.command() : static_cast<int>(kExitUsage);
  if (code == kExitOk) code = arguments.global.output_code;
  const Status written = file.close(code == kExitOk);
  return written ? code : report(written.error());
}

}  // namespace foehn::cli
