// Catalog: what people define and what the product's services keep – definitions and resources. Any thread; calls
// block.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/id.h"
#include "engine/base/result.h"
#include "engine/base/value.h"
#include "engine/store/list_query.h"
#include "engine/store/records.h"

namespace foehn::store {

struct WorkflowRow {
  DefinitionId id;
  std::string name;
  std::string workflow_namespace;
  std::string project_id;
  std::string scope = "private";
  std::string definition;  // text
  std::string hash;        // md5 of the text: Mistral's checksum
  std::string input;       // "who, n=\"1\"": Mistral's summary
  Value interface_;        // {"input": [...], "output": [...]}
  std::vector<std::string> tags;
  std::string workbook_name;
  bool is_system = false;  // shipped with the binary
  WallTime created_at;
  std::optional<WallTime> updated_at;
};

// An ad-hoc action (dsl.md §11).
struct ActionRow {
  DefinitionId id;
  std::string name;
  std::string action_namespace;
  std::string project_id;
  std::string scope = "private";
  std::string definition;  // text of this action alone, a document of its own
  std::string hash;        // md5 of the text
  std::string input;       // "a, b=null": Mistral's summary
  std::string description;
  std::vector<std::string> tags;
  std::string workbook_name;
  WallTime created_at;
  std::optional<WallTime> updated_at;
};

// A workbook as it was sent. What it holds are rows of their own, named `<workbook>.<item>`, which outlive it.
struct WorkbookRow {
  DefinitionId id;
  std::string name;
  std::string workbook_namespace;
  std::string project_id;
  std::string scope = "private";
  std::string definition;  // text
  std::vector<std::string> tags;
  WallTime created_at;
  std::optional<WallTime> updated_at;
};

// What one document defines.
template <class Row>
struct RowChanges {
  std::vector<Row> create;
  std::vector<Row> update;  // by id
};
struct DefinitionWrite {
  RowChanges<WorkflowRow> workflows;
  RowChanges<ActionRow> actions;
  RowChanges<WorkbookRow> workbooks;
  std::vector<RecordRow> records;  // created with them: what is kept about the definitions
};

// A thing that a service of ours manages: OverCloud, box, network, key. `revision` starts at 1 and grows by one a
// change.
struct ResourceRow {
  ResourceId id;
  std::string kind;   // "overcloud", "box", "slice", "host_key", "lock", …
  std::string key;    // unique within the kind
  std::string owner;  // id of the OverCloud it belongs to, or ""
  std::string state;
  Value body;  // object
  std::uint64_t revision = 1;
  WallTime created_at;
  std::optional<WallTime> updated_at;
};

class Catalog : public Records {
 public:
  // Workflow definitions. All rows of one call are stored together or not at all.
  // Errors: kAlreadyExists with Mistral's text (create), kNotFound (update, remove).
  virtual Status create_workflows(const std::vector<WorkflowRow>& rows) = 0;
  virtual Status update_workflows(const std::vector<WorkflowRow>& rows) = 0;  // by id
  virtual Status remove_workflow(DefinitionId id) = 0;
  virtual Result<std::optional<WorkflowRow>> workflow(DefinitionId id) = 0;
  // By name in the namespace, else in the default namespace "" when `fall_back`; of any project, the oldest first.
  virtual Result<std::optional<WorkflowRow>> workflow(std::string_view name, std::string_view workflow_namespace,
                                                      bool fall_back) = 0;
  // The same as `project_id` sees it: its own one, else a public one, the system's, or one that it is an accepted
  // member of (kMemberKind).
  virtual Result<std::optional<WorkflowRow>> workflow_for(std::string_view project_id, std::string_view name,
                                                          std::string_view workflow_namespace, bool fall_back) = 0;
  virtual Result<std::optional<WorkflowRow>> workflow_for(std::string_view project_id, DefinitionId id) = 0;
  // Columns: id, name, namespace, input, definition, checksum, interface, tags, scope, project_id, workbook_name,
  // is_system, created_at, updated_at.
  virtual Result<Page<WorkflowRow>> workflows(const ListQuery& query) = 0;

  // All of it or nothing. Errors: kAlreadyExists (create), kNotFound (update).
  virtual Status write_definitions(const DefinitionWrite& write) = 0;

  // Ad-hoc actions.
  virtual Status remove_action(DefinitionId id) = 0;  // kNotFound
  virtual Result<std::optional<ActionRow>> action(DefinitionId id) = 0;
  // As workflow_for().
  virtual Result<std::optional<ActionRow>> action_for(std::string_view project_id, std::string_view name,
                                                      std::string_view action_namespace, bool fall_back) = 0;
  // Columns: id, name, namespace, input, definition, description, tags, scope, project_id, workbook_name, created_at,
  // updated_at.
  virtual Result<Page<ActionRow>> actions(const ListQuery& query) = 0;
  // Changes with every change of an ad-hoc or dynamic action, after it: for caches.
  virtual std::uint64_t actions_version() const = 0;

  // Workbooks.
  virtual Status remove_workbook(DefinitionId id) = 0;  // kNotFound
  virtual Result<std::optional<WorkbookRow>> workbook_for(std::string_view project_id, std::string_view name,
                                                          std::string_view workbook_namespace, bool fall_back) = 0;
  // Columns: id, name, namespace, definition, tags, scope, project_id, created_at, updated_at.
  virtual Result<Page<WorkbookRow>> workbooks(const ListQuery& query) = 0;

  // Definition texts by hash: kept while an execution refers to them, also after the workflow is changed or removed.
  // Store::commit puts the text of a new execution's definition by itself.
  virtual Result<std::optional<std::string>> definition_text(std::string_view hash) = 0;
  virtual Status put_definition_text(std::string_view hash, std::string_view text) = 0;

  // Resources.
  // kAlreadyExists when (kind, key) is taken.
  virtual Status create_resource(const ResourceRow& row) = 0;
  // Replaces state and body when `expected_revision` is the stored one, else kConflict; kNotFound when gone.
  virtual Status update_resource(const ResourceRow& row, std::uint64_t expected_revision) = 0;
  // kNotFound when there is none.
  virtual Status remove_resource(std::string_view kind, std::string_view key) = 0;
  virtual Result<std::optional<ResourceRow>> resource(std::string_view kind, std::string_view key) = 0;
  // All of a kind (and owner, unless empty), by creation; bounded by limits::kPageMax.
  virtual Result<std::vector<ResourceRow>> resources(std::string_view kind, std::string_view owner) = 0;
};

}  // namespace foehn::store
