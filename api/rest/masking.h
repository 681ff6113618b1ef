// What people gave as a secret is not shown again: in inputs, parameters and environments the values of members that
// are named like a secret (is_secret_name() in engine/base/log.h), unless RestOptions::mask_names is off, and of inputs
// that an action declares as one are "***" in every answer. What a workflow publishes or an action returns is its
// author's to decide. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "api/rest/services.h"
#include "engine/base/value.h"

namespace foehn::rest {

inline constexpr std::string_view kMask = "***";

// Members named like a secret are masked, at any depth; what says that there is none (null, "", {}) stays.
Value masked(const Services& services, const Value& value);
// As the JSON text that Mistral's API carries.
std::string masked_json(const Services& services, const Value& value);
// The texts and numbers that masked() hides in `value`, for answers that show them in another place.
std::vector<Value> hidden_values(const Services& services, const Value& value);
// `value` without them: equal values and texts that hold one (of four bytes and more) are masked.
void hide(Value& value, const std::vector<Value>& hidden);
// What an action was given, also without the inputs that it declares as secrets.
Value masked_input(const Services& services, const std::string& action, const Value& input);
// The input of an action run.
std::string masked_input_json(const Services& services, const core::ActionRun& run);
// Puts what is stored in the place of masks that come back: a client has read, changed and sent the whole object.
void unmask(Value& given, const Value& stored);

}  // namespace foehn::rest
