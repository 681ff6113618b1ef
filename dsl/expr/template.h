// Template: any YAML value whose strings may hold expressions (`<% %>` YAQL, `{{ }}`/`{% %}` Jinja2), compiled once and
// evaluated often. Immutable and cheap to copy (shared); any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dsl/expr/scope.h"
#include "engine/base/diagnostic.h"
#include "engine/base/result.h"
#include "engine/base/value.h"

namespace foehn::dsl {

class Template {
 public:
  Template();  // the literal null

  // Compiles every string inside `source`; dict keys are never expressions. Syntax errors, mixed languages and
  // over-long expressions become diagnostics at `mark` (the place of the value; columns inside a one-line string are
  // added). The result of a failed compile evaluates to an error with the same text.
  static Template compile(const Value& source, Mark mark, Diagnostics& diagnostics);
  static Template literal(Value value);

  // The value with every expression replaced. Errors are kInvalidArgument with
  // "Can not evaluate YAQL expression [expression=…, error=…, at column 5]" or the Jinja form (Mistral's texts), and
  // two lines with the source and a caret (place.h, caret_of).
  Result<Value> evaluate(const Scope& scope) const;

  bool is_literal() const;      // holds no expression at all
  const Value& source() const;  // as written

 private:
  struct Node;
  class Compiler;
  friend std::vector<std::string> root_names(const Template& source);
  explicit Template(std::shared_ptr<const Node> root);
  std::shared_ptr<const Node> root_;
};

// Whether `text` holds a YAQL or Jinja2 expression (spec/mistral/expressions.md §1, recognition).
bool has_expression(std::string_view text);
// Whether the whole text is one expression, as conditions must be: ^<%.*?%>\s*$ or ^({{(.*?)}})\s*$.
bool is_whole_expression(std::string_view text);

// Names that the expressions of `source` read directly below the root (`$.a.b` → "a"); for lint and start checks.
std::vector<std::string> root_names(const Template& source);

}  // namespace foehn::dsl
