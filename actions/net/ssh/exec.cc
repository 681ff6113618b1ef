#include "actions/net/ssh/exec.h"

#include <libssh2.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace foehn::net {
namespace {

constexpr unsigned kWindowBytes = 2 * 1024 * 1024;
constexpr std::size_t kChunkBytes = 32 * 1024;
constexpr int kChunksPerStep = 32;                   // then the other channels of the session get their turn
constexpr std::size_t kQueuedBytesMax = 256 * 1024;  // stop feeding stdin while the wire holds this much

bool is_disconnect(int code) {
  return code == LIBSSH2_ERROR_SOCKET_DISCONNECT || code == LIBSSH2_ERROR_SOCKET_RECV ||
         code == LIBSSH2_ERROR_SOCKET_SEND;
}

// One for the thread: bytes only pass through.
std::array<char, kChunkBytes>& chunk() {
  static thread_local std::array<char, kChunkBytes> buffer;
  return buffer;
}

}  // namespace

ExecTask::ExecTask(SshCommand command, std::function<void(SshStream, std::string_view)> on_output,
                   std::function<void(Ending)> on_end, std::function<void()> on_free)
    : command_(std::move(command)),
      on_output_(std::move(on_output)),
      on_end_(std::move(on_end)),
      on_free_(std::move(on_free)) {}

bool ExecTask::step(Session& session) {
  if (target_.host.empty()) target_ = session.target();
  switch (state_) {
    case State::kOpen: return open(session);
    case State::kExec: return exec(session);
    case State::kRun: return run(session);
    case State::kWaitClosed: return wait_closed(session);
    case State::kClose:
      if (libssh2_channel_close(channel_) == LIBSSH2_ERROR_EAGAIN) return false;
      state_ = State::kFree;
      return true;
    case State::kFree:
      if (libssh2_channel_free(channel_) == LIBSSH2_ERROR_EAGAIN) return false;
      channel_ = nullptr;
      finish();
      return true;
    case State::kFinished: return false;
  }
  return false;
}

bool ExecTask::open(Session& session) {
  if (abandoned_ && !asked_) {
    finish();  // not begun: nothing to undo
    return true;
  }
  if (!session.claim_opening(this)) return false;
  asked_ = true;
  channel_ = libssh2_channel_open_ex(session.libssh2(), "session", 7, kWindowBytes, LIBSSH2_CHANNEL_PACKET_DEFAULT,
                                     nullptr, 0);
  if (!channel_) {
    const int code = libssh2_session_last_errno(session.libssh2());
    if (code == LIBSSH2_ERROR_EAGAIN) return false;
    session.release_opening(this);
    Ending ending;
    ending.channel_refused = code == LIBSSH2_ERROR_CHANNEL_FAILURE;
    ending.failure = failure_of(target_, is_disconnect(code) ? SshErrorClass::kLost : SshErrorClass::kProtocol,
                                session.last_error());
    end(std::move(ending));
    finish();
    return true;
  }
  session.release_opening(this);
  state_ = abandoned_ ? State::kClose : State::kExec;
  return true;
}

bool ExecTask::exec(Session& session) {
  const int code = libssh2_channel_process_startup(channel_, "exec", 4, command_.command.data(),
                                                   static_cast<unsigned>(command_.command.size()));
  if (code == LIBSSH2_ERROR_EAGAIN) return false;
  if (code != 0) {
    fail_with_code(session, code);
    return true;
  }
  state_ = abandoned_ ? State::kClose : State::kRun;
  return true;
}

bool ExecTask::run(Session& session) {
  if (abandoned_) {
    state_ = State::kClose;
    return true;
  }
  bool progress = false;
  for (const int stream : {0, SSH_EXTENDED_DATA_STDERR}) {
    if (read(session, stream)) progress = true;
    if (state_ != State::kRun) return true;
  }
  if (abandoned_) return true;  // by on_output
  if (libssh2_channel_eof(channel_) == 1) {
    state_ = State::kWaitClosed;
    return true;
  }
  if (write(session)) progress = true;
  return progress;
}

bool ExecTask::read(Session& session, int stream) {
  for (int i = 0; i < kChunksPerStep; ++i) {
    const ssize_t count = libssh2_channel_read_ex(channel_, stream, chunk().data(), chunk().size());
    if (count == LIBSSH2_ERROR_EAGAIN || count == 0) return i > 0;
    if (count < 0) {
      fail_with_code(session, static_cast<int>(count));
      return true;
    }
    keep(stream == 0 ? SshStream::kStdout : SshStream::kStderr,
         std::string_view(chunk().data(), static_cast<std::size_t>(count)));
  }
  return true;
}

