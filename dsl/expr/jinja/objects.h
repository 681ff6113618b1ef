// Python's values that JSON does not have, as Jinja2 templates meet them: undefined values, methods, functions, ranges,
// views of dicts, generators, and Jinja2's own objects. Each belongs to one evaluation and one thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dsl/expr/evaluation.h"

namespace foehn::jinja {

using expr::Datum;
using expr::Evaluation;
using expr::Kind;
struct Arguments;
struct Method;

enum class ObjectType : std::uint8_t {
  kUndefined,
  kMethod,
  kFunction,
  kNamespace,
  kLoop,
  kMacro,
  kCycler,
  kJoiner,
  kRange,
  kView,
  kGenerator
};

// Every opaque value of a Jinja2 evaluation is one of these.
class PythonObject : public expr::OpaqueObject {
 public:
  explicit PythonObject(ObjectType object_type) : what(object_type) {}
  std::string text() const override { return "<" + std::string(type()) + ">"; }
  // Python's repr().
  virtual void append_repr(Evaluation&, std::string& out) const { out += text(); }
  const ObjectType what;
};

inline PythonObject* object_of(const Datum& datum) {
  return datum.kind() == Kind::kObject ? static_cast<PythonObject*>(datum.object()) : nullptr;
}
inline bool is_a(const Datum& datum, ObjectType type) {
  const PythonObject* object = object_of(datum);
  return object && object->what == type;
}

// A value that does not exist. A strict one fails at every use but `is defined` and default(); the lenient one, that an
// inline `if` without `else` gives, prints as nothing.
class UndefinedObject final : public PythonObject {
 public:
  UndefinedObject(std::string reason, bool is_strict)
      : PythonObject(ObjectType::kUndefined), strict(is_strict), reason_(std::move(reason)) {}
  std::string_view type() const override { return "undefined"; }
  std::string text() const override { return "Undefined"; }
  std::string complaint() const override { return reason_; }
  const bool strict;
  std::optional<std::uint32_t> place;  // of what was not there, in the source: its use fails later

 private:
  const std::string reason_;
};

// A method of a value, not yet called.
class MethodObject final : public PythonObject {
 public:
  MethodObject(Datum own, const Method& row)
      : PythonObject(ObjectType::kMethod), receiver(std::move(own)), method(row) {}
  std::string_view type() const override { return "method"; }
  void append_repr(Evaluation&, std::string& out) const override;
  const Datum receiver;
  const Method& method;
};

// range(): never written out as a list.
class RangeObject final : public PythonObject {
 public:
  RangeObject(std::int64_t first, std::int64_t end, std::int64_t by, std::int64_t count)
      : PythonObject(ObjectType::kRange), start(first), stop(end), step(by), length(count) {}
  std::string_view type() const override { return "range"; }
  void append_repr(Evaluation&, std::string& out) const override {
    out += "range(" + std::to_string(start) + ", " + std::to_string(stop);
    out += step == 1 ? ")" : ", " + std::to_string(step) + ")";
  }
  std::int64_t at(std::int64_t index) const { return start + index * step; }
  const std::int64_t start;
  const std::int64_t stop;
  const std::int64_t step;
  const std::int64_t length;
};

// dict.keys(), values() and items().
class ViewObject final : public PythonObject {
 public:
  enum class What : std::uint8_t { kKeys, kValues, kItems };
  ViewObject(Datum of, What part) : PythonObject(ObjectType::kView), dict(std::move(of)), what_part(part) {
    depth = expr::depth_of(dict) + 1;
  }
  std::string_view type() const override { return "view"; }
  void append_repr(Evaluation& evaluation, std::string& out) const override;
  const Datum dict;
  const What what_part;
};

// Gives its items once, one by one.
class GeneratorObject : public PythonObject {
 public:
  explicit GeneratorObject(std::string_view function) : PythonObject(ObjectType::kGenerator), function_(function) {}
  std::string_view type() const override { return "generator"; }
  void append_repr(Evaluation&, std::string& out) const override;
  // False at the end or when the evaluation failed.
  virtual bool next(Evaluation& evaluation, Datum& item) = 0;
  std::optional<std::uint32_t> place;  // of what made it, in the source: its failures happen later

 private:
  const std::string_view function_;
};

// namespace(): attributes that {% set ns.x = … %} changes from within loops.
class NamespaceObject final : public PythonObject {
 public:
  NamespaceObject() : PythonObject(ObjectType::kNamespace), values(new expr::DictObject()) {}
  std::string_view type() const override { return "namespace"; }
  void append_repr(Evaluation& evaluation, std::string& out) const override;
  const expr::Ref<expr::DictObject> values;
};

// `loop` inside a for: one object for all rounds.
class LoopObject final : public PythonObject {
 public:
  LoopObject(Datum all, std::size_t nesting, const void* recursive_node)
      : PythonObject(ObjectType::kLoop), items(std::move(all)), level(nesting), node(recursive_node) {
    depth = expr::depth_of(items) + 1;
  }
  std::string_view type() const override { return "loop"; }
  void append_repr(Evaluation&, std::string& out) const override {
    out += "<LoopContext " + std::to_string(index + 1) + "/" + std::to_string(count()) + ">";
  }
  std::size_t count() const { return items.as<expr::ListObject>()->items.size(); }
  const Datum& at(std::size_t position) const { return items.as<expr::ListObject>()->items[position]; }
  const Datum items;
  const std::size_t level;
  const void* const node;  // of a recursive loop, else null
  std::size_t index = 0;
  Datum changed;  // what changed() was last given; missing before
};

// cycler(…)
class CyclerObject final : public PythonObject {
 public:
  explicit CyclerObject(Datum all) : PythonObject(ObjectType::kCycler), items(std::move(all)) {
    depth = expr::depth_of(items) + 1;
  }
  std::string_view type() const override { return "cycler"; }
  const Datum& current() const { return items.as<expr::ListObject>()->items[position]; }
  const Datum items;
  std::size_t position = 0;
};

// joiner(…): nothing when first called, then the separator.
class JoinerObject final : public PythonObject {
 public:
  explicit JoinerObject(Datum text) : PythonObject(ObjectType::kJoiner), separator(std::move(text)) {
    depth = expr::depth_of(separator) + 1;
  }
  std::string_view type() const override { return "joiner"; }
  const Datum separator;
  bool used = false;
};

// One of the global functions.
class FunctionObject final : public PythonObject {
 public:
  using Run = Datum (*)(Arguments& arguments);
  FunctionObject(std::string_view function, Run code)
      : PythonObject(ObjectType::kFunction), name(function), run(code) {}
  std::string_view type() const override { return "function"; }
  std::string text() const override {
    if (name == "range") return "<function safe_range at 0x0>";
    if (name == "dict") return "<class 'dict'>";
    const char first = static_cast<char>(name[0] - 'a' + 'A');
    return "<class 'jinja2.utils." + std::string(1, first) + std::string(name.substr(1)) + "'>";
  }
  const std::string_view name;
  const Run run;
};

}  // namespace foehn::jinja
