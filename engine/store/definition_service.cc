#include "engine/store/definition_service.h"

#include <algorithm>
#include <utility>

#include "dsl/checksum.h"
#include "dsl/yaml/to_value.h"
#include "dsl/yaml/writer.h"
#include "engine/base/limits.h"
#include "engine/store/columns.h"

namespace foehn::store {

namespace {

constexpr std::string_view kForbidden = "Operation forbidden (insufficient permissions)";

Status check_may_change(const std::string& project_id, const DefinitionOwner& owner) {
  if (project_id == owner.project_id || owner.is_admin) return {};
  return fail(ErrorCode::kPermissionDenied, std::string(kForbidden));
}

// One action as a document of its own: what was sent, when it holds nothing else.
std::string text_of(const dsl::AdhocActionSpec& spec, std::string_view alone) {
  if (!alone.empty()) return std::string(alone);
  Value body = Value::object();
  for (const auto& [key, value] : spec.raw.items())
    if (key != "name" && key != "version") body[key] = value;
  Value document = Value::object();
  document["version"] = "2.0";
  document[spec.name] = std::move(body);
  return dsl::write_yaml(document);
}

// Names, and defaults as Python's str() in double quotes (Mistral: resources.Workflow._set_input): `who, n="1"`.
std::string workflow_input(const std::vector<dsl::InputSpec>& input) {
  std::string text;
  for (const dsl::InputSpec& one : input) {
    text += (text.empty() ? "" : ", ") + one.name;
    if (one.default_value) text += "=\"" + to_python_str(*one.default_value) + "\"";
  }
  return text;
}

// The same of actions, with JSON: `left, right="!"`.
std::string action_input(const std::vector<dsl::InputSpec>& input) {
  std::string text;
  for (const dsl::InputSpec& one : input) {
    text += (text.empty() ? "" : ", ") + one.name;
    if (one.default_value) text += "=" + to_json(*one.default_value);
  }
  return text;
}

Value interface_of(const dsl::WorkflowSpec& spec) {
  Value input = Value::array();
  for (const dsl::InputSpec& one : spec.input) {
    if (!one.default_value) {
      input.push_back(one.name);
      continue;
    }
    Value with_default = Value::object();
    with_default[one.name] = *one.default_value;
    input.push_back(std::move(with_default));
  }
  Value output = Value::array();
  if (const Value* declared = find(spec.raw, "output"); declared && declared->is_object())
    for (const auto& [name, value] : declared->items()) output.push_back(name);
  Value interface = Value::object();
  interface["input"] = std::move(input);
  interface["output"] = std::move(output);
  return interface;
}

Error cycle(const std::string& action, const std::string& again) {
  return {ErrorCode::kInvalidArgument, "Found a cycle in an ad-hoc action chain [action_name=" + action +
                                           ", duplicate_action_name=" + again + "]"};
}

Error too_long(const std::string& action) {
  return {ErrorCode::kInvalidArgument, "More than " + std::to_string(limits::kAdhocChainMax) +
                                           " ad-hoc actions are based on each other [action_name=" + action + "]"};
}

}  // namespace

void describe_workflow(const dsl::Definition& definition, WorkflowRow& row) {
  row.name = definition.spec.name;
  row.definition = definition.source;
  row.hash = definition.hash;
  row.input = workflow_input(definition.spec.input);
  row.interface_ = interface_of(definition.spec);
  row.tags = definition.spec.tags;
}

Result<dsl::AdhocActionSpec> adhoc_spec(const ActionRow& row) {
  dsl::Compiled compiled = dsl::compile(row.definition, dsl::DocumentKind::kActions, nullptr);
  if (!compiled.ok() || compiled.actions.empty())
    return fail(ErrorCode::kInternal, "The stored definition of action '" + row.name + "' does not compile: " +
                                          dsl::fault_text(compiled, row.definition));
  dsl::AdhocActionSpec spec = std::move(compiled.actions.front());
  spec.name = row.name;
  return spec;
}

ActionRow DefinitionService::action_row(const dsl::AdhocActionSpec& spec, std::string_view alone,
                                        const DefinitionOwner& owner) const {
  ActionRow row;
  row.id = DefinitionId::random();
  row.name = spec.name;
  row.action_namespace = owner.definition_namespace;
  row.project_id = owner.project_id;
  row.scope = owner.scope;
  row.definition = text_of(spec, alone);
  row.hash = dsl::md5_hex(row.definition);
  row.input = action_input(spec.input);
  row.description = spec.description;
  row.tags = spec.tags;
  row.created_at = clock_.wall();
  return row;
}

// The name of the ad-hoc action that `name` is based on; nullopt when that is none.
Result<std::optional<std::string>> DefinitionService::base_of(const std::string& name,
                                                              const ActionsByName& actions,
                                                              const DefinitionOwner& owner) {
  const auto own = actions.find(name);
  const dsl::AdhocActionSpec* spec = own == actions.end() ? nullptr : own->second;
  std::optional<dsl::AdhocActionSpec> stored;
  if (spec == nullptr) {
    FOEHN_TRY(const auto row, catalog_.action_for(owner.project_id, name, owner.definition_namespace, true));
    if (!row) return std::nullopt;
    FOEHN_TRY(stored, adhoc_spec(*row));
    spec = &*stored;
  }
  if (!spec->base.name.is_literal()) return std::nullopt;
  const std::string base = to_python_str(spec->base.name.source());
  if (actions.contains(base) || builtin_.signature(base)) return base;
  FOEHN_TRY(const auto plain, catalog_.action_for(owner.project_id, base, owner.definition_namespace, true));
  const auto dot = name.rfind('.');
  if (plain || dot == std::string::npos) return base;
  return name.substr(0, dot + 1) + base;
}

// A chain that comes back to itself can never run; Mistral finds that out only then. `lengths` has the chains that end,
// so that each action is looked at once.
Status DefinitionService::check_chains(const std::vector<dsl::AdhocActionSpec>& actions,
                                       const DefinitionOwner& owner) {
  ActionsByName by_name;
  for (const dsl::AdhocActionSpec& action : actions) by_name.emplace(action.name, &action);
  std::unordered_map<std::string, std::size_t> lengths;
  for (const dsl::AdhocActionSpec& action : actions) {
    std::vector<std::string> seen{action.name};
    std::size_t behind = 0;
    while (true) {
      if (const auto known = lengths.find(seen.back()); known != lengths.end()) {
        behind = known->second - 1;
        break;
      }
      FOEHN_TRY(const auto base, base_of(seen.back(), by_name, owner));
      if (!base) break;
      if (std::find(seen.begin(), seen.end(), *base) != seen.end()) return fail(cycle(action.name, *base));
      if (seen.size() >= limits::kAdhocChainMax) return fail(too_long(action.name));
      seen.push_back(*base);
    }
    if (seen.size() + behind > limits::kAdhocChainMax) return fail(too_long(action.name));
    for (std::size_t i = 0; i < seen.size(); ++i) lengths.emplace(seen[i], seen.size() - i + behind);
  }
  return {};
}

Result<std::vector<ActionRow>> DefinitionService::create_actions(const dsl::Compiled& compiled,
                                                                 std::string_view source,
                                                                 const DefinitionOwner& owner) {
  FOEHN_CHECK_OK(check_chains(compiled.actions, owner));
  DefinitionWrite write;
  const std::string_view alone = compiled.actions.size() == 1 ? source : std::string_view();
  for (const dsl::AdhocActionSpec& spec : compiled.actions)
    write.actions.create.push_back(action_row(spec, alone, owner));
  FOEHN_CHECK_OK(catalog_.write_definitions(write));
  return std::move(write.actions.create);
}

Result<std::vector<ActionRow>> DefinitionService::update_actions(const dsl::Compiled& compiled,
                                                                 std::string_view source, const DefinitionOwner& owner,
                                                                 std::string_view identifier) {
  if (!identifier.empty() && compiled.actions.size() > 1)
    return fail(ErrorCode::kInvalidArgument,
                "More than one actions are not supported for update with identifier. [identifier: " +
                    std::string(identifier) + "]");
  FOEHN_CHECK_OK(check_chains(compiled.actions, owner));
  DefinitionWrite write;
  const std::string_view alone = compiled.actions.size() == 1 ? source : std::string_view();
  for (const dsl::AdhocActionSpec& spec : compiled.actions) {
    FOEHN_TRY(const ActionRow old, action(identifier.empty() ? std::string_view(spec.name) : identifier, owner));
    FOEHN_CHECK_OK(check_may_change(old.project_id, owner));
    ActionRow row = action_row(spec, alone, owner);
    row.id = old.id;
    row.project_id = old.project_id;
    row.workbook_name = old.workbook_name;
    row.created_at = old.created_at;
    row.updated_at = clock_.wall();
    write.actions.update.push_back(std::move(row));
  }
  FOEHN_CHECK_OK(catalog_.write_definitions(write));
  return std::move(write.actions.update);
}

Result<ActionRow> DefinitionService::action(std::string_view identifier, const DefinitionOwner& owner) {
  if (const auto id = DefinitionId::parse(identifier)) {
    FOEHN_TRY(auto by_id, catalog_.action(*id));
    const bool seen = by_id && (owner.is_admin || by_id->project_id == owner.project_id || by_id->scope == "public");
    if (seen) return std::move(*by_id);
  }
  FOEHN_TRY(auto by_name, catalog_.action_for(owner.project_id, identifier, owner.definition_namespace, false));
  if (!by_name)
    return fail(ErrorCode::kNotFound, "Action not found [name=" + std::string(identifier) +
                                          ", namespace=" + owner.definition_namespace + "]");
  return std::move(*by_name);
}

Result<WorkbookRow> DefinitionService::workbook(std::string_view name, const DefinitionOwner& owner) {
  FOEHN_TRY(auto found, catalog_.workbook_for(owner.project_id, name, owner.definition_namespace, false));
  if (!found) return fail(no_such_workbook(name, owner.definition_namespace));
  return std::move(*found);
}

Status DefinitionService::remove_action(std::string_view identifier, const DefinitionOwner& owner) {
  const auto row = action(identifier, owner);
  if (row) {
    FOEHN_CHECK_OK(check_may_change(row->project_id, owner));
    return catalog_.remove_action(row->id);
  }
  if (row.error().code != ErrorCode::kNotFound) return fail(row.error());
  return fail(no_such_action(identifier, owner.definition_namespace));
}

Status DefinitionService::remove_workbook(std::string_view name, const DefinitionOwner& owner) {
  FOEHN_TRY(const WorkbookRow row, workbook(name, owner));
  FOEHN_CHECK_OK(check_may_change(row.project_id, owner));
  return catalog_.remove_workbook(row.id);
}

Result<StoredWorkbook> DefinitionService::create_workbook(const dsl::Compiled& compiled, std::string_view source,
                                                          const DefinitionOwner& owner) {
  return write_workbook(compiled, source, owner, false);
}

Result<StoredWorkbook> DefinitionService::update_workbook(const dsl::Compiled& compiled, std::string_view source,
                                                          const DefinitionOwner& owner) {
  return write_workbook(compiled, source, owner, true);
}

Result<StoredWorkbook> DefinitionService::write_workbook(const dsl::Compiled& compiled, std::string_view source,
                                                         const DefinitionOwner& owner, bool exists) {
  FOEHN_CHECK_OK(check_chains(compiled.actions, owner));
  FOEHN_TRY(const Value document, dsl::parse_yaml(source));
  StoredWorkbook stored;
  WorkbookRow& row = stored.workbook;
  row.name = text_or(document, "name");
  if (exists) {
    FOEHN_TRY(row, workbook(row.name, owner));
    // Its workflows and actions are the same project's.
    if (row.project_id != owner.project_id) return fail(ErrorCode::kPermissionDenied, std::string(kForbidden));
    row.updated_at = clock_.wall();
  } else {
    row.id = DefinitionId::random();
    row.workbook_namespace = owner.definition_namespace;
    row.project_id = owner.project_id;
    row.created_at = clock_.wall();
  }
  row.scope = owner.scope;
  row.definition = std::string(source);
  row.tags.clear();
  if (const Value* tags = find(document, "tags"))
    for (const Value& tag : *tags) row.tags.push_back(to_python_str(tag));
  DefinitionWrite write;
  (exists ? write.workbooks.update : write.workbooks.create).push_back(row);
  FOEHN_CHECK_OK(write_items(compiled, owner, stored, write));
  FOEHN_CHECK_OK(catalog_.write_definitions(write));
  return stored;
}

Status DefinitionService::write_items(const dsl::Compiled& compiled, const DefinitionOwner& owner,
                                      StoredWorkbook& stored, DefinitionWrite& write) {
  const std::string& space = owner.definition_namespace;
  const auto is_own = [&](const auto& found) { return found && found->project_id == owner.project_id; };
  for (const dsl::DefinitionPtr& definition : compiled.workflows) {
    FOEHN_TRY(const auto old, catalog_.workflow_for(owner.project_id, definition->spec.name, space, false));
    WorkflowRow row;
    if (is_own(old)) {
      row = *old;
      row.updated_at = clock_.wall();
    } else {
      row.id = DefinitionId::random();
      row.workflow_namespace = space;
      row.project_id = owner.project_id;
      row.created_at = clock_.wall();
    }
    row.scope = owner.scope;
    row.workbook_name = stored.workbook.name;
    describe_workflow(*definition, row);
    (is_own(old) ? write.workflows.update : write.workflows.create).push_back(row);
    stored.workflows.push_back(std::move(row));
  }
  for (const dsl::AdhocActionSpec& spec : compiled.actions) {
    FOEHN_TRY(const auto old, catalog_.action_for(owner.project_id, spec.name, space, false));
    ActionRow row = action_row(spec, {}, owner);
    row.workbook_name = stored.workbook.name;
    if (is_own(old)) {
      row.id = old->id;
      row.created_at = old->created_at;
      row.updated_at = clock_.wall();
    }
    (is_own(old) ? write.actions.update : write.actions.create).push_back(row);
    stored.actions.push_back(std::move(row));
  }
  return {};
}

std::optional<dsl::ActionSignature> StoredActionCatalog::signature(std::string_view action) const {
  const auto row = catalog_.action_for(owner_.project_id, action, owner_.definition_namespace, true);
  if (!row || !*row) {
    const auto dynamic =
        catalog_.record_for(owner_.project_id, kDynamicActionKind, action, owner_.definition_namespace);
    if (!dynamic || !*dynamic) return builtin_.signature(action);
    dsl::ActionSignature any;  // what it takes is known to its code
    any.accepts_any = true;
    return any;
  }
  const auto spec = adhoc_spec(**row);
  dsl::ActionSignature signature;
  signature.accepts_any = !spec;  // nothing can be said about it
  if (spec)
    for (const dsl::InputSpec& input : spec->input)
      signature.parameters.push_back({input.name, !input.default_value.has_value()});
  return signature;
}

std::vector<std::string> StoredActionCatalog::action_names() const {
  std::vector<std::string> names = builtin_.action_names();
  ListQuery query;
  query.visible_to = owner_.project_id;
  const auto page = catalog_.actions(query);
  if (!page) return names;
  for (const ActionRow& row : page->rows) names.push_back(row.name);
  return names;
}

}  // namespace foehn::store
