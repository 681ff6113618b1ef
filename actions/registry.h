// All actions of this process by name. Filled at start (actions/std/register.cc, actions/cloud), constant afterwards:
// then any thread may read. An object, not a global.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actions/action.h"
#include "dsl/validate/action_catalog.h"
#include "engine/base/result.h"

namespace foehn::actions {

class ActionRegistry final : public dsl::ActionCatalog {
 public:
  // kAlreadyExists when the name is taken.
  Status add(std::unique_ptr<Action> action);
  // nullptr when there is none.
  Action* find(std::string_view name) const;
  std::vector<const ActionSpec*> specs() const;  // by name

  std::optional<dsl::ActionSignature> signature(std::string_view action) const override;
  std::vector<std::string> action_names() const override;

 private:
  std::map<std::string, std::unique_ptr<Action>, std::less<>> actions_;
};

// Names of `input` against the spec. kInvalidArgument with Mistral's text
// "Invalid input [name=std.echo, class=…, missing=['output'], unexpected=['x']]" (parts only when not empty).
Status check_input(const ActionSpec& spec, const Value& input);

// The value of the target inputs ("10.0.0.5"), "" when the action has none. A list is joined with ','.
std::string capacity_key(const ActionSpec& spec, const Value& input);

}  // namespace foehn::actions
