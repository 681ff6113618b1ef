// The texts of `foehn explain`: a code of docs/diagnostics.md, or an attribute of the language out of the tables that
// the parser uses. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/base/diagnostic.h"
#include "engine/base/result.h"

namespace foehn::cli {

// A line per code, in the order of the page.
std::string explain_codes();

// What a code ("E301", any case) or an attribute ("retry") means. kNotFound with the nearest name.
Result<std::string> explain_word(std::string_view word);

// "see: foehn explain E203 W307", at most the first five codes; "" without diagnostics.
std::string explain_pointer(const Diagnostics& diagnostics);

// How an attribute is written, as lines of the object it belongs to.
struct AttributeExample {
  std::string_view kind;  // "task", "workflow", … as in dsl::describe_language()
  std::string_view name;
  std::string_view text;
};
std::span<const AttributeExample> attribute_examples();

}  // namespace foehn::cli
