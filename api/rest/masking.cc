#include "api/rest/masking.h"

#include <algorithm>

#include "engine/base/log.h"

namespace foehn::rest {
namespace {

constexpr std::size_t kDepthMax = 64;  // what is deeper is masked as a whole
constexpr std::size_t kHiddenMax = 100;  // values looked for in an answer; more are not
constexpr std::size_t kSecretTextMin = 4;  // a shorter text is found in texts that have nothing to do with it

bool is_nothing(const Value& value) {
  return value.is_null() || (value.is_string() && value.get_ref<const std::string&>().empty()) ||
         (value.is_structured() && value.empty());
}

// Most values hold no secret and need not be copied.
bool has_secret(const Value& value, std::size_t depth = 0) {
  if (!value.is_structured()) return false;
  if (depth > kDepthMax) return true;
  for (auto item = value.begin(); item != value.end(); ++item) {
    if (value.is_object() && is_secret_name(item.key()) && !is_nothing(item.value())) return true;
    if (has_secret(item.value(), depth + 1)) return true;
  }
  return false;
}

void mask(Value& value, std::size_t depth) {
  if (!value.is_structured()) return;
  if (depth > kDepthMax) {
    value = kMask;
    return;
  }
  for (auto item = value.begin(); item != value.end(); ++item) {
    if (value.is_object() && is_secret_name(item.key())) {
      if (!is_nothing(item.value())) item.value() = kMask;
    } else {
      mask(item.value(), depth + 1);
    }
  }
}

// What lies below members that are named like a secret.
void collect(const Value& value, bool is_secret, std::size_t depth, std::vector<Value>& found) {
  if (depth > kDepthMax || found.size() >= kHiddenMax) return;
  if (!value.is_structured()) {
    const bool tells = value.is_number() || (value.is_string() && !is_nothing(value));
    if (is_secret && tells && std::find(found.begin(), found.end(), value) == found.end()) found.push_back(value);
    return;
  }
  for (auto item = value.begin(); item != value.end(); ++item)
    collect(item.value(), is_secret || (value.is_object() && is_secret_name(item.key())), depth + 1, found);
}

void hide_in_text(std::string& text, const std::string& secret) {
  if (secret.size() < kSecretTextMin) return;
  for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + kMask.size()))
    text.replace(at, secret.size(), kMask);
}

void hide(Value& value, const std::vector<Value>& hidden, std::size_t depth);

// Names of members, too; what becomes the same name is told apart by further stars.
void hide_members(Value& value, const std::vector<Value>& hidden, std::size_t depth) {
  Value shown = Value::object();
  for (auto item = value.begin(); item != value.end(); ++item) {
    Value name = item.key();
    hide(name, hidden, depth);
    std::string key = name.get<std::string>();
    while (key != item.key() && (shown.contains(key) || value.contains(key))) key += '*';
    hide(item.value(), hidden, depth);
    shown[key] = std::move(item.value());
  }
  value = std::move(shown);
}

void hide(Value& value, const std::vector<Value>& hidden, std::size_t depth) {
  if (value.is_structured() && depth > kDepthMax) value = kMask;
  if (value.is_object()) return hide_members(value, hidden, depth + 1);
  if (value.is_array()) {
    for (Value& item : value) hide(item, hidden, depth + 1);
    return;
  }
  if (std::find(hidden.begin(), hidden.end(), value) != hidden.end()) {
    value = kMask;
    return;
  }
  if (!value.is_string()) return;
  for (const Value& secret : hidden)
    if (secret.is_string()) hide_in_text(value.get_ref<std::string&>(), secret.get_ref<const std::string&>());
}

const ActionInfo* find_action(const Services& services, const std::string& name) {
  const auto before = [](const ActionInfo& one, const std::string& wanted) { return one.name < wanted; };
  const auto found = std::lower_bound(services.actions.begin(), services.actions.end(), name, before);
  return found == services.actions.end() || found->name != name ? nullptr : &*found;
}

void unmask(Value& given, const Value& stored, std::size_t depth) {
  if (!given.is_object() || !stored.is_object() || depth > kDepthMax) return;
  for (auto item = given.begin(); item != given.end(); ++item) {
    const Value* kept = find(stored, item.key());
    if (kept == nullptr) continue;
    if (is_secret_name(item.key()) && item.value() == kMask) {
      item.value() = *kept;
    } else {
      unmask(item.value(), *kept, depth + 1);
    }
  }
}

}  // namespace

Value masked(const Services& services, const Value& value) {
  Value copy = value;
  if (services.options.mask_names) mask(copy, 0);
  return copy;
}

std::string masked_json(const Services& services, const Value& value) {
  const bool has_any = services.options.mask_names && has_secret(value);
  return has_any ? to_python_json(masked(services, value)) : to_python_json(value);
}

std::vector<Value> hidden_values(const Services& services, const Value& value) {
  std::vector<Value> hidden;
  if (services.options.mask_names) collect(value, false, 0, hidden);
  return hidden;
}

void hide(Value& value, const std::vector<Value>& hidden) {
  if (!hidden.empty()) hide(value, hidden, 0);
}

Value masked_input(const Services& services, const std::string& action, const Value& input) {
  Value shown = masked(services, input);
  const ActionInfo* found = find_action(services, action);
  if (found == nullptr || !shown.is_object()) return shown;
  for (const std::string& name : found->secret_inputs)
    if (const Value* given = find(shown, name); given != nullptr && !is_nothing(*given)) shown[name] = kMask;
  return shown;
}

std::string masked_input_json(const Services& services, const core::ActionRun& run) {
  const ActionInfo* action = find_action(services, run.name);
  if (action == nullptr || action->secret_inputs.empty()) return masked_json(services, run.input);
  return to_python_json(masked_input(services, run.name, run.input));
}

void unmask(Value& given, const Value& stored) { unmask(given, stored, 0); }

}  // namespace foehn::rest
