#include "engine/core/policy/policy.h"

#include <cmath>
#include <limits>
#include <optional>

#include "engine/core/eval_scope.h"

namespace foehn::core {
namespace {

tl::unexpected<Error> invalid_type(Attribute attribute, const std::string& message) {
  return fail(ErrorCode::kInvalidArgument,
              "Invalid data type in " + std::string(attribute.class_name) + ": " + message +
                  ". Value(s) can be shown after YAQL evaluating. If you use YAQL here, please correct it.");
}

// JSON Schema, by which Mistral checks, takes 3.0 for an integer. Up to 2^53 a double tells its neighbours apart.
std::optional<std::int64_t> integral(const Value& value) {
  if (!value.is_number_float()) return std::nullopt;
  const auto number = value.get<double>();
  if (std::abs(number) > 9007199254740992.0 || std::trunc(number) != number) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

}  // namespace

// Mistral: mistral/engine/policies.py, build_policies.
const std::vector<Policy>& policies() {
  static const std::vector<Policy> table = {kPauseBefore, kWaitBefore, kWaitAfter,  kFailOn,
                                            kRetry,       kTimeout,    kConcurrency};
  return table;
}

Status evaluate_policies(Stepper& step, Task& task) {
  const EvalScope scope = EvalScope::of_task(step, task);
  const dsl::PolicySpec& own = step.spec_of(task).policies;
  const dsl::PolicySpec& defaults = step.spec().task_defaults.policies;
  Value values = Value::object();
  for (const Policy& policy : policies())
    if (policy.evaluate != nullptr) FOEHN_CHECK_OK(policy.evaluate(own, defaults, scope, values));
  values["evaluated"] = true;
  step.state.change_task(task.id).policy_values = std::move(values);
  return {};
}

std::int64_t policy_number(const Task& task, std::string_view name) {
  const Value* found = find(task.policy_values, name);
  if (found == nullptr || !found->is_number_integer()) return 0;
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (found->is_number_unsigned() && found->get<std::uint64_t>() > kMax) return static_cast<std::int64_t>(kMax);
  return found->get<std::int64_t>();
}

const dsl::Template* effective(const std::optional<dsl::Template>& own, const std::optional<dsl::Template>& defaults) {
  if (own && (!own->is_literal() || is_truthy(own->source()))) return &*own;
  return defaults ? &*defaults : nullptr;
}

Status put_number(const dsl::Template* source, const dsl::Scope& scope, Attribute attribute, Value& values) {
  if (source == nullptr) return {};
  FOEHN_TRY(Value value, source->evaluate(scope));
  if (const auto integer = integral(value)) value = *integer;
  if (!value.is_number_integer()) return invalid_type(attribute, to_python_repr(value) + " is not of type 'integer'");
  if (!value.is_number_unsigned() && value.get<std::int64_t>() < 0)
    return invalid_type(attribute, to_python_repr(value) + " is less than the minimum of 0");
  values[std::string(attribute.name)] = std::move(value);
  return {};
}

Result<bool> evaluate_flag(const dsl::Template& source, const dsl::Scope& scope, Attribute attribute) {
  FOEHN_TRY(const Value value, source.evaluate(scope));
  if (!value.is_boolean()) return invalid_type(attribute, to_python_repr(value) + " is not of type 'boolean'");
  return value.get<bool>();
}

}  // namespace foehn::core
