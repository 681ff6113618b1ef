// The columns that lists can be filtered and sorted by, with one meaning for every backend: how a filter's text is
// read, how cells compare (NULL first, then numbers, then bytes) and what a filter lets through. Pure; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/model.h"
#include "engine/store/catalog.h"
#include "engine/store/list_query.h"
#include "engine/store/query.h"

namespace foehn::store {

// NULL, a number (times in µs, booleans 0 and 1) or bytes (text, JSON text, the 16 bytes of an id).
using Cell = std::variant<std::monostate, std::int64_t, std::string>;

// kMember: texts and integers side by side; integers come first.
enum class ColumnKind { kText, kJson, kId, kTime, kBool, kMember };

template <class Source>
struct Column {
  std::string_view name;
  ColumnKind kind;
  Cell (*cell)(const Source&);
};

struct TaskSource {
  const core::Task& task;
  const core::Execution& execution;
};
struct RunSource {
  const core::ActionRun& run;
  const core::Task* task;  // nullptr: a run without a task
  const core::Execution& execution;
};

// Tables of columns. All tables have `id` and `created_at`.
template <class Source>
std::span<const Column<Source>> columns();
template <>
std::span<const Column<core::Execution>> columns<core::Execution>();
template <>
std::span<const Column<TaskSource>> columns<TaskSource>();
template <>
std::span<const Column<RunSource>> columns<RunSource>();
template <>
std::span<const Column<WorkflowRow>> columns<WorkflowRow>();
template <>
std::span<const Column<ActionRow>> columns<ActionRow>();
template <>
std::span<const Column<WorkbookRow>> columns<WorkbookRow>();

template <class Source>
const Column<Source>* find_column(std::string_view name) {
  for (const Column<Source>& column : columns<Source>())
    if (column.name == name) return &column;
  return nullptr;
}

// A filter with its values read: each value is the half-open range [low, high) for times, else low alone.
struct Test {
  FilterOp op = FilterOp::kEq;
  ColumnKind kind = ColumnKind::kText;
  struct Range {
    Cell low;
    Cell high;
  };
  std::vector<Range> ranges;
};

// kInvalidArgument when a value is missing or cannot be read, or when the operator does not fit the column.
Result<Test> make_test(ColumnKind kind, const Filter& filter);
bool passes(const Test& test, const Cell& cell);

// Sort keys of a query with the column id as the last one; kInvalidArgument for an unknown column.
template <class Source>
Result<std::vector<std::pair<const Column<Source>*, bool>>> sort_columns(const ListQuery& query) {
  std::vector<std::pair<const Column<Source>*, bool>> keys;
  const std::vector<SortKey> by_creation{{"created_at", false}};
  for (const SortKey& key : query.sort.empty() ? by_creation : query.sort) {
    const Column<Source>* column = find_column<Source>(key.column);
    if (!column) return fail(ErrorCode::kInvalidArgument, "There is no column '" + key.column + "' to sort by.");
    keys.emplace_back(column, key.descending);
  }
  const bool descending = keys.front().second;
  if (keys.back().first->name != "id") keys.emplace_back(find_column<Source>("id"), descending);
  return keys;
}

// What a run's state counts as in filters, order and the v2 API: RUNNING for SCHEDULED.
core::State shown_state(core::State state);
void add_to(RunCounts& counts, core::State state, std::uint32_t runs = 1);
std::string_view to_string(core::TaskType type);  // "ACTION", "WORKFLOW"
std::string_view to_string(core::RunKind kind);   // "action", "workflow"

// Texts of errors that every backend gives.
Error not_found(std::string_view what, std::string_view id);  // "WorkflowExecution not found [id=…]"
Error no_such_workflow(std::string_view identifier, std::string_view workflow_namespace);
Error duplicate_workflow(const WorkflowRow& row);
Error no_such_action(std::string_view identifier, std::string_view action_namespace);
Error duplicate_action(const ActionRow& row);
Error no_such_workbook(std::string_view name, std::string_view workbook_namespace);
Error duplicate_workbook(const WorkbookRow& row);
Error duplicate_resource(const ResourceRow& row);
Error no_such_resource(std::string_view kind, std::string_view key);
Error stale_resource(const ResourceRow& row, std::uint64_t expected, std::uint64_t stored);

}  // namespace foehn::store
