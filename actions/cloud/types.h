// What clouds have, as plain values. Ids are the provider's own; `overcloud_id` says to whom a thing belongs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace foehn::cloud {

struct CheckRequest {
  std::string size;        // "" = do not check
  std::int64_t count = 0;  // servers that will be asked for
};
struct CheckResult {
  std::string provider;
  bool simulated = false;  // boxes of this machine rather than machines of a cloud
  std::string user;        // login user of the servers
  std::vector<std::string> sizes;
  std::vector<std::string> remarks;  // what a person should know, e.g. "no root: boxes are plain sshd processes"
};

struct NetworkRequest {
  std::string overcloud_id;
  std::string name;
  std::string cidr;  // "" = the provider chooses
};
struct Network {
  std::string id;
  std::string name;
  std::string cidr;
  std::string gateway;
};

struct KeyPair {
  std::string overcloud_id;
  std::string name;
  std::string public_key;  // one OpenSSH line
};

struct ServerRequest {
  std::string overcloud_id;
  std::string name;  // unique within the OverCloud; together they make the request idempotent
  std::string size;
  std::string network_id;
  std::string keypair;
  std::string role;  // "post" or "cluster"
  std::int64_t index = 0;
};
struct Server {
  std::string id;
  std::string name;
  std::string ip;          // reachable from here
  std::string private_ip;  // within the network
  std::uint16_t port = 22;
  std::string user;
  std::string host_key;  // "ssh-ed25519 AAAA…", or "" when the provider does not tell
  std::string state;     // CREATING, ACTIVE, LOST, DELETED
  bool simulated = false;
};

}  // namespace foehn::cloud
