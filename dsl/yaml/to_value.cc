#include "dsl/yaml/to_value.h"

#include <string>

#include "dsl/yaml/reader.h"
#include "dsl/yaml/scalar.h"

namespace foehn::dsl {

Value to_value(const YamlNode& node) {
  if (node.is_scalar()) return node.plain ? resolve_plain(node.text) : Value(std::string(node.text));
  if (node.is_sequence()) {
    Value list = Value::array();
    auto& items = list.get_ref<Value::array_t&>();
    items.reserve(node.count);
    for (const auto& item : node.items()) items.push_back(to_value(item));
    return list;
  }
  Value object = Value::object();
  auto& members = object.get_ref<Value::object_t&>();
  members.reserve(node.count);
  for (const auto& entry : node.entries()) {
    const auto [member, fresh] = members.emplace(resolve_key(entry.key, entry.plain_key), nullptr);
    member->second = to_value(entry.value);  // 1 and "1" are the same key in JSON: the later wins
  }
  return object;
}

Result<Value> parse_yaml(std::string_view text) {
  Diagnostics diagnostics;
  const auto document = read_yaml(text, diagnostics);
  if (document) return document->empty() ? Value(nullptr) : to_value(document->root());
  for (const auto& diagnostic : diagnostics) {
    if (diagnostic.severity != Severity::kError) continue;
    std::string message = diagnostic.message;
    if (diagnostic.mark.line != 0) {
      message.append(" (line ").append(std::to_string(diagnostic.mark.line));
      message.append(", column ").append(std::to_string(diagnostic.mark.column)).append(")");
    }
    return fail(ErrorCode::kInvalidArgument, std::move(message));
  }
  return fail(ErrorCode::kInvalidArgument, "Definition could not be parsed");
}

}  // namespace foehn::dsl
