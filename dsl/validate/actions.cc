#include <algorithm>
#include <unordered_map>

#include "dsl/validate/validate.h"

namespace foehn::dsl {
namespace {

constexpr std::size_t kHintBytesMax = 300;

std::string listed(const std::vector<std::string>& names) {
  Value list = Value::array();
  for (const auto& name : names) list.push_back(name);
  return shown(list);
}

ActionSignature signature_of(const AdhocActionSpec& action) {
  ActionSignature signature;
  for (const auto& input : action.input) signature.parameters.push_back({input.name, !input.default_value.has_value()});
  return signature;
}

// The parameters in the order in which the action declares them.
std::string takes_text(const std::string& name, const ActionSignature& signature) {
  if (signature.parameters.empty()) return name + " takes no parameters.";
  std::string text;
  for (const auto& parameter : signature.parameters)
    text += (text.empty() ? "" : ", ") + parameter.name + (parameter.required ? " (required)" : "");
  return name + " takes: " + text.substr(0, kHintBytesMax) + (text.size() > kHintBytesMax ? " …" : ".");
}

class Checker {
 public:
  Checker(const ActionCatalog& catalog, const std::vector<AdhocActionSpec>& own, ParseContext& context)
      : catalog_(catalog), own_(own), context_(context), names_(all_names(catalog, own)) {}

  void check(const WorkflowSpec& workflow, const TaskSpec& task) {
    if (!task.action || !task.action->name.is_literal()) return;
    const std::string name = task.action->name.source().get<std::string>();
    const auto& signature = find(workflow, name);
    if (!signature) {
      context_.warning("W307", task.action->mark,
                       "the action '" + name + "' does not exist now (task '" + task.name + "')", names_.suggest(name));
      return;
    }
    if (!signature->accepts_any) check_input(task, name, *signature);
  }

 private:
  static std::vector<std::string> all_names(const ActionCatalog& catalog, const std::vector<AdhocActionSpec>& own) {
    std::vector<std::string> names = catalog.action_names();
    for (const auto& action : own) names.push_back(action.name);
    return names;
  }

  const std::optional<ActionSignature>& find(const WorkflowSpec& workflow, const std::string& name) {
    const auto [found, fresh] = known_.emplace(name, std::nullopt);
    if (!fresh) return found->second;
    found->second = catalog_.signature(name);
    // In a workbook `say` means `<workbook>.say` first.
    const std::string prefixed = workflow.name.substr(0, workflow.name.rfind('.') + 1) + name;
    for (const auto& action : own_)
      if (action.name == name || action.name == prefixed) found->second = signature_of(action);
    return found->second;
  }

  void check_input(const TaskSpec& task, const std::string& name, const ActionSignature& signature) {
    std::vector<std::string> given;
    for (const auto& parameter : task.action->inline_input) given.push_back(parameter.first);
    if (task.input) {
      if (!task.input->source().is_object()) return;  // known only when evaluated
      for (const auto& [key, value] : task.input->source().get_ref<const Value::object_t&>()) given.push_back(key);
    }
    const auto is_given = [&](const std::string& key) {
      return std::find(given.begin(), given.end(), key) != given.end();
    };
    std::vector<std::string> missing;
    std::vector<std::string> accepted;
    for (const auto& parameter : signature.parameters) {
      accepted.push_back(parameter.name);
      if (parameter.required && !is_given(parameter.name)) missing.push_back(parameter.name);
    }
    std::vector<std::string> unexpected;
    for (const auto& key : given)
      if (std::find(accepted.begin(), accepted.end(), key) == accepted.end()) unexpected.push_back(key);
    const bool told = std::all_of(missing.begin(), missing.end(), [&](const std::string& key) {
      return context_.dropped().contains(task.action->mark, key);
    });
    if (told && unexpected.empty()) return;
    std::string message = "Invalid input [name=" + name;
    if (!missing.empty()) message += ", missing=" + listed(missing);
    if (!unexpected.empty()) message += ", unexpected=" + listed(unexpected);
    std::string hint = unexpected.empty() ? std::string() : Suggester(std::move(accepted)).suggest(unexpected[0]);
    if (hint.empty()) hint = takes_text(name, signature);
    context_.warning("W308", task.action->mark, message + "] (task '" + task.name + "')", std::move(hint));
  }

  const ActionCatalog& catalog_;
  const std::vector<AdhocActionSpec>& own_;
  ParseContext& context_;
  Suggester names_;
  std::unordered_map<std::string, std::optional<ActionSignature>> known_;
};

}  // namespace

void check_actions(const WorkflowSpec& spec, const ActionCatalog& catalog, const std::vector<AdhocActionSpec>& own,
                   ParseContext& context) {
  Checker checker(catalog, own, context);
  for (const auto& task : spec.tasks) checker.check(spec, task);
}

}  // namespace foehn::dsl
