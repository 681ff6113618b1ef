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
      : catalog_(catalog), own_(own), context_(context) {
    for (const auto& action : own) own_by_name_.emplace(action.name, &action);
  }

  // `owner`: the workflow or action that calls, `where`: its words.
  void check(const std::string& owner, const CallSpec& call, const std::optional<Template>& input,
             const std::string& where) {
    if (!context_.takes_warnings() || !call.name.is_literal() || !call.name.source().is_string()) return;
    const auto name = call.name.source().get<std::string>();
    const auto& signature = find(owner, name);
    if (!signature) {
      context_.warning("W307", call.mark, "the action '" + name + "' does not exist now (" + where + ")",
                       unknown_hint(owner, name));
      return;
    }
    if (!signature->accepts_any) check_input(call, input, name, *signature, where);
  }

 private:
  static std::vector<std::string> all_names(const ActionCatalog& catalog, const std::vector<AdhocActionSpec>& own) {
    std::vector<std::string> names = catalog.action_names();
    for (const auto& action : own) names.push_back(action.name);
    return names;
  }

  // In a workbook the short name is the one to write.
  std::string unknown_hint(const std::string& owner, const std::string& name) {
    const std::string prefix = owner.substr(0, owner.rfind('.') + 1);
    std::vector<std::string> mates;
    for (const auto& action : own_)
      if (!prefix.empty() && action.name.starts_with(prefix)) mates.push_back(action.name.substr(prefix.size()));
    std::string hint = Suggester(std::move(mates)).suggest(name);
    if (!names_) names_.emplace(all_names(catalog_, own_));
    if (hint.empty()) hint = names_->suggest(name);
    return hint.empty() ? "Create the action before the workflow runs, or choose one of `foehn action list`." : hint;
  }

  const std::optional<ActionSignature>& find(const std::string& owner, const std::string& name) {
    // In a workbook `say` means `<workbook>.say` first.
    const std::string prefixed = owner.substr(0, owner.rfind('.') + 1) + name;
    auto own = own_by_name_.find(prefixed);
    if (own == own_by_name_.end()) own = own_by_name_.find(name);
    const auto [found, fresh] = known_.emplace(own == own_by_name_.end() ? name : own->first, std::nullopt);
    if (fresh) found->second = own == own_by_name_.end() ? catalog_.signature(name) : signature_of(*own->second);
    return found->second;
  }

  void check_input(const CallSpec& call, const std::optional<Template>& input, const std::string& name,
                   const ActionSignature& signature, const std::string& where) {
    std::vector<std::string> given;
    for (const auto& parameter : call.inline_input) given.push_back(parameter.first);
    if (input) {
      if (!input->source().is_object()) return;  // known only when evaluated
      for (const auto& [key, value] : input->source().get_ref<const Value::object_t&>()) given.push_back(key);
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
      return context_.dropped().contains(call.mark, key);
    });
    if (told && unexpected.empty()) return;
    std::string message = "Invalid input [name=" + name;
    if (!missing.empty()) message += ", missing=" + listed(missing);
    if (!unexpected.empty()) message += ", unexpected=" + listed(unexpected);
    std::string hint = unexpected.empty() ? std::string() : Suggester(std::move(accepted)).suggest(unexpected[0]);
    if (hint.empty()) hint = takes_text(name, signature);
    context_.warning("W308", call.mark, message + "] (" + where + ")", std::move(hint));
  }

  const ActionCatalog& catalog_;
  const std::vector<AdhocActionSpec>& own_;
  ParseContext& context_;
  std::optional<Suggester> names_;  // of all actions; made when the first one is unknown
  std::unordered_map<std::string, const AdhocActionSpec*> own_by_name_;
  std::unordered_map<std::string, std::optional<ActionSignature>> known_;
};

}  // namespace

void check_actions(const ParsedDocument& document, const ActionCatalog& catalog, ParseContext& context) {
  Checker checker(catalog, document.actions, context);
  for (const auto& action : document.actions)
    checker.check(action.name, action.base, action.base_input, "'base' of action '" + action.name + "'");
  for (const auto& workflow : document.workflows)
    for (const auto& task : workflow.spec.tasks)
      if (task.action) checker.check(workflow.spec.name, *task.action, task.input, "task '" + task.name + "'");
}

}  // namespace foehn::dsl
