// JSON Schema (2020-12) of the language's documents, made from the parsers' attribute tables: what an attribute is and
// which forms it has is written once. For editors (YAML language servers) and for checks before Foehn is at hand. It
// says less than the compiler: expressions, names of tasks and calls are not looked into. Pure; any thread.
#pragma once

#include <optional>
#include <string_view>

#include "engine/base/value.h"

namespace foehn::dsl {

enum class SchemaKind { kWorkflow, kWorkbook, kAction };

// "workflow", "workbook", "action", or Mistral's short words wf, wb.
std::optional<SchemaKind> schema_kind(std::string_view word);

// The schema of a document: a list of workflows, a workbook, a list of actions.
Value make_schema(SchemaKind kind);

}  // namespace foehn::dsl
