#include "actions/net/ssh/known_hosts.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "actions/net/ssh/crypto.h"

namespace foehn::net {
namespace {

constexpr std::uint16_t kDefaultPort = 22;

// One usable line: names, type, key.
struct Line {
  std::vector<std::string> names;
  HostKey key;
};

std::optional<Line> parse_line(const std::string& text) {
  std::istringstream words(text);
  std::string names, encoded;
  Line line;
  if (!(words >> names >> line.key.type >> encoded)) return std::nullopt;
  if (names[0] == '#' || names[0] == '@' || names[0] == '|') return std::nullopt;
  const auto blob = base64_decode(encoded);
  if (!blob || blob->empty()) return std::nullopt;
  line.key.blob = *blob;
  std::istringstream list(names);
  for (std::string name; std::getline(list, name, ',');) line.names.push_back(name);
  return line;
}

std::string line_of(const std::string& name, const HostKey& key) {
  return name + " " + key.type + " " + base64_encode(key.blob) + "\n";
}

Status write_file(const std::filesystem::path& path, const std::string& text, int flags) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);
  const auto failed = [&] {
    return fail(ErrorCode::kIo, "cannot write " + path.string() + ": " + std::strerror(errno));
  };
  if (fd < 0) return failed();
  // One write: a line is either there or not.
  const ssize_t written = ::write(fd, text.data(), text.size());
  Status status;
  if (written != static_cast<ssize_t>(text.size())) status = failed();
  ::close(fd);
  return status;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

bool matches_pin(const std::string& pinned, const HostKey& key) {
  if (lower(pinned.substr(0, 7)) == "sha256:") {
    std::string wanted = pinned.substr(7);
    while (!wanted.empty() && wanted.back() == '=') wanted.pop_back();
    return key_fingerprint(key.blob) == "SHA256:" + wanted;
  }
  std::istringstream words(pinned);
  std::string word;
  while (words >> word)
    if (const auto blob = base64_decode(word); blob && *blob == key.blob) return true;
  return false;
}

}  // namespace

std::string known_hosts_name(std::string_view host, std::uint16_t port) {
  if (port == kDefaultPort) return std::string(host);
  return "[" + std::string(host) + "]:" + std::to_string(port);
}

std::vector<HostKey> MemoryKnownHosts::lookup(std::string_view host, std::uint16_t port) const {
  return keys_.with([&](const auto& keys) {
    const auto found = keys.find(known_hosts_name(host, port));
    return found == keys.end() ? std::vector<HostKey>() : found->second;
  });
}

Status MemoryKnownHosts::record(std::string_view host, std::uint16_t port, const HostKey& key) {
  keys_.with([&](auto& keys) {
    auto& recorded = keys[known_hosts_name(host, port)];
    if (std::find(recorded.begin(), recorded.end(), key) == recorded.end()) recorded.push_back(key);
  });
  return {};
}

Status MemoryKnownHosts::forget(std::string_view host, std::uint16_t port) {
  keys_.with([&](auto& keys) { keys.erase(known_hosts_name(host, port)); });
  return {};
}

Result<std::unique_ptr<FileKnownHosts>> FileKnownHosts::open(std::filesystem::path path) {
  std::unique_ptr<FileKnownHosts> hosts(new FileKnownHosts(std::move(path)));
  std::error_code ec;
  if (!std::filesystem::exists(hosts->path_, ec)) return hosts;
  std::ifstream file(hosts->path_);
  if (!file) return fail(ErrorCode::kIo, "cannot read " + hosts->path_.string());
  for (std::string text; std::getline(file, text);) {
    const auto line = parse_line(text);
    if (!line) continue;
    for (const std::string& name : line->names) {
      // "[host]:port" or "host".
      const std::size_t close = name.starts_with('[') ? name.find("]:") : std::string::npos;
      const std::string host = close == std::string::npos ? name : name.substr(1, close - 1);
      const int port = close == std::string::npos ? kDefaultPort : std::atoi(name.c_str() + close + 2);
      if (port <= 0 || port > 65535) continue;
      static_cast<void>(hosts->memory_.record(host, static_cast<std::uint16_t>(port), line->key));
    }
  }
  return hosts;
}

std::vector<HostKey> FileKnownHosts::lookup(std::string_view host, std::uint16_t port) const {
  return memory_.lookup(host, port);
}

Status FileKnownHosts::record(std::string_view host, std::uint16_t port, const HostKey& key) {
  std::lock_guard lock(file_mutex_);
  const auto known = memory_.lookup(host, port);
  if (std::find(known.begin(), known.end(), key) != known.end()) return {};
  FOEHN_CHECK_OK(write_file(path_, line_of(known_hosts_name(host, port), key), O_APPEND));
  return memory_.record(host, port, key);
}

Status FileKnownHosts::forget(std::string_view host, std::uint16_t port) {
  std::lock_guard lock(file_mutex_);
  const std::string name = known_hosts_name(host, port);
  std::string kept;
  std::ifstream file(path_);
  for (std::string text; std::getline(file, text);) {
    const auto line = parse_line(text);
    if (line && line->names == std::vector<std::string>{name}) continue;
    kept += text + "\n";
  }
  file.close();
  const std::filesystem::path temporary = path_.string() + ".new";
  FOEHN_CHECK_OK(write_file(temporary, kept, O_TRUNC));
  if (::rename(temporary.c_str(), path_.c_str()) != 0)
    return fail(ErrorCode::kIo, "cannot replace " + path_.string() + ": " + std::strerror(errno));
  return memory_.forget(host, port);
}

std::optional<std::string> check_host_key(const SshTarget& target, const HostKey& key,
                                          const std::vector<HostKey>& recorded) {
  const std::string seen = key.type + " " + key_fingerprint(key.blob);
  if (target.host_key_policy == HostKeyPolicy::kInsecure) return std::nullopt;
  if (target.host_key_policy == HostKeyPolicy::kPinned && !target.host_key.empty()) {
    if (matches_pin(target.host_key, key)) return std::nullopt;
    return "the host key is not the pinned one: expected " + target.host_key + ", got " + seen;
  }
  if (std::find(recorded.begin(), recorded.end(), key) != recorded.end()) return std::nullopt;
  if (recorded.empty()) {
    if (target.host_key_policy == HostKeyPolicy::kTofu) return std::nullopt;
    return "the host key " + seen + " is not known, and only known keys are accepted";
  }
  std::string expected;
  for (const HostKey& known : recorded)
    expected += (expected.empty() ? "" : " or ") + known.type + " " + key_fingerprint(known.blob);
  return "the host key has changed: expected " + expected + ", got " + seen +
         "; if the machine was really replaced, remove the recorded key of " +
         known_hosts_name(target.host, target.port);
}

}  // namespace foehn::net
