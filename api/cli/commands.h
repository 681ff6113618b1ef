// The CLI's commands: one function each, called with parsed options; returns the exit code. Options are parsed in
// app.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/cli/api.h"
#include "api/cli/deletion.h"
#include "api/cli/print.h"

namespace foehn::dsl {
struct WorkflowSpec;
}

namespace foehn::cli {

class PrintTemplate;

struct Global {
  std::string server;            // base URL
  std::string output = "table";  // table, wide, json, jsonl, yaml, csv, name, jsonpath, template
  std::shared_ptr<const PrintTemplate> picked;  // of jsonpath and template
  TimeView times = TimeView::kAge;
  bool quiet = false;     // ids only
  bool headers = true;    // of tables
  bool may_ask = true;    // questions at a terminal
  Progress progress = Progress::kAuto;
  Style style;
  mutable int output_code = 0;  // exit code when what was asked for could not be printed

  bool is_table() const { return output == "table" || output == "wide"; }
};

// ---- author (no server needed)
struct RunOptions {
  std::string file;
  std::string workflow;                  // which of several in the file
  std::vector<std::string> inputs;       // k=v, k=@file.json or @file.json
  std::string task_name;                 // reverse workflows
  std::vector<std::string> environment;  // as inputs
  std::optional<double> timeout_s;
};
int run_file(const Global& global, const RunOptions& options);
int validate_files(const std::vector<std::string>& paths);
// What to say when a reverse workflow is started without its target task.
std::string target_hint(const dsl::WorkflowSpec& workflow);
// Files as they are; folders as every *.yaml and *.yml below them but *_test.yaml, sorted. kInvalidArgument: a folder
// without any.
Result<std::vector<std::string>> definition_files(const std::vector<std::string>& paths);

// ---- workflows, executions, tasks
int workflow_list(const Global& global);
// `name_space`: "" = none.
int workflow_get(const Global& global, const std::string& name, const std::string& name_space, bool definition);
int workflow_put(const Global& global, const std::string& file, const std::string& name_space, bool update);
// A path of the API, with the namespace that it is meant in.
std::string in_namespace(std::string path, const std::string& name_space);
// Deletes what `path` of the API names, after a question; with `dry_run` only says so, when it is there.
int delete_named(const Global& global, const std::string& path, const std::string& name, const Deletion& deletion);

struct ExecutionListOptions {
  std::string state;
  std::string workflow;
  std::uint32_t limit = 20;
  bool all = false;  // also sub-executions
};
int execution_list(const Global& global, const ExecutionListOptions& options);
int execution_get(const Global& global, const std::string& id);
int execution_field(const Global& global, const std::string& id, const char* field);  // "input", "output"
struct ExecutionCreateOptions {
  std::string workflow;    // name or id
  std::string name_space;  // of the workflow
  std::vector<std::string> inputs;
  std::string task_name;
  std::string description;
  std::vector<std::string> environment;  // as inputs
  bool watch = false;
  bool wait = false;  // like watch, silently
  std::optional<double> timeout_s;
};
int execution_create(const Global& global, const ExecutionCreateOptions& options);
int execution_watch(const Global& global, const std::string& id, bool wait_only, std::optional<double> timeout_s);
int execution_set_state(const Global& global, const std::string& id, const char* state, const std::string& message);
int execution_delete(const Global& global, const std::string& id, bool force, const Deletion& deletion);

struct ActionRunOptions {
  std::string name;
  std::vector<std::string> inputs;
  std::string action_namespace;
  double timeout_s = 0;  // 0 = none
  bool save = false;     // keep its row
  bool no_wait = false;  // with save
};
struct ActionEndOptions {
  std::string id;
  std::string result;  // JSON, text, @file or @-
  std::string reason;
  bool success = false;
};
int action_list(const Global& global);
int action_run(const Global& global, const ActionRunOptions& options);
// `action complete` and `action fail`.
int action_end(const Global& global, const ActionEndOptions& options);

int task_list(const Global& global, const std::string& execution);
int task_get(const Global& global, const std::string& id);
int task_rerun(const Global& global, const std::string& id, bool resume);

// ---- OverClouds and boxes
struct OvercloudCreateOptions {
  std::string provider = "local";
  std::string number = "3";
  std::string size = "box";
  std::string name;
  std::string on_failure;
  std::string workflow;
  std::string profile;  // JSON object or @file
  std::string policy;   // the same
  bool no_wait = false;
};
int overcloud_create(const Global& global, const OvercloudCreateOptions& options);
int overcloud_list(const Global& global, bool deleted);
int overcloud_get(const Global& global, const std::string& id);
struct OvercloudDestroyOptions {
  std::string preserve;  // none, snapshot, export
  bool force = false;
  bool no_wait = false;
  bool yes = false;      // do not ask for its name
};
int overcloud_destroy(const Global& global, const std::string& id, const OvercloudDestroyOptions& options);
int overcloud_rollback(const Global& global, const std::string& id, bool no_wait);
int overcloud_ssh_key(const Global& global, const std::string& id);

int boxes_list(const Global& global, const std::string& data);
int boxes_clean(const Global& global, const std::string& data);

// ---- shell
struct ApiOptions {
  std::string method;
  std::string path;
  std::string data;  // JSON, any text, @file or @- (standard input)
};
int api_call(const Global& global, const ApiOptions& options);

// ---- tokens
struct TokenCreateOptions {
  std::string file;
  std::string project;
  std::string remark;
  std::string expires;  // "30d", or a time; "": never
  bool admin = false;
};
int token_create(const Global& global, const TokenCreateOptions& options);

// ---- shared
// {"a": 1} from {"a=1"} (values are JSON when they parse, text otherwise), "@file.json" and "k=@file".
Result<Value> parse_inputs(const std::vector<std::string>& inputs);
Result<std::string> read_file(const std::string& path);  // at most limits::kDefinitionBytesMax; "-" = standard input

}  // namespace foehn::cli
