// Context: what a task sees of its predecessors, as a chain of immutable shared layers (published values), never
// copied per task. Lookup walks from the newest layer; every kLayersMax-th layer holds pointers to all variables, so
// that chains stay short. A value; any thread once built.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/id.h"
#include "engine/base/value.h"

namespace foehn::core {

class Context {
 public:
  Context() = default;  // empty

  // This context with `published` (an object) on top. Sharing: O(size of published).
  Context with(const Value& published) const;
  // The variable or nullptr; the pointer lives as long as any copy of this Context.
  const Value* find(std::string_view name) const;
  // All variables by name (newest wins); the pointers live as long as any copy of this Context.
  std::vector<std::pair<std::string, const Value*>> all() const;
  // The same as one object.
  Value flatten() const;
  bool empty() const { return !top_; }

  // Join: merges `other` into this one with Mistral's context versioning: per leaf the side that was published more
  // often wins; equal counts keep this side; objects merge recursively (dsl.md §3.4).
  Context merged(const Context& other) const;
  // The same for many, left to right: O(variables of all), for joins of hundreds of branches.
  static Context merge_all(const std::vector<Context>& contexts);

  // Stored form {"values": {name: value}, "versions": {name: count}} and back (kInvalidArgument when it is not one).
  // After a merge the leaves of an object may differ: then the count is {"": count, "path.of.leaf": count}.
  Value to_value() const;
  static Result<Context> from_value(const Value& stored);

  // Same top layer (identity), for sharing in the store's codec.
  bool same_as(const Context& other) const { return top_ == other.top_; }

  // Parts, so that a store keeps each layer and each variable once however many contexts share it. A part's key is a
  // 128-bit hash of its content (a layer's covers the layers below): equal keys = equal parts. Computed once, when
  // asked.
  struct Variable;  // a published value with its versions
  using VariablePtr = std::shared_ptr<const Variable>;
  using Variables = std::vector<std::pair<std::string, VariablePtr>>;
  Uuid key() const;                 // of the top layer; nil when empty
  Context below() const;            // without the top layer
  Variables top_variables() const;  // of the top layer alone
  static Context from_parts(const Context& below, const Variables& variables);
  static Uuid key_of(const Variable& variable);
  static Value to_value(const Variable& variable);  // {"value": …, "version": count or {path: count}}
  static Result<VariablePtr> variable_from_value(const Value& stored);

 private:
  struct Layer;
  struct LazyKey;
  class Merger;
  explicit Context(std::shared_ptr<const Layer> top) : top_(std::move(top)) {}
  std::shared_ptr<const Layer> top_;
};

}  // namespace foehn::core
