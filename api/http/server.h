// HTTP/1.1 server: one I/O thread for all sockets, a bounded pool of handler threads. Handlers are plain blocking
// functions; whoever makes a pending answer gives it before stop() returns. Owned by the composition root; start() and
// stop() from one thread, the rest is internal. It does not speak TLS, HTTP/2 or WebSocket: a reverse proxy does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "api/http/message.h"
#include "engine/base/limits.h"
#include "engine/base/log.h"
#include "engine/base/result.h"

namespace foehn::http {

struct ServerOptions {
  std::string address = "127.0.0.1";  // an address or "localhost"
  std::uint16_t port = 8989;          // 0 = the system picks one, see port()
  std::size_t handler_threads = 32;   // they mostly wait for commits: the more wait, the fuller each commit
  std::size_t handler_queue_max = limits::kHandlerQueueMax;  // waiting requests; more get 503
  std::size_t body_bytes_max = limits::kRequestBodyBytesMax;
  std::size_t header_bytes_max = limits::kRequestHeaderBytesMax;
  std::size_t connections_max = limits::kConnectionsMax;     // more get 503
  std::int64_t idle_ms = limits::kConnectionIdleMs;  // a request must begin and its header be complete within
  std::int64_t transfer_ms = limits::kHttpTransferMs;        // a body must arrive, a response be taken within
  std::int64_t keep_alive_ms = limits::kHttpKeepAliveMs;     // a streamed answer is never silent for longer
  std::int64_t drain_ms = limits::kHttpDrainMs;              // stop() lets running requests finish for so long
};

struct ServerStats {
  std::uint64_t connections = 0;  // open now
  std::uint64_t accepted = 0;
  std::uint64_t requests = 0;
  std::uint64_t refused = 0;      // 503 because the queue or the connections were full
  std::uint64_t malformed = 0;    // refused before a route was looked for: no HTTP, too large
  std::uint64_t queued = 0;       // requests that wait for a handler thread
  std::int64_t queued_age_us = 0;  // of the oldest of them
};

class Server {
 public:
  using HandleRequest = std::function<Response(Request)>;  // called by many threads at once; must not throw

  Server(ServerOptions options, HandleRequest handle, Log& log);
  ~Server();  // stop()
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Listens and starts the threads. kInvalidArgument: no such address; kUnavailable: "cannot listen on …: reason".
  Status start();
  // The port listened on; 0 before start().
  std::uint16_t port() const;
  // No new requests; running ones are finished and answered (for drain_ms), then everything is closed. Blocks.
  void stop();
  ServerStats stats() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace foehn::http
