#include "engine/store/sqlite/list_sql.h"

#include <algorithm>

#include "engine/base/check.h"

namespace foehn::store {
namespace {

using Expression = std::pair<std::string_view, std::string_view>;

constexpr Expression kExecutions[] = {
    {"id", "e.id"},
    {"workflow_id", "e.workflow_id"},
    {"workflow_name", "e.workflow_name"},
    {"workflow_namespace", "e.workflow_namespace"},
    {"description", "e.description"},
    {"tags", "e.tags"},
    {"params", "v.params"},
    {"task_execution_id", "e.parent_task_id"},
    {"root_execution_id", "e.root_id"},
    {"parent_execution_id", "e.parent_execution_id"},
    {"state", "e.state"},
    {"state_info", "e.state_info"},
    {"input", "v.input"},
    {"output", "v.output"},
    {"created_at", "e.created_at"},
    {"updated_at", "e.updated_at"},
    {"project_id", "e.project_id"},
};

// The unary plus keeps SQLite from starting with all executions of a project where the order of rows is by creation.
constexpr Expression kTasks[] = {
    {"id", "t.id"},
    {"name", "t.name"},
    {"type", "t.type"},
    {"workflow_name", "e.workflow_name"},
    {"workflow_namespace", "e.workflow_namespace"},
    {"workflow_id", "e.workflow_id"},
    {"workflow_execution_id", "t.execution_id"},
    {"tags", "coalesce(json_extract(t.details, '$.tags'), '[]')"},
    {"state", "t.state"},
    {"state_info", "t.state_info"},
    {"processed", "t.processed"},
    {"created_at", "t.created_at"},
    {"updated_at", "t.updated_at"},
    {"started_at", "t.started_at"},
    {"finished_at", "t.finished_at"},
    {"project_id", "+e.project_id"},
    {"published", "t.published"},
};

constexpr Expression kRuns[] = {
    {"id", "r.id"},
    {"name", "r.name"},
    {"task_name", "t.name"},
    {"task_execution_id", "r.task_id"},
    {"workflow_name", "e.workflow_name"},
    {"workflow_namespace", "e.workflow_namespace"},
    {"workflow_execution_id", "r.execution_id"},
    {"state", "(CASE r.state WHEN 'SCHEDULED' THEN 'RUNNING' ELSE r.state END)"},  // as the index runs_state
    {"state_info", "r.state_info"},
    {"accepted", "r.accepted"},
    {"created_at", "r.created_at"},
    {"updated_at", "r.updated_at"},
    {"description", "''"},
    {"tags", "'[]'"},
    {"input", "r.input"},
    {"output", "r.output"},
    {"kind", "r.kind"},
    {"project_id", "+e.project_id"},
};

constexpr Expression kWorkflows[] = {
    {"id", "w.id"},
    {"name", "w.name"},
    {"namespace", "w.namespace"},
    {"input", "w.input"},
    {"definition", "w.definition"},
    {"checksum", "w.hash"},
    {"interface", "w.interface"},
    {"tags", "w.tags"},
    {"scope", "w.scope"},
    {"project_id", "w.project_id"},
    {"workbook_name", "w.workbook_name"},
    {"is_system", "w.is_system"},
    {"created_at", "w.created_at"},
    {"updated_at", "w.updated_at"},
};

constexpr Expression kActions[] = {
    {"id", "d.id"},
    {"name", "d.name"},
    {"namespace", "d.namespace"},
    {"input", "d.input"},
    {"definition", "d.definition"},
    {"description", "d.description"},
    {"tags", "d.tags"},
    {"scope", "d.scope"},
    {"project_id", "d.project_id"},
    {"workbook_name", "d.workbook_name"},
    {"created_at", "d.created_at"},
    {"updated_at", "d.updated_at"},
};

constexpr Expression kWorkbooks[] = {
    {"id", "d.id"},
    {"name", "d.name"},
    {"namespace", "d.namespace"},
    {"definition", "d.definition"},
    {"tags", "d.tags"},
    {"scope", "d.scope"},
    {"project_id", "d.project_id"},
    {"created_at", "d.created_at"},
    {"updated_at", "d.updated_at"},
};

constexpr char kOwnOrPublic[] = "(d.project_id = ? OR d.scope = 'public')";

std::string joined(std::string_view a, std::string_view b) { return std::string(a) + std::string(b); }

const std::string kWorkflowOfTask = ", e.workflow_name, e.workflow_namespace, e.workflow_id, e.project_id";
const std::string kOwnersOfRun = ", coalesce(t.name, ''), e.workflow_name, e.workflow_namespace, e.project_id";

std::string like_pattern(const std::string& part) {
  std::string pattern = "%";
  for (const char c : part) {
    if (c == '%' || c == '_' || c == '\\') pattern.push_back('\\');
    pattern.push_back(c);
  }
  return pattern + "%";
}

// One ? per range, or two for times.
void add_equal(ListSql& sql, std::string_view expression, const Test& test, const Test::Range& range) {
  if (test.kind == ColumnKind::kTime) {
    sql.text.append("(").append(expression).append(" >= ? AND ").append(expression).append(" < ?)");
    sql.cells.emplace_back(test.kind, range.low);
    sql.cells.emplace_back(test.kind, range.high);
    return;
  }
  sql.text.append(expression).append(" = ?");
  sql.cells.emplace_back(test.kind, range.low);
}

// Many comparisons with OR take SQLite's planner minutes, and times are such; IN is one to it.
void add_any(ListSql& sql, std::string_view expression, const Test& test) {
  if (test.kind != ColumnKind::kTime && test.ranges.size() > 1) {
    sql.text.append("(").append(expression).append(" IN (");
    for (std::size_t i = 0; i < test.ranges.size(); ++i) {
      sql.text.append(i > 0 ? ", ?" : "?");
      sql.cells.emplace_back(test.kind, test.ranges[i].low);
    }
    sql.text.append("))");
    return;
  }
  const std::string plain = test.ranges.size() > 1 ? "+" + std::string(expression) : "";
  if (!plain.empty()) expression = plain;  // no index: nothing to plan
  sql.text.append("(");
  for (std::size_t i = 0; i < test.ranges.size(); ++i) {
    if (i > 0) sql.text.append(" OR ");
    add_equal(sql, expression, test, test.ranges[i]);
  }
  sql.text.append(")");
}

void add_compared(ListSql& sql, std::string_view expression, std::string_view operation, const Test& test,
                  const Cell& cell) {
  sql.text.append(expression).append(operation).append(" ?");
  sql.cells.emplace_back(test.kind, cell);
}

// NULL comes first in the order of both backends.
void add_later(ListSql& sql, const SortColumn& key, const Cell& marker) {
  const bool is_null = std::holds_alternative<std::monostate>(marker);
  if (is_null) {
    if (key.descending)
      sql.text.append("0");
    else
      sql.text.append(key.expression).append(" IS NOT NULL");
    return;
  }
  if (key.descending) sql.text.append("(").append(key.expression).append(" IS NULL OR ");
  sql.text.append(key.expression).append(key.descending ? " < ?)" : " > ?");
  sql.cells.emplace_back(key.kind, marker);
}

bool is_never_null(std::string_view expression) {
  return expression.size() > 2 && (expression.substr(2) == "id" || expression.substr(2) == "created_at");
}

// (a, b) > (?, ?), which SQLite can answer from an index, is right when no NULL is involved or NULLs are behind us.
bool can_compare_rows(const std::vector<SortColumn>& keys, const std::vector<Cell>& marker) {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].descending != keys[0].descending || std::holds_alternative<std::monostate>(marker[i])) return false;
    if (keys[i].descending && !is_never_null(keys[i].expression)) return false;
  }
  return true;
}

}  // namespace

