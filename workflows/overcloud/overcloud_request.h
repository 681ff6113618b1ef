// The body of POST /overclouds, checked: every member is known, of the right type and within its bounds. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/value.h"

namespace foehn::workflows {

// What providers accept; filled by the wiring from the drivers.
struct ProviderInfo {
  std::string name;
  std::vector<std::string> sizes;
  std::vector<std::string> notes{};  // what a person should know before relying on it
};

struct OvercloudRequest {
  std::string provider;           // as the driver spells it
  std::string provider_as_given;  // echoed
  std::int64_t number = 0;        // logical clusters
  std::string size;
  std::string name;
  std::string tenant;
  std::string on_failure = "keep";  // keep, rollback
  std::string workflow = "direct";  // direct, reverse
  std::int64_t concurrency = 8;
  Value profile = Value::object();
  Value policy = Value::object();  // laid over the workflow's step_policy
  Value labels = Value::object();
  std::vector<std::string> notes{};  // of the provider
};

// kInvalidArgument naming the member, the value and what is allowed.
Result<OvercloudRequest> parse_overcloud_request(const Value& body, const std::vector<ProviderInfo>& providers);

}  // namespace foehn::workflows
