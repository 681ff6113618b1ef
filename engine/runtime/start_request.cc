#include "engine/runtime/start_request.h"

#include <utility>

#include "dsl/expr/template.h"

namespace foehn::runtime {
namespace {

// Environments may refer to themselves: `<% env().a %>`, `<% $.__env.a %>`.
class EnvironmentScope final : public dsl::Scope {
 public:
  explicit EnvironmentScope(const Value& env) : env_(env) { root_["__env"] = env; }

  const Value* variable(std::string_view name) const override { return find(root_, name); }
  dsl::HostValue root() const override { return dsl::HostValue::hold(root_); }
  Result<dsl::HostValue> call(std::string_view function, const dsl::CallArguments&) const override {
    if (function == "env") return dsl::HostValue::hold(env_);
    return fail(ErrorCode::kNotFound, "");
  }
  std::vector<std::string> function_names() const override { return {"env"}; }

 private:
  const Value& env_;
  Value root_ = Value::object();
};

std::string python_type(const Value& value) {
  if (value.is_boolean()) return "<class 'bool'>";
  if (value.is_number_integer()) return "<class 'int'>";
  if (value.is_number()) return "<class 'float'>";
  return "<class 'list'>";
}

Result<ResolvedWorkflow> resolve(const StartRequest& request, const core::Execution* source, Definitions& definitions) {
  const std::string& wanted_namespace =
      request.workflow_namespace.empty() && source != nullptr ? source->workflow_namespace : request.workflow_namespace;
  if (source != nullptr && !request.definition_hash.empty()) {
    FOEHN_TRY(auto definition, definitions.by_hash(request.definition_hash, source->workflow_name));
    return ResolvedWorkflow{source->workflow_id, source->workflow_namespace, std::move(definition)};
  }
  if (request.workflow_id) return definitions.by_id(*request.workflow_id, wanted_namespace, request.project_id);
  if (!request.workflow_name.empty())
    return definitions.by_name(request.workflow_name, wanted_namespace, request.project_id);
  if (source != nullptr) return definitions.by_id(source->workflow_id, wanted_namespace, request.project_id);
  return fail(ErrorCode::kInvalidArgument,
              "Workflow ID or workflow name must be provided. Workflow ID is recommended.");
}

}  // namespace

Result<Value> resolve_environment(const Value& params) {
  const Value* env = find(params, "env");
  if (env == nullptr || env->is_null()) return Value::object();
  if (env->is_string()) {
    // Stored environments do not exist in this release.
    return fail(ErrorCode::kInvalidArgument, "Environment is not found: " + env->get_ref<const std::string&>());
  }
  if (!env->is_object()) {
    return fail(ErrorCode::kInvalidArgument, "Unexpected value type for environment [env=" + to_python_str(*env) +
                                                 ", type=" + python_type(*env) + "]");
  }
  const Value* evaluate = find(params, "evaluate_env");
  if (evaluate != nullptr && !is_truthy(*evaluate)) return *env;
  Diagnostics diagnostics;
  const dsl::Template compiled = dsl::Template::compile(*env, Mark{}, diagnostics);
  if (compiled.is_literal()) return *env;
  return compiled.evaluate(EnvironmentScope(*env));
}

Result<PreparedStart> prepare_start(const StartRequest& request, const core::Execution* source,
                                    Definitions& definitions) {
  FOEHN_TRY(ResolvedWorkflow resolved, resolve(request, source, definitions));
  PreparedStart prepared;
  prepared.definition = std::move(resolved.definition);
  core::StartExecution& event = prepared.event;
  event.id = *request.id;
  event.workflow_id = resolved.id;
  event.workflow_namespace = resolved.workflow_namespace;
  event.project_id = request.project_id;
  event.description = request.description;
  event.input = source != nullptr ? source->input : Value::object();
  event.params = source != nullptr ? source->params : Value::object();
  if (request.input.is_object()) merge_into(event.input, request.input);
  if (request.params.is_object()) merge_into(event.params, request.params);
  if (source != nullptr) {
    event.source_id = source->id;
    if (!event.description.empty()) event.description += " ";
    event.description += "Based on the execution '" + to_string(source->id) + "'";
  }
  FOEHN_TRY(Value env, resolve_environment(event.params));
  event.params["namespace"] = request.workflow_namespace;
  event.params["env"] = std::move(env);
  return prepared;
}

}  // namespace foehn::runtime
