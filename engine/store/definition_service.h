// DefinitionService: compiled documents → rows of the catalog, for whoever stores definitions (REST, CLI, tests). The
// caller compiles (dsl/compile.h) and shows mistakes; here names are checked and rows are made and written, all of one
// document or none. Any thread; calls block.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "dsl/compile.h"
#include "dsl/validate/action_catalog.h"
#include "engine/store/catalog.h"

namespace foehn::store {

// What a request says about all items of its document.
struct DefinitionOwner {
  std::string project_id;
  std::string definition_namespace;
  std::string scope = "private";
  bool is_admin = false;  // may see and change what other projects own
};

struct StoredWorkbook {
  WorkbookRow workbook;
  std::vector<WorkflowRow> workflows;
  std::vector<ActionRow> actions;
};

class DefinitionService {
 public:
  // `builtin`: the actions that are no rows.
  DefinitionService(Catalog& catalog, const dsl::ActionCatalog& builtin, const Clock& clock)
      : catalog_(catalog), builtin_(builtin), clock_(clock) {}

  // `compiled` must be ok() and of the kind that the function is for. Errors: kAlreadyExists (create), kNotFound
  // (update), kPermissionDenied (update of what another project owns and all may see), kInvalidArgument: a chain of
  // ad-hoc actions that never ends; more than one item for `identifier`.
  Result<std::vector<ActionRow>> create_actions(const dsl::Compiled& compiled, std::string_view source,
                                                const DefinitionOwner& owner);
  // `identifier`: name or id of the one action that the document is for; "" = by the names in it.
  Result<std::vector<ActionRow>> update_actions(const dsl::Compiled& compiled, std::string_view source,
                                                const DefinitionOwner& owner, std::string_view identifier);
  // Items are created or replaced; what is not in the text any more stays, as in Mistral.
  Result<StoredWorkbook> create_workbook(const dsl::Compiled& compiled, std::string_view source,
                                         const DefinitionOwner& owner);
  Result<StoredWorkbook> update_workbook(const dsl::Compiled& compiled, std::string_view source,
                                         const DefinitionOwner& owner);

  // By name in exactly that namespace, or by id, as the owner's project sees it. kNotFound; kPermissionDenied for the
  // removal of what is another project's.
  Result<ActionRow> action(std::string_view identifier, const DefinitionOwner& owner);
  Result<WorkbookRow> workbook(std::string_view name, const DefinitionOwner& owner);
  Status remove_action(std::string_view identifier, const DefinitionOwner& owner);
  // Its workflows and actions stay.
  Status remove_workbook(std::string_view name, const DefinitionOwner& owner);

 private:
  using ActionsByName = std::unordered_map<std::string_view, const dsl::AdhocActionSpec*>;
  Status check_chains(const std::vector<dsl::AdhocActionSpec>& actions, const DefinitionOwner& owner);
  Result<std::optional<std::string>> base_of(const std::string& name, const ActionsByName& actions,
                                             const DefinitionOwner& owner);
  ActionRow action_row(const dsl::AdhocActionSpec& spec, std::string_view alone, const DefinitionOwner& owner) const;
  Result<StoredWorkbook> write_workbook(const dsl::Compiled& compiled, std::string_view source,
                                        const DefinitionOwner& owner, bool exists);
  Status write_items(const dsl::Compiled& compiled, const DefinitionOwner& owner, StoredWorkbook& stored,
                     DefinitionWrite& write);

  Catalog& catalog_;
  const dsl::ActionCatalog& builtin_;
  const Clock& clock_;
};

// The actions of this process and the stored ones, as a project sees them: for compile() and lint.
class StoredActionCatalog final : public dsl::ActionCatalog {
 public:
  StoredActionCatalog(Catalog& catalog, const dsl::ActionCatalog& builtin, DefinitionOwner owner)
      : catalog_(catalog), builtin_(builtin), owner_(std::move(owner)) {}
  std::optional<dsl::ActionSignature> signature(std::string_view action) const override;
  std::vector<std::string> action_names() const override;

 private:
  Catalog& catalog_;
  const dsl::ActionCatalog& builtin_;
  const DefinitionOwner owner_;
};

// The ad-hoc action that `row` holds, under its full name. kInternal when the text does not compile any more.
Result<dsl::AdhocActionSpec> adhoc_spec(const ActionRow& row);
// What follows from the definition: sets name, definition, hash, input, interface_ and tags; leaves id, owner, scope
// and times alone.
void describe_workflow(const dsl::Definition& definition, WorkflowRow& row);

}  // namespace foehn::store
