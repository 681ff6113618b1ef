// Text in drawings: how wide it will be without knowing the font, cutting, escaping. Internal to dsl/graph.
#pragma once

#include <string>
#include <string_view>

namespace foehn::dsl {

// In a common sans-serif of that size; an upper estimate, so that boxes are wide enough in most fonts.
double text_width(std::string_view text, double size, bool bold);
// At most `width` wide, with "…" when something was cut.
std::string fit_text(std::string_view text, double size, bool bold, double width);
// For element content and attributes; characters that XML does not allow are dropped.
std::string escape_xml(std::string_view text);

}  // namespace foehn::dsl
