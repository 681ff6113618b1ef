#include "api/rest/masking.h"

#include <algorithm>

#include "engine/base/log.h"

namespace foehn::rest {
namespace {

constexpr std::size_t kDepthMax = 64;  // what is deeper is masked as a whole

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

Value masked(const Value& value) {
  Value copy = value;
  mask(copy, 0);
  return copy;
}

std::string masked_json(const Value& value) {
  return has_secret(value) ? to_python_json(masked(value)) : to_python_json(value);
}

std::string masked_input_json(const Services& services, const core::ActionRun& run) {
  const ActionInfo* action = find_action(services, run.name);
  if (action == nullptr || action->secret_inputs.empty() || !run.input.is_object()) return masked_json(run.input);
  Value input = masked(run.input);
  for (const std::string& name : action->secret_inputs)
    if (const Value* given = find(input, name); given != nullptr && !is_nothing(*given)) input[name] = kMask;
  return to_python_json(input);
}

void unmask(Value& given, const Value& stored) { unmask(given, stored, 0); }

}  // namespace foehn::rest
