// Links and network namespaces of local boxes, through iproute2. Names carry the instance (four hex digits of the data
// directory) and the slice, so that nothing of another server is ever touched. Any thread.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace foehn::cloud::local {

std::string instance_of(const std::string& directory);

std::string bridge_name(const std::string& instance, const std::string& tag);            // ≤ 15 characters
std::string link_name(const std::string& instance, const std::string& tag, int number);  // ≤ 15 characters
std::string netns_name(const std::string& instance, const std::string& tag, int number);

// A free /24 as "10.a.b" (prefix), avoiding the machine's routes and `taken`; the search starts from `seed`.
Result<std::string> free_prefix(std::uint64_t seed, const std::set<std::string>& taken);

Status raise_bridge(const std::string& bridge, const std::string& gateway);
void remove_link(const std::string& link);
// Namespace with eth0 at `address`/24, attached to the bridge, default route to the gateway. Repeatable.
Status raise_netns(const std::string& netns, const std::string& link, const std::string& bridge,
                   const std::string& address, const std::string& gateway);
void remove_netns(const std::string& netns);

// Existing links and namespaces whose names carry the instance.
std::vector<std::string> links_of(const std::string& instance);
std::vector<std::string> netns_of(const std::string& instance);

}  // namespace foehn::cloud::local
