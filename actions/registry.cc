#include "actions/registry.h"

#include <algorithm>

namespace foehn::actions {

std::string signature_text(const ActionSpec& spec) {
  std::string text;
  for (const InputSpec& input : spec.inputs) {
    if (input.extension) continue;
    if (!text.empty()) text += ", ";
    text += input.name;
    if (!input.required) text += "=" + input.default_text;
  }
  return text;
}

ActionOutcome raised(std::string_view action, const ActionContext& context, std::string_view message) {
  const std::string id = context.run_id.is_nil() ? "None" : to_string(context.run_id);
  return ActionOutcome::error("The action raised an exception [action=" + std::string(action) + ", action_ex_id=" + id +
                              ", msg='" + std::string(message) + "']");
}

Status ActionRegistry::add(std::unique_ptr<Action> action) {
  const std::string name = action->spec().name;
  if (!actions_.emplace(name, std::move(action)).second)
    return fail(ErrorCode::kAlreadyExists, "there are two actions named " + name);
  return {};
}

Action* ActionRegistry::find(std::string_view name) const {
  const auto found = actions_.find(name);
  return found == actions_.end() ? nullptr : found->second.get();
}

std::vector<const ActionSpec*> ActionRegistry::specs() const {
  std::vector<const ActionSpec*> all;
  for (const auto& [name, action] : actions_) all.push_back(&action->spec());
  return all;
}

std::optional<dsl::ActionSignature> ActionRegistry::signature(std::string_view name) const {
  const Action* action = find(name);
  if (!action || action->spec().hidden) return std::nullopt;
  dsl::ActionSignature signature;
  signature.accepts_any = action->spec().accepts_any;
  for (const InputSpec& input : action->spec().inputs) signature.parameters.push_back({input.name, input.required});
  return signature;
}

std::vector<std::string> ActionRegistry::action_names() const {
  std::vector<std::string> names;
  for (const auto& [name, action] : actions_)
    if (!action->spec().hidden) names.push_back(name);
  return names;
}

Status check_input(const ActionSpec& spec, const Value& input) {
  if (spec.accepts_any) return {};
  Value missing = Value::array();
  Value unexpected = Value::array();
  for (const InputSpec& expected : spec.inputs)
    if (expected.required && !find(input, expected.name)) missing.push_back(expected.name);
  if (input.is_object()) {
    for (const auto& [name, value] : input.get_ref<const Value::object_t&>()) {
      const bool known = std::any_of(spec.inputs.begin(), spec.inputs.end(),
                                     [&](const InputSpec& expected) { return expected.name == name; });
      if (!known) unexpected.push_back(name);
    }
  }
  if (missing.empty() && unexpected.empty()) return {};
  std::string text = "Invalid input [name=" + spec.name + ", class=" + spec.class_name;
  if (!missing.empty()) text += ", missing=" + to_python_repr(missing);
  if (!unexpected.empty()) text += ", unexpected=" + to_python_repr(unexpected);
  return fail(ErrorCode::kInvalidArgument, text + "]");
}

std::string capacity_key(const ActionSpec& spec, const Value& input) {
  if (!spec.capacity_group.empty()) return spec.capacity_group;
  std::string key;
  for (const std::string& name : spec.target_inputs) {
    const Value* value = find(input, name);
    if (!value || value->is_null()) continue;
    if (!key.empty()) key += "/";
    if (value->is_array()) {
      std::string joined;
      for (const Value& item : *value) joined += (joined.empty() ? "" : ",") + to_python_str(item);
      key += joined;
    } else {
      key += to_python_str(*value);
    }
  }
  return key;
}

}  // namespace foehn::actions
