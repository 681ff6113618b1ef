// The context that fuzzed expressions see: every type, a list of dicts, a task, and the host's functions that answer
// without a server.
#pragma once

#include <string>
#include <vector>

#include "dsl/expr/scope.h"

namespace foehn::fuzz {

class Scope final : public dsl::Scope {
 public:
  Scope() {
    root_ = *parse_json(R"({"a": 1, "b": {"c": [1, 2, 3], "d": {"e": "x"}}, "n": null, "t": true, "f": 1.5,
      "s": "Hello, World", "u": "Gr\u00fc\u00dfe", "words": ["pear", "Apple", "fig"], "nums": [5, 3, 8, 1, 3],
      "list": [{"name": "x", "v": 3, "tags": ["p", "q"]}, {"name": "y", "v": 1, "tags": []}],
      "empty": [], "nested": [[1, 2], [3, 4]], "items": 7, "key-1": 15, "when": "2024-02-29T12:30:00Z",
      "big": 9223372036854775807, "text": "line one\nline two\n\ttabbed  <b>&amp;</b> http://example.org/x?y=z"})");
  }

  const Value* variable(std::string_view name) const override { return find(root_, name); }
  dsl::HostValue root() const override { return dsl::HostValue::hold(root_); }
  Result<dsl::HostValue> call(std::string_view function, const dsl::CallArguments& arguments) const override {
    if (function == "env" || function == "execution") return root_["b"];
    if (function != "task") return fail(ErrorCode::kNotFound, "no such function");
    const Value* name = arguments.get(0, "name");
    return Value{{"name", name ? *name : Value()}, {"state", "SUCCESS"}, {"result", root_["list"]}};
  }
  std::vector<std::string> function_names() const override { return {"env", "execution", "task"}; }

 private:
  Value root_;
};

}  // namespace foehn::fuzz
