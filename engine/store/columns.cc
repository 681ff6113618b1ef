#include "engine/store/columns.h"

#include <algorithm>
#include <charconv>

#include "engine/base/check.h"

namespace foehn::store {
namespace {

using core::Execution;

Cell bytes(const Uuid& uuid) {
  return std::string(reinterpret_cast<const char*>(uuid.bytes.data()), uuid.bytes.size());
}
template <class Tag>
Cell cell(const Id<Tag>& id) {
  return bytes(id.uuid);
}
template <class Tag>
Cell cell(const std::optional<Id<Tag>>& id) {
  return id ? bytes(id->uuid) : Cell();
}
Cell cell(WallTime time) { return time.us; }
Cell cell(const std::optional<WallTime>& time) { return time ? Cell(time->us) : Cell(); }
Cell cell(const std::string& text) { return text; }
Cell cell(std::string_view text) { return std::string(text); }
Cell cell(const std::optional<std::string>& text) { return text ? Cell(*text) : Cell(); }
Cell cell(bool flag) { return std::int64_t{flag ? 1 : 0}; }
Cell json(const Value& value) { return to_json(value); }
Cell json_or_null(const Value& value) { return value.is_null() ? Cell() : Cell(to_json(value)); }
Cell json(const std::vector<std::string>& texts) { return to_json(Value(texts)); }

using K = ColumnKind;

constexpr Column<Execution> kExecutions[] = {
    {"id", K::kId, [](const Execution& e) { return cell(e.id); }},
    {"workflow_id", K::kId, [](const Execution& e) { return cell(e.workflow_id); }},
    {"workflow_name", K::kText, [](const Execution& e) { return cell(e.workflow_name); }},
    {"workflow_namespace", K::kText, [](const Execution& e) { return cell(e.workflow_namespace); }},
    {"description", K::kText, [](const Execution& e) { return cell(e.description); }},
    {"tags", K::kJson, [](const Execution& e) { return json(e.tags); }},
    {"params", K::kJson, [](const Execution& e) { return json(e.params); }},
    {"task_execution_id", K::kId, [](const Execution& e) { return e.parent ? cell(e.parent->task_id) : Cell(); }},
    {"root_execution_id", K::kId, [](const Execution& e) { return cell(e.root_id); }},
    {"parent_execution_id", K::kId,
     [](const Execution& e) { return e.parent ? cell(e.parent->execution_id) : Cell(); }},
    {"state", K::kText, [](const Execution& e) { return cell(core::to_string(e.state)); }},
    {"state_info", K::kText, [](const Execution& e) { return cell(e.state_info); }},
    {"input", K::kJson, [](const Execution& e) { return json(e.input); }},
    {"output", K::kJson, [](const Execution& e) { return json_or_null(e.output); }},
    {"created_at", K::kTime, [](const Execution& e) { return cell(e.created_at); }},
    {"updated_at", K::kTime, [](const Execution& e) { return cell(e.updated_at); }},
    {"project_id", K::kText, [](const Execution& e) { return cell(e.project_id); }},
};

constexpr Column<TaskSource> kTasks[] = {
    {"id", K::kId, [](const TaskSource& s) { return cell(s.task.id); }},
    {"name", K::kText, [](const TaskSource& s) { return cell(s.task.name); }},
    {"type", K::kText, [](const TaskSource& s) { return cell(to_string(s.task.type)); }},
    {"workflow_name", K::kText, [](const TaskSource& s) { return cell(s.execution.workflow_name); }},
    {"workflow_namespace", K::kText, [](const TaskSource& s) { return cell(s.execution.workflow_namespace); }},
    {"workflow_id", K::kId, [](const TaskSource& s) { return cell(s.execution.workflow_id); }},
    {"workflow_execution_id", K::kId, [](const TaskSource& s) { return cell(s.task.execution_id); }},
    {"tags", K::kJson, [](const TaskSource& s) { return json(s.task.tags); }},
    {"state", K::kText, [](const TaskSource& s) { return cell(core::to_string(s.task.state)); }},
    {"state_info", K::kText, [](const TaskSource& s) { return cell(s.task.state_info); }},
    {"processed", K::kBool, [](const TaskSource& s) { return cell(s.task.processed); }},
    {"created_at", K::kTime, [](const TaskSource& s) { return cell(s.task.created_at); }},
    {"updated_at", K::kTime, [](const TaskSource& s) { return cell(s.task.updated_at); }},
    {"started_at", K::kTime, [](const TaskSource& s) { return cell(s.task.started_at); }},
    {"finished_at", K::kTime, [](const TaskSource& s) { return cell(s.task.finished_at); }},
    {"project_id", K::kText, [](const TaskSource& s) { return cell(s.execution.project_id); }},
    {"published", K::kJson, [](const TaskSource& s) { return json(s.task.published); }},
};

constexpr Column<RunSource> kRuns[] = {
    {"id", K::kId, [](const RunSource& s) { return cell(s.run.id); }},
    {"name", K::kText, [](const RunSource& s) { return cell(s.run.name); }},
    {"task_name", K::kText, [](const RunSource& s) { return s.task ? cell(s.task->name) : Cell(); }},
    {"task_execution_id", K::kId, [](const RunSource& s) { return cell(s.run.task_id); }},
    {"workflow_name", K::kText, [](const RunSource& s) { return cell(s.execution.workflow_name); }},
    {"workflow_namespace", K::kText, [](const RunSource& s) { return cell(s.execution.workflow_namespace); }},
    {"workflow_execution_id", K::kId, [](const RunSource& s) { return cell(s.run.execution_id); }},
    {"state", K::kText, [](const RunSource& s) { return cell(core::to_string(shown_state(s.run.state))); }},
    {"state_info", K::kText, [](const RunSource& s) { return cell(s.run.state_info); }},
    {"accepted", K::kBool, [](const RunSource& s) { return cell(s.run.accepted); }},
    {"created_at", K::kTime, [](const RunSource& s) { return cell(s.run.created_at); }},
    {"updated_at", K::kTime, [](const RunSource& s) { return cell(s.run.updated_at); }},
    {"description", K::kText, [](const RunSource&) { return Cell(""); }},
    {"tags", K::kJson, [](const RunSource&) { return Cell("[]"); }},
    {"input", K::kJson, [](const RunSource& s) { return json(s.run.input); }},
    {"output", K::kJson, [](const RunSource& s) { return json_or_null(s.run.output); }},
    {"kind", K::kText, [](const RunSource& s) { return cell(to_string(s.run.kind)); }},
    {"project_id", K::kText, [](const RunSource& s) { return cell(s.execution.project_id); }},
};

constexpr Column<WorkflowRow> kWorkflows[] = {
    {"id", K::kId, [](const WorkflowRow& w) { return cell(w.id); }},
    {"name", K::kText, [](const WorkflowRow& w) { return cell(w.name); }},
    {"namespace", K::kText, [](const WorkflowRow& w) { return cell(w.workflow_namespace); }},
    {"input", K::kText, [](const WorkflowRow& w) { return cell(w.input); }},
    {"definition", K::kText, [](const WorkflowRow& w) { return cell(w.definition); }},
    {"checksum", K::kText, [](const WorkflowRow& w) { return cell(w.hash); }},
    {"interface", K::kJson, [](const WorkflowRow& w) { return json(w.interface_); }},
    {"tags", K::kJson, [](const WorkflowRow& w) { return json(w.tags); }},
    {"scope", K::kText, [](const WorkflowRow& w) { return cell(w.scope); }},
    {"project_id", K::kText, [](const WorkflowRow& w) { return cell(w.project_id); }},
    {"workbook_name", K::kText, [](const WorkflowRow& w) { return cell(w.workbook_name); }},
    {"is_system", K::kBool, [](const WorkflowRow& w) { return cell(w.is_system); }},
    {"created_at", K::kTime, [](const WorkflowRow& w) { return cell(w.created_at); }},
    {"updated_at", K::kTime, [](const WorkflowRow& w) { return cell(w.updated_at); }},
};

constexpr Column<ActionRow> kActions[] = {
    {"id", K::kId, [](const ActionRow& a) { return cell(a.id); }},
    {"name", K::kText, [](const ActionRow& a) { return cell(a.name); }},
    {"namespace", K::kText, [](const ActionRow& a) { return cell(a.action_namespace); }},
    {"input", K::kText, [](const ActionRow& a) { return cell(a.input); }},
    {"definition", K::kText, [](const ActionRow& a) { return cell(a.definition); }},
    {"description", K::kText, [](const ActionRow& a) { return cell(a.description); }},
    {"tags", K::kJson, [](const ActionRow& a) { return json(a.tags); }},
    {"scope", K::kText, [](const ActionRow& a) { return cell(a.scope); }},
    {"project_id", K::kText, [](const ActionRow& a) { return cell(a.project_id); }},
    {"workbook_name", K::kText, [](const ActionRow& a) { return cell(a.workbook_name); }},
    {"created_at", K::kTime, [](const ActionRow& a) { return cell(a.created_at); }},
    {"updated_at", K::kTime, [](const ActionRow& a) { return cell(a.updated_at); }},
};

constexpr Column<WorkbookRow> kWorkbooks[] = {
    {"id", K::kId, [](const WorkbookRow& b) { return cell(b.id); }},
    {"name", K::kText, [](const WorkbookRow& b) { return cell(b.name); }},
    {"namespace", K::kText, [](const WorkbookRow& b) { return cell(b.workbook_namespace); }},
    {"definition", K::kText, [](const WorkbookRow& b) { return cell(b.definition); }},
    {"tags", K::kJson, [](const WorkbookRow& b) { return json(b.tags); }},
    {"scope", K::kText, [](const WorkbookRow& b) { return cell(b.scope); }},
    {"project_id", K::kText, [](const WorkbookRow& b) { return cell(b.project_id); }},
    {"created_at", K::kTime, [](const WorkbookRow& b) { return cell(b.created_at); }},
    {"updated_at", K::kTime, [](const WorkbookRow& b) { return cell(b.updated_at); }},
};

constexpr std::size_t kFilterValuesMax = 500;  // of in, nin and has; each becomes a term of an expression

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool contains(const std::string& text, const std::string& part) {
  return std::search(text.begin(), text.end(), part.begin(), part.end(),
                     [](char a, char b) { return lower(a) == lower(b); }) != text.end();
}

Result<Test::Range> read_value(ColumnKind kind, const Filter& filter, const std::string& value) {
  switch (kind) {
    case ColumnKind::kText:
    case ColumnKind::kMember:
      return Test::Range{value, {}};
    case ColumnKind::kJson: {
      if (filter.op == FilterOp::kHas) return Test::Range{value, {}};
      const auto parsed = parse_json(value);
      return Test::Range{parsed ? to_json(*parsed) : value, {}};
    }
    case ColumnKind::kId: {
      const auto uuid = parse_uuid(value);
      return Test::Range{uuid ? bytes(*uuid) : Cell(""), {}};  // "": like no id
    }
    case ColumnKind::kBool: {
      std::string word = value;
      std::transform(word.begin(), word.end(), word.begin(), lower);
      if (word == "true" || word == "1") return Test::Range{std::int64_t{1}, {}};
      if (word == "false" || word == "0") return Test::Range{std::int64_t{0}, {}};
      return fail(ErrorCode::kInvalidArgument,
                  "Filter '" + filter.column + "' needs true or false; '" + value + "' is neither.");
    }
    case ColumnKind::kTime: {
      const auto time = parse_time(value);
      if (!time)
        return fail(ErrorCode::kInvalidArgument,
                    "Filter '" + filter.column + "' needs a time as YYYY-MM-DD HH:MM:SS; '" + value + "' is none.");
      return Test::Range{time->us, time->us + (time->us % 1'000'000 == 0 ? 1'000'000 : 1)};
    }
  }
  FOEHN_UNREACHABLE();
}

// What a text may stand for beside itself: of "3", the number.
Cell number_of(const std::string& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? Cell(number) : Cell();
}

std::string text_of(const Cell& cell) {
  const auto* number = std::get_if<std::int64_t>(&cell);
  return number ? std::to_string(*number) : std::get<std::string>(cell);
}

bool inside(const Test& test, const Test::Range& range, const Cell& cell) {
  if (test.kind == ColumnKind::kTime) return cell >= range.low && cell < range.high;
  return cell == range.low;
}

}  // namespace

template <>
std::span<const Column<Execution>> columns<Execution>() {
  return kExecutions;
}
template <>
std::span<const Column<TaskSource>> columns<TaskSource>() {
  return kTasks;
}
template <>
std::span<const Column<RunSource>> columns<RunSource>() {
  return kRuns;
}
template <>
std::span<const Column<WorkflowRow>> columns<WorkflowRow>() {
  return kWorkflows;
}
template <>
std::span<const Column<ActionRow>> columns<ActionRow>() {
  return kActions;
}
template <>
std::span<const Column<WorkbookRow>> columns<WorkbookRow>() {
  return kWorkbooks;
}

Result<Test> make_test(ColumnKind kind, const Filter& filter) {
  Test test{filter.op, kind, {}};
  if (filter.op == FilterOp::kIsNull) return test;
  const bool is_list = filter.op == FilterOp::kIn || filter.op == FilterOp::kNin || filter.op == FilterOp::kHas;
  if (filter.values.empty() || (!is_list && filter.values.size() > 1))
    return fail(ErrorCode::kInvalidArgument, "Filter '" + filter.column + "' needs one value.");
  if (filter.op == FilterOp::kHas && kind != ColumnKind::kText && kind != ColumnKind::kJson &&
      kind != ColumnKind::kMember)
    return fail(ErrorCode::kInvalidArgument, "Filter 'has' is for texts; '" + filter.column + "' is none.");
  if (filter.values.size() > kFilterValuesMax)
    return fail(ErrorCode::kInvalidArgument,
                "Filter '" + filter.column + "' has more than " + std::to_string(kFilterValuesMax) + " values.");
  for (const std::string& value : filter.values) {
    if (kind == ColumnKind::kMember && filter.op != FilterOp::kHas)
      if (const Cell number = number_of(value); number != Cell()) test.ranges.push_back({number, {}});
    FOEHN_TRY(Test::Range range, read_value(kind, filter, value));
    test.ranges.push_back(std::move(range));
  }
  return test;
}

bool passes(const Test& test, const Cell& cell) {
  const bool is_null = std::holds_alternative<std::monostate>(cell);
  if (test.op == FilterOp::kIsNull) return is_null;
  if (is_null) return false;
  const auto matches = [&](const Test::Range& range) { return inside(test, range, cell); };
  const auto has = [&](const Test::Range& range) {
    return contains(text_of(cell), std::get<std::string>(range.low));
  };
  const Test::Range& first = test.ranges.front();
  const Cell& end = test.kind == ColumnKind::kTime ? first.high : first.low;
  const bool timed = test.kind == ColumnKind::kTime;
  switch (test.op) {
    case FilterOp::kEq:
    case FilterOp::kIn:
      return std::any_of(test.ranges.begin(), test.ranges.end(), matches);
    case FilterOp::kNeq:
    case FilterOp::kNin:
      return std::none_of(test.ranges.begin(), test.ranges.end(), matches);
    case FilterOp::kGt:
      return timed ? cell >= end : cell > end;
    case FilterOp::kGte:
      return cell >= first.low;
    case FilterOp::kLt:
      return cell < first.low;
    case FilterOp::kLte:
      return timed ? cell < end : cell <= end;
    case FilterOp::kHas:
      return std::all_of(test.ranges.begin(), test.ranges.end(), has);
    case FilterOp::kIsNull:
      break;
  }
  FOEHN_UNREACHABLE();
}

core::State shown_state(core::State state) { return state == core::State::kScheduled ? core::State::kRunning : state; }
void add_to(RunCounts& counts, core::State state, std::uint32_t runs) {
  counts.total += runs;
  switch (state) {
    case core::State::kIdle:
    case core::State::kScheduled:
    case core::State::kWaiting:
    case core::State::kDelayed:
      counts.waiting += runs;
      break;
    case core::State::kRunning:
    case core::State::kPaused:
      counts.running += runs;
      break;
    case core::State::kSuccess:
    case core::State::kSkipped:
      counts.succeeded += runs;
      break;
    case core::State::kError:
      counts.failed += runs;
      break;
    case core::State::kCancelled:
      counts.cancelled += runs;
      break;
  }
}
std::string_view to_string(core::TaskType type) { return type == core::TaskType::kAction ? "ACTION" : "WORKFLOW"; }
std::string_view to_string(core::RunKind kind) { return kind == core::RunKind::kAction ? "action" : "workflow"; }

Error not_found(std::string_view what, std::string_view id) {
  return {ErrorCode::kNotFound, std::string(what) + " not found [id=" + std::string(id) + "]"};
}
Error no_such_workflow(std::string_view identifier, std::string_view workflow_namespace) {
  return {ErrorCode::kNotFound, "Workflow not found [workflow_identifier=" + std::string(identifier) +
                                    ", namespace=" + std::string(workflow_namespace) + "]"};
}
Error duplicate_workflow(const WorkflowRow& row) {
  return {ErrorCode::kAlreadyExists, "Duplicate entry for WorkflowDefinition ['name', 'namespace', 'project_id']: " +
                                         row.name + ", " + row.workflow_namespace + ", " + row.project_id};
}
Error no_such_action(std::string_view identifier, std::string_view action_namespace) {
  return {ErrorCode::kNotFound, "Action definition not found [action_name=" + std::string(identifier) +
                                    ", namespace=" + std::string(action_namespace) + "]"};
}
Error duplicate_action(const ActionRow& row) {
  return {ErrorCode::kAlreadyExists, "Duplicate entry for Action ['name', 'namespace', 'project_id']: " +
                                         row.name + ", " + row.action_namespace + ", " + row.project_id};
}
Error no_such_workbook(std::string_view name, std::string_view workbook_namespace) {
  return {ErrorCode::kNotFound, "Workbook not found [workbook_name=" + std::string(name) +
                                    ", namespace=" + std::string(workbook_namespace) + "]"};
}
Error duplicate_workbook(const WorkbookRow& row) {
  return {ErrorCode::kAlreadyExists, "Duplicate entry for WorkbookDefinition ['name', 'namespace', 'project_id']: " +
                                         row.name + ", " + row.workbook_namespace + ", " + row.project_id};
}
Error duplicate_resource(const ResourceRow& row) {
  return {ErrorCode::kAlreadyExists, "There is already a " + row.kind + " '" + row.key + "'."};
}
Error no_such_resource(std::string_view kind, std::string_view key) {
  return {ErrorCode::kNotFound, "There is no " + std::string(kind) + " '" + std::string(key) + "'."};
}
Error stale_resource(const ResourceRow& row, std::uint64_t expected, std::uint64_t stored) {
  return {ErrorCode::kConflict, "The " + row.kind + " '" + row.key + "' was changed by somebody else: revision " +
                                    std::to_string(expected) + " was expected, " + std::to_string(stored) +
                                    " is stored."};
}

}  // namespace foehn::store