void ExecTask::keep(SshStream stream, std::string_view bytes) {
  std::string& text = stream == SshStream::kStdout ? result_.stdout_text : result_.stderr_text;
  const std::size_t room = command_.output_limit_bytes - std::min(command_.output_limit_bytes, text.size());
  if (bytes.size() > room) result_.truncated = true;
  text.append(bytes.substr(0, room));
  if (on_output_ && !abandoned_) on_output_(stream, bytes);
}

bool ExecTask::write(Session& session) {
  bool progress = false;
  while (written_ < command_.stdin_data.size() && session.queued_bytes() < kQueuedBytesMax) {
    const std::string_view left = std::string_view(command_.stdin_data).substr(written_, kChunkBytes);
    const ssize_t count = libssh2_channel_write_ex(channel_, 0, left.data(), left.size());
    if (count == LIBSSH2_ERROR_EAGAIN || count == 0) return progress;
    if (count < 0) {
      // The command has closed its input or ended; what it says then is in its output and exit code.
      if (!is_disconnect(static_cast<int>(count))) {
        written_ = command_.stdin_data.size();
        eof_sent_ = true;
        return true;
      }
      fail_with_code(session, static_cast<int>(count));
      return true;
    }
    written_ += static_cast<std::size_t>(count);
    progress = true;
  }
  if (written_ == command_.stdin_data.size() && !eof_sent_ &&
      libssh2_channel_send_eof(channel_) != LIBSSH2_ERROR_EAGAIN) {
    eof_sent_ = true;
    progress = true;
  }
  return progress;
}

// Closing before the server does would lose an exit code that is still to come (a command may close its output early).
bool ExecTask::wait_closed(Session& session) {
  if (abandoned_) {
    state_ = State::kClose;
    return true;
  }
  const int code = libssh2_channel_wait_closed(channel_);
  if (code == LIBSSH2_ERROR_EAGAIN) return false;
  if (code != 0) {
    fail_with_code(session, code);
    return true;
  }
  char* signal = nullptr;
  std::size_t length = 0;
  libssh2_channel_get_exit_signal(channel_, &signal, &length, nullptr, nullptr, nullptr, nullptr);
  if (signal) {
    result_.exit_signal.assign(signal, length);
    libssh2_free(session.libssh2(), signal);
  }
  result_.exit_code = libssh2_channel_get_exit_status(channel_);
  Ending ending;
  ending.started = true;
  state_ = State::kClose;
  end(std::move(ending));
  return true;
}

void ExecTask::fail_with_code(Session& session, int code) {
  fail(session, is_disconnect(code) ? SshErrorClass::kLost : SshErrorClass::kProtocol, session.last_error());
}

void ExecTask::fail(Session&, SshErrorClass error_class, std::string detail) {
  Ending ending;
  ending.started = state_ != State::kOpen;
  ending.failure = failure_of(target_, error_class, std::move(detail));
  state_ = State::kClose;
  end(std::move(ending));
}

void ExecTask::on_session_lost(const std::string& why) {
  Ending ending;
  ending.started = state_ != State::kOpen;
  ending.failure = failure_of(target_, SshErrorClass::kLost, why);
  channel_ = nullptr;
  end(std::move(ending));
  finish();
}

SshFailure ExecTask::failure_of(const SshTarget& target, SshErrorClass error_class, std::string detail) const {
  return {.error_class = error_class,
          .phase = state_ == State::kOpen ? SshPhase::kOpenChannel : SshPhase::kRun,
          .host = target.host,
          .port = target.port,
          .user = target.user,
          .detail = std::move(detail)};
}

void ExecTask::abandon() {
  abandoned_ = true;
  on_end_ = nullptr;
}

void ExecTask::end(Ending ending) {
  const auto on_end = std::move(on_end_);
  on_end_ = nullptr;
  if (!on_end) return;
  ending.result = std::move(result_);
  on_end(std::move(ending));
}

void ExecTask::finish() {
  state_ = State::kFinished;
  const auto on_free = std::move(on_free_);
  on_free_ = nullptr;
  if (on_free) on_free();
}

namespace {

// A forwarded connection as a Wire. Held by the session that uses it and, as a task, by the session it goes through.
class Tunnel final : public Wire, public ChannelTask, public std::enable_shared_from_this<Tunnel> {
 public:
  Tunnel(std::shared_ptr<Session> gateway, std::string host, std::uint16_t port, std::function<void()> on_free)
      : gateway_(std::move(gateway)), host_(std::move(host)), port_(port), on_free_(std::move(on_free)) {}

