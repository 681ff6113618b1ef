// What must be true of a text before the YAML parser sees it, and the small rewriting that makes anchors and aliases
// plain text (as Mistral's loader does). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/diagnostic.h"

namespace foehn::dsl {

// Checks size, UTF-8 and control characters. Returns the problem, if any.
std::optional<Diagnostic> check_source_text(std::string_view text);

// `&`, `*` and `@` may not begin a plain scalar in YAML, but do in Mistral's dialect, where anchors and aliases do not
// exist. Each is replaced by one control character, which check_source_text() never lets in, so that lines and columns
// stay; restore_markers() undoes it in every scalar. Returns an empty string when there is nothing to replace.
std::string hide_markers(std::string_view text);
bool has_markers(std::string_view text);
// `quoted` is the source from a scalar's opening double quote on, else empty: there the same control character may
// also come from an escape ("\x01"), and is then left alone.
void restore_markers(std::string& text, std::string_view quoted = {});

}  // namespace foehn::dsl
