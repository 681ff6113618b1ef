// Wire over TCP. Numeric addresses are used as they are; names go through Asio's resolver (its own thread). Addresses
// are tried in order; the last failure is reported.
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <vector>

#include "actions/net/ssh/wire.h"
#include "engine/base/asio.h"

namespace foehn::net {
namespace {

using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kReadBytes = 64 * 1024;

WireFailure connect_failure(const error_code& error) {
  WireFailure failure{
      .error_class = SshErrorClass::kUnreachable, .phase = SshPhase::kConnect, .detail = error.message()};
  if (error == asio::error::connection_refused) failure.error_class = SshErrorClass::kRefused;
  if (error == asio::error::timed_out) failure.error_class = SshErrorClass::kTimeout;
  return failure;
}

class TcpWire final : public Wire, public std::enable_shared_from_this<TcpWire> {
 public:
  TcpWire(asio::io_context& io, std::string host, std::uint16_t port)
      : host_(std::move(host)), port_(port), resolver_(io), socket_(io) {}

  void start(WireEvents events) override {
    events_ = std::move(events);
    error_code error;
    const auto address = asio::ip::make_address(host_, error);
    if (!error) {
      endpoints_.emplace_back(address, port_);
      // From the event loop: the caller is still setting up.
      asio::post(socket_.get_executor(), [self = shared_from_this()] { self->connect_next({}); });
      return;
    }
    resolver_.async_resolve(
        host_, std::to_string(port_), tcp::resolver::numeric_service,
        [self = shared_from_this()](const error_code& failed, const tcp::resolver::results_type& results) {
          if (self->closed_) return;
          if (failed || results.empty())
            return self->fail({.error_class = SshErrorClass::kUnreachable,
                               .phase = SshPhase::kResolve,
                               .detail = failed ? failed.message() : "no address"});
          for (const auto& entry : results) self->endpoints_.push_back(entry.endpoint());
          self->connect_next({});
        });
  }

  void send(std::string_view bytes) override {
    if (closed_) return;
    out_ += bytes;
    if (!sending_) flush();
  }
  std::size_t queued_bytes() const override { return out_.size() - out_at_; }
  SshPhase phase() const override { return endpoints_.empty() ? SshPhase::kResolve : SshPhase::kConnect; }

  void close() override {
    closed_ = true;
    events_ = {};
    error_code ignored;
    resolver_.cancel();
    socket_.close(ignored);
  }

 private:
  void connect_next(error_code last) {
    if (closed_) return;
    if (next_ == endpoints_.size()) return fail(connect_failure(last));
    const tcp::endpoint endpoint = endpoints_[next_++];
    error_code error;
    socket_.close(error);
    socket_.open(endpoint.protocol(), error);
    if (error) return connect_next(error);
    socket_.async_connect(endpoint, [self = shared_from_this()](const error_code& failed) {
      if (self->closed_) return;
      if (failed) return self->connect_next(failed);
      self->connected();
    });
  }

  void connected() {
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);
    const auto on_connected = events_.on_connected;
    wait_readable();
    on_connected();
  }

  void fail(WireFailure failure) {
    const auto on_failed = std::move(events_.on_failed);
    close();
    if (on_failed) on_failed(std::move(failure));
  }
  void lost(std::string why) {
    const auto on_closed = std::move(events_.on_closed);
    close();
    if (on_closed) on_closed(std::move(why));
  }

  void wait_readable() {
    socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](const error_code& error) {
      if (error || self->closed_) return;
      self->read();
    });
  }

  // Into one buffer of the thread: hundreds of idle sessions must not own one each.
  void read() {
    static thread_local std::array<char, kReadBytes> buffer;
    error_code error;
    const std::size_t count = socket_.read_some(asio::buffer(buffer), error);
    if (error == asio::error::would_block || error == asio::error::try_again) return wait_readable();
    if (error == asio::error::eof) return lost("the peer closed the connection");
    if (error) return lost(error.message());
    // Acknowledge at once: sshd's small packets wait for it (Nagle), which costs 40 ms twice in a new connection. The
    // kernel clears the flag by itself, so it is set after each read.
    const int on = 1;
    ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
    const auto self = shared_from_this();  // the receiver may drop us
    events_.on_bytes(std::string_view(buffer.data(), count));
    if (!closed_) wait_readable();
  }

  void flush() {
    error_code error;
    while (out_at_ < out_.size()) {
      const std::size_t count = socket_.write_some(asio::buffer(out_.data() + out_at_, out_.size() - out_at_), error);
      if (error) break;
      out_at_ += count;
    }
    if (out_at_ == out_.size()) {
      std::string().swap(out_);
      out_at_ = 0;
      sending_ = false;
      return;
    }
    sending_ = true;
    if (error != asio::error::would_block && error != asio::error::try_again) {
      // Reported from the event loop, not from inside the sender's call.
      const std::string why = error.message();
      asio::post(socket_.get_executor(), [self = shared_from_this(), why] {
        if (!self->closed_) self->lost(why);
      });
      return;
    }
    socket_.async_wait(tcp::socket::wait_write, [self = shared_from_this()](const error_code& failed) {
      if (failed || self->closed_) return;
      self->flush();
    });
  }

  const std::string host_;
  const std::uint16_t port_;
  tcp::resolver resolver_;
  tcp::socket socket_;
  std::vector<tcp::endpoint> endpoints_;
  std::size_t next_ = 0;
  WireEvents events_;
  std::string out_;
  std::size_t out_at_ = 0;
  bool sending_ = false;
  bool closed_ = false;
};

}  // namespace

std::shared_ptr<Wire> make_tcp_wire(asio::io_context& io, std::string host, std::uint16_t port) {
  return std::make_shared<TcpWire>(io, std::move(host), port);
}

}  // namespace foehn::net
