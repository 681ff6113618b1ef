// `policy` and `profile` of POST /overclouds, checked down to the last value: a step or key that nobody reads is a
// mistake, not a wish. Pure. Errors are kInvalidArgument and name the place, the value and what is allowed.
#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/value.h"

namespace foehn::workflows {

// {step: {timeout, retries, delay}}; the steps are those of step_policy in builtin/overcloud/create.yaml.
Status check_policy(const Value& policy);

// Sections of the profile as in workflows/README.md; `sizes` are the provider's, for post_size.
Status check_profile(const Value& profile, const std::vector<std::string>& sizes);

// For messages: "a, b, c", and the value as JSON, cut to a readable length.
std::string join_names(const std::vector<std::string>& names);
std::string shown_value(const Value& value);
// "unknown step 'x' (did you mean 'y'?)".
std::string unknown_name(const std::string& what, const std::string& name, const std::vector<std::string>& known);

}  // namespace foehn::workflows
