#include "api/http/server.h"

#include "engine/base/asio.h"

#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/version.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <list>
#include <optional>
#include <thread>
#include <utility>

#include "engine/base/worker_pool.h"

namespace foehn::http {
namespace {

namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Stream = beast::tcp_stream;

constexpr auto kAwait = asio::use_awaitable;

auto awaiting(error_code& ec) { return asio::redirect_error(kAwait, ec); }
std::chrono::milliseconds ms(std::int64_t value) { return std::chrono::milliseconds(value); }

Response plain(int status, std::string message) {
  return {status, "application/json", {}, "{\"faultstring\": \"" + message + "\"}"};
}

// What a broken or unwelcome request is told. Mistral's clients read `faultstring`.
Response refusal_of(const error_code& ec, const ServerOptions& options) {
  if (ec == bhttp::error::header_limit)
    return plain(431, "The request header is larger than " + std::to_string(options.header_bytes_max) + " bytes.");
  if (ec == bhttp::error::body_limit)
    return plain(413, "The request body is larger than " + std::to_string(options.body_bytes_max) + " bytes.");
  return plain(400, "The request is not valid HTTP: " + ec.message() + ".");
}

bool is_protocol_error(const error_code& ec) {
  return ec.category() == bhttp::make_error_code(bhttp::error::bad_method).category() &&
         ec != bhttp::error::end_of_stream && ec != bhttp::error::partial_message;
}

}  // namespace

struct Server::Impl {
  // One connection. Lives in `sessions` while its coroutine runs; I/O thread only.
  struct Session {
    explicit Session(tcp::socket socket) : stream(std::move(socket)), answered(stream.get_executor()) {}
    Stream stream;
    asio::steady_timer answered;  // cancelled when the handler has put its answer here
    std::optional<Response> answer;
    beast::flat_buffer buffer;
    std::string remote;
    bool busy = false;            // a request has been read and is not yet answered
    bool streaming = false;       // the answer has no known end
    bool woken = false;           // its stream may have more
  };
  using SessionPtr = std::shared_ptr<Session>;

  Impl(ServerOptions given, HandleRequest handler, Log& log_to)
      : options(std::move(given)), handle(std::move(handler)), log(log_to), acceptor(io), retry(io), drain(io) {}

  Status listen();
  asio::awaitable<void> accept_loop();
  asio::awaitable<void> serve(SessionPtr session);
  asio::awaitable<bool> serve_one(SessionPtr session);
  asio::awaitable<bool> read_body(SessionPtr session, bhttp::request_parser<bhttp::string_body>& parser);
  asio::awaitable<Response> run_handler(SessionPtr session, Request request);
  asio::awaitable<bool> write(SessionPtr session, Response response, bool head, bool keep_alive, unsigned version);
  asio::awaitable<bool> write_stream(SessionPtr session, Response response, bool head, unsigned version);
  asio::awaitable<bool> write_part(SessionPtr session, std::string part, bool chunked);
  asio::awaitable<void> refuse(SessionPtr session, Response response);
  Request to_request(bhttp::request<bhttp::string_body>&& message, const Session& session) const;
  void begin_stop();
  void finish_if_drained();

