#include "engine/store/environments.h"

namespace foehn::store {

Status use_stored_environment(Records& records, std::string_view project_id, Value& params) {
  const Value* env = find(params, "env");
  if (env == nullptr || !env->is_string()) return {};
  const std::string name = env->get<std::string>();
  FOEHN_TRY(const auto row, records.record_for(project_id, kEnvironmentKind, name, ""));
  if (!row) return fail(ErrorCode::kInvalidArgument, "Environment is not found: " + name);
  const Value* variables = find(row->body, "variables");
  params["env"] = variables && variables->is_object() ? *variables : Value::object();
  return {};
}

}  // namespace foehn::store
