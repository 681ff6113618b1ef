// A stream of bytes to a peer: a TCP connection, or a direct-tcpip channel of another session. All on the SSH I/O
// thread. send() never blocks and never refuses: bytes wait in the wire; who sends much looks at queued_bytes() first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "actions/net/ssh/client.h"

namespace boost::asio {
class io_context;
}

namespace foehn::net {

struct WireFailure {
  SshErrorClass error_class = SshErrorClass::kUnreachable;
  SshPhase phase = SshPhase::kConnect;
  std::string detail;
};

// Called on the I/O thread. After on_failed or on_closed nothing follows.
struct WireEvents {
  std::function<void()> on_connected;
  std::function<void(WireFailure)> on_failed;  // instead of on_connected
  std::function<void(std::string_view)> on_bytes;
  std::function<void(std::string)> on_closed;  // by the peer or an error; the text says why
};

class Wire {
 public:
  virtual ~Wire() = default;
  virtual void start(WireEvents events) = 0;
  virtual void send(std::string_view bytes) = 0;
  virtual std::size_t queued_bytes() const = 0;
  // What it is doing, for a timeout's message.
  virtual SshPhase phase() const = 0;
  // No event follows.
  virtual void close() = 0;
};

std::shared_ptr<Wire> make_tcp_wire(boost::asio::io_context& io, std::string host, std::uint16_t port);

}  // namespace foehn::net
