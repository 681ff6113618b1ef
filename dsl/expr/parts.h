// Splits a string into literal text and expressions, as Mistral recognises them (no newline inside an expression).
#pragma once

#include <string_view>
#include <vector>

namespace foehn::expr {

enum class Language { kNone, kYaql, kJinja, kBoth };

struct Part {
  bool expression = false;
  std::string_view text;   // with its delimiters
  std::string_view inner;  // of an expression: without delimiters and surrounding blanks
};

// Which languages `text` holds expressions of.
Language language_of(std::string_view text);
// The parts of a text with YAQL expressions, in order.
std::vector<Part> split_yaql(std::string_view text);
// The inside of `{{ … }}` when the whole text is that one expression (nothing around it), else an empty view.
std::string_view whole_jinja(std::string_view text);

}  // namespace foehn::expr
