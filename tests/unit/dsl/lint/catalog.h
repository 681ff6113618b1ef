// A few actions for the tests of lint, and lint of one text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dsl/lint/lint.h"

namespace foehn::dsl {

class SmallCatalog final : public ActionCatalog {
 public:
  std::optional<ActionSignature> signature(std::string_view action) const override {
    for (const std::string& name : action_names()) {
      if (name != action) continue;
      if (name == "std.echo") return ActionSignature{{{"output", true}, {"delay", false}}, false};
      return ActionSignature{{}, true};
    }
    return std::nullopt;
  }
  std::vector<std::string> action_names() const override { return {"std.echo", "std.fail", "std.http", "std.noop"}; }
};

inline Diagnostics lint_one(std::string_view text) {
  const SmallCatalog catalog;
  LintInput input;
  input.documents.push_back({"one.yaml", text});
  input.catalog = &catalog;
  return lint(input)[0].diagnostics;
}

}  // namespace foehn::dsl
