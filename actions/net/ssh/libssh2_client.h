// SshClient over libssh2 and Asio: one I/O thread owns the pool, all sessions and all requests. exec() and cancel()
// only post to it. The destructor cancels what runs and joins.
#pragma once

#include <cstddef>
#include <memory>

#include "actions/net/ssh/client.h"
#include "actions/net/ssh/pool.h"
#include "engine/base/limits.h"

namespace foehn::net {

class KnownHosts;

struct SshOptions {
  PoolOptions pool;
  std::size_t handshakes_max = limits::kSshHandshakesMax;
  Log* log = nullptr;
};

class Libssh2Client final : public SshClient {
 public:
  Libssh2Client(KnownHosts& known_hosts, SshOptions options);
  ~Libssh2Client() override;
  SshRequestId exec(SshTarget target, SshCommand command, SshCallbacks callbacks) override;
  void cancel(SshRequestId id) override;

  // Open sessions now; waits for the I/O thread. For tests and metrics.
  std::size_t session_count() const;

 private:
  struct Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace foehn::net
