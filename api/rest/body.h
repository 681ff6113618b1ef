// Reading JSON request bodies as Mistral's API does: known attributes only, JSON attributes as objects or as text.
#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>

#include "api/http/message.h"
#include "engine/base/id.h"
#include "engine/base/value.h"

namespace foehn::rest {

// The object in the body. kInvalidArgument: no JSON, no object, an integer beyond 64 bits, or a key that is not in
// `known` (empty = any key);
// `argument` is the name that Mistral's message gives the body.
Result<Value> json_object(const http::Request& request, std::string_view argument,
                          std::span<const std::string_view> known);

// An attribute that is an object or text holding one. Absent, null, "" and {} give {}.
Result<Value> json_attribute(const Value& body, std::string_view key);

// A text attribute; absent, null and "" give nothing. kInvalidArgument for other types.
Result<std::optional<std::string>> text_attribute(const Value& body, std::string_view key);

// "1", "t", "true", "y", "yes", "on" in any case are true; "" is false. kInvalidArgument for other words.
Result<bool> parse_bool(std::string_view name, std::string_view text);
// Query parameter as bool; absent = `otherwise`.
Result<bool> bool_parameter(const http::Request& request, std::string_view name, bool otherwise);
// Query parameter as integer; absent = `otherwise`, what 64 bits do not hold = the nearest that they do.
Result<std::int64_t> int_parameter(const http::Request& request, std::string_view name, std::int64_t otherwise);

// kInvalidArgument: 'Unknown argument: "x"' for the first query parameter that is not in `known`.
Status check_parameters(const http::Request& request, std::initializer_list<std::string_view> known);

// kInvalidArgument with Mistral's text when `text` is no UUID.
Result<Uuid> require_uuid(std::string_view text);

}  // namespace foehn::rest
