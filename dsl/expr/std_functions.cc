#include "dsl/expr/std_functions.h"

#include "dsl/yaml/to_value.h"

namespace foehn::expr {
namespace {

constexpr std::string_view kOwn[] = {"json_dump", "json_parse", "yaml_dump", "yaml_parse"};
// Reading so many bytes is one step of the budget.
constexpr std::size_t kJsonBytesPerStep = 64;
constexpr std::size_t kYamlBytesPerStep = 4;

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

// Where the text is wrong; not what stands there, which is data.
Error unreadable(std::string_view function, std::string_view language, const std::string& reason) {
  const std::size_t line = reason.rfind("line ");
  const std::size_t end = line == std::string::npos ? line : reason.find_first_not_of("0123456789, column", line + 5);
  const std::string place = line == std::string::npos ? "" : " (" + reason.substr(line, end - line) + ")";
  return {ErrorCode::kInvalidArgument,
          std::string(function) + "(): the text is no " + std::string(language) + " that can be read" + place};
}

Result<Value> call_parse(Evaluation& evaluation, std::string_view function, const Value& argument) {
  if (!argument.is_string())
    return fail(ErrorCode::kInvalidArgument,
                std::string(function) + "() takes a string, not " + std::string(type_name(argument)));
  const auto& text = argument.get_ref<const std::string&>();
  const bool json = function == "json_parse";
  if (!evaluation.step(text.size() / (json ? kJsonBytesPerStep : kYamlBytesPerStep))) return fail(evaluation.error());
  auto value = json ? parse_json(text) : dsl::parse_yaml(text);
  if (!value) return fail(unreadable(function, json ? "JSON" : "YAML", value.error().message));
  if (!evaluation.charge(size_bytes(*value))) return fail(evaluation.error());
  return value;
}

Result<Value> call_own(Evaluation& evaluation, std::string_view function, const dsl::CallArguments& arguments) {
  const bool parse = function.ends_with("_parse");
  const Value* argument = arguments.get(0, "data");
  if (!argument || arguments.positional.size() + arguments.keywords.size() != 1)
    return fail(ErrorCode::kInvalidArgument, std::string(function) + "() takes one argument");
  if (parse) return call_parse(evaluation, function, *argument);
  if (function == "json_dump") return Value(python_json_indented(*argument));
  return Value(yaml_block(*argument));
}

}  // namespace

Result<Value> call_shared(Evaluation& evaluation, std::string_view function, const dsl::CallArguments& arguments) {
  auto result = evaluation.scope().call(function, arguments);
  if (result || result.error().code != ErrorCode::kNotFound) return result;
  for (const std::string_view own : kOwn)
    if (own == function) return call_own(evaluation, function, arguments);
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