  const ServerOptions options;
  const HandleRequest handle;
  Log& log;
  asio::io_context io{1};
  tcp::acceptor acceptor;
  asio::steady_timer retry;
  asio::steady_timer drain;
  std::list<SessionPtr> sessions;
  bool stopping = false;  // I/O thread only
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work;
  std::unique_ptr<WorkerPool> pool;
  std::thread thread;
  std::atomic<std::uint16_t> port{0};
  std::atomic<std::uint64_t> open{0}, accepted{0}, requests{0}, refused{0}, malformed{0};
};

Status Server::Impl::listen() {
  const std::string where = options.address + ":" + std::to_string(options.port);
  error_code ec;
  const std::string address = options.address == "localhost" ? "127.0.0.1" : options.address;
  const auto ip = asio::ip::make_address(address, ec);
  if (ec) return fail(ErrorCode::kInvalidArgument, "cannot listen on " + where + ": not an IP address");
  const tcp::endpoint endpoint(ip, options.port);
  acceptor.open(endpoint.protocol(), ec);
  if (!ec) acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
  if (!ec) acceptor.bind(endpoint, ec);
  if (!ec) acceptor.listen(asio::socket_base::max_listen_connections, ec);
  if (ec) {
    error_code ignored;
    acceptor.close(ignored);
    return fail(ErrorCode::kUnavailable, "cannot listen on " + where + ": " + ec.message());
  }
  port = acceptor.local_endpoint().port();
  return {};
}

asio::awaitable<void> Server::Impl::accept_loop() {
  while (acceptor.is_open()) {
    error_code ec;
    tcp::socket socket(io);
    co_await acceptor.async_accept(socket, awaiting(ec));
    if (ec == asio::error::operation_aborted || stopping) co_return;
    if (ec) {  // Out of file descriptors above all: wait until some are free.
      log.warning("http_accept_failed", {{"reason", ec.message()}});
      retry.expires_after(ms(100));
      co_await retry.async_wait(awaiting(ec));
      continue;
    }
    ++accepted;
    socket.set_option(tcp::no_delay(true), ec);
    auto session = std::make_shared<Session>(std::move(socket));
    const auto peer = session->stream.socket().remote_endpoint(ec);
    if (!ec) session->remote = peer.address().to_string() + ":" + std::to_string(peer.port());
    sessions.push_back(session);
    open = sessions.size();
    asio::co_spawn(io, serve(session), [this, session](const std::exception_ptr& failure) {
      if (failure) log.error("http_session_failed", {{"remote", session->remote}});
      error_code ignored;
      session->stream.socket().close(ignored);
      sessions.remove(session);
      open = sessions.size();
      finish_if_drained();
    });
  }
}

asio::awaitable<void> Server::Impl::serve(SessionPtr session) {
  if (sessions.size() > options.connections_max) {
    ++refused;
    Response response = plain(503, "Too many connections.");
    response.headers.set("Retry-After", "1");
    co_await refuse(session, std::move(response));
    co_return;
  }
  while (!stopping && co_await serve_one(session)) session->busy = false;
  error_code ignored;
  session->stream.socket().shutdown(tcp::socket::shutdown_both, ignored);
}

// Reads, handles and answers one request; false when the connection is to be closed.
asio::awaitable<bool> Server::Impl::serve_one(SessionPtr session) {
  error_code ec;
  bhttp::request_parser<bhttp::string_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(options.header_bytes_max));
  parser.body_limit(options.body_bytes_max);
  session->stream.expires_after(ms(options.idle_ms));
  co_await bhttp::async_read_header(session->stream, session->buffer, parser, awaiting(ec));
  if (ec) {
    if (is_protocol_error(ec)) {
      ++malformed;
      co_await refuse(session, refusal_of(ec, options));
    }
    co_return false;
  }
  session->busy = true;
  if (!co_await read_body(session, parser)) co_return false;
  ++requests;
  bhttp::request<bhttp::string_body> message = parser.release();
  const bool head = message.method() == bhttp::verb::head;
  const unsigned version = message.version();
  const bool keep_alive = message.keep_alive();
  session->stream.expires_never();
  Response response = co_await run_handler(session, to_request(std::move(message), *session));
  if (response.stream) co_return co_await write_stream(session, std::move(response), head, version);
  co_return co_await write(session, std::move(response), head, keep_alive && !stopping, version);
}

asio::awaitable<bool> Server::Impl::read_body(SessionPtr session,
                                              bhttp::request_parser<bhttp::string_body>& parser) {
  error_code ec;
  const auto length = parser.content_length();
  if (length && *length > options.body_bytes_max) {
    co_await refuse(session, refusal_of(bhttp::make_error_code(bhttp::error::body_limit), options));
    co_return false;
  }
  session->stream.expires_after(ms(options.transfer_ms));
  if (!parser.is_done() && beast::iequals(parser.get()[bhttp::field::expect], "100-continue")) {
    bhttp::response<bhttp::empty_body> go_on(bhttp::status::continue_, 11);
    co_await bhttp::async_write(session->stream, go_on, awaiting(ec));
    if (ec) co_return false;
  }
  co_await bhttp::async_read(session->stream, session->buffer, parser, awaiting(ec));
  if (ec && is_protocol_error(ec)) co_await refuse(session, refusal_of(ec, options));
  co_return !ec;
}