  void start(WireEvents events) override {
    events_ = std::move(events);
    gateway_->add(shared_from_this());
  }
  void send(std::string_view bytes) override {
    if (closed_) return;
    out_ += bytes;
    gateway_->wake_later();  // we may be inside libssh2 on behalf of the session that sends
  }
  std::size_t queued_bytes() const override { return out_.size(); }
  SshPhase phase() const override { return SshPhase::kConnect; }
  void close() override {
    if (closed_) return;
    closed_ = true;
    events_ = {};
    gateway_->wake_later();
  }

  bool step(Session& session) override {
    switch (state_) {
      case State::kOpen: return open(session);
      case State::kRun: return run();
      case State::kClose:
        if (libssh2_channel_free(channel_) == LIBSSH2_ERROR_EAGAIN) return false;
        channel_ = nullptr;
        finish();
        return true;
      case State::kFinished: return false;
    }
    return false;
  }
  bool finished() const override { return state_ == State::kFinished; }
  void on_session_lost(const std::string& why) override {
    channel_ = nullptr;
    const bool was_open = state_ == State::kRun;
    const auto keep = shared_from_this();
    const auto events = std::move(events_);
    finish();
    if (was_open && events.on_closed) events.on_closed("the gateway is lost: " + why);
    if (!was_open && events.on_failed)
      events.on_failed(
          {.error_class = SshErrorClass::kLost, .phase = SshPhase::kConnect, .detail = "the gateway is lost: " + why});
  }

 private:
  enum class State { kOpen, kRun, kClose, kFinished };

  bool open(Session& session) {
    if (closed_ && !asked_) {
      finish();
      return true;
    }
    if (!session.claim_opening(this)) return false;
    asked_ = true;
    channel_ = libssh2_channel_direct_tcpip_ex(session.libssh2(), host_.c_str(), port_, "127.0.0.1", 22);
    if (!channel_) {
      const int code = libssh2_session_last_errno(session.libssh2());
      if (code == LIBSSH2_ERROR_EAGAIN) return false;
      session.release_opening(this);
      const std::string error = session.last_error();
      const auto on_failed = std::move(events_.on_failed);
      finish();
      if (on_failed)
        on_failed({.error_class = error.find("connect failed") != std::string::npos ? SshErrorClass::kRefused
                                                                                    : SshErrorClass::kUnreachable,
                   .phase = SshPhase::kConnect,
                   .detail = "the gateway " + session.target().host + " could not connect: " + error});
      return true;
    }
    session.release_opening(this);
    state_ = State::kRun;
    if (const auto on_connected = events_.on_connected) on_connected();
    return true;
  }

  bool run() {
    if (closed_) {
      state_ = State::kClose;
      return true;
    }
    bool progress = false;
    for (int i = 0; i < kChunksPerStep; ++i) {
      // A buffer of its own: what is called below may use the thread's.
      std::array<char, kChunkBytes> buffer;
      const ssize_t count = libssh2_channel_read_ex(channel_, 0, buffer.data(), buffer.size());
      if (count < 0 && count != LIBSSH2_ERROR_EAGAIN) return lost("the tunnel failed");
      if (count <= 0) break;
      progress = true;
      if (const auto on_bytes = events_.on_bytes)
        on_bytes(std::string_view(buffer.data(), static_cast<std::size_t>(count)));
      if (closed_) return true;
    }
    if (libssh2_channel_eof(channel_) == 1) return lost("the peer closed the connection (through the gateway)");
    while (!out_.empty()) {
      const ssize_t count = libssh2_channel_write_ex(channel_, 0, out_.data(), std::min(out_.size(), kChunkBytes));
      if (count == LIBSSH2_ERROR_EAGAIN || count == 0) break;
      if (count < 0) return lost("the tunnel failed");
      out_.erase(0, static_cast<std::size_t>(count));
      progress = true;
    }
    return progress;
  }

  bool lost(const std::string& why) {
    state_ = State::kClose;
    const auto on_closed = std::move(events_.on_closed);
    closed_ = true;
    events_ = {};
    if (on_closed) on_closed(why);
    return true;
  }

  void finish() {
    state_ = State::kFinished;
    closed_ = true;
    events_ = {};
    const auto on_free = std::move(on_free_);
    on_free_ = nullptr;
    if (on_free) on_free();
  }

  const std::shared_ptr<Session> gateway_;
  const std::string host_;
  const std::uint16_t port_;
  std::function<void()> on_free_;
  WireEvents events_;
  std::string out_;
  State state_ = State::kOpen;
  LIBSSH2_CHANNEL* channel_ = nullptr;
  bool asked_ = false;
  bool closed_ = false;
};

}  // namespace

std::shared_ptr<Wire> make_tunnel_wire(std::shared_ptr<Session> gateway, std::string host, std::uint16_t port,
                                       std::function<void()> on_free) {
  return std::make_shared<Tunnel>(std::move(gateway), std::move(host), port, std::move(on_free));
}

}  // namespace foehn::net
