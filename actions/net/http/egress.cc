#include "actions/net/http/egress.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>

namespace foehn::net {
namespace {

// An address as 16 bytes; IPv4 as IPv4-mapped IPv6, so that both spellings of one address compare equal.
using Bytes = std::array<std::uint8_t, 16>;
struct Network {
  Bytes bytes{};
  unsigned prefix = 128;
};

std::optional<Bytes> parse_address(std::string_view text) {
  const std::string terminated(text.substr(0, text.find('%')));  // without an IPv6 zone
  Bytes bytes{};
  if (::inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1) return bytes;
  std::array<std::uint8_t, 4> four{};
  if (::inet_pton(AF_INET, terminated.c_str(), four.data()) != 1) return std::nullopt;
  bytes[10] = bytes[11] = 0xff;
  std::copy(four.begin(), four.end(), bytes.begin() + 12);
  return bytes;
}

std::optional<Network> parse_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view address = text.substr(0, slash);
  const auto bytes = parse_address(address);
  if (!bytes) return std::nullopt;
  const bool four = address.find(':') == std::string_view::npos;
  const unsigned width = four ? 32 : 128;
  unsigned prefix = width;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
    if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size() || prefix > width) return std::nullopt;
  }
  return Network{*bytes, prefix + (four ? 96 : 0)};
}

bool contains(const Network& network, const Bytes& address) {
  const unsigned whole = network.prefix / 8;
  if (std::memcmp(network.bytes.data(), address.data(), whole) != 0) return false;
  const unsigned rest = network.prefix % 8;
  if (rest == 0) return true;
  const unsigned mask = 0xffu << (8 - rest);
  return (network.bytes[whole] & mask) == (address[whole] & mask);
}

}  // namespace

EgressPolicy EgressPolicy::strict() {
  return {.denied_cidrs = {"127.0.0.0/8", "::1/128", "169.254.0.0/16", "fe80::/10", "0.0.0.0/8", "::/128",
                           "fd00:ec2::254/128"},
          .allowed_hosts = {}};
}

Status EgressPolicy::validate() const {
  for (const std::string& cidr : denied_cidrs)
    if (!parse_network(cidr)) return fail(ErrorCode::kInvalidArgument, "'" + cidr + "' is no network (address/bits)");
  return {};
}

bool EgressPolicy::allows_host(std::string_view host) const {
  return allowed_hosts.empty() || std::find(allowed_hosts.begin(), allowed_hosts.end(), host) != allowed_hosts.end();
}

bool EgressPolicy::allows_address(std::string_view address) const {
  if (denied_cidrs.empty()) return true;
  const auto bytes = parse_address(address);
  if (!bytes) return false;
  return std::none_of(denied_cidrs.begin(), denied_cidrs.end(), [&](const std::string& cidr) {
    const auto network = parse_network(cidr);
    return !network || contains(*network, *bytes);
  });
}

}  // namespace foehn::net
