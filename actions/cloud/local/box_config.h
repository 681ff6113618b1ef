// What one box is made of: handed from the driver to the `foehn box-init` process as a JSON file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/value.h"

namespace foehn::cloud::local {

// kNamespaces: own network, mounts, processes, host name and IPC; needs root.
// kProcess: a plain sshd of the calling user on its own 127.x address; the file system is the host's.
enum class BoxKind { kNamespaces, kProcess };

struct BoxConfig {
  BoxKind kind = BoxKind::kNamespaces;
  std::string name;  // host name inside
  std::string overcloud_id;
  std::string directory;  // of this box: config.json, host_key, pid, log, mnt
  std::string netns;      // name under /run/netns (kNamespaces)
  std::string ip;
  std::uint16_t port = 22;
  std::string user;
  std::string public_key;          // who may log in
  std::string sandbox;             // folder mounted read-only at /opt/foehn/sandbox; "" = none
  std::vector<std::string> masks;  // host folders hidden behind empty ones
};

inline constexpr char kSandboxMount[] = "/opt/foehn/sandbox";

Value to_value(const BoxConfig& config);
Result<BoxConfig> box_config_from(const Value& value);

}  // namespace foehn::cloud::local
