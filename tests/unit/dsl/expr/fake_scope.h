// A scope over one JSON value, with a recorded reply per host function.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "dsl/expr/scope.h"

namespace foehn::test {

class FakeScope final : public dsl::Scope {
 public:
  explicit FakeScope(Value root) : root_(std::move(root)) {}

  void reply(const std::string& function, Value value) { replies_[function] = std::move(value); }
  // What was asked, as JSON: "task([\"t\"], {})".
  const std::vector<std::string>& calls() const { return calls_; }

  const Value* variable(std::string_view name) const override { return find(root_, name); }
  dsl::HostValue root() const override {
    ++roots;
    return dsl::HostValue::hold(root_);
  }
  Result<dsl::HostValue> call(std::string_view function, const dsl::CallArguments& arguments) const override {
    const auto found = replies_.find(std::string(function));
    if (found == replies_.end()) return fail(ErrorCode::kNotFound, "no such function");
    Value keywords = Value::object();
    for (const auto& [name, value] : arguments.keywords) keywords[name] = value;
    calls_.push_back(std::string(function) + "(" + to_json(Value(arguments.positional)) + ", " + to_json(keywords) +
                     ")");
    return found->second;
  }
  std::vector<std::string> function_names() const override {
    std::vector<std::string> names;
    for (const auto& entry : replies_) names.push_back(entry.first);
    return names;
  }

  mutable int roots = 0;  // how often the whole context was asked for

 private:
  Value root_;
  std::map<std::string, Value> replies_;
  mutable std::vector<std::string> calls_;
};

}  // namespace foehn::test
