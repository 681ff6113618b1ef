// foehn ex why | rerun | clone, operations on many executions, foehn task rerun with its options, and foehn wf history
// | diff | rollback. One function per command, called with parsed options; returns the exit code. Options are declared
// in operation_options.cc.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/cli/commands.h"
#include "api/cli/log_follower.h"

namespace CLI {
class App;
}

namespace foehn::cli {

struct RerunOptions {
  std::string id;                   // of an execution or a task
  bool only_failed = false;
  bool failed_and_downstream = false;
  bool all = false;
  std::string from;                 // a task
  bool resume = false;              // with-items: only the items that failed
  bool reset = false;
  bool downstream = false;          // a task with what is behind it
  bool preview = false;
  std::vector<std::string> inputs;  // laid over the evaluated ones
  std::vector<std::string> environment;
  std::vector<std::uint32_t> items;
  std::string revision;
};
int execution_rerun(const Global& global, const RerunOptions& options);
int task_rerun_with(const Global& global, const RerunOptions& options);

struct CloneOptions {
  std::string id;
  std::vector<std::string> inputs;
  std::string description;
  std::string revision;
};
int execution_clone(const Global& global, const CloneOptions& options);
int execution_why(const Global& global, const std::string& id);
// The tree that `why` prints; `answer` is that of GET …/why.
std::string why_text(const Value& answer, const Style& style);

struct BulkOptions {
  std::string operation;            // cancel, pause, resume, rerun, delete
  std::vector<std::string> query;   // state=ERROR, as inputs
  std::uint32_t limit = 0;          // 0 = the server's default
  bool preview = false;
  bool force = false;               // delete: also what has not ended
  bool yes = false;                 // delete: do not ask
};
int execution_bulk(const Global& global, const BulkOptions& options);
// Asks before it does; without a terminal it needs `yes`.
int execution_delete_many(const Global& global, const BulkOptions& options);

// Runs a command on one id, or with "-" on each line of standard input; the first exit code that is not 0.
int for_each_id(const std::string& id, const std::function<int(const std::string&)>& run);

int execution_tree(const Global& global, const std::string& id);
int execution_timeline(const Global& global, const std::string& id);
// One document of everything: the execution with its tasks, their runs and sub-workflows, and the workflow's text.
int execution_export(const Global& global, const std::string& id);
struct ApproveOptions {
  std::string id;       // execution
  std::string task;     // path; "" = the only one that waits
  std::string message;  // the reason
  std::string result;
};
// Completes the action run that waits for its end from outside.
int execution_approve(const Global& global, const ApproveOptions& options);
int task_skip(const Global& global, const std::string& id);
// `options.id`: of the task.
int task_logs(const Global& global, LogOptions options);

struct RevisionOptions {
  std::string name;
  std::string name_space;
  std::string revision;   // number or hash
  std::string second;     // diff: against this one; "" = the newest
};
int workflow_history(const Global& global, const RevisionOptions& options);
// A revision against another or, when there is none, a file against what the server has.
int workflow_diff(const Global& global, const RevisionOptions& options);
int workflow_rollback(const Global& global, const RevisionOptions& options);

// What the definitions of a file would change on the server.
int definition_diff(const Global& global, const std::string& file, const std::string& name_space);
struct SyncOptions {
  std::string folder;
  bool prune = false;  // also delete what no file defines
  bool plan = false;   // only say what would be done
  bool yes = false;    // do not ask before deleting
};
int sync_definitions(const Global& global, const SyncOptions& options);

// What the options are parsed into.
struct OperationArguments {
  ApproveOptions approve;
  SyncOptions sync;
  RerunOptions rerun;
  CloneOptions clone;
  BulkOptions bulk;
  RevisionOptions revision;
  LogOptions logs;
  std::string id, message;
};
// Declares the commands in the groups `ex`, `task` and `wf`, which are there already; the chosen one is put into
// `command`. All references must outlive the parsing and the call.
void add_operation_commands(CLI::App& app, const Global& global, OperationArguments& arguments,
                            std::function<int()>& command);

}  // namespace foehn::cli
