// A mistake in a document: where, what, what to do. Collected (all of them), never thrown.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace foehn {

// 1-based; column counts Unicode code points. {0,0} = unknown place.
struct Mark {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  bool operator==(const Mark&) const = default;
};

enum class Severity { kError, kWarning };

struct Diagnostic {
  std::string code;     // stable, e.g. "E101"; one page each in docs/diagnostics.md
  Severity severity = Severity::kError;
  Mark mark;
  std::string message;  // what is wrong, one sentence; keeps Mistral's wording where its tests look for it
  std::string hint;     // what to do; may be empty
};

using Diagnostics = std::vector<Diagnostic>;

bool has_errors(const Diagnostics& diagnostics);

// "file:3:7: error: message [E101]" followed by the source line, a caret and the hint. `source` is the whole document;
// `file` may be empty. Long lines are cut around the caret.
std::string render(const Diagnostic& diagnostic, std::string_view source, std::string_view file);
std::string render(const Diagnostics& diagnostics, std::string_view source, std::string_view file);

// The nearest of `candidates` to `name` by edit distance, or "" when none is near enough to be meant.
std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace foehn
