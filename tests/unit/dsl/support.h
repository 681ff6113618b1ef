// Shared by the tests of the language: compiling a text and reading its diagnostics as text.
#pragma once

#include <string>
#include <string_view>

#include "dsl/compile.h"

namespace foehn::dsl {

inline Compiled compile_workflows(std::string_view text, const ActionCatalog* catalog = nullptr) {
  return compile(text, DocumentKind::kWorkflows, catalog);
}

// "E202 4:7 message" per diagnostic, one line each.
inline std::string listed(const Diagnostics& diagnostics) {
  std::string text;
  for (const auto& diagnostic : diagnostics) {
    text += diagnostic.code + " " + std::to_string(diagnostic.mark.line) + ":" +
            std::to_string(diagnostic.mark.column) + " " + diagnostic.message + "\n";
  }
  return text;
}

inline std::string codes(const Diagnostics& diagnostics) {
  std::string text;
  for (const auto& diagnostic : diagnostics) text += (text.empty() ? "" : " ") + diagnostic.code;
  return text;
}

// A direct workflow `wf` whose only task `t1` has the given attributes (YAML, one per line, unindented), beside a task
// `t2`.
inline std::string task_document(std::string_view attributes, std::string_view rest = "") {
  std::string text = "version: '2.0'\nwf:\n";
  text.append(rest);
  text.append("  tasks:\n    t2: {action: std.noop}\n    t1:\n      description: d\n");
  std::size_t at = 0;
  while (at < attributes.size()) {
    const std::size_t end = attributes.find('\n', at);
    text.append("      ").append(attributes.substr(at, end - at)).append("\n");
    if (end == std::string_view::npos) break;
    at = end + 1;
  }
  return text;
}

}  // namespace foehn::dsl
