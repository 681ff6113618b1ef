// A ListQuery as SQL: filters, order, marker and limit over the columns of engine/store/columns.h.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/store/columns.h"
#include "engine/store/sqlite/db.h"
#include "engine/store/sqlite/row_codec.h"

namespace foehn::store {

// How one kind of row is listed.
struct ListTable {
  std::string select;  // columns of the row, with its output
  std::string select_without_output;
  std::string_view from;     // tables, joined
  std::string visible;  // condition for ListQuery::visible_to with one ?; "" = everything is
  std::string_view always;   // condition unless a filter names `unless_filtered`; "" = none
  std::string_view unless_filtered;
  // Column name → SQL expression, for every column of the table in columns.h.
  std::span<const std::pair<std::string_view, std::string_view>> expressions;
};

// Whether the project of that parameter ("?4") sees the row w of workflows.
std::string visible_workflow(std::string_view parameter);

const ListTable& execution_list();
const ListTable& task_list();
const ListTable& run_list();
const ListTable& workflow_list();
const ListTable& action_list();
const ListTable& workbook_list();

// SQL under construction with the cells to bind, in order.
struct ListSql {
  std::string text;
  std::vector<std::pair<ColumnKind, Cell>> cells;
  Statement prepare(Connection& reader) const;  // cells stay referenced: keep this alive
};

struct SortColumn {
  std::string_view expression;
  ColumnKind kind;
  bool descending;
};

std::string_view expression_of(const ListTable& table, std::string_view column);
void add_test(ListSql& sql, std::string_view expression, const Test& test);
// Cells of the marker's row; nullopt when there is none.
Result<std::optional<std::vector<Cell>>> marker_cells(Connection& reader, const ListTable& table,
                                                      const std::vector<SortColumn>& keys, const std::string& marker);
void add_after(ListSql& sql, const std::vector<SortColumn>& keys, const std::vector<Cell>& marker);
void add_order(ListSql& sql, const std::vector<SortColumn>& keys, std::uint32_t limit);

// Source: the type whose columns() apply. Errors: as ListQuery says, with `no_marker` for a marker that does not exist.
template <class Source>
Result<ListSql> list_sql(Connection& reader, const ListTable& table, const ListQuery& query, const Error& no_marker) {
  ListSql sql;
  sql.text = "SELECT " + (query.with_output ? table.select : table.select_without_output) + " FROM " +
             std::string(table.from) + " WHERE 1";
  bool always = !table.always.empty();
  for (const Filter& filter : query.filters) {
    const Column<Source>* column = find_column<Source>(filter.column);
    if (!column) return fail(ErrorCode::kInvalidArgument, "There is no column '" + filter.column + "' to filter by.");
    FOEHN_TRY(const Test test, make_test(column->kind, filter));
    add_test(sql, expression_of(table, filter.column), test);
    always = always && filter.column != table.unless_filtered;
  }
  if (always) sql.text.append(" AND ").append(table.always);
  if (query.visible_to) {
    sql.text.append(" AND ").append(table.visible);
    sql.cells.emplace_back(ColumnKind::kText, *query.visible_to);
  }
  FOEHN_TRY(const auto columns, sort_columns<Source>(query));
  std::vector<SortColumn> keys;
  for (const auto& [column, descending] : columns)
    keys.push_back({expression_of(table, column->name), column->kind, descending});
  if (query.marker) {
    FOEHN_TRY(const auto marker, marker_cells(reader, table, keys, *query.marker));
    if (!marker) return fail(no_marker);
    add_after(sql, keys, *marker);
  }
  add_order(sql, keys, query.limit);
  return sql;
}

template <class Source, class Row, class Read>
Result<Page<Row>> list_rows(Connection& reader, const ListTable& table, const ListQuery& query, const Error& no_marker,
                            Read read) {
  FOEHN_TRY(const ListSql sql, list_sql<Source>(reader, table, query, no_marker));
  Statement statement = sql.prepare(reader);
  Page<Row> page;
  FOEHN_TRY(page.rows, all_rows<Row>(statement, read));
  page.more = page.rows.size() > query.limit;
  if (page.more) page.rows.resize(query.limit);
  return page;
}

}  // namespace foehn::store