const ListTable& execution_list() {
  static const ListTable kTable{joined(kExecutionColumns, kExecutionOutput),
                                joined(kExecutionColumns, kNoOutput),
                                "executions e JOIN execution_values v ON v.execution_id = e.id",
                                "e.project_id = ?",
                                "e.definition_hash <> 'direct'",  // direct runs of actions
                                "",
                                kExecutions};
  return kTable;
}

const ListTable& task_list() {
  static const ListTable kTable{joined(kTaskColumns, kTaskPublished) + kWorkflowOfTask,
                                joined(kTaskColumns, kNoPublished) + kWorkflowOfTask,
                                "tasks t JOIN executions e ON e.id = t.execution_id",
                                "+e.project_id = ?",
                                "",
                                "",
                                kTasks};
  return kTable;
}

const ListTable& run_list() {
  static const ListTable kTable{
      joined(kRunColumns, kRunOutput) + kOwnersOfRun,
      joined(kRunColumns, kNoOutput) + kOwnersOfRun,
      "runs r JOIN executions e ON e.id = r.execution_id LEFT JOIN tasks t ON t.id = r.task_id",
      "+e.project_id = ?",
      "r.kind = 'action'",
      "kind",
      kRuns};
  return kTable;
}

std::string visible_workflow(std::string_view parameter) {
  const std::string me(parameter);
  return "(w.project_id = " + me + " OR w.scope = 'public' OR w.is_system OR EXISTS (SELECT 1 FROM records m WHERE " +
         "m.kind = 'member' AND m.name = " + me + " AND replace(m.namespace, '-', '') = lower(hex(w.id)) AND " +
         "json_extract(m.body, '$.status') = 'accepted'))";
}

const ListTable& workflow_list() {
  static const ListTable kTable{std::string(kWorkflowColumns),
                                std::string(kWorkflowColumns),
                                "workflows w",
                                "EXISTS (SELECT 1 FROM (SELECT ? AS me) WHERE " + visible_workflow("me") + ")",
                                "",
                                "",
                                kWorkflows};
  return kTable;
}

const ListTable& action_list() {
  static const ListTable kTable{std::string(kActionColumns), std::string(kActionColumns), "actions d",
                                kOwnOrPublic,                "",                          "",
                                kActions};
  return kTable;
}