Request Server::Impl::to_request(bhttp::request<bhttp::string_body>&& message, const Session& session) const {
  Request request;
  request.method = std::string(message.method_string());
  const auto target = message.target();
  set_target(request, std::string_view(target.data(), target.size()));
  for (const auto& field : message) {
    const auto name = field.name_string();
    const auto value = field.value();
    request.headers.add(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
  }
  request.body = std::move(message.body());
  request.remote = session.remote;
  return request;
}

// The answer comes back as a post to the one I/O thread, which cannot run before this coroutine waits.
asio::awaitable<Response> Server::Impl::run_handler(SessionPtr session, Request request) {
  session->answer.reset();
  session->answered.expires_at(asio::steady_timer::time_point::max());
  auto shared = std::make_shared<Request>(std::move(request));
  // Whoever makes a pending answer may keep the reply for longer than the server lives: it keeps no session alive.
  const bool queued = pool->submit([this, asking = std::weak_ptr(session), shared] {
    const auto reply = [this, asking](Response response) {
      asio::post(io, [asking, answer = std::make_shared<Response>(std::move(response))] {
        const SessionPtr asked = asking.lock();
        if (!asked) return;
        asked->answer = std::move(*answer);
        asked->answered.cancel();
      });
    };
    Response response = handle(std::move(*shared));
    if (const auto pending = response.pending) return pending->on_answer(reply);
    reply(std::move(response));
  });
  if (!queued) {
    ++refused;
    Response response = plain(503, "The server is busy: too many requests are waiting.");
    response.headers.set("Retry-After", "1");
    co_return response;
  }
  error_code ec;
  while (!session->answer) co_await session->answered.async_wait(awaiting(ec));
  co_return std::move(*session->answer);
}

asio::awaitable<bool> Server::Impl::write(SessionPtr session, Response response, bool head, bool keep_alive,
                                          unsigned version) {
  bhttp::response<bhttp::string_body> message;
  message.version(version);
  message.result(static_cast<unsigned>(response.status));
  message.reason(std::string(reason_phrase(response.status)));
  message.set(bhttp::field::server, "foehn");
  if (!response.content_type.empty()) message.set(bhttp::field::content_type, response.content_type);
  for (const auto& [name, value] : response.headers.all()) message.insert(name, value);
  message.keep_alive(keep_alive);
  const bool bodiless = response.status == 204 || response.status == 304;
  if (!bodiless) message.content_length(response.body.size());
  if (!head && !bodiless) message.body() = std::move(response.body);
  error_code ec;
  session->stream.expires_after(ms(options.transfer_ms));
  bhttp::response_serializer<bhttp::string_body> serializer(message);
  if (head) {
    co_await bhttp::async_write_header(session->stream, serializer, awaiting(ec));
  } else {
    co_await bhttp::async_write(session->stream, serializer, awaiting(ec));
  }
  co_return !ec && keep_alive;
}

asio::awaitable<bool> Server::Impl::write_part(SessionPtr session, std::string part, bool chunked) {
  error_code ec;
  session->stream.expires_after(ms(options.transfer_ms));
  if (chunked) {
    co_await asio::async_write(session->stream, bhttp::make_chunk(asio::buffer(part)), awaiting(ec));
  } else {
    co_await asio::async_write(session->stream, asio::buffer(part), awaiting(ec));
  }
  session->stream.expires_never();
  co_return !ec;
}

// Sends parts until the stream ends, the client is gone or the server stops. The connection is closed afterwards.
asio::awaitable<bool> Server::Impl::write_stream(SessionPtr session, Response response, bool head, unsigned version) {
  bhttp::response<bhttp::empty_body> message;
  message.version(version);
  message.result(static_cast<unsigned>(response.status));
  message.reason(std::string(reason_phrase(response.status)));
  message.set(bhttp::field::server, "foehn");
  message.set(bhttp::field::content_type, response.content_type);
  for (const auto& [name, value] : response.headers.all()) message.insert(name, value);
  message.keep_alive(false);
  const bool chunked = version >= 11;
  if (chunked) message.chunked(true);
  error_code ec;
  session->stream.expires_after(ms(options.transfer_ms));
  bhttp::response_serializer<bhttp::empty_body> serializer(message);
  co_await bhttp::async_write_header(session->stream, serializer, awaiting(ec));
  session->stream.expires_never();
  if (ec || head) co_return false;
  session->streaming = true;
  session->buffer.clear();
  session->buffer.shrink_to_fit();
  const std::function<void()> wake = [this, waiting = std::weak_ptr<Session>(session)] {
    asio::post(io, [waiting] {
      if (const SessionPtr woken = waiting.lock()) {
        woken->woken = true;
        woken->answered.cancel();
      }
    });
  };
  while (!stopping) {
    std::optional<std::string> part = response.stream->next(wake);
    if (!part) {
      if (chunked) co_await asio::async_write(session->stream, bhttp::make_chunk_last(), awaiting(ec));
      break;
    }
    if (part->empty()) {
      session->answered.expires_after(ms(options.keep_alive_ms));
      if (!session->woken) co_await session->answered.async_wait(awaiting(ec));
      if (stopping) break;
      if (!std::exchange(session->woken, false)) part = response.stream->keep_alive();
    }
    if (!part->empty() && !co_await write_part(session, std::move(*part), chunked)) break;
  }
  co_return false;
}

// Answers and closes; takes what the client is still sending for a moment, since a reset would lose the answer.
asio::awaitable<void> Server::Impl::refuse(SessionPtr session, Response response) {
  session->busy = true;
  if (!co_await write(session, std::move(response), false, false, 11)) {
    error_code ec;
    session->stream.socket().shutdown(tcp::socket::shutdown_send, ec);
    std::array<char, 4096> sink;
    std::size_t taken = 0;
    session->stream.expires_after(ms(limits::kHttpLingerMs));
    while (!ec && !stopping && taken < 2 * options.body_bytes_max)
      taken += co_await session->stream.async_read_some(asio::buffer(sink), awaiting(ec));
  }
}

void Server::Impl::begin_stop() {
  stopping = true;
  error_code ignored;
  acceptor.close(ignored);
  retry.cancel();
  for (const SessionPtr& session : sessions) {
    if (!session->busy) {
      session->stream.cancel();
    } else if (session->streaming) {
      session->answered.cancel();
      session->stream.cancel();
    }
  }
  drain.expires_after(ms(options.drain_ms));
  drain.async_wait([this](const error_code& ec) {
    if (!ec) io.stop();
  });
  finish_if_drained();
}

void Server::Impl::finish_if_drained() {
  if (!stopping || !sessions.empty()) return;
  drain.cancel();
  work.reset();
}

Server::Server(ServerOptions options, HandleRequest handle, Log& log)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(handle), log)) {}

Server::~Server() { stop(); }

Status Server::start() {
  FOEHN_CHECK_OK(impl_->listen());
  impl_->pool = std::make_unique<WorkerPool>(impl_->options.handler_threads, impl_->options.handler_queue_max);
  impl_->work.emplace(impl_->io.get_executor());
  asio::co_spawn(impl_->io, impl_->accept_loop(), asio::detached);
  impl_->thread = std::thread([impl = impl_.get()] { impl->io.run(); });
  return {};
}

std::uint16_t Server::port() const { return impl_->port; }

void Server::stop() {
  if (!impl_->thread.joinable()) return;
  asio::post(impl_->io, [impl = impl_.get()] { impl->begin_stop(); });
  impl_->thread.join();
  impl_->pool->close();
}

ServerStats Server::stats() const {
  // The pool is made by start() and stays until the server is destroyed.
  const WorkerPool::Waiting waiting = impl_->pool ? impl_->pool->waiting() : WorkerPool::Waiting{};
  return {impl_->open,      impl_->accepted, impl_->requests,  impl_->refused,
          impl_->malformed, waiting.jobs,    waiting.age_us};
}

}  // namespace foehn::http
