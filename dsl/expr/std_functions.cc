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

// What writing `value` takes at most: a byte of a text becomes six or is looked at as four code points, a line is
// indented by its level, and the whole is copied while it grows. Stops counting above `enough`.
std::size_t dump_bytes_max(const Value& value, std::size_t level, std::size_t enough) {
  constexpr std::size_t kTextFactor = 30;
  std::size_t bytes = 3 * (4 * level + 40);
  if (value.is_string()) return bytes + kTextFactor * value.get_ref<const std::string&>().size();
  if (value.is_object()) {
    for (const auto& [key, member] : value.get_ref<const Value::object_t&>()) {
      if (bytes > enough) break;
      bytes += kTextFactor * key.size() + dump_bytes_max(member, level + 1, enough);
    }
  } else if (value.is_array()) {
    for (const Value& item : value) {
      if (bytes > enough) break;
      bytes += dump_bytes_max(item, level + 1, enough);
    }
  }
  return bytes;
}

// What reading `text` as JSON takes at most: each comma and bracket may begin a value.
std::size_t parse_bytes_max(std::string_view text) {
  std::size_t bytes = 2 * text.size();
  for (const char c : text) {
    if (c == ',' || c == ':') bytes += 3 * sizeof(Value) + sizeof(std::string) + kBlockBytes;
    if (c == '[' || c == '{') bytes += sizeof(Value::object_t) + 3 * kBlockBytes;
    if (c == ':') bytes += 2 * sizeof(Value::object_t::value_type);
  }
  return bytes;
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
  if (!evaluation.affords(1, parse_bytes_max(text))) return fail(evaluation.error());
  auto value = json ? parse_json(text) : dsl::parse_yaml(text);
  if (!value) return fail(unreadable(function, json ? "JSON" : "YAML", value.error().message));
  return value;
}

Result<dsl::HostValue> call_own(Evaluation& evaluation, std::string_view function,
                                const dsl::CallArguments& arguments) {
  const bool parse = function.ends_with("_parse");
  const Value* argument = arguments.get(0, "data");
  if (!argument || arguments.positional.size() + arguments.keywords.size() != 1)
    return fail(ErrorCode::kInvalidArgument, std::string(function) + "() takes one argument");
  if (parse) return call_parse(evaluation, function, *argument);
  if (!evaluation.affords(1, dump_bytes_max(*argument, 0, evaluation.bytes_left()))) return fail(evaluation.error());
  return Value(function == "json_dump" ? python_json_indented(*argument) : yaml_block(*argument));
}

}  // namespace

Result<dsl::HostValue> call_shared(Evaluation& evaluation, std::string_view function,
                                   const dsl::CallArguments& arguments) {
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
