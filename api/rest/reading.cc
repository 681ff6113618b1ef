#include "api/rest/reading.h"

#include <algorithm>

#include "engine/base/limits.h"

namespace foehn::rest {
namespace {

std::string id_of(const store::TaskRow& row) { return to_string(row.task.id); }
std::string id_of(const store::RunRow& row) { return to_string(row.run.id); }
std::string id_of(const store::ExecutionRow& row) { return to_string(row.execution.id); }

// All pages of a list up to `limit` rows.
template <class Row, class ReadPage>
Result<std::vector<Row>> read_all(const store::Filter& filter, std::size_t limit, const ReadPage& read_page) {
  std::vector<Row> rows;
  store::ListQuery query;
  query.filters = {filter};
  query.sort = {{"created_at", false}, {"id", false}};
  query.with_output = false;
  while (rows.size() < limit) {
    query.limit = static_cast<std::uint32_t>(std::min<std::size_t>(limit - rows.size(), limits::kPageMax));
    if (!rows.empty()) query.marker = id_of(rows.back());
    FOEHN_TRY(auto page, read_page(query));
    for (Row& row : page.rows) rows.push_back(std::move(row));
    if (!page.more) break;
  }
  return rows;
}

// `before` and `after` the id in the text of kNotFound.
Result<core::Execution> find_execution(Services& services, std::string_view text, std::string_view before,
                                       std::string_view after) {
  std::optional<store::ExecutionRow> row;
  if (const auto id = ExecutionId::parse(text)) {
    FOEHN_TRY(row, services.query.execution(*id));
  }
  if (!row) return fail(ErrorCode::kNotFound, std::string(before) + std::string(text) + std::string(after));
  return std::move(row->execution);
}

}  // namespace

Result<store::RunRow> read_run(Services& services, std::string_view text) {
  const auto not_found = [&] {
    return fail(ErrorCode::kNotFound, "ActionExecution not found [id=" + std::string(text) + "]");
  };
  const auto id = ActionRunId::parse(text);
  if (!id) return not_found();
  FOEHN_TRY(auto row, services.query.run(*id));
  if (!row || row->run.kind != core::RunKind::kAction) return not_found();
  return std::move(*row);
}

Result<core::Execution> read_execution(Services& services, std::string_view id) {
  return find_execution(services, id, "WorkflowExecution not found [id=", "]");
}

Result<core::Execution> read_our_execution(Services& services, std::string_view id) {
  return find_execution(services, id, "There is no execution ", ".");
}

store::Filter equals(std::string column, std::string value) {
  return {std::move(column), store::FilterOp::kEq, {std::move(value)}};
}

Result<std::vector<store::TaskRow>> tasks_of(Services& services, ExecutionId execution, std::size_t limit) {
  return read_all<store::TaskRow>(equals("workflow_execution_id", to_string(execution)), limit,
                                  [&](const store::ListQuery& query) { return services.query.tasks(query); });
}

Result<std::vector<store::RunRow>> runs_of(Services& services, const store::Filter& filter, std::size_t limit) {
  return read_all<store::RunRow>(filter, limit,
                                 [&](const store::ListQuery& query) { return services.query.runs(query); });
}

Result<std::vector<core::Execution>> children_of(Services& services, const store::Filter& filter,
                                                 std::size_t limit) {
  FOEHN_TRY(auto rows, read_all<store::ExecutionRow>(filter, limit, [&](const store::ListQuery& query) {
              return services.query.executions(query);
            }));
  std::vector<core::Execution> executions;
  for (store::ExecutionRow& row : rows) executions.push_back(std::move(row.execution));
  return executions;
}

Status remove_execution(Services& services, ExecutionId id, bool force) {
  FOEHN_CHECK_OK(services.engine.remove(id, force));
  if (services.waits != nullptr) services.waits->wake(id);
  return {};
}

}  // namespace foehn::rest
