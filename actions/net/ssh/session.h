// One SSH connection: TCP (or a tunnel), handshake, host key, authentication, then channels driven by ChannelTasks.
// Everything here happens on the SSH I/O thread; nothing blocks. libssh2 reads from a buffer that the wire fills and
// writes into the wire's queue, so "would block" always means "more input is needed", and one channel can never leave
// half a packet in another one's way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actions/net/ssh/client.h"
#include "actions/net/ssh/wire.h"

struct _LIBSSH2_SESSION;

namespace foehn {
class Log;
}

namespace foehn::net {

class KnownHosts;
class RsaKey;
class Session;

// What happens on an open session: a command or a tunnel. Owned by the session until finished.
class ChannelTask {
 public:
  virtual ~ChannelTask() = default;
  // Goes as far as it can without waiting. True when something was achieved (others may go on then).
  virtual bool step(Session& session) = 0;
  virtual bool finished() const = 0;
  // The session is gone; libssh2's objects must not be touched any more.
  virtual void on_session_lost(const std::string& why) = 0;
};

// At most so many handshakes at once: they are CPU-bound, and more only make all of them late.
class HandshakeGate {
 public:
  explicit HandshakeGate(std::size_t limit) : limit_(limit) {}
  // Calls `go` now or when it is this one's turn.
  void enter(std::function<void()> go);
  void leave();

 private:
  const std::size_t limit_;
  std::size_t inside_ = 0;
  std::deque<std::function<void()>> waiting_;
};

struct SessionServices {
  boost::asio::io_context& io;
  KnownHosts& known_hosts;
  HandshakeGate& gate;
  int any_fd;  // libssh2 insists on a descriptor; it is never read or written
  Log* log = nullptr;
};

class Session final : public std::enable_shared_from_this<Session> {
 public:
  Session(SessionServices& services, SshTarget target, std::shared_ptr<Wire> wire);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Connects and authenticates; `done` gets nullopt or why not. Called once.
  void open(std::function<void(std::optional<SshFailure>)> done);
  // Called once when an open session ends for whatever reason, after its tasks were told.
  void set_on_end(std::function<void()> on_end) { on_end_ = std::move(on_end); }

  void add(std::shared_ptr<ChannelTask> task);
  // A task has new work (input to send, a cancellation).
  void wake();
  // As wake(), from the event loop: for callers that may be inside libssh2.
  void wake_later();
  // Ends it; tasks are told `why`.
  void close(const std::string& why);

  bool ready() const { return state_ == State::kReady; }
  // No new commands: it is no longer ready, has grown old (libssh2 keeps every keepalive answer), or retire() was
  // called.
  bool retired() const;
  // After a command was given up: sshd counts its process as a session of this connection until it ends.
  void retire() { retired_ = true; }
  const SshTarget& target() const { return target_; }
  const std::string& fingerprint() const { return fingerprint_; }

  // For tasks.
  _LIBSSH2_SESSION* libssh2() const { return session_; }
  std::string last_error() const;
  std::size_t queued_bytes() const { return wire_->queued_bytes(); }
  // libssh2 opens one channel at a time per session: true when it is this task's turn.
  bool claim_opening(const ChannelTask* task);
  void release_opening(const ChannelTask* task);

  // The pool's notes.
  struct PoolNotes {
    std::string key;
    std::size_t leases = 0;
    std::size_t channels_max = 0;
    std::uint64_t served = 0;  // leases given so far
    std::uint64_t idle_round = 0;
  };
  PoolNotes pool;

 private:
  enum class State { kNew, kConnecting, kHandshake, kAuthenticate, kReady, kEnded };
  enum class Method { kKey, kRsaSha2, kRsaSha1, kPassword, kKeyboard };
  struct Timers;

  static SshPhase phase_of(State state, const Wire& wire);
  void connected();
  void received(std::string_view bytes);
  void disconnected(std::string why);
  void pump();
  bool step_tasks();
  bool step_opening();
  bool step_handshake();
  bool check_host_key();
  bool step_authenticate();
  bool choose_methods(const std::string& offered);
  int try_method(Method method);
  int try_rsa(bool sha256);
  bool authenticated();
  void fail_open(SshErrorClass error_class, SshPhase phase, std::string detail);
  void end(const std::string& why);
  void leave_gate();
  void arm_deadline();
  void arm_keepalive();
  void keepalive_tick();
  void note_banner();
  std::size_t take_input(char* buffer, std::size_t length);

  friend struct Libssh2Callbacks;

  SessionServices& services_;
  const SshTarget target_;
  const std::shared_ptr<Wire> wire_;
  const std::unique_ptr<Timers> timers_;
  _LIBSSH2_SESSION* session_ = nullptr;
  State state_ = State::kNew;
  std::function<void(std::optional<SshFailure>)> on_open_;
  std::function<void()> on_end_;
  std::string fingerprint_;

  std::string in_;
  std::size_t in_at_ = 0;
  bool wire_closed_ = false;
  std::string close_reason_;
  bool pumping_ = false;
  bool pump_again_ = false;

  bool gate_asked_ = false;
  bool gate_inside_ = false;
  std::optional<std::string> offered_methods_;
  std::deque<Method> methods_;
  std::string auth_notes_;
  std::unique_ptr<RsaKey> rsa_key_;

  std::vector<std::shared_ptr<ChannelTask>> tasks_;
  const ChannelTask* opening_ = nullptr;
  bool retired_ = false;
  std::string first_line_;    // from the server, for the message when it is no SSH server
  bool heard_ = false;        // since the last keepalive tick
  bool asked_alive_ = false;  // a keepalive is unanswered
  std::uint64_t packets_sent_ = 0;
  int silent_ticks_ = 0;
  std::size_t keepalives_ = 0;
};

}  // namespace foehn::net