const ListTable& workbook_list() {
  static const ListTable kTable{std::string(kWorkbookColumns), std::string(kWorkbookColumns), "workbooks d",
                                kOwnOrPublic,                  "",                            "",
                                kWorkbooks};
  return kTable;
}

std::string_view expression_of(const ListTable& table, std::string_view column) {
  for (const auto& [name, expression] : table.expressions)
    if (name == column) return expression;
  FOEHN_UNREACHABLE();  // columns.h knows a column that this file does not
}

Statement ListSql::prepare(Connection& reader) const {
  Statement statement = reader.prepare_once(text);
  for (const auto& [kind, cell] : cells) {
    if (const auto* number = std::get_if<std::int64_t>(&cell))
      statement.add(*number);
    else if (const auto* bytes = std::get_if<std::string>(&cell))
      kind == ColumnKind::kId ? statement.add_bytes(*bytes) : statement.add_text(std::string_view(*bytes));
    else
      statement.add_null();
  }
  return statement;
}

void add_test(ListSql& sql, std::string_view expression, const Test& test) {
  sql.text.append(" AND ");
  const bool timed = test.kind == ColumnKind::kTime;
  switch (test.op) {
    case FilterOp::kEq:
    case FilterOp::kIn:
      return add_any(sql, expression, test);
    case FilterOp::kNeq:
    case FilterOp::kNin:
      sql.text.append("NOT ");
      return add_any(sql, expression, test);
    case FilterOp::kGt:
      return timed ? add_compared(sql, expression, " >=", test, test.ranges[0].high)
                   : add_compared(sql, expression, " >", test, test.ranges[0].low);
    case FilterOp::kGte:
      return add_compared(sql, expression, " >=", test, test.ranges[0].low);
    case FilterOp::kLt:
      return add_compared(sql, expression, " <", test, test.ranges[0].low);
    case FilterOp::kLte:
      return timed ? add_compared(sql, expression, " <", test, test.ranges[0].high)
                   : add_compared(sql, expression, " <=", test, test.ranges[0].low);
    case FilterOp::kIsNull:
      sql.text.append(expression).append(" IS NULL");
      return;
    case FilterOp::kHas:
      break;
  }
  sql.text.append("1");
  for (const Test::Range& range : test.ranges) {
    sql.text.append(" AND ").append(expression).append(" LIKE ? ESCAPE '\\'");
    sql.cells.emplace_back(ColumnKind::kText, like_pattern(std::get<std::string>(range.low)));
  }
}

Result<std::optional<std::vector<Cell>>> marker_cells(Connection& reader, const ListTable& table,
                                                      const std::vector<SortColumn>& keys, const std::string& marker) {
  const auto id = parse_uuid(marker);
  if (!id) return std::nullopt;
  std::string text = "SELECT ";
  for (const SortColumn& key : keys) text.append(key.expression).append(", ");
  text.append("1 FROM ").append(table.from).append(" WHERE ").append(expression_of(table, "id")).append(" = ?");
  Statement row = reader.prepare_once(text);
  FOEHN_TRY(const bool found, row.add(*id).step());
  if (!found) return std::nullopt;
  std::vector<Cell> cells;
  while (cells.size() < keys.size()) {
    if (row.is_null()) {
      row.skip();
      cells.emplace_back();
    } else if (row.is_number()) {
      cells.emplace_back(row.number());
    } else {
      cells.emplace_back(row.text());
    }
  }
  return cells;
}

void add_after(ListSql& sql, const std::vector<SortColumn>& keys, const std::vector<Cell>& marker) {
  if (can_compare_rows(keys, marker)) {
    std::string places;
    sql.text.append(" AND (");
    for (std::size_t i = 0; i < keys.size(); ++i) {
      sql.text.append(i > 0 ? ", " : "").append(keys[i].expression);
      places.append(i > 0 ? ", ?" : "?");
      sql.cells.emplace_back(keys[i].kind, marker[i]);
    }
    sql.text.append(keys[0].descending ? ") < (" : ") > (").append(places).append(")");
    return;
  }
  // (a later) OR (a same AND b later) OR …
  sql.text.append(" AND (0");
  for (std::size_t last = 0; last < keys.size(); ++last) {
    sql.text.append(" OR (");
    for (std::size_t i = 0; i < last; ++i) {
      sql.text.append(keys[i].expression).append(" IS ? AND ");
      sql.cells.emplace_back(keys[i].kind, marker[i]);
    }
    add_later(sql, keys[last], marker[last]);
    sql.text.append(")");
  }
  sql.text.append(")");
}

void add_order(ListSql& sql, const std::vector<SortColumn>& keys, std::uint32_t limit) {
  sql.text.append(" ORDER BY ");
  for (std::size_t i = 0; i < keys.size(); ++i)
    sql.text.append(i > 0 ? ", " : "").append(keys[i].expression).append(keys[i].descending ? " DESC" : " ASC");
  sql.text.append(" LIMIT ").append(std::to_string(std::uint64_t{limit} + 1));
}

}  // namespace foehn::store
