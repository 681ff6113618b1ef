// SSH as actions see it: run one command on one host. Implemented by libssh2_client.h over a session pool and faked in
// tests. exec() and cancel() from any thread; callbacks run on the client's I/O thread, must not block and must not
// call back into exec() synchronously from a destructor. `done` is called exactly once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/limits.h"

namespace foehn::net {

struct SshCredentials {
  std::string password{};
  std::string private_key{};  // PEM or OpenSSH text: ed25519, RSA, ECDSA
  std::string passphrase{};   // of the private key
};

enum class HostKeyPolicy {
  kTofu,      // recorded at first contact, a change is refused
  kPinned,    // must equal SshTarget::host_key, or the recorded one when that is empty
  kInsecure,  // anything goes (explicit choice, logged)
};

struct SshTarget {
  std::string host{};
  std::uint16_t port = 22;
  std::string user{};
  SshCredentials credentials{};
  HostKeyPolicy host_key_policy = HostKeyPolicy::kTofu;
  std::string host_key{};                      // pinned: "SHA256:…", "ssh-ed25519 AAAA…" or a bare base64 blob
  std::shared_ptr<const SshTarget> gateway{};  // reached through a direct-tcpip channel of this one
  std::int64_t connect_timeout_ms = 10'000;    // TCP connect to authenticated, per hop
  std::int64_t keepalive_ms = 5'000;           // a peer silent for three of these is lost
};

enum class SshStream { kStdout, kStderr };

struct SshCommand {
  std::string command{};                                        // one string for the remote user's login shell
  std::string stdin_data{};                                     // then end of file
  std::size_t output_limit_bytes = limits::kSshOutputBytesMax;  // stdout and stderr each; the rest is read and dropped
  std::int64_t timeout_ms = 0;                                  // from exec() to the end; 0 = none
};

// Closed list; to_string gives the lower-case word used in results ("host_key").
enum class SshErrorClass {
  kRefused,
  kUnreachable,
  kTimeout,
  kAuth,
  kHostKey,
  kExit,
  kSignal,
  kLost,
  kCancelled,
  kOutputLimit,
  kProtocol
};
enum class SshPhase { kResolve, kConnect, kHandshake, kAuthenticate, kOpenChannel, kRun };
std::string_view to_string(SshErrorClass error_class);
std::string_view to_string(SshPhase phase);

struct SshFailure {
  SshErrorClass error_class = SshErrorClass::kProtocol;
  SshPhase phase = SshPhase::kConnect;
  std::string host{};  // the hop that failed: a gateway or the target
  std::uint16_t port = 0;
  std::string user{};
  std::string detail{};       // what went wrong, without host, port, user
  std::uint32_t attempt = 1;  // connections tried for this command

  // "refused: root@10.0.0.5:22 while connecting (attempt 1): Connection refused"
  std::string message() const;
};

struct SshResult {
  int exit_code = 0;
  std::string exit_signal{};  // "TERM", "KILL"; "" = none
  std::string stdout_text{};  // bytes as received, at most output_limit_bytes
  std::string stderr_text{};
  bool truncated = false;
  std::int64_t duration_ms = 0;        // exec() to the end
  std::uint32_t attempts = 1;          // connections tried
  std::string host_key_fingerprint{};  // "SHA256:…" of the target
};

struct SshOutcome {
  SshResult result{};  // what is known, also on failure
  std::optional<SshFailure> failure{};
};

struct SshCallbacks {
  std::function<void(SshStream, std::string_view)> on_output{};  // may be empty; raw bytes as they come
  std::function<void(SshOutcome)> done{};
};

using SshRequestId = std::uint64_t;

class SshClient {
 public:
  virtual ~SshClient() = default;
  virtual SshRequestId exec(SshTarget target, SshCommand command, SshCallbacks callbacks) = 0;
  virtual void cancel(SshRequestId id) = 0;
};

}  // namespace foehn::net
