// Functions both languages share: the host's (task(), env() … through Scope::call) and the plain ones that Mistral adds
// to YAQL and Jinja2 (json_parse, json_dump, yaml_dump). Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dsl/expr/evaluation.h"

namespace foehn::expr {

// Asks the host first; then json_parse, json_dump, yaml_parse and yaml_dump. Errors: kNotFound with an empty message
// when nobody has the function; otherwise as the function says.
Result<dsl::HostValue> call_shared(Evaluation& evaluation, std::string_view function,
                                   const dsl::CallArguments& arguments);
std::vector<std::string> shared_names(Evaluation& evaluation);

// Python's json.dumps(value, indent=4).
std::string python_json_indented(const Value& value);
// PyYAML's safe_dump(value, default_flow_style=False): block style, keys sorted.
std::string yaml_block(const Value& value);

}  // namespace foehn::expr
