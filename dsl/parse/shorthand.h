// The one-line form `name key=value …` of actions, workflows, engine commands and retry (dsl.md §2, "Inline parameter
// syntax"). Follows Mistral's regular expressions to the letter, gaps included; what they skip is reported as leftover.
// Pure; linear.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dsl/parse/context.h"
#include "dsl/spec/workflow_spec.h"

namespace foehn::dsl {

struct Shorthand {
  struct Parameter {
    std::string_view name;
    Value value;
    std::size_t offset = 0;  // of the value's text, in bytes from the start
  };
  std::string_view name;
  std::vector<Parameter> parameters;  // distinct names, the last of equals
  std::string leftover;               // text that is neither name nor parameter
};

// Nothing when the text has no readable name.
std::optional<Shorthand> parse_shorthand(std::string_view text);
// Parameters and leftover only; the name is `name`, a prefix of `text`.
Shorthand parse_parameters(std::string_view text, std::string_view name);

// The place inside a one-line text.
Mark inside(Mark mark, std::string_view text, std::size_t offset);

// `action:`, `workflow:`, `base:`. Reports E209 and W220.
std::optional<CallSpec> parse_call(ParseContext& context, std::string_view text, Mark mark, const Place& place);

}  // namespace foehn::dsl
