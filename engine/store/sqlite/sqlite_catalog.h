// Catalog on SQLite. Writes go through GroupCommit, reads through Readers. Any thread.
#pragma once

#include <atomic>

#include "engine/store/catalog.h"
#include "engine/store/sqlite/group_commit.h"
#include "engine/store/sqlite/readers.h"

namespace foehn::store {

class SqliteCatalog final : public Catalog {
 public:
  SqliteCatalog(GroupCommit& writes, Readers& readers) : writes_(writes), readers_(readers) {}

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
  std::uint64_t actions_version() const override { return actions_version_; }
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

 private:
  GroupCommit& writes_;
  Readers& readers_;
  Status changed(std::string_view kind, Status status);
  static Status insert_record(Connection& writer, const RecordRow& row);

  std::atomic<std::uint64_t> actions_version_{0};
};

}  // namespace foehn::store
