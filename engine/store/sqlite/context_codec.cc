#include "engine/store/sqlite/context_codec.h"

namespace foehn::store {
namespace {

constexpr std::size_t kInlineBytesMax = 200;  // a smaller variable stands in its layer: a row costs about as much

tl::unexpected<Error> damaged(const std::string& why) {
  return fail(ErrorCode::kIo, "the database holds a damaged context: " + why);
}

}  // namespace

Result<bool> ContextWriter::is_stored(const Uuid& key) {
  Statement row = writer_.prepare("SELECT 1 FROM contexts WHERE execution_id = ? AND key = ?");
  return row.add(execution_id_).add(key).step();
}

Result<Value> ContextWriter::stored_form(const core::Context::Variable& variable) {
  Value stored = core::Context::to_value(variable);
  if (size_bytes(stored, kInlineBytesMax) <= kInlineBytesMax) return stored;
  const Uuid key = core::Context::key_of(variable);
  Statement row = writer_.prepare(
      "INSERT INTO context_values (execution_id, key, value) VALUES (?, ?, ?) ON CONFLICT (execution_id, key) DO "
      "NOTHING");
  FOEHN_CHECK_OK(row.add(execution_id_).add(key).add_json(stored).run());
  return Value(to_string(key));
}

Status ContextWriter::write_layer(const core::Context& context, const Uuid& key) {
  Value variables = Value::object();
  for (const auto& [name, variable] : context.top_variables()) {
    FOEHN_TRY(variables[name], stored_form(*variable));
  }
  const Uuid below = context.below().key();
  Statement row = writer_.prepare("INSERT INTO contexts (execution_id, key, below, variables) VALUES (?, ?, ?, ?)");
  row.add(execution_id_).add(key);
  below.is_nil() ? row.add_null() : row.add(below);
  return row.add_json(variables).run();
}

Status ContextWriter::write(core::Context context) {
  while (!context.empty()) {
    const Uuid key = context.key();
    if (!known_.insert(key).second) return {};
    FOEHN_TRY(const bool stored, is_stored(key));
    if (stored) return {};  // and so are the layers below
    FOEHN_CHECK_OK(write_layer(context, key));
    context = context.below();
  }
  return {};
}

Status remove_unused_contexts(Connection& writer, ExecutionId execution_id) {
  Statement layers = writer.prepare(
      "WITH RECURSIVE seen (key) AS (SELECT context FROM tasks WHERE execution_id = ?1 AND context IS NOT NULL UNION "
      "SELECT c.below FROM seen JOIN contexts c ON c.execution_id = ?1 AND c.key = seen.key WHERE c.below IS NOT NULL) "
      "DELETE FROM contexts WHERE execution_id = ?1 AND key NOT IN (SELECT key FROM seen)");
  FOEHN_CHECK_OK(layers.add(execution_id).run());
  // A large value stands in its layer as the text of its key.
  Statement values = writer.prepare(
      "DELETE FROM context_values WHERE execution_id = ?1 AND lower(hex(key)) NOT IN (SELECT replace(v.value, '-', '') "
      "FROM contexts c, json_each(c.variables) v WHERE c.execution_id = ?1 AND v.type = 'text')");
  return values.add(execution_id).run();
}

Result<ContextReader> ContextReader::load(Connection& reader, ExecutionId execution_id) {
  ContextReader contexts;
  Statement values = reader.prepare("SELECT key, value FROM context_values WHERE execution_id = ?");
  values.add(execution_id);
  while (true) {
    FOEHN_TRY(const bool more, values.step());
    if (!more) break;
    const Uuid key = values.uuid();
    auto variable = core::Context::variable_from_value(values.json());
    if (!variable) return damaged(variable.error().message);
    contexts.variables_.emplace(key, std::move(*variable));
  }
  Statement layers = reader.prepare("SELECT key, below, variables FROM contexts WHERE execution_id = ?");
  layers.add(execution_id);
  while (true) {
    FOEHN_TRY(const bool more, layers.step());
    if (!more) break;
    const Uuid key = layers.uuid();
    std::optional<Uuid> below;
    if (layers.is_null())
      layers.skip();
    else
      below = layers.uuid();
    contexts.layers_.emplace(key, StoredLayer{below, layers.json()});
  }
  return contexts;
}

Result<core::Context> ContextReader::context(const Uuid& key) {
  // From the wanted layer down to one that is built, then up again: no recursion over stored data.
  std::vector<Uuid> open{key};
  while (!open.empty()) {
    const Uuid next = open.back();
    const auto stored = layers_.find(next);
    if (stored == layers_.end()) return damaged("a layer is missing");
    const std::optional<Uuid>& below = stored->second.below;
    if (built_.count(next) != 0) {
      open.pop_back();
      continue;
    }
    if (below && built_.count(*below) == 0) {
      if (open.size() > layers_.size()) return damaged("layers in a circle");
      open.push_back(*below);
      continue;
    }
    core::Context::Variables variables;
    for (const auto& [name, value] : stored->second.variables.items()) {
      core::Context::VariablePtr variable;
      if (value.is_string()) {
        const auto large = parse_uuid(value.get_ref<const std::string&>());
        const auto found = large ? variables_.find(*large) : variables_.end();
        if (found == variables_.end()) return damaged("a value is missing");
        variable = found->second;
      } else {
        auto small = core::Context::variable_from_value(value);
        if (!small) return damaged(small.error().message);
        variable = std::move(*small);
      }
      variables.emplace_back(name, std::move(variable));
    }
    built_.emplace(next, core::Context::from_parts(below ? built_.at(*below) : core::Context(), variables));
    open.pop_back();
  }
  return built_.at(key);
}

}  // namespace foehn::store
