#include "workflows/builtin.h"

#include "dsl/compile.h"
#include "engine/base/embedded.h"

namespace foehn::embedded {
extern const EmbeddedFile* const builtin_files;
extern const std::size_t builtin_files_count;
}  // namespace foehn::embedded

namespace foehn::workflows {
namespace {

std::string input_summary(const dsl::WorkflowSpec& spec) {
  std::string text;
  for (const auto& input : spec.input) {
    if (!text.empty()) text += ", ";
    text += input.name;
    if (input.default_value)
      text += "=" + (input.default_value->is_null() ? "null" : to_python_json(*input.default_value));
  }
  return text;
}

store::WorkflowRow row_of(const dsl::Definition& definition, const Clock& clock) {
  store::WorkflowRow row;
  row.id = DefinitionId::random();
  row.name = definition.spec.name;
  row.project_id = "<default-project>";
  row.scope = "public";
  row.definition = definition.source;
  row.hash = definition.hash;
  row.input = input_summary(definition.spec);
  Value inputs = Value::array();
  for (const auto& input : definition.spec.input)
    inputs.push_back(input.default_value ? Value{{input.name, *input.default_value}} : Value(input.name));
  row.interface_ = Value{{"input", inputs}, {"output", Value::array()}};
  row.tags = definition.spec.tags;
  row.is_system = true;
  row.created_at = clock.wall();
  return row;
}

Status install(store::Catalog& catalog, const dsl::Definition& definition, const Clock& clock) {
  FOEHN_TRY(const auto stored, catalog.workflow(definition.spec.name, "", false));
  if (stored && stored->hash == definition.hash) return {};
  store::WorkflowRow row = row_of(definition, clock);
  if (!stored) return catalog.create_workflows({row});
  row.id = stored->id;
  row.created_at = stored->created_at;
  row.updated_at = clock.wall();
  return catalog.update_workflows({row});
}

}  // namespace

std::optional<std::string_view> builtin_file(std::string_view name) {
  for (std::size_t i = 0; i < embedded::builtin_files_count; ++i)
    if (embedded::builtin_files[i].name == name) return embedded::builtin_files[i].text();
  return std::nullopt;
}

std::vector<std::string> builtin_names() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < embedded::builtin_files_count; ++i) names.emplace_back(embedded::builtin_files[i].name);
  return names;
}

Status install_builtin_workflows(store::Catalog& catalog, const dsl::ActionCatalog& actions, const Clock& clock) {
  for (const auto& name : builtin_names()) {
    if (!name.ends_with(".yaml")) continue;
    const std::string_view text = *builtin_file(name);
    const auto compiled = dsl::compile(text, dsl::DocumentKind::kWorkflows, &actions);
    if (!compiled.ok())
      return fail(ErrorCode::kInternal, "shipped workflow " + name + ":\n" + render(compiled.diagnostics, text, name));
    for (const auto& definition : compiled.workflows) FOEHN_CHECK_OK(install(catalog, *definition, clock));
  }
  return {};
}

}  // namespace foehn::workflows
