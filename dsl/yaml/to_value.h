// YamlNode → Value, and the short way from text to Value for callers who need no places (yaml_parse(), configuration).
// Pure; recursion is bounded by limits::kYamlDepthMax.
#pragma once

#include <string_view>

#include "dsl/yaml/node.h"
#include "engine/base/result.h"
#include "engine/base/value.h"

namespace foehn::dsl {

Value to_value(const YamlNode& node);

// Errors: kInvalidArgument with the reader's message. An empty text is null.
Result<Value> parse_yaml(std::string_view text);

}  // namespace foehn::dsl
