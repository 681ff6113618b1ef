// The options of `foehn ex why | rerun | clone`, of operations on many executions, `foehn task rerun`, and `foehn wf
// history | diff | rollback`.
#include <CLI/CLI.hpp>

#include "api/cli/operations.h"
#include "api/cli/output.h"
#include "api/cli/usage.h"

namespace foehn::cli {
namespace {

constexpr const char* kExecution = "execution: id, unique beginning of it (4+), @last or @last-failed";

void add_rerun_options(CLI::App& sub, RerunOptions& options) {
  add_values(sub, "-i,--input", options.inputs, "input for this attempt, laid over the evaluated one: name=value, ...");
  add_values(sub, "-e,--env", options.environment, "environment to merge: name=value, ... (repeatable)");
  sub.add_option("--revision", options.revision, "go on by this revision of the workflow: number, hash or latest");
}

void add_execution_commands(CLI::App& ex, const Global& global, OperationArguments& a, std::function<int()>& command) {
  add_command(ex, command, "why", "What it waits for, or which leaves failed and why",
              [&] { return execution_why(global, a.id); })
      ->add_option("id", a.id, kExecution)
      ->required();
  add_command(ex, command, "tree", "Its tasks and those of its sub-workflows",
              [&] { return execution_tree(global, a.id); })
      ->add_option("id", a.id, kExecution)
      ->required();
  add_command(ex, command, "timeline", "When its tasks and those of its sub-workflows ran, as bars",
              [&] { return execution_timeline(global, a.id); })
      ->add_option("id", a.id, kExecution)
      ->required();
  auto* exported = add_command(ex, command, "export",
                               "Print all of it as one JSON document: tasks, runs, sub-workflows, definition",
                               [&] { return execution_export(global, a.id); });
  exported->add_option("id", a.id, kExecution)->required();
  exported->footer("example: foehn ex export @last --output-file run.json");
  auto* approve = add_command(ex, command, "approve", "End the action that waits for its end from outside as a success",
                              [&] { return execution_approve(global, a.approve); });
  approve->add_option("id", a.approve.id, kExecution)->required();
  approve->add_option("task", a.approve.task, "path of the task, when several wait");
  approve->add_option("-m,--message", a.approve.message, "why; kept as state_info (default: approved)");
  approve->add_option("--result", a.approve.result, "result of the action: JSON, text, @file or @-");
  auto* rerun = add_command(ex, command, "rerun", "Run what failed again, at any depth; the execution goes on",
                            [&] { return execution_rerun(global, a.rerun); });
  rerun->add_option("id", a.rerun.id, kExecution)->required();
  auto* failed = rerun->add_flag("--only-failed", a.rerun.only_failed, "what failed (default)");
  auto* behind = rerun->add_flag("--failed-and-downstream", a.rerun.failed_and_downstream,
                                 "also what has run behind it in the same workflow");
  auto* from = rerun->add_option("--from", a.rerun.from, "this task and everything behind it: name or id");
  auto* all = rerun->add_flag("--all", a.rerun.all, "everything from the start");
  for (CLI::Option* one : {failed, behind, from, all})
    for (CLI::Option* other : {failed, behind, from, all})
      if (one != other) one->excludes(other);
  rerun->add_flag("--reset", a.rerun.reset, "with-items: also the items that succeeded");
  rerun->add_flag("--preview,--dry-run", a.rerun.preview, "only say which tasks would run");
  add_rerun_options(*rerun, a.rerun);
  rerun->footer("example: foehn ex list --state ERROR -q | foehn ex rerun - --only-failed");
  auto* clone = add_command(ex, command, "clone", "Start the same revision again with the same input",
                            [&] { return execution_clone(global, a.clone); });
  clone->add_option("id", a.clone.id, kExecution)->required();
  add_values(*clone, "-i,--input", a.clone.inputs, "input that differs: name=value, name=@file or @file.json");
  clone->add_option("-d,--description", a.clone.description, "text for people");
  clone->add_option("--revision", a.clone.revision, "another revision: number, hash or latest");
}

// The command is there with one execution as its argument; a query takes its place.
CLI::Option* add_query(CLI::App& sub, BulkOptions& bulk) {
  CLI::Option* id = sub.get_option("id");
  CLI::Option* query =
      sub.add_option("--query", bulk.query, "all that it selects instead of one: state=ERROR workflow_name=x ...");
  query->excludes(id);
  id->required(false);
  id->description(id->get_description() + "; - for ids on standard input");
  sub.add_option("--limit", bulk.limit, "with --query: at most so many (default 100, at most 1000)")->needs(query);
  return query;
}

std::string id_of(const CLI::App& sub) {
  const CLI::Option* one = sub.get_option("id");
  if (one->count() == 0) throw CLI::RequiredError("id");
  return one->as<std::string>();
}

void add_bulk_states(CLI::App& ex, OperationArguments& a, const Global& global, std::function<int()>& command) {
  constexpr std::pair<const char*, const char*> kStates[] = {
      {"pause", "PAUSED"}, {"resume", "RUNNING"}, {"cancel", "CANCELLED"}};
  for (const auto& [name, state] : kStates) {
    CLI::App* sub = ex.get_subcommand(name);
    CLI::Option* query = add_query(*sub, a.bulk);
    sub->add_flag("--preview,--dry-run", a.bulk.preview, "with --query: only say which executions")->needs(query);
    sub->final_callback([&a, &global, &command, sub, query, operation = std::string(name), to = state] {
      a.bulk.operation = operation;
      if (query->count() > 0) {
        command = [&a, &global] { return execution_bulk(global, a.bulk); };
        return;
      }
      const CLI::Option* message = sub->get_option("--message");
      a.id = id_of(*sub);
      a.message = message->count() > 0 ? message->as<std::string>() : "";
      command = [&a, &global, to] {
        return for_each_id(a.id, [&](const std::string& id) { return execution_set_state(global, id, to, a.message); });
      };
    });
  }
}

void add_bulk_rerun(CLI::App& ex, OperationArguments& a, const Global& global, std::function<int()>& command) {
  CLI::App* sub = ex.get_subcommand("rerun");
  CLI::Option* query = add_query(*sub, a.bulk);
  for (const char* other : {"--failed-and-downstream", "--from", "--all", "--reset", "--input", "--env", "--revision"})
    query->excludes(sub->get_option(other));
  sub->final_callback([&a, &global, &command, sub, query] {
    a.bulk.operation = "rerun";
    a.bulk.preview = a.rerun.preview;
    if (query->count() > 0) {
      command = [&a, &global] { return execution_bulk(global, a.bulk); };
      return;
    }
    const std::string ids = id_of(*sub);
    command = [&a, &global, ids] {
      return for_each_id(ids, [&](const std::string& id) {
        a.rerun.id = id;
        return execution_rerun(global, a.rerun);
      });
    };
  });
}

void add_bulk_delete(CLI::App& ex, OperationArguments& a, const Global& global, std::function<int()>& command) {
  CLI::App* sub = ex.get_subcommand("delete");
  CLI::Option* query = add_query(*sub, a.bulk);
  sub->add_flag("--preview,--dry-run", a.bulk.preview, "only say which executions");
  sub->add_flag("-y,--yes", a.bulk.yes, "do not ask");
  sub->final_callback([&a, &global, &command, sub, query] {
    a.bulk.operation = "delete";
    a.bulk.force = sub->get_option("--force")->count() > 0;
    if (query->count() > 0) {
      command = [&a, &global] { return execution_delete_many(global, a.bulk); };
      return;
    }
    command = [&a, &global, ids = id_of(*sub)] {
      const Deletion deletion{.dry_run = a.bulk.preview, .yes = a.bulk.yes};
      if (ids == "-" && !deletion.yes && !deletion.dry_run) return report(nobody_to_ask("--dry-run"));
      return for_each_id(ids, [&](const std::string& id) {
        return execution_delete(global, id, a.bulk.force, deletion);
      });
    };
  });
}

void add_task_options(CLI::App& task, OperationArguments& a, const Global& global, std::function<int()>& command) {
  CLI::App* rerun = task.get_subcommand("rerun");
  add_rerun_options(*rerun, a.rerun);
  rerun->add_option("--item", a.rerun.items, "with-items: only this item, from 0 on (repeatable)")->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  rerun->add_flag("--downstream", a.rerun.downstream, "with what has run behind it; also a task that succeeded");
  rerun->final_callback([&a, &global, &command, rerun] {
    const auto given = [&](const char* name) { return rerun->get_option(name)->count() > 0; };
    a.rerun.id = rerun->get_option("id")->as<std::string>();
    a.rerun.resume = given("--resume");
    command = [&a, &global] { return task_rerun_with(global, a.rerun); };
  });
  add_command(task, command, "skip", "Leave a failed task out; the execution goes on by its on-skip or on-success",
              [&] { return task_skip(global, a.id); })
      ->add_option("id", a.id, "task id")
      ->required();
  auto* logs = add_command(task, command, "logs", "Print what its actions and sub-workflows have written",
                           [&] { return task_logs(global, a.logs); });
  logs->add_option("id", a.logs.id, "task id")->required();
  logs->add_flag("-f,--follow", a.logs.follow, "as it is written, until the execution ends");
}

void add_revision_commands(CLI::App& wf, OperationArguments& a, const Global& global, std::function<int()>& command) {
  const auto add = [&](const char* name, const char* description, int (*run)(const Global&, const RevisionOptions&)) {
    auto* sub = add_command(wf, command, name, description, [&a, &global, run] { return run(global, a.revision); });
    sub->add_option("name", a.revision.name, "workflow: name or id")->required();
    sub->add_option("--namespace", a.revision.name_space, "namespace of the workflow (default: none)");
    return sub;
  };
  add("history", "The revisions of a workflow", workflow_history);
  auto* diff = add("diff", "What changed between two revisions, or what a file would change", workflow_diff);
  diff->get_option("name")->description("workflow: name or id; alone: a file with definitions, - for standard input");
  diff->add_option("revision", a.revision.revision, "number or hash");
  diff->add_option("against", a.revision.second, "number or hash (default: the newest)");
  add("rollback", "Make the text of an earlier revision the newest one", workflow_rollback)
      ->add_option("revision", a.revision.revision, "number or hash")
      ->required();
}

}  // namespace

void add_operation_commands(CLI::App& app, const Global& global, OperationArguments& arguments,
                            std::function<int()>& command) {
  auto* sync = add_command(app, command, "sync", "Make the definitions of a server those of a folder",
                           [&] { return sync_definitions(global, arguments.sync); });
  sync->add_option("folder", arguments.sync.folder, "every *.yaml and *.yml below it that is a definition")->required();
  sync->add_flag("--prune", arguments.sync.prune, "also delete workflows, workbooks and actions that no file has");
  sync->add_flag("--plan,--dry-run", arguments.sync.plan, "only say what would be done");
  sync->add_flag("-y,--yes", arguments.sync.yes, "with --prune: do not ask");
  sync->footer("example: foehn sync definitions --prune --plan");
  CLI::App* ex = app.get_subcommand("ex");
  add_execution_commands(*ex, global, arguments, command);
  add_bulk_states(*ex, arguments, global, command);
  add_bulk_rerun(*ex, arguments, global, command);
  add_bulk_delete(*ex, arguments, global, command);
  add_task_options(*app.get_subcommand("task"), arguments, global, command);
  add_revision_commands(*app.get_subcommand("wf"), arguments, global, command);
}

}  // namespace foehn::cli
