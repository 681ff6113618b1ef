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
  if (ec == bhttp::error::partial_message) return plain(400, "The request ended inside its header.");
  if (ec == bhttp::error::header_limit)
    return plain(431, "The request header is larger than " + std::to_string(options.header_bytes_max) + " bytes.");
  if (ec == bhttp::error::body_limit)
    return plain(413, "The request body is larger than " + std::to_string(options.body_bytes_max) + " bytes.");
  return plain(400, "The request is not valid HTTP: " + ec.message() + ".");
}

bool is_protocol_error(const error_code& ec) {
  return ec.category() == bhttp::make_error_code(bhttp::error::bad_method).category() &&
         ec != bhttp::error::end_of_stream;
}

// A client that has closed its half of the connection inside the body it announced still reads.
Response unfinished_body(const bhttp::request_parser<bhttp::string_body>& parser) {
  const auto length = parser.content_length();
  if (!length)
    return plain(400, "The chunked request body ended after " + std::to_string(parser.get().body().size()) +
                          " bytes, without its last chunk.");
  const std::uint64_t got = *length - parser.content_length_remaining().value_or(*length);
  return plain(400, "The request body ended after " + std::to_string(got) + " of " + std::to_string(*length) +
                        " bytes.");
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
    bool gone = false;            // the client is, while its answer was made
    unsigned version = 11;        // of the request that is answered
    std::uint64_t turn = 0;       // counts requests: what belongs to an earlier one comes too late
    std::function<void()> forget; // nobody takes the pending answer
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
  asio::awaitable<std::optional<Response>> run_handler(SessionPtr session, Request request);
  void watch(const SessionPtr& session, tcp::socket::wait_type what = tcp::socket::wait_read);
  void look_at_peer(const SessionPtr& session);
  void end_watch(Session& session);
  static void leave(Session& session);
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
  ++session->turn;
  bhttp::request<bhttp::string_body> message = parser.release();
  const bool head = message.method() == bhttp::verb::head;
  const unsigned version = session->version = message.version();
  const bool keep_alive = message.keep_alive();
  session->stream.expires_never();
  std::optional<Response> response = co_await run_handler(session, to_request(std::move(message), *session));
  if (!response) co_return false;
  if (response->stream) co_return co_await write_stream(session, std::move(*response), head, version);
  co_return co_await write(session, std::move(*response), head, keep_alive && !stopping, version);
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
  if (ec && is_protocol_error(ec)) {
    ++malformed;
    Response told = ec == bhttp::error::partial_message ? unfinished_body(parser) : refusal_of(ec, options);
    co_await refuse(session, std::move(told));
  }
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

// The answer comes back as a post to the one I/O thread, which cannot run before this coroutine waits. Nothing: the
// client has gone.
asio::awaitable<std::optional<Response>> Server::Impl::run_handler(SessionPtr session, Request request) {
  session->answer.reset();
  session->answered.expires_at(asio::steady_timer::time_point::max());
  auto shared = std::make_shared<Request>(std::move(request));
  // Whoever makes a pending answer may keep the reply for longer than the server lives: it keeps no session alive.
  const bool queued = pool->submit([this, asking = std::weak_ptr(session), turn = session->turn, shared] {
    const auto reply = [this, asking](Response response) {
      asio::post(io, [asking, answer = std::make_shared<Response>(std::move(response))] {
        const SessionPtr asked = asking.lock();
        if (!asked) return;
        asked->answer = std::move(*answer);
        asked->answered.cancel();
      });
    };
    Response response = handle(std::move(*shared));
    if (!response.pending) return reply(std::move(response));
    asio::post(io, [this, asking, turn, forget = response.pending->on_answer(reply)] {
      const SessionPtr asked = asking.lock();
      if (!asked || asked->turn != turn || asked->answer) return;
      asked->forget = forget;
      watch(asked);
    });
  });
  if (!queued) {
    ++refused;
    Response response = plain(503, "The server is busy: too many requests are waiting.");
    response.headers.set("Retry-After", "1");
    co_return response;
  }
  error_code ec;
  while (!session->answer && !session->gone) co_await session->answered.async_wait(awaiting(ec));
  end_watch(*session);
  co_return std::exchange(session->answer, std::nullopt);
}

// While an answer is made nobody reads, and a client that goes would hold its place to the end.
void Server::Impl::watch(const SessionPtr& session, tcp::socket::wait_type what) {
  const auto seen = [this, watched = std::weak_ptr(session), turn = session->turn, what](const error_code& ec) {
    const SessionPtr found = watched.lock();
    if (ec || !found || found->turn != turn) return;
    if (what == tcp::socket::wait_read) return look_at_peer(found);
    leave(*found);
  };
  session->stream.socket().async_wait(what, seen);
}

// Keeps what a pipelining client sends early, as much as a header may have; more stays where it is. The end of its
// bytes may mean that it has gone or that it only sends no more: a client that is there ignores another 100 Continue
// (RFC 9110 §15.2), the socket of one that is not refuses it. Of HTTP/1.0, which proxies speak, nobody half-closes.
void Server::Impl::look_at_peer(const SessionPtr& session) {
  constexpr std::string_view kAreYouThere = "HTTP/1.1 100 Continue\r\n\r\n";
  constexpr std::size_t kPartBytes = 4096;
  tcp::socket& socket = session->stream.socket();
  const std::size_t kept = session->buffer.size();
  if (kept >= options.header_bytes_max) return watch(session, tcp::socket::wait_error);
  error_code ec;
  socket.non_blocking(true, ec);
  const std::size_t room = std::min(kPartBytes, options.header_bytes_max - kept);
  session->buffer.commit(socket.read_some(session->buffer.prepare(room), ec));
  if (!ec || ec == asio::error::would_block) return watch(session);
  if (ec != asio::error::eof || (session->version < 11 && !session->streaming)) return leave(*session);
  watch(session, tcp::socket::wait_error);
  if (session->streaming) return static_cast<void>(session->answered.cancel());  // a sign of life is sent
  if (socket.write_some(asio::buffer(kAreYouThere), ec) != kAreYouThere.size()) leave(*session);
}

void Server::Impl::end_watch(Session& session) {
  ++session.turn;
  session.forget = nullptr;
  error_code ignored;
  session.stream.socket().cancel(ignored);
}

void Server::Impl::leave(Session& session) {
  session.gone = true;
  if (const auto forget = std::exchange(session.forget, nullptr)) forget();
  session.answered.cancel();
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
  watch(session);
  const std::function<void()> wake = [this, waiting = std::weak_ptr<Session>(session)] {
    asio::post(io, [waiting] {
      if (const SessionPtr woken = waiting.lock()) {
        woken->woken = true;
        woken->answered.cancel();
      }
    });
  };
  while (!stopping && !session->gone) {
    std::optional<std::string> part = response.stream->next(wake);
    if (!part) {
      if (chunked) co_await asio::async_write(session->stream, bhttp::make_chunk_last(), awaiting(ec));
      break;
    }
    if (part->empty()) {
      session->answered.expires_after(ms(options.keep_alive_ms));
      if (!session->woken) co_await session->answered.async_wait(awaiting(ec));
      if (stopping || session->gone) break;
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
