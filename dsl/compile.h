// The one door from text to Definition: read YAML → parse → validate → graph. Start here. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dsl/definition.h"
#include "dsl/validate/action_catalog.h"
#include "engine/base/diagnostic.h"

namespace foehn::dsl {

enum class DocumentKind { kWorkflows, kActions, kWorkbook };

// How much one text may define, workflows and ad-hoc actions together, and tasks of all its workflows together. What
// is stored is bounded, so that no request takes long; what is stored already is not looked at again.
struct DocumentBounds {
  std::size_t definitions_max = SIZE_MAX;
  std::size_t tasks_max = SIZE_MAX;
};
inline constexpr DocumentBounds kStoredBounds{.definitions_max = 5'000, .tasks_max = 50'000};

struct Compiled {
  std::vector<DefinitionPtr> workflows;  // kWorkflows, kWorkbook; empty when there are errors
  std::vector<AdhocActionSpec> actions;  // kActions, kWorkbook
  Diagnostics diagnostics;               // errors and warnings, in document order
  bool ok() const { return !has_errors(diagnostics); }
};

// Never fails otherwise than by diagnostics. `catalog` may be null: then actions are not checked.
// Unknown actions are warnings (Mistral finds them only at run time), see validate/actions.cc.
// Of a text beyond `bounds` (E108, E109) nothing else is said.
Compiled compile(std::string_view source, DocumentKind kind, const ActionCatalog* catalog,
                 const DocumentBounds& bounds = {});

// Mistral's message for a failed compile: the first error with its prefix ("Invalid DSL: …",
// "Definition could not be parsed: …"), then every diagnostic rendered with line, column and caret.
std::string fault_text(const Compiled& compiled, std::string_view source);

}  // namespace foehn::dsl
