// The options of `foehn ex why | rerun | clone`, of operations on many executions, `foehn task rerun`, and `foehn wf
// history | diff | rollback`.
#include <CLI/CLI.hpp>

#include "api/cli/operations.h"

namespace foehn::cli {
namespace {

constexpr const char* kExecution = "execution: id, unique beginning of it (4+), @last or @last-failed";

CLI::App* add_command(CLI::App& parent, std::function<int()>& command, const char* name, const char* description,
                      std::function<int()> run) {
  CLI::App* sub = parent.add_subcommand(name, description);
  sub->callback([&command, run = std::move(run)] { command = run; });
  return sub;
}

void add_values(CLI::App& app, const char* names, std::vector<std::string>& values, const char* description) {
  app.add_option(names, values, description)->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

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
  rerun->add_flag("--preview", a.rerun.preview, "only say which tasks would run");
  add_rerun_options(*rerun, a.rerun);
  rerun->footer("example: foehn ex rerun @last-failed --preview");
  auto* clone = add_command(ex, command, "clone", "Start the same revision again with the same input",
                            [&] { return execution_clone(global, a.clone); });
  clone->add_option("id", a.clone.id, kExecution)->required();
  add_values(*clone, "-i,--input", a.clone.inputs, "input that differs: name=value, name=@file or @file.json");
  clone->add_option("-d,--description", a.clone.description, "text for people");
  clone->add_option("--revision", a.clone.revision, "another revision: number, hash or latest");
}

// pause, resume and cancel are there with one execution as their argument; a query takes its place.
void add_bulk_options(CLI::App& ex, OperationArguments& a, const Global& global, std::function<int()>& command) {
  constexpr std::pair<const char*, const char*> kStates[] = {
      {"pause", "PAUSED"}, {"resume", "RUNNING"}, {"cancel", "CANCELLED"}};
  for (const auto& [name, state] : kStates) {
    CLI::App* sub = ex.get_subcommand(name);
    CLI::Option* id = sub->get_option("id");
    CLI::Option* query = sub->add_option("--query", a.bulk.query,
                                         "all that it selects instead of one: state=RUNNING workflow_name=x ...");
    query->excludes(id);
    id->required(false);
    sub->add_option("--limit", a.bulk.limit, "with --query: at most so many (default 100, at most 1000)");
    sub->add_flag("--preview", a.bulk.preview, "with --query: only say which executions")->needs(query);
    sub->final_callback([&a, &global, &command, sub, operation = std::string(name), to = state] {
      const CLI::Option* one = sub->get_option("id");
      a.bulk.operation = operation;
      if (sub->get_option("--query")->count() > 0) {
        command = [&a, &global] { return execution_bulk(global, a.bulk); };
        return;
      }
      if (one->count() == 0) throw CLI::RequiredError("id");
      const CLI::Option* message = sub->get_option("--message");
      a.id = one->as<std::string>();
      a.message = message->count() > 0 ? message->as<std::string>() : "";
      command = [&a, &global, to] { return execution_set_state(global, a.id, to, a.message); };
    });
  }
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
}

void add_revision_commands(CLI::App& wf, OperationArguments& a, const Global& global, std::function<int()>& command) {
  const auto add = [&](const char* name, const char* description, int (*run)(const Global&, const RevisionOptions&)) {
    auto* sub = add_command(wf, command, name, description, [&a, &global, run] { return run(global, a.revision); });
    sub->add_option("name", a.revision.name, "workflow: name or id")->required();
    return sub;
  };
  add("history", "The revisions of a workflow", workflow_history);
  auto* diff = add("diff", "What changed between two revisions", workflow_diff);
  diff->add_option("revision", a.revision.revision, "number or hash")->required();
  diff->add_option("against", a.revision.second, "number or hash (default: the newest)");
  add("rollback", "Make the text of an earlier revision the newest one", workflow_rollback)
      ->add_option("revision", a.revision.revision, "number or hash")
      ->required();
}

}  // namespace

void add_operation_commands(CLI::App& app, const Global& global, OperationArguments& arguments,
                            std::function<int()>& command) {
  CLI::App* ex = app.get_subcommand("ex");
  add_execution_commands(*ex, global, arguments, command);
  add_bulk_options(*ex, arguments, global, command);
  add_task_options(*app.get_subcommand("task"), arguments, global, command);
  add_revision_commands(*app.get_subcommand("wf"), arguments, global, command);
}

}  // namespace foehn::cli
