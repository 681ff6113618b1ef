// What the stock client shows of each kind of object. Columns and texts: mistralclient/commands/v2/*.py, the
// formatters.
#include <array>
#include <span>

#include "api/cli/mistral.h"

namespace foehn::cli {
namespace {

constexpr std::size_t kCutWidth = 25;

enum class Look : std::uint8_t {
  kPlain,
  kOrNone,    // "<none>" for what is empty
  kCut,       // its beginning in lists
  kTags,
  kVariables  // JSON of an environment, indented
};
enum class ColumnPlace : std::uint8_t { kBoth, kObject };  // kObject: not in lists

struct Shown {
  const char* field;
  const char* heading;
  Look look = Look::kPlain;
  ColumnPlace place = ColumnPlace::kBoth;
};

constexpr Shown kWorkflowColumns[] = {
    {"id", "ID"},       {"name", "Name"},   {"namespace", "Namespace"}, {"project_id", "Project ID"},
    {"tags", "Tags", Look::kTags}, {"input", "Input", Look::kCut}, {"scope", "Scope"}, {"created_at", "Created at"},
    {"updated_at", "Updated at"}};
constexpr Shown kWorkbookColumns[] = {{"name", "Name"},   {"namespace", "Namespace"},   {"tags", "Tags", Look::kTags},
                                      {"scope", "Scope"}, {"created_at", "Created at"}, {"updated_at", "Updated at"}};
constexpr Shown kActionColumns[] = {{"id", "ID"},
                                    {"name", "Name"},
                                    {"is_system", "Is system"},
                                    {"input", "Input", Look::kCut},
                                    {"description", "Description", Look::kCut},
                                    {"tags", "Tags", Look::kTags},
                                    {"created_at", "Created at"},
                                    {"updated_at", "Updated at"}};
constexpr Shown kExecutionColumns[] = {{"id", "ID"},
                                       {"workflow_id", "Workflow ID"},
                                       {"workflow_name", "Workflow name"},
                                       {"workflow_namespace", "Workflow namespace"},
                                       {"description", "Description"},
                                       {"task_execution_id", "Task Execution ID", Look::kOrNone},
                                       {"root_execution_id", "Root Execution ID", Look::kOrNone},
                                       {"state", "State"},
                                       {"state_info", "State info", Look::kCut},
                                       {"created_at", "Created at"},
                                       {"updated_at", "Updated at", Look::kOrNone}};
constexpr Shown kTaskColumns[] = {{"id", "ID"},
                                  {"name", "Name"},
                                  {"workflow_name", "Workflow name"},
                                  {"workflow_namespace", "Workflow namespace"},
                                  {"workflow_execution_id", "Workflow Execution ID"},
                                  {"state", "State"},
                                  {"state_info", "State info", Look::kCut},
                                  {"created_at", "Created at"},
                                  {"started_at", "Started at", Look::kOrNone},
                                  {"finished_at", "Finished at", Look::kOrNone}};
constexpr Shown kActionExecutionColumns[] = {{"id", "ID"},
                                             {"name", "Name"},
                                             {"workflow_name", "Workflow name"},
                                             {"workflow_namespace", "Workflow namespace"},
                                             {"task_name", "Task name"},
                                             {"task_execution_id", "Task ID"},
                                             {"state", "State"},
                                             {"state_info", "State info", Look::kPlain, ColumnPlace::kObject},
                                             {"accepted", "Accepted"},
                                             {"created_at", "Created at"},
                                             {"updated_at", "Updated at", Look::kOrNone}};
constexpr Shown kEnvironmentColumns[] = {{"name", "Name"},
                                         {"description", "Description", Look::kOrNone},
                                         {"variables", "Variables", Look::kVariables, ColumnPlace::kObject},
                                         {"scope", "Scope"},
                                         {"created_at", "Created at"},
                                         {"updated_at", "Updated at", Look::kOrNone}};
constexpr Shown kCronTriggerColumns[] = {{"name", "Name"},
                                         {"workflow_name", "Workflow"},
                                         {"workflow_params", "Params"},
                                         {"pattern", "Pattern"},
                                         {"next_execution_time", "Next execution time"},
                                         {"remaining_executions", "Remaining executions"},
                                         {"created_at", "Created at"},
                                         {"updated_at", "Updated at"}};
constexpr Shown kEventTriggerColumns[] = {{"id", "ID"},
                                          {"name", "Name"},
                                          {"workflow_id", "Workflow ID"},
                                          {"workflow_params", "Params"},
                                          {"exchange", "Exchange"},
                                          {"topic", "Topic"},
                                          {"event", "Event"},
                                          {"created_at", "Created at"},
                                          {"updated_at", "Updated at"}};

constexpr Shown kCodeSourceColumns[] = {{"id", "ID"},       {"name", "Name"},
                                        {"namespace", "Namespace"}, {"project_id", "Project ID"},
                                        {"scope", "Scope"}, {"created_at", "Created at"},
                                        {"updated_at", "Updated at"}};
constexpr Shown kDynamicActionColumns[] = {{"id", "ID"},
                                           {"name", "Name"},
                                           {"class_name", "Class"},
                                           {"code_source_id", "Code source ID"},
                                           {"code_source_name", "Code source name"},
                                           {"project_id", "Project ID"},
                                           {"scope", "Scope"},
                                           {"created_at", "Created at"},
                                           {"updated_at", "Updated at"}};
constexpr Shown kMemberColumns[] = {{"resource_id", "Resource ID"},
                                    {"resource_type", "Resource Type"},
                                    {"project_id", "Resource Owner"},
                                    {"member_id", "Member ID"},
                                    {"status", "Status"},
                                    {"created_at", "Created at"},
                                    {"updated_at", "Updated at"}};
constexpr Shown kServiceColumns[] = {{"name", "Name"}, {"type", "Type"}};

struct Described {
  const char* plural;
  const char* noun;
  std::span<const Shown> columns;
  bool asks_fields = true;  // the client's lists of workbooks and action executions do not
};

const Described& described(MistralKind kind) {
  static const std::array<Described, 13> all = {{{"workflows", "workflow", kWorkflowColumns},
                                                {"workbooks", "workbook", kWorkbookColumns, false},
                                                {"actions", "action", kActionColumns},
                                                {"executions", "execution", kExecutionColumns},
                                                {"tasks", "task", kTaskColumns},
                                                {"action_executions", "action execution",
                                                 kActionExecutionColumns, false},
                                                {"environments", "environment", kEnvironmentColumns},
                                                {"cron_triggers", "cron trigger", kCronTriggerColumns},
                                                {"event_triggers", "event trigger", kEventTriggerColumns},
                                                {"code_sources", "code source", kCodeSourceColumns},
                                                {"dynamic_actions", "dynamic action", kDynamicActionColumns},
                                                {"members", "member", kMemberColumns, false},
                                                {"services", "service", kServiceColumns, false}}};
  return all[static_cast<std::size_t>(kind)];
}

bool has_duration(MistralKind kind) { return kind == MistralKind::kExecution || kind == MistralKind::kTask; }

// The first `count` characters and the rest.
std::size_t bytes_of(std::string_view text, std::size_t count) {
  std::size_t at = 0;
  for (; at < text.size(); ++at)
    if ((static_cast<unsigned char>(text[at]) & 0xC0) != 0x80 && count-- == 0) break;
  return at;
}

Value cut_text(const Value& value) {
  if (!value.is_string()) return value;
  const auto& text = value.get_ref<const std::string&>();
  const std::size_t end = bytes_of(text, kCutWidth);
  return end < text.size() ? Value(text.substr(0, end) + "...") : value;
}

// "a, b" in lines of 25 characters.
Value tags_text(const Value& tags) {
  std::string all;
  for (const Value& tag : tags.is_array() ? tags : Value::array())
    all += (all.empty() ? "" : ", ") + to_python_str(tag);
  if (all.empty()) return "<none>";
  std::string out;
  std::string_view rest = all;
  while (bytes_of(rest, kCutWidth) < rest.size()) {
    std::size_t end = bytes_of(rest, kCutWidth);
    const std::size_t space = rest.rfind(' ', end);
    const bool at_space = space != std::string_view::npos && space > 0;
    if (at_space) end = space;
    out += std::string(rest.substr(0, end)) + "\n";
    rest.remove_prefix(end + (at_space ? 1 : 0));
  }
  return out + std::string(rest);
}

Value variables_text(const Value& value) {
  const auto parsed = value.is_string() ? parse_json(value.get_ref<const std::string&>()) : Result<Value>(value);
  return parsed ? Value(parsed->dump(4, ' ', true, Value::error_handler_t::replace)) : value;
}

std::string duration(MistralKind kind, const Value& row, WallTime now) {
  const bool task = kind == MistralKind::kTask;
  const std::string state = text_or(row, "state");
  const auto begin = parse_time(text_or(row, task ? "started_at" : "created_at"));
  if (!begin) return "";
  const bool ended = task || state == "ERROR" || state == "SUCCESS";
  const auto end = parse_time(ended ? text_or(row, task ? "finished_at" : "updated_at") : "");
  if (end) return python_duration(end->us / 1'000'000 - begin->us / 1'000'000);
  const std::int64_t seconds = (now.us - begin->us) / 1'000'000;
  return seconds < 2 ? "..." : python_duration(seconds) + "...";
}

}  // namespace

const char* plural_of(MistralKind kind) { return described(kind).plural; }
const char* noun_of(MistralKind kind) { return described(kind).noun; }

std::string fields_of(MistralKind kind) {
  std::string text;
  if (!described(kind).asks_fields) return text;
  for (const Shown& column : described(kind).columns) text += (text.empty() ? "" : ",") + std::string(column.field);
  return text;
}

std::vector<std::string> headings_of(MistralKind kind, bool list) {
  std::vector<std::string> headings;
  for (const Shown& column : described(kind).columns)
    if (!list || column.place == ColumnPlace::kBoth) headings.emplace_back(column.heading);
  if (has_duration(kind)) headings.emplace_back("Duration");
  return headings;
}

Cells cells_of(MistralKind kind, const Value& row, bool list, WallTime now) {
  Cells cells;
  for (const Shown& column : described(kind).columns) {
    if (list && column.place == ColumnPlace::kObject) continue;
    const Value* found = find(row, column.field);
    const Value value = found ? *found : Value();
    // An environment just made has no description or time of a change; read later they are "<none>".
    const bool or_none = column.look == Look::kOrNone && (found || kind != MistralKind::kEnvironment);
    if (or_none && !is_truthy(value)) cells.emplace_back("<none>");
    else if (column.look == Look::kCut && list) cells.push_back(cut_text(value));
    else if (column.look == Look::kTags) cells.push_back(tags_text(value));
    else if (column.look == Look::kVariables) cells.push_back(variables_text(value));
    else cells.push_back(value);
  }
  if (has_duration(kind)) cells.emplace_back(duration(kind, row, now));
  return cells;
}

std::string python_duration(std::int64_t seconds) {
  constexpr std::int64_t kDay = 86'400;
  std::int64_t days = seconds / kDay;
  std::int64_t rest = seconds % kDay;
  if (rest < 0) {
    rest += kDay;
    --days;
  }
  const auto two = [](std::int64_t number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  const std::string time = std::to_string(rest / 3600) + ":" + two(rest / 60 % 60) + ":" + two(rest % 60);
  if (days == 0) return time;
  return std::to_string(days) + (days == 1 || days == -1 ? " day, " : " days, ") + time;
}

}  // namespace foehn::cli
