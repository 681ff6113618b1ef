// MemStore: Store, Catalog and Query in memory, for tests, the simulator and `foehn run`. It outlives the engines that
// use it, so a "crash" is: throw the engine away and make a new one on the same MemStore. Any thread.
#pragma once

#include <memory>

#include "engine/base/sync.h"
#include "engine/store/catalog.h"
#include "engine/store/query.h"
#include "engine/store/store.h"

namespace foehn::store {

// What the next commit() does instead of the usual; each is used up by one commit.
enum class CommitFault {
  kNone,
  kFails,           // an Error (kIo); nothing is applied
  kUnknownApplied,  // applied, but every member is reported kUnknown
  kUnknownLost,     // not applied, and every member is reported kUnknown
};

class MemStore final : public Store, public Catalog, public Query {
 public:
  MemStore();
  ~MemStore() override;
  MemStore(const MemStore&) = delete;
  MemStore& operator=(const MemStore&) = delete;

  void on_next_commit(CommitFault fault);
  std::uint64_t commits() const;  // that applied something

  // Store
  Result<std::optional<StoredExecution>> load(ExecutionId id) override;
  Result<std::vector<CommitOutcome>> commit(const CommitBatch& batch) override;
  Result<std::vector<PendingRun>> pending_runs(std::optional<ActionRunId> after, std::size_t limit) override;
  Result<std::vector<core::Timer>> timers_until(WallTime until, std::size_t limit) override;
  Result<std::optional<WallTime>> next_timer() override;
  Result<std::vector<ExecutionId>> with_inbox(std::size_t limit) override;
  Result<std::vector<InboxItem>> inbox(ExecutionId id) override;
  Result<std::size_t> count_below(ExecutionId root, std::size_t enough) override;
  Status remove(ExecutionId id) override;

  // Catalog
  Status create_workflows(const std::vector<WorkflowRow>& rows) override;
  Status update_workflows(const std::vector<WorkflowRow>& rows) override;
  Status remove_workflow(DefinitionId id) override;
  Result<std::optional<WorkflowRow>> workflow(DefinitionId id) override;
  Result<std::optional<WorkflowRow>> workflow(std::string_view name, std::string_view workflow_namespace,
                                              bool fall_back) override;
  Result<std::optional<WorkflowRow>> workflow_for(std::string_view project_id, std::string_view name,
                                                  std::string_view workflow_namespace, bool fall_back) override;
  Result<std::optional<WorkflowRow>> workflow_for(std::string_view project_id, DefinitionId id) override;
  Result<Page<WorkflowRow>> workflows(const ListQuery& query) override;
  Status write_definitions(const DefinitionWrite& write) override;
  Status remove_action(DefinitionId id) override;
  Result<std::optional<ActionRow>> action(DefinitionId id) override;
  Result<std::optional<ActionRow>> action_for(std::string_view project_id, std::string_view name,
                                              std::string_view action_namespace, bool fall_back) override;
  Result<Page<ActionRow>> actions(const ListQuery& query) override;
  std::uint64_t actions_version() const override;
  Status remove_workbook(DefinitionId id) override;
  Result<std::optional<WorkbookRow>> workbook_for(std::string_view project_id, std::string_view name,
                                                  std::string_view workbook_namespace, bool fall_back) override;
  Result<Page<WorkbookRow>> workbooks(const ListQuery& query) override;
  Result<std::optional<std::string>> definition_text(std::string_view hash) override;
  Status put_definition_text(std::string_view hash, std::string_view text) override;
  Status create_resource(const ResourceRow& row) override;
  Status update_resource(const ResourceRow& row, std::uint64_t expected_revision) override;
  Status remove_resource(std::string_view kind, std::string_view key) override;
  Result<std::optional<ResourceRow>> resource(std::string_view kind, std::string_view key) override;
  Result<std::vector<ResourceRow>> resources(std::string_view kind, std::string_view owner) override;
  Status create_record(const RecordRow& row) override;
  Status update_record(const RecordRow& row, std::uint64_t expected_revision) override;
  Status remove_record(std::string_view kind, RecordId id) override;
  Result<std::optional<RecordRow>> record(std::string_view kind, RecordId id) override;
  Result<std::optional<RecordRow>> record_for(std::string_view project_id, std::string_view kind,
                                              std::string_view name, std::string_view record_namespace) override;
  Result<Page<RecordRow>> records(std::string_view kind, const ListQuery& query) override;

  // Query
  Result<std::optional<ExecutionRow>> execution(ExecutionId id) override;
  Result<Page<ExecutionRow>> executions(const ListQuery& query) override;
  Result<std::optional<TaskRow>> task(TaskId id) override;
  Result<Page<TaskRow>> tasks(const ListQuery& query) override;
  Result<std::optional<RunRow>> run(ActionRunId id) override;
  Result<Page<RunRow>> runs(const ListQuery& query) override;
  Result<std::vector<core::ActionRun>> runs_of_task(TaskId id, std::size_t limit) override;
  Result<RunCounts> run_counts(TaskId id) override;
  Result<std::vector<core::Execution>> children_of_task(TaskId id, std::size_t limit) override;
  Result<EventPage> events_from(std::uint64_t id, std::size_t limit) override;  // limits::kEventsKept are kept

 private:
  struct Data;
  std::unique_ptr<Guarded<Data>> data_;
};

}  // namespace foehn::store
