// What an expression sees: the variables behind `$` / `_` and the host's functions. Implemented by engine/core
// (eval_scope), tests and `foehn eval`. Read-only; lives as long as one evaluation; one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/limits.h"
#include "engine/base/result.h"
#include "engine/base/value.h"

namespace foehn::dsl {

// Arguments of a host function call, already evaluated. Keyword names are as written (`state => ERROR`).
struct CallArguments {
  std::vector<Value> positional;
  std::vector<std::pair<std::string, Value>> keywords;
  // The positional argument `index`, else the keyword `name`, else nullptr.
  const Value* get(std::size_t index, std::string_view name) const;
};

// What a host gives to an expression: a value made for it, a value that the host holds, or a list or dict of such. What
// is held is not copied: it must stay unchanged where it is until the evaluation ends.
struct HostValue {
  enum class Kind : std::uint8_t { kMade, kHeld, kList, kDict };

  HostValue(Value value = nullptr) : made(std::move(value)) {}  // NOLINT(google-explicit-constructor): most are made
  static HostValue hold(const Value& value);
  static HostValue list();
  static HostValue dict();
  // Adds to a list, or to a dict a key that it does not have yet.
  void add(HostValue item) { items.push_back(std::move(item)); }
  void add(std::string key, HostValue item);
  // A copy without references.
  Value copy() const;

  Kind kind = Kind::kMade;
  Value made;
  const Value* held = nullptr;
  std::vector<HostValue> items;
  std::vector<std::string> keys;  // of a dict: one for each item
};

class Scope {
 public:
  virtual ~Scope() = default;

  // The variable `name` of the composite context (first layer that has it), or nullptr. The pointer stays valid
  // during the evaluation.
  virtual const Value* variable(std::string_view name) const = 0;
  // `$` / `_` as one value: all layers merged, first layer wins; need not be an object in tests and `foehn eval`.
  virtual HostValue root() const = 0;
  // Mistral's functions: env, execution, executions, task, tasks, global, uuid. Errors: kNotFound for a name that is
  // no host function (the evaluator then tries its own library), anything else ends the evaluation.
  virtual Result<HostValue> call(std::string_view function, const CallArguments& arguments) const = 0;
  // Names of the host functions, for "did you mean".
  virtual std::vector<std::string> function_names() const = 0;
};

// Bounds of one evaluation.
struct Budget {
  std::uint64_t steps = limits::kExpressionStepsMax;
  std::size_t bytes = limits::kExpressionBytesMax;
  std::size_t depth = limits::kExpressionDepthMax;
};

}  // namespace foehn::dsl
