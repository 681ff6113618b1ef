// What a careful reader would say about definitions before they run: every diagnostic of compile(), and what shows only
// when documents are read together and expressions are followed (W3xx: unknown variables, functions and workflows,
// joins that cannot fire, loops without end …). Start here. Pure; any thread; the caller finds and reads the files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dsl/compile.h"

namespace foehn::dsl {

struct LintDocument {
  std::string path;       // for messages that name another document
  std::string_view text;  // must live as long as the call
};

struct LintInput {
  std::vector<LintDocument> documents;     // linted together: they see each other's workflows and actions
  const ActionCatalog* catalog = nullptr;  // null: the actions of the server are not checked
  // Workflows that exist elsewhere (on the server, say), so that calls of them are not reported.
  std::vector<std::string> known_workflows;
};

struct LintFindings {
  DocumentKind kind = DocumentKind::kWorkflows;
  Diagnostics diagnostics;  // in document order, at most limits::kDiagnosticsMax
};

// One entry per document, in the same order. Errors are those of compile(); everything else is a warning.
std::vector<LintFindings> lint(const LintInput& input);

// Whether a text is meant as a definition: a line begins with `version:`. For walks through folders, where other YAML
// files lie about; works for texts with mistakes, too.
bool is_definition(std::string_view text);

// What a text is: a workbook has `name` and `workflows` or `actions`; a list of actions has items with `base`.
DocumentKind detect_kind(std::string_view text);

}  // namespace foehn::dsl
