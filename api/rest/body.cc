#include "api/rest/body.h"

#include <algorithm>
#include <charconv>
#include <cctype>
#include <limits>

namespace foehn::rest {
namespace {

Error bad_attribute(std::string_view name, std::string_view value, std::string_view why) {
  return {ErrorCode::kInvalidArgument, "Invalid input for field/attribute " + std::string(name) + ". Value: '" +
                                           std::string(value) + "'. " + std::string(why)};
}

bool is_number_char(char c) {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

// Integers that 64 bits do not hold: Python keeps them, we would change them to the nearest float without a word.
// `text` is valid JSON.
Status check_integers(std::string_view text) {
  constexpr std::size_t kSafeDigits = 18;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (in_string) {
      if (text[i] == '\\') ++i;
      else if (text[i] == '"') in_string = false;
      continue;
    }
    in_string = text[i] == '"';
    if (text[i] != '-' && (text[i] < '0' || text[i] > '9')) continue;
    std::size_t end = i;
    while (end < text.size() && is_number_char(text[end])) ++end;
    const std::string_view token = text.substr(i, end - i);
    i = end - 1;
    if (token.size() <= kSafeDigits || token.find_first_of(".eE") != std::string_view::npos) continue;
    std::int64_t number = 0;
    if (std::from_chars(token.data(), token.data() + token.size(), number).ec == std::errc::result_out_of_range)
      return fail(ErrorCode::kInvalidArgument,
                  "The number " + std::string(token.substr(0, 60)) + (token.size() > 60 ? "…" : "") +
                      " does not fit into 64 bits; pass it as a text.");
  }
  return {};
}

}  // namespace

Result<Value> json_object(const http::Request& request, std::string_view argument,
                          std::span<const std::string_view> known) {
  auto parsed = parse_json(request.body);
  if (!parsed)
    return fail(ErrorCode::kInvalidArgument, "Request is not in valid JSON format\n\n" + parsed.error().message);
  FOEHN_CHECK_OK(check_integers(request.body));
  if (!parsed->is_object()) return fail(ErrorCode::kInvalidArgument, "Request must be a JSON dict");
  for (const auto& [key, value] : parsed->items()) {
    if (known.empty() || std::find(known.begin(), known.end(), key) != known.end()) continue;
    return fail(ErrorCode::kInvalidArgument,
                "Unknown attribute for argument " + std::string(argument) + ": " + key);
  }
  return std::move(*parsed);
}

Result<Value> json_attribute(const Value& body, std::string_view key) {
  const Value* found = find(body, key);
  if (!found || !is_truthy(*found)) return Value::object();
  if (found->is_object()) return *found;
  const std::string text = to_python_str(*found);
  if (!found->is_string())
    return fail(ErrorCode::kInvalidArgument, "JsonType field value must be a dictionary [actual=" + text + "]");
  auto parsed = parse_json(text);
  if (!parsed) return fail(bad_attribute(key, text, parsed.error().message));
  FOEHN_CHECK_OK(check_integers(text));
  if (!is_truthy(*parsed)) return Value::object();
  if (!parsed->is_object())
    return fail(ErrorCode::kInvalidArgument, "JsonType field value must be a dictionary [actual=" + text + "]");
  return std::move(*parsed);
}

Result<std::optional<std::string>> text_attribute(const Value& body, std::string_view key) {
  const Value* found = find(body, key);
  if (!found || found->is_null()) return std::optional<std::string>();
  if (!found->is_string()) return fail(bad_attribute(key, to_python_str(*found), "Value should be a string."));
  std::string text = found->get<std::string>();
  return text.empty() ? std::optional<std::string>() : std::optional<std::string>(std::move(text));
}

Result<bool> parse_bool(std::string_view name, std::string_view text) {
  std::string word(text);
  std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return std::tolower(c); });
  for (const std::string_view yes : {"1", "t", "true", "y", "yes", "on"})
    if (word == yes) return true;
  for (const std::string_view no : {"", "0", "f", "false", "n", "no", "off", "none"})
    if (word == no) return false;
  return fail(bad_attribute(name, text, "Value should be a boolean."));
}

Result<bool> bool_parameter(const http::Request& request, std::string_view name, bool otherwise) {
  const auto text = request.query_value(name);
  if (!text) return otherwise;
  return parse_bool(name, *text);
}

Result<std::int64_t> int_parameter(const http::Request& request, std::string_view name, std::int64_t otherwise) {
  const auto text = request.query_value(name);
  if (!text) return otherwise;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  // A number all the same; Python's know no bounds, and whoever asks for so much gets what there is.
  if (error == std::errc::result_out_of_range && end == text->data() + text->size())
    return text->front() == '-' ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
  if (error != std::errc() || end != text->data() + text->size())
    return fail(bad_attribute(name, *text,
                              "unable to convert to int. Error: invalid literal for int() with base 10: '" +
                                  std::string(*text) + "'"));
  return number;
}

Status check_parameters(const http::Request& request, std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : request.query) {
    if (std::find(known.begin(), known.end(), name) == known.end())
      return fail(ErrorCode::kInvalidArgument, "Unknown argument: \"" + name + "\"");
  }
  return {};
}

Result<Uuid> require_uuid(std::string_view text) {
  const auto uuid = parse_uuid(text);
  if (!uuid) return fail(ErrorCode::kInvalidArgument, "Expected a uuid but received " + std::string(text) + ".");
  return *uuid;
}

}  // namespace foehn::rest
