// What the expressions of one text mention: variables, functions, tasks. Looks into the trees of both languages; texts
// that cannot be parsed give nothing (compile() has reported them). Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace foehn::dsl::lint_detail {

struct Mention {
  std::string name;
  std::size_t offset = 0;   // in bytes, in the text
  std::string hint;         // for unknown names
  bool uncalled = false;    // a function that is known, but stands there without brackets
  std::string_view kind{};  // a name that is known, but written as something else: "a method, not a function"
};

struct Mentions {
  std::vector<Mention> reads;      // `$.name`, `_.name`: an error when the variable is missing
  std::vector<Mention> lookups;    // `$.get(name, …)`, `_.name is defined`, `_.name | default(…)`: none
  std::vector<Mention> tasks;      // task(name)
  std::vector<Mention> functions;  // that neither language nor Mistral has
  std::vector<Mention> constants;  // expressions that are one word or false: `<% done %>`
  std::vector<Mention> capitals;   // operands True, False and None: texts in YAQL
  std::vector<Mention> results;    // task(name).result
  std::vector<Mention> members;    // "task().reslt": what task() and execution() do not give
};

Mentions find_mentions(std::string_view text);
// What W313 says of one of `functions`: its message without the place, and its hint.
std::string function_message(const Mention& mention);
std::string function_hint(const Mention& mention);

// Offset of an expression opened and not closed in its line, or npos.
std::size_t find_unclosed(std::string_view text);

}  // namespace foehn::dsl::lint_detail
