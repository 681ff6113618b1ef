#include "engine/runtime/definitions.h"

#include <utility>

#include "dsl/compile.h"
#include "engine/base/limits.h"
#include "engine/core/direct_run.h"
#include "engine/store/definition_service.h"

namespace foehn::runtime {
namespace {

Error not_found(std::string_view identifier, std::string_view workflow_namespace) {
  return Error{ErrorCode::kNotFound, "Workflow not found [workflow_identifier=" + std::string(identifier) +
                                         ", namespace=" + std::string(workflow_namespace) + "]"};
}

}  // namespace

Result<ResolvedWorkflow> Definitions::by_id(DefinitionId id, std::string_view workflow_namespace,
                                            std::string_view project_id) {
  FOEHN_TRY(const auto row, catalog_.workflow_for(project_id, id));
  if (!row) return fail(not_found(to_string(id), workflow_namespace));
  return resolve(*row);
}

Result<ResolvedWorkflow> Definitions::by_name(std::string_view name, std::string_view workflow_namespace,
                                              std::string_view project_id) {
  FOEHN_TRY(const auto row, catalog_.workflow_for(project_id, name, workflow_namespace, true));
  if (!row) return fail(not_found(name, workflow_namespace));
  return resolve(*row);
}

Result<ResolvedWorkflow> Definitions::for_child(const core::StartChild& child, std::string_view project_id) {
  const std::string& wanted_namespace = child.start.workflow_namespace;
  const std::string_view parent = child.parent_workflow_name;
  // Names inside a workbook hold no dot, so the last one ends the workbook's name.
  const auto dot = parent.rfind('.');
  if (dot != std::string_view::npos) {
    const std::string_view workbook = parent.substr(0, dot);
    const std::string sibling = std::string(workbook) + "." + child.workflow_name;
    FOEHN_TRY(const auto row, catalog_.workflow_for(project_id, sibling, wanted_namespace, true));
    if (row && row->workbook_name == workbook) return resolve(*row);
  }
  FOEHN_TRY(const auto row, catalog_.workflow_for(project_id, child.workflow_name, wanted_namespace, true));
  if (row) return resolve(*row);
  return fail(ErrorCode::kNotFound,
              "Failed to find workflow [name=" + child.workflow_name + "] [namespace=" + wanted_namespace + "]");
}

Result<core::AdhocSpecPtr> Definitions::adhoc(std::string_view name, std::string_view workflow_name,
                                              std::string_view action_namespace, std::string_view project_id) {
  const std::uint64_t version = catalog_.actions_version();
  if (version != adhoc_version_ || adhoc_cache_.size() >= limits::kDefinitionsCachedMax) adhoc_cache_.clear();
  adhoc_version_ = version;
  std::string key;
  for (const std::string_view part : {name, workflow_name, action_namespace, project_id})
    key.append(part).push_back('\0');
  if (const auto found = adhoc_cache_.find(key); found != adhoc_cache_.end()) return found->second;
  FOEHN_TRY(core::AdhocSpecPtr spec, find_adhoc(name, workflow_name, action_namespace, project_id));
  adhoc_cache_.emplace(std::move(key), spec);
  return spec;
}

Result<core::AdhocSpecPtr> Definitions::find_adhoc(std::string_view name, std::string_view workflow_name,
                                                   std::string_view action_namespace, std::string_view project_id) {
  std::optional<store::ActionRow> found;
  if (const auto dot = workflow_name.rfind('.'); dot != std::string_view::npos) {
    const std::string workbook(workflow_name.substr(0, dot));
    FOEHN_TRY(found, catalog_.action_for(project_id, workbook + "." + std::string(name), action_namespace, true));
    if (found && found->workbook_name != workbook) found.reset();
  }
  if (!found) {
    FOEHN_TRY(found, catalog_.action_for(project_id, name, action_namespace, true));
  }
  if (!found) return find_dynamic(name, action_namespace, project_id);
  FOEHN_TRY(dsl::AdhocActionSpec spec, store::adhoc_spec(*found));
  return std::make_shared<const dsl::AdhocActionSpec>(std::move(spec));
}

// Mistral: a dynamic action is found in exactly its namespace.
Result<core::AdhocSpecPtr> Definitions::find_dynamic(std::string_view name, std::string_view action_namespace,
                                                     std::string_view project_id) {
  // Whoever names it himself could run any stored code, whosever it is.
  if (name == store::kPythonAction)
    return fail(ErrorCode::kInvalidArgument, "Failed to find action [action_name=" + std::string(name) + "]");
  FOEHN_TRY(const auto row, catalog_.record_for(project_id, store::kDynamicActionKind, name, action_namespace));
  if (!row) return nullptr;
  dsl::AdhocActionSpec spec;
  spec.name = row->name;
  Diagnostics none;  // a literal
  spec.base.name = dsl::Template::compile(Value(store::kPythonAction), Mark{}, none);
  spec.bound = Value{{"action", row->name},
                     {"class_name", text_or(row->body, "class_name")},
                     {"code_source_id", text_or(row->body, "code_source_id")}};
  return std::make_shared<const dsl::AdhocActionSpec>(std::move(spec));
}

Result<dsl::DefinitionPtr> Definitions::by_hash(const std::string& hash, std::string_view workflow_name) {
  if (hash == core::kDirectHash) return core::direct_definition();
  if (const auto found = cache_.find(hash); found != cache_.end()) {
    ages_.splice(ages_.begin(), ages_, found->second.age);
    return found->second.definition;
  }
  FOEHN_TRY(const auto text, catalog_.definition_text(hash));
  if (!text) return fail(ErrorCode::kInternal, "The stored text of definition " + hash + " is missing");
  return compile(hash, *text, workflow_name);
}

Result<ResolvedWorkflow> Definitions::resolve(const store::WorkflowRow& row) {
  ResolvedWorkflow resolved{row.id, row.workflow_namespace, nullptr};
  if (const auto found = cache_.find(row.hash); found != cache_.end()) {
    ages_.splice(ages_.begin(), ages_, found->second.age);
    resolved.definition = found->second.definition;
    return resolved;
  }
  FOEHN_TRY(resolved.definition, compile(row.hash, row.definition, row.name));
  return resolved;
}

Result<dsl::DefinitionPtr> Definitions::compile(const std::string& hash, const std::string& text,
                                                std::string_view name) {
  const dsl::Compiled compiled = dsl::compile(text, dsl::DocumentKind::kWorkflows, &actions_);
  if (!compiled.ok() || compiled.workflows.empty()) {
    return fail(ErrorCode::kInternal, "The stored definition of workflow '" + std::string(name) +
                                          "' does not compile: " + dsl::fault_text(compiled, text));
  }
  dsl::DefinitionPtr chosen = compiled.workflows.front();
  for (const dsl::DefinitionPtr& candidate : compiled.workflows) {
    if (candidate->spec.name == name) chosen = candidate;
  }
  ages_.push_front(hash);
  cache_[hash] = {chosen, ages_.begin()};
  if (cache_.size() > limits::kDefinitionsCachedMax) {
    cache_.erase(ages_.back());
    ages_.pop_back();
  }
  return chosen;
}

}  // namespace foehn::runtime
