// Query on SQLite: every call is one read transaction on a connection of its own. Any thread.
#pragma once

#include "engine/store/query.h"
#include "engine/store/sqlite/readers.h"

namespace foehn::store {

class SqliteQuery final : public Query {
 public:
  explicit SqliteQuery(Readers& readers) : readers_(readers) {}

  Result<std::optional<ExecutionRow>> execution(ExecutionId id) override;
  Result<Page<ExecutionRow>> executions(const ListQuery& query) override;
  Result<std::optional<TaskRow>> task(TaskId id) override;
  Result<Page<TaskRow>> tasks(const ListQuery& query) override;
  Result<std::optional<RunRow>> run(ActionRunId id) override;
  Result<Page<RunRow>> runs(const ListQuery& query) override;
  Result<std::vector<core::ActionRun>> runs_of_task(TaskId id, std::size_t limit) override;
  Result<RunCounts> run_counts(TaskId id) override;
  Result<std::vector<core::Execution>> children_of_task(TaskId id, std::size_t limit) override;
  Result<EventPage> events_from(std::uint64_t id, std::size_t limit) override;

 private:
  Readers& readers_;
};

}  // namespace foehn::store
