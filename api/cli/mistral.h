// `foehn mistral …`: the commands of the stock client (python-mistralclient) with its arguments, tables, messages and
// exit codes, so that `alias mistral='foehn mistral'` moves scripts. The tables and forms of output are its library's
// (cliff). One function per shape of command, called with parsed options; options are declared in mistral_options.cc.
// Main thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/cli/api.h"
#include "api/cli/commands.h"

namespace CLI {
class App;
}

namespace foehn::cli {

// ---- output

struct MistralForm {
  std::string format = "table";  // table, json, yaml, value; lists also csv, single objects also shell
  std::vector<std::string> columns;  // headings; empty = all
  bool indent = true;                // json
};
using Cells = std::vector<Value>;

// kInvalidArgument: none of the columns asked for is there, or the format is not one for this.
Status print_mistral_list(const MistralForm& form, const std::vector<std::string>& headings,
                          const std::vector<Cells>& rows);
Status print_mistral_object(const MistralForm& form, const std::vector<std::string>& headings, const Cells& cells);

// What is shown of one kind of object.
enum class MistralKind : std::uint8_t {
  kWorkflow, kWorkbook, kAction, kExecution, kTask, kActionExecution, kEnvironment, kCronTrigger, kEventTrigger,
  kCodeSource, kDynamicAction, kMember, kService
};
const char* plural_of(MistralKind kind);    // "cron_triggers": the path of the API and the key of lists
const char* noun_of(MistralKind kind);      // "cron trigger": of messages
std::string fields_of(MistralKind kind);    // that a list asks for, with commas; "" = all
std::vector<std::string> headings_of(MistralKind kind, bool list);
Cells cells_of(MistralKind kind, const Value& row, bool list, WallTime now);
// "0:00:27", as Python shows a timedelta.
std::string python_duration(std::int64_t seconds);

// ---- commands

struct MistralArguments {
  MistralForm form;
  std::string server;                     // --os-mistral-url
  std::vector<std::string> ids;
  std::string id, file, name, name_space, input, params, description, state, env;
  bool is_public = false;
  // lists
  std::string marker, sort_keys = "created_at", sort_dirs = "asc", task;
  std::optional<std::int64_t> limit;
  std::vector<std::string> filters;
  bool oldest = false, roots_only = false;
  // executions
  std::string source;
  bool force = false, errors_only = false, statistics_only = false, not_only_errors = false;
  std::int64_t max_depth = -1;
  // tasks and actions
  bool resume = false, save_result = false, run_sync = false, is_export = false;
  std::string target, output;
  // triggers
  std::string pattern, first_time, workflow, exchange, topic, event;
  std::optional<std::int64_t> count;
  bool utc = false;
  // code sources, dynamic actions, members
  std::string class_name, code_source, resource_type, member_id;
};

std::unique_ptr<Api> connect_mistral(const Global& global, const MistralArguments& arguments);
// What a request gave, an object or the list of the kind; the exit code.
int show_mistral(const MistralArguments& arguments, MistralKind kind, const Result<Value>& row);
int show_mistral_list(const MistralArguments& arguments, MistralKind kind, const Result<Value>& answer);

int mistral_list(const Global& global, MistralKind kind, MistralArguments arguments);
int mistral_get(const Global& global, MistralKind kind, const MistralArguments& arguments);
// What is stored as a YAML text: workflows, workbooks, actions.
int mistral_store(const Global& global, MistralKind kind, const MistralArguments& arguments, bool update);
int mistral_validate(const Global& global, MistralKind kind, const MistralArguments& arguments);
int mistral_delete(const Global& global, MistralKind kind, const MistralArguments& arguments);
// A field that is a text, as it is; or one that holds JSON, indented.
int mistral_print_text(const Global& global, MistralKind kind, const MistralArguments& arguments, const char* field);
int mistral_print_json(const Global& global, MistralKind kind, const MistralArguments& arguments, const char* field);
int mistral_sub_executions(const Global& global, MistralKind of, const MistralArguments& arguments);
int mistral_execution_create(const Global& global, const MistralArguments& arguments);
int mistral_execution_update(const Global& global, const MistralArguments& arguments);
int mistral_execution_report(const Global& global, const MistralArguments& arguments);
int mistral_task_rerun(const Global& global, const MistralArguments& arguments);
int mistral_run_action(const Global& global, const MistralArguments& arguments);
int mistral_action_execution_update(const Global& global, const MistralArguments& arguments);
int mistral_environment_put(const Global& global, const MistralArguments& arguments, bool update);
int mistral_cron_trigger_create(const Global& global, const MistralArguments& arguments);
int mistral_event_trigger_create(const Global& global, const MistralArguments& arguments);
// commands_mistral_code.cc
int mistral_code_source_put(const Global& global, const MistralArguments& arguments, bool update);
int mistral_dynamic_action_put(const Global& global, const MistralArguments& arguments, bool update);
int mistral_member_list(const Global& global, const MistralArguments& arguments);
int mistral_member_get(const Global& global, const MistralArguments& arguments);
int mistral_member_create(const Global& global, const MistralArguments& arguments);
// `state`: the new status; "" = accepted.
int mistral_member_update(const Global& global, const MistralArguments& arguments);
int mistral_member_delete(const Global& global, const MistralArguments& arguments);
int mistral_service_list(const Global& global, const MistralArguments& arguments);

// Declares `mistral` with its commands; the chosen one is put into `command`. All references must outlive the parsing
// and the call.
void add_mistral_commands(CLI::App& app, const Global& global, MistralArguments& arguments,
                          std::function<int()>& command);

}  // namespace foehn::cli
