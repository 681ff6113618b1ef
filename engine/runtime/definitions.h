// Compiled definitions by content hash, and how names and ids become one. Bounded by limits::kDefinitionsCachedMax; an
// execution keeps its own, so that dropping one here only costs a compile. Engine thread only.
#pragma once

#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "dsl/definition.h"
#include "dsl/validate/action_catalog.h"
#include "engine/base/id.h"
#include "engine/base/result.h"
#include "engine/core/step.h"
#include "engine/store/catalog.h"

namespace foehn::runtime {

struct ResolvedWorkflow {
  DefinitionId id;
  std::string workflow_namespace;  // where it was found
  dsl::DefinitionPtr definition;
};

class Definitions {
 public:
  Definitions(store::Catalog& catalog, const dsl::ActionCatalog& actions) : catalog_(catalog), actions_(actions) {}

  // kNotFound "Workflow not found [workflow_identifier=…, namespace=…]".
  Result<ResolvedWorkflow> by_id(DefinitionId id, std::string_view workflow_namespace, std::string_view project_id);
  Result<ResolvedWorkflow> by_name(std::string_view name, std::string_view workflow_namespace,
                                   std::string_view project_id);
  // A sub-workflow: within the parent's workbook first, then by its plain name; the namespace first, then the default
  // one. kNotFound "Failed to find workflow [name=…] [namespace=…]".
  Result<ResolvedWorkflow> for_child(const core::StartChild& child, std::string_view project_id);
  // The ad-hoc action that `name` means: within the workbook of `workflow_name` first, then by its plain name; the
  // namespace first, then the default one. Null when there is none. Remembered until an ad-hoc action changes.
  Result<core::AdhocSpecPtr> adhoc(std::string_view name, std::string_view workflow_name,
                                   std::string_view action_namespace, std::string_view project_id);
  // The one that an existing execution started with. kInternal when its text is gone or does not compile any more.
  Result<dsl::DefinitionPtr> by_hash(const std::string& hash, std::string_view workflow_name);

 private:
  Result<ResolvedWorkflow> resolve(const store::WorkflowRow& row);
  Result<dsl::DefinitionPtr> compile(const std::string& hash, const std::string& text, std::string_view name);

  store::Catalog& catalog_;
  const dsl::ActionCatalog& actions_;
  struct Cached {
    dsl::DefinitionPtr definition;
    std::list<std::string>::iterator age;
  };
  std::unordered_map<std::string, Cached> cache_;
  std::list<std::string> ages_;  // most recently used first
  Result<core::AdhocSpecPtr> find_adhoc(std::string_view name, std::string_view workflow_name,
                                        std::string_view action_namespace, std::string_view project_id);
  Result<core::AdhocSpecPtr> find_dynamic(std::string_view name, std::string_view action_namespace,
                                          std::string_view project_id);
  std::unordered_map<std::string, core::AdhocSpecPtr> adhoc_cache_;  // by everything adhoc() is asked with
  std::uint64_t adhoc_version_ = 0;
};

}  // namespace foehn::runtime
