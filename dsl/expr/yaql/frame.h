// Frame: the variables of a lambda or of `let`, inside those of its surroundings. `$` and `$1` are one variable.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dsl/expr/datum.h"

namespace foehn::yaql {

struct Node;

class Frame final : public expr::Object {
 public:
  explicit Frame(expr::Ref<Frame> parent) : Object(expr::Kind::kObject), parent_(std::move(parent)) {
    if (parent_) depth = parent_->depth + 1;
  }

  // Forgets all variables, so that a frame nobody kept can serve the next call.
  void clear() {
    values_.clear();
    functions_.clear();
    first_ = expr::Datum::missing();
  }
  void set_first(expr::Datum value) { first_ = std::move(value); }
  // `name` without `$`; "" and "1" are the same.
  void set(std::string_view name, expr::Datum value) {
    if (name.empty() || name == "1") return set_first(std::move(value));
    for (auto& [known, old] : values_)
      if (known == name) {
        old = std::move(value);
        return;
      }
    values_.emplace_back(name, std::move(value));
  }
  // nullptr when neither this frame nor its surroundings have it.
  const expr::Datum* find(std::string_view name) const {
    const bool first = name.empty() || name == "1";
    for (const Frame* frame = this; frame; frame = frame->parent_.get()) {
      if (first && !frame->first_.is_missing()) return &frame->first_;
      if (first) continue;
      for (const auto& [known, value] : frame->values_)
        if (known == name) return &value;
    }
    return nullptr;
  }

  // Functions made by `def`: the code and the frame it was written in, whose variables it sees.
  void define(std::string_view name, const Node* body) { functions_.emplace_back(name, body); }
  const Node* function(std::string_view name, expr::Ref<Frame>& home) {
    for (Frame* frame = this; frame; frame = frame->parent_.get())
      for (const auto& [known, body] : frame->functions_)
        if (known == name) {
          home = expr::Ref<Frame>(frame);
          return body;
        }
    return nullptr;
  }
  bool defines_functions() const {
    for (const Frame* frame = this; frame; frame = frame->parent_.get())
      if (!frame->functions_.empty()) return true;
    return false;
  }

 private:
  expr::Ref<Frame> parent_;
  expr::Datum first_ = expr::Datum::missing();
  std::vector<std::pair<std::string, expr::Datum>> values_;
  std::vector<std::pair<std::string, const Node*>> functions_;
};

}  // namespace foehn::yaql
