#include "dsl/expr/std_functions.h"

namespace foehn::expr {
namespace {

constexpr std::string_view kOwn[] = {"json_dump", "json_parse", "yaml_dump"};

void append_indented(std::string& out, const Value& value, std::size_t level) {
  if (!value.is_structured() || value.empty()) {
    out += to_python_json(value);
    return;
  }
  const auto line = [&out](std::size_t depth) { out += "\n" + std::string(depth * 4, ' '); };
  bool first = true;
  out.push_back(value.is_object() ? '{' : '[');
  if (value.is_object()) {
    for (const auto& [key, member] : value.get_ref<const Value::object_t&>()) {
      if (!first) out.push_back(',');
      first = false;
      line(level + 1);
      out += to_python_json(Value(key)) + ": ";
      append_indented(out, member, level + 1);
    }
  } else {
    for (const Value& item : value) {
      if (!first) out.push_back(',');
      first = false;
      line(level + 1);
      append_indented(out, item, level + 1);
    }
  }
  line(level);
  out.push_back(value.is_object() ? '}' : ']');
}

Result<Value> call_own(std::string_view function, const dsl::CallArguments& arguments) {
  const bool parse = function == "json_parse";
  const Value* argument = arguments.get(0, parse ? "json_str" : "data");
  if (!argument || arguments.positional.size() + arguments.keywords.size() != 1)
    return fail(ErrorCode::kInvalidArgument, std::string(function) + "() takes one argument");
  if (function == "json_dump") return Value(python_json_indented(*argument));
  if (function == "yaml_dump") return Value(yaml_block(*argument));
  if (!argument->is_string())
    return fail(ErrorCode::kInvalidArgument, "json_parse() takes a string, not " + std::string(type_name(*argument)));
  return parse_json(argument->get_ref<const std::string&>());
}

}  // namespace

Result<Value> call_shared(Evaluation& evaluation, std::string_view function, const dsl::CallArguments& arguments) {
  auto result = evaluation.scope().call(function, arguments);
  if (result || result.error().code != ErrorCode::kNotFound) return result;
  for (const std::string_view own : kOwn)
    if (own == function) return call_own(function, arguments);
  return fail(ErrorCode::kNotFound, "");
}

std::vector<std::string> shared_names(Evaluation& evaluation) {
  std::vector<std::string> names = evaluation.scope().function_names();
  for (const std::string_view own : kOwn) names.emplace_back(own);
  return names;
}

std::string python_json_indented(const Value& value) {
  std::string out;
  append_indented(out, value, 0);
  return out;
}

}  // namespace foehn::expr
