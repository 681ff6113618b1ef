#include "api/rest/trigger_requests.h"

#include "dsl/compile.h"

namespace foehn::rest {
namespace {

std::string python_list(const std::vector<std::string>& names) {
  Value list = Value::array();
  for (const std::string& name : names) list.push_back(name);
  return to_python_repr(list);
}

// Looked at only for the text of a refusal.
bool is_reverse(const store::WorkflowRow& workflow) {
  const dsl::Compiled compiled = dsl::compile(workflow.definition, dsl::DocumentKind::kWorkflows, nullptr);
  for (const dsl::DefinitionPtr& definition : compiled.workflows)
    if (definition->spec.name == workflow.name) return definition->spec.type == dsl::WorkflowType::kReverse;
  return false;
}

}  // namespace

Result<store::WorkflowRow> workflow_of_trigger(Services& services, const std::string& identifier,
                                               const std::string& project_id) {
  if (const auto id = DefinitionId::parse(identifier)) {
    FOEHN_TRY(auto by_id, services.catalog.workflow_for(project_id, *id));
    if (by_id) return std::move(*by_id);
  }
  FOEHN_TRY(auto by_name, services.catalog.workflow_for(project_id, identifier, "", false));
  if (!by_name)
    return fail(ErrorCode::kNotFound, "Workflow not found [workflow_identifier=" + identifier + ", namespace=]");
  return std::move(*by_name);
}

Value member_of(const store::RecordRow& row, const char* name) {
  const Value* found = find(row.body, name);
  return found ? *found : Value();
}

Status check_trigger_input(const store::WorkflowRow& workflow, const Value& input) {
  std::vector<std::string> missing, unexpected;
  Value declared = Value::object();  // name → whether it has a default
  if (const Value* list = find(workflow.interface_, "input"); list && list->is_array()) {
    for (const Value& one : *list) {
      const bool plain = one.is_string();
      const std::string name = plain ? one.get<std::string>() : one.is_object() ? one.items().begin().key() : "";
      declared[name] = !plain;
      if (plain && !find(input, name)) missing.push_back(name);
    }
  }
  for (const auto& [name, value] : input.items())
    if (!find(declared, name)) unexpected.push_back(name);
  if (missing.empty() && unexpected.empty()) return {};
  std::string text = "Invalid input [name=" + workflow.name +
                     ", class=" + (is_reverse(workflow) ? "ReverseWorkflowSpec" : "DirectWorkflowSpec");
  if (!missing.empty()) text += ", missing=" + python_list(missing);
  if (!unexpected.empty()) text += ", unexpected=" + python_list(unexpected);
  return fail(ErrorCode::kInvalidArgument, text + "]");
}

}  // namespace foehn::rest
