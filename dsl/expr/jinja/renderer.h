// The state of evaluating one template or expression: variables, macros, where it failed. Lives on the stack of
// evaluate(); one thread. Expressions are in eval.cc, statements in statements.cc.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dsl/expr/jinja/ast.h"
#include "dsl/expr/jinja/functions.h"

namespace foehn::jinja {

// Variables of one block of a template. Macros hold the scope they were defined in.
class VariableScope final : public expr::Object {
 public:
  explicit VariableScope(expr::Ref<VariableScope> outer_scope)
      : Object(Kind::kObject), outer(std::move(outer_scope)) {}
  const Datum* find(std::string_view name) const {
    for (const auto& [known, value] : variables)
      if (known == name) return &value;
    return nullptr;
  }
  void set(std::string_view name, Datum value) {
    for (auto& [known, old] : variables)
      if (known == name) {
        old = std::move(value);
        return;
      }
    variables.emplace_back(name, std::move(value));
  }
  const expr::Ref<VariableScope> outer;
  std::vector<std::pair<std::string_view, Datum>> variables;  // names live in the syntax tree
};
using ScopeRef = expr::Ref<VariableScope>;

// {% macro %}, and the body of {% call %}, which has no name.
class MacroObject final : public PythonObject {
 public:
  MacroObject(const Node& definition, ScopeRef defined_in)
      : PythonObject(ObjectType::kMacro), node(definition), scope(std::move(defined_in)) {}
  std::string_view type() const override { return "macro"; }
  std::string text() const override {
    return node.text.empty() ? "<Macro anonymous>" : "<Macro " + to_python_repr(Value(node.text)) + ">";
  }
  const Node& node;
  const ScopeRef scope;
};

class Renderer {
 public:
  explicit Renderer(Evaluation& evaluation);
  ~Renderer();
  Renderer(const Renderer&) = delete;
  Renderer& operator=(const Renderer&) = delete;

  Datum eval(const Node& node);
  bool exec(const Node& node, std::string& out);

  // A function of the host or of std_functions; kMissing when nobody has it.
  Datum call_named(Arguments& given, const std::string& function);
  Datum call(const Datum& target, Arguments& given);
  // Remembers a container that was given content, so that circles end with the evaluation.
  bool touch(const Datum& container);
  bool is_host_function(const std::string& name);

 private:
  Datum dispatch(const Node& node);
  Datum name(const Node& node);
  Datum attribute_of(const Node& node);
  Datum item_of(const Node& node);
  Datum slice_of(const Node& node);
  Datum call_of(const Node& node);
  Datum call_node(const Node& node, const Datum* caller);
  Datum filter(const Node& node, const Datum* subject);
  Datum test(const Node& node);
  Datum unary(const Node& node);
  Datum binary(const Node& node);
  Datum compare(const Node& node);
  std::optional<bool> holds(Operator op, const Datum& left, const Datum& right);
  Datum conditional(const Node& node);
  Datum collection(const Node& node);
  Datum dict(const Node& node);
  bool arguments(const Node& node, std::size_t from, Arguments& out);
  bool unpack(const Datum& value, Arguments& out);
  bool unpack_keys(const Datum& value, Arguments& out);
  const Datum* find_variable(std::string_view variable) const;

  bool run_statement(const Node& node, std::string& out);
  bool put_out(const Datum& value, std::string& out);
  bool exec_if(const Node& node, std::string& out);
  bool exec_for(const Node& node, std::string& out);
  bool run_loop(const Node& node, const Datum& collection, std::size_t level, std::string& out);
  bool choose(const Node& node, const Datum& collection, std::vector<Datum>& chosen);
  Datum recurse(const LoopObject& loop, Arguments& given);
  bool exec_set_block(const Node& node);
  bool exec_with(const Node& node, std::string& out);
  bool exec_filter_block(const Node& node, std::string& out);
  bool exec_call_block(const Node& node, std::string& out);
  bool exec_block(const Node& node, std::string& out);
  bool exec_autoescape(const Node& node, std::string& out);
  bool exec_loader(const Node& node);
  bool define_macro(const Node& node, Datum& out);
  Datum call_macro(const MacroObject& macro, Arguments& given);
  bool bind_macro(const MacroObject& macro, Arguments& given, VariableScope& inner);
  bool assign(const Node& target, const Datum& value);
  // Runs `body` in a scope of its own.
  bool exec_in(const ScopeRef& scope, const Node& body, std::string& out);
  ScopeRef inner_scope();
  Datum rendered(std::string text);

  Evaluation& evaluation_;
  ScopeRef scope_;
  ScopeRef top_;
  std::vector<ScopeRef> captured_;
  std::vector<Datum> touched_;
  bool autoescape_ = false;
};

}  // namespace foehn::jinja
