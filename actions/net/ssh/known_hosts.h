// The host keys we have seen. lookup() and record() may be called from any thread; they are short (the file is read
// once and appended to). Host names are compared as given, port 22 is the default.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "actions/net/ssh/client.h"
#include "engine/base/result.h"
#include "engine/base/sync.h"

namespace foehn::net {

struct HostKey {
  std::string type;  // "ssh-ed25519"
  std::string blob;  // public key, binary
  bool operator==(const HostKey&) const = default;
};

class KnownHosts {
 public:
  virtual ~KnownHosts() = default;
  // Keys recorded for that host, at most one per type in practice.
  virtual std::vector<HostKey> lookup(std::string_view host, std::uint16_t port) const = 0;
  virtual Status record(std::string_view host, std::uint16_t port, const HostKey& key) = 0;
  // Forgets all keys of the host, for a machine that was really replaced.
  virtual Status forget(std::string_view host, std::uint16_t port) = 0;
};

class MemoryKnownHosts : public KnownHosts {
 public:
  std::vector<HostKey> lookup(std::string_view host, std::uint16_t port) const override;
  Status record(std::string_view host, std::uint16_t port, const HostKey& key) override;
  Status forget(std::string_view host, std::uint16_t port) override;

 private:
  Guarded<std::map<std::string, std::vector<HostKey>, std::less<>>> keys_;
};

// OpenSSH's known_hosts format (plain names; hashed names and @markers are kept in the file but not used).
class FileKnownHosts final : public KnownHosts {
 public:
  // A missing file is an empty one. kIo when it cannot be read.
  static Result<std::unique_ptr<FileKnownHosts>> open(std::filesystem::path path);
  std::vector<HostKey> lookup(std::string_view host, std::uint16_t port) const override;
  Status record(std::string_view host, std::uint16_t port, const HostKey& key) override;
  Status forget(std::string_view host, std::uint16_t port) override;

 private:
  explicit FileKnownHosts(std::filesystem::path path) : path_(std::move(path)) {}
  const std::filesystem::path path_;
  MemoryKnownHosts memory_;
  std::mutex file_mutex_;
};

// Is `key` what `policy` and `pinned` (see SshTarget::host_key) allow? nullopt = yes, otherwise the reason.
std::optional<std::string> check_host_key(const SshTarget& target, const HostKey& key,
                                          const std::vector<HostKey>& recorded);

// "host" or "[host]:port", as in known_hosts.
std::string known_hosts_name(std::string_view host, std::uint16_t port);

}  // namespace foehn::net
