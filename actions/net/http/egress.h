// Which addresses requests made by workflows may reach (SSRF protection). Checked on the address that is really
// connected to, after resolution, for every connection. A value; constant while a client uses it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace foehn::net {

struct EgressPolicy {
  std::vector<std::string> denied_cidrs;   // "169.254.0.0/16", "fe80::/10"; IPv4-mapped IPv6 counts as IPv4
  std::vector<std::string> allowed_hosts;  // when not empty: only these host names, exactly

  // Nothing denied: a server that listens on loopback only, for one user.
  static EgressPolicy permissive() { return {}; }
  // Loopback, link-local, unspecified and cloud metadata addresses denied. Mistral's list and a little more.
  static EgressPolicy strict();

  // kInvalidArgument naming a CIDR that cannot be read.
  Status validate() const;
  bool allows_host(std::string_view host) const;
  // `address` is a numeric IPv4 or IPv6 address; what cannot be read is refused unless nothing is denied.
  bool allows_address(std::string_view address) const;
};

}  // namespace foehn::net
