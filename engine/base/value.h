// Value: every piece of user data (JSON model, objects keep insertion order). The one file that includes nlohmann.
// A plain value; copying is deep. Free functions here never throw.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/ordered_map.h"
#include "engine/base/result.h"

namespace foehn {

using Value = nlohmann::basic_json<OrderedMap>;

// JSON text → Value. Errors: kInvalidArgument (with byte position) for syntax, bad UTF-8, nesting deeper than
// limits::kJsonDepthMax.
Result<Value> parse_json(std::string_view text);

// Compact JSON. Bytes that are not UTF-8 become U+FFFD.
std::string to_json(const Value& value);

// As Python's json.dumps: ", " and ": " separators, non-ASCII as \uXXXX. What Mistral's clients see.
std::string to_python_json(const Value& value);

// Python's repr()/str() of the value: True, None, {'a': 1}, single quotes. Used by YAQL's inline strings and by texts
// that Mistral builds with str().
std::string to_python_repr(const Value& value);
std::string to_python_str(const Value& value);  // as repr, but a top-level string is itself

// Python truthiness: null, false, 0, 0.0, "", [] and {} are false.
bool is_truthy(const Value& value);

// "null", "boolean", "integer", "number", "string", "list", "object": for messages.
std::string_view type_name(const Value& value);

// Approximate bytes held (text lengths plus node overhead), stopping early above `stop_at`.
std::size_t size_bytes(const Value& value, std::size_t stop_at = static_cast<std::size_t>(-1));
// Nesting depth; scalars have depth 0. Stops at `stop_at`.
std::size_t depth(const Value& value, std::size_t stop_at = 10'000);

// Member of an object or nullptr (also when `object` is no object).
const Value* find(const Value& object, std::string_view key);
// Text member or `otherwise`.
std::string text_or(const Value& object, std::string_view key, std::string_view otherwise = "");

// Recursive dict merge: `right` wins, nested objects are merged. Both must be objects (or null = empty).
void merge_into(Value& left, const Value& right);

// RFC 7396 JSON merge patch: null removes a key.
void apply_merge_patch(Value& target, const Value& patch);

}  // namespace foehn
