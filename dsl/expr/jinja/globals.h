// Jinja2's global functions, its objects (loop, namespace) and arithmetic.
#pragma once

#include "dsl/expr/jinja/ast.h"
#include "dsl/expr/jinja/functions.h"

namespace foehn::jinja {

class CallableObject final : public expr::OpaqueObject {
 public:
  using Run = Datum (*)(Arguments& arguments);
  CallableObject(std::string_view name, Run run) : name_(name), run_(run) {}
  std::string_view type() const override { return "function"; }
  std::string text() const override { return "<function " + std::string(name_) + ">"; }
  Datum call(Arguments& arguments) const { return run_(arguments); }

 private:
  const std::string_view name_;
  const Run run_;
};

// namespace(): attributes that {% set ns.x = … %} changes from within loops.
class NamespaceObject final : public expr::OpaqueObject {
 public:
  NamespaceObject() : values_(new expr::DictObject()) {}
  std::string_view type() const override { return "namespace"; }
  std::string text() const override { return "<Namespace>"; }
  void set(Evaluation& evaluation, const std::string& name, const Datum& value) {
    values_->set(evaluation.text(name), value);
  }
  Datum values() const { return Datum::of(values_); }

 private:
  const expr::Ref<expr::DictObject> values_;
};

// `loop` inside a for.
class LoopObject final : public expr::OpaqueObject {
 public:
  LoopObject(Datum items, std::size_t index) : items_(std::move(items)), index_(index) {
    depth = expr::depth_of(items_) + 1;
  }
  std::string_view type() const override { return "loop"; }
  std::string text() const override { return "<LoopContext>"; }
  // kMissing when there is no such attribute.
  Datum get(Evaluation& evaluation, std::string_view name) const;
  Datum at(std::size_t index) const { return items_.as<expr::ListObject>()->items[index]; }
  std::size_t index() const { return index_; }

 private:
  const Datum items_;
  const std::size_t index_;
};

// range, dict and namespace; kMissing for other names.
Datum global_function(std::string_view name);
// + - ~ * / // % ** on two usable values.
Datum arithmetic(Evaluation& evaluation, Operator op, const Datum& left, const Datum& right);

}  // namespace foehn::jinja
