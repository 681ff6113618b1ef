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
  // Text that is neither name nor parameter.
  struct Gap {
    std::string_view text;
    std::size_t offset = 0;
    bool tail = false;  // follows a value directly: the rest of what was meant as that value
  };
  std::string_view name;
  std::vector<Parameter> parameters;  // distinct names, the last of equals
  std::vector<Gap> gaps;
  std::string leftover() const;  // all gaps in one line
};

// Nothing when the text has no readable name.
std::optional<Shorthand> parse_shorthand(std::string_view text);
// Parameters and leftover only; the name is `name`, a prefix of `text`.
Shorthand parse_parameters(std::string_view text, std::string_view name);

// A text of one line in the document: where each of its bytes stands. `node` may be absent (keys of mappings); then
// columns are counted from `mark`.
struct Line {
  std::string_view text;
  Mark mark;
  const YamlNode* node = nullptr;
  Mark at(ParseContext& context, std::size_t offset) const;
  // A value of it; `offset` is where its text begins.
  Template compile(ParseContext& context, const Value& value, std::size_t offset, int level) const;
};

// `action:`, `workflow:`, `base:`. Reports E209 and W220.
std::optional<CallSpec> parse_call(ParseContext& context, const Line& line, const Place& place);
// W220 for everything that a call does not read.
void report_gaps(ParseContext& context, const Shorthand& call, const Line& line, const Place& place);

}  // namespace foehn::dsl
