#include "engine/core/adhoc.h"

#include <algorithm>
#include <utility>

#include "engine/base/limits.h"
#include "engine/core/eval_scope.h"

namespace foehn::core {
namespace {

// Mistral: AdHocAction.validate_input, the text of its other input errors.
Status check_declared(const dsl::AdhocActionSpec& spec, const Value& input) {
  if (!spec.bound.is_null()) return {};
  std::vector<std::string> missing;
  std::vector<std::string> unexpected;
  for (const dsl::InputSpec& one : spec.input)
    if (!one.default_value && find(input, one.name) == nullptr) missing.push_back(one.name);
  for (auto item = input.begin(); item != input.end(); ++item) {
    const auto declared = [&](const dsl::InputSpec& one) { return one.name == item.key(); };
    if (std::none_of(spec.input.begin(), spec.input.end(), declared)) unexpected.push_back(item.key());
  }
  if (missing.empty() && unexpected.empty()) return {};
  std::string text = "Invalid input [name=" + spec.name + ", class=mistral.actions.adhoc.AdHocAction";
  if (!missing.empty()) text += ", missing=" + python_list(missing);
  if (!unexpected.empty()) text += ", unexpected=" + python_list(unexpected);
  return fail(ErrorCode::kInvalidArgument, text + "]");
}

struct Link {
  std::string base;
  Value input;
};

// One step down the chain: what `spec` calls, given its own input.
Result<Link> follow(Stepper& step, const Task& task, const dsl::AdhocActionSpec& spec, Value input) {
  for (const dsl::InputSpec& one : spec.input)
    if (one.default_value && find(input, one.name) == nullptr) input[one.name] = *one.default_value;
  const EvalScope scope = EvalScope::of_adhoc(step, task, input);
  Link link{{}, Value::object()};
  FOEHN_TRY(const Value base, spec.base.name.evaluate(scope));
  link.base = to_python_str(base);
  if (!spec.bound.is_null()) {
    link.input = spec.bound;
    link.input["input"] = std::move(input);
    return link;
  }
  if (spec.base_input) {
    FOEHN_TRY(link.input, spec.base_input->evaluate(scope));
    if (!link.input.is_object())
      return fail(ErrorCode::kInvalidArgument, "base-input of the ad-hoc action '" + spec.name + "' is no dict");
  }
  for (const auto& [name, parameter] : spec.base.inline_input) {
    FOEHN_TRY(Value value, parameter.evaluate(scope));
    link.input[name] = std::move(value);
  }
  return link;
}

// The action that `spec` is based on. Mistral knows only its full name; inside a workbook we also take the short one,
// when nothing else has it.
Result<AdhocSpecPtr> find_base(Stepper& step, const dsl::AdhocActionSpec& spec, std::string& base) {
  if (!spec.bound.is_null()) return AdhocSpecPtr();
  const Lookup& lookup = *step.input.lookup;
  const std::string& space = step.execution().workflow_namespace;
  FOEHN_TRY(AdhocSpecPtr found, lookup.adhoc_action(base, "", space));
  if (found != nullptr || lookup.action_traits(base)) return found;
  const auto dot = spec.name.rfind('.');
  if (dot == std::string::npos) return found;
  const std::string sibling = spec.name.substr(0, dot + 1) + base;
  FOEHN_TRY(found, lookup.adhoc_action(sibling, "", space));
  if (found != nullptr) base = sibling;
  return found;
}

AdhocResolution failed(std::string text) { return {std::nullopt, std::move(text)}; }

// Sees the result of the base action as `$`.
class ResultScope final : public dsl::Scope {
 public:
  ResultScope(Stepper& step, const Task* task, const Value& result) : step_(step), task_(task), result_(result) {}
  const Value* variable(std::string_view name) const override { return find(result_, name); }
  dsl::HostValue root() const override { return dsl::HostValue::hold(result_); }
  Result<dsl::HostValue> call(std::string_view function, const dsl::CallArguments& arguments) const override {
    return call_host(step_, task_, function, arguments);
  }
  std::vector<std::string> function_names() const override { return host_function_names(); }

 private:
  Stepper& step_;
  const Task* task_;
  const Value& result_;
};

}  // namespace

Result<AdhocResolution> resolve_adhoc(Stepper& step, const Task& task, const std::string& name, const Value& input) {
  const Execution& execution = step.execution();
  FOEHN_TRY(AdhocSpecPtr spec,
            step.input.lookup->adhoc_action(name, execution.workflow_name, execution.workflow_namespace));
  if (spec == nullptr) return AdhocResolution{};
  FOEHN_CHECK_OK(check_declared(*spec, input));
  AdhocCall call{.base = name, .input = input, .outputs = {}};
  std::vector<std::string> seen;
  while (spec != nullptr) {
    if (std::find(seen.begin(), seen.end(), spec->name) != seen.end())
      return failed("Found a cycle in an ad-hoc action chain [action_name=" + name +
                    ", duplicate_action_name=" + spec->name + "]");
    if (seen.size() >= limits::kAdhocChainMax)
      return failed("More than " + std::to_string(limits::kAdhocChainMax) +
                    " ad-hoc actions are based on each other [action_name=" + name + "]");
    seen.push_back(spec->name);
    if (const Status fits = check_declared(*spec, call.input); !fits) return failed(fits.error().message);
    Result<Link> link = follow(step, task, *spec, std::move(call.input));
    if (!link) return failed(link.error().message);
    if (spec->output) call.outputs.insert(call.outputs.begin(), spec->output->source());
    call.base = std::move(link->base);
    call.input = std::move(link->input);
    FOEHN_TRY(spec, find_base(step, *spec, call.base));
  }
  if (!step.input.lookup->action_traits(call.base))
    return failed("Failed to find base action [action_name=" + call.base +
                  " namespace=" + execution.workflow_namespace + "]");
  if (const Status fits = step.input.lookup->check_action_input(call.base, call.input); !fits)
    return failed(fits.error().message);
  if (const Status size = check_size(call.input, "ActionExecution", "input"); !size)
    return failed(size.error().message);
  return AdhocResolution{std::move(call), std::nullopt};
}

Result<Value> adhoc_result(Stepper& step, const ActionRun& run, Value result) {
  if (!run.adhoc) return result;
  const Task* task = step.state.task(run.task_id);
  for (const Value& output : run.adhoc->outputs) {
    Diagnostics diagnostics;  // it compiled when it was stored
    const dsl::Template transform = dsl::Template::compile(output, Mark{}, diagnostics);
    const Value before = std::move(result);
    FOEHN_TRY(result, transform.evaluate(ResultScope(step, task, before)));
  }
  return result;
}

}  // namespace foehn::core
