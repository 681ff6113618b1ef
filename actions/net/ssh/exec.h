// What runs on a session: one command (ExecTask) or one forwarded TCP connection (make_tunnel_wire). I/O thread only.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "actions/net/ssh/session.h"

struct _LIBSSH2_CHANNEL;

namespace foehn::net {

class ExecTask final : public ChannelTask {
 public:
  struct Ending {
    SshResult result;
    std::optional<SshFailure> failure;
    bool started = false;          // the server may have begun the command
    bool channel_refused = false;  // the server wants no more channels on this session
  };
  // `on_end` is called once, unless abandon() came first; `on_free` once when the channel is closed for good.
  ExecTask(SshCommand command, std::function<void(SshStream, std::string_view)> on_output,
           std::function<void(Ending)> on_end, std::function<void()> on_free);

  bool step(Session& session) override;
  bool finished() const override { return state_ == State::kFinished; }
  void on_session_lost(const std::string& why) override;

  // Nobody waits any more: no callback but on_free follows. The caller wakes the session.
  void abandon();
  // Output so far, for the result of a timeout or a cancellation.
  SshResult& result() { return result_; }

 private:
  enum class State { kOpen, kExec, kRun, kWaitClosed, kClose, kFree, kFinished };
  bool open(Session& session);
  bool exec(Session& session);
  bool run(Session& session);
  bool read(Session& session, int stream);
  bool write(Session& session);
  bool wait_closed(Session& session);
  void keep(SshStream stream, std::string_view bytes);
  void fail(Session& session, SshErrorClass error_class, std::string detail);
  void fail_with_code(Session& session, int code);
  void end(Ending ending);
  void finish();
  SshFailure failure_of(const SshTarget& target, SshErrorClass error_class, std::string detail) const;

  const SshCommand command_;
  const std::function<void(SshStream, std::string_view)> on_output_;
  std::function<void(Ending)> on_end_;
  std::function<void()> on_free_;
  SshResult result_;
  SshTarget target_;  // of the session, for failures after it is gone
  State state_ = State::kOpen;
  _LIBSSH2_CHANNEL* channel_ = nullptr;
  std::size_t written_ = 0;
  bool asked_ = false;  // for the channel
  bool eof_sent_ = false;
  bool abandoned_ = false;
};

// A wire through `gateway` to host:port. Takes one channel of that session; `on_free` is called when it is given back.
std::shared_ptr<Wire> make_tunnel_wire(std::shared_ptr<Session> gateway, std::string host, std::uint16_t port,
                                       std::function<void()> on_free);

}  // namespace foehn::net
