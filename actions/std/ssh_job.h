// A durable remote command: started detached on the other machine, where a job directory keeps its output and exit
// code. A lost connection, a restarted sshd or a restarted engine only mean that we attach again; it runs exactly once.
//   ~/.foehn/jobs/<run id>.<attempt>/   mode 700
//     run cmd in      what to do (cmd and in may hold secrets and are removed at the end)
//     boot pid        machine start it belongs to, process group
//     out err rc      what came out; rc is written last
// Needs a POSIX sh, mktemp, tail, head and wc there (busybox is enough). Texts of the protocol: ssh_job_text.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "actions/net/ssh/client.h"
#include "actions/std/ssh_command.h"

namespace foehn::actions {

class TimerQueue;

// Which job directory: made by this attempt, or by an earlier one when the engine was restarted meanwhile.
struct JobName {
  std::string run_id;
  std::uint32_t attempt = 1;
  bool adopt = false;  // attach to a directory of an earlier attempt, if there is one
};

// Starts the job unless its directory exists, then follows it from these offsets. Standard output is a sequence of
// frames: "J started|attached", "O <n>" or "E <n>" and n bytes, "R <exit code>", "L <why it is lost>".
RemoteCommand follow_command(const JobName& name, const RemoteProgram& program, std::uint64_t out_offset,
                             std::uint64_t err_offset);
// TERM to the job's process group, KILL after a grace period; returns when it is gone.
RemoteCommand kill_command(const JobName& name, bool sudo);

// Reads those frames from pieces of any size.
class FrameReader {
 public:
  struct Events {
    std::function<void(bool attached)> on_job;
    std::function<void(net::SshStream, std::string_view)> on_output;
    std::function<void(int)> on_exit;
    std::function<void(std::string)> on_lost;
  };
  explicit FrameReader(Events events) : events_(std::move(events)) {}
  void feed(std::string_view bytes);
  // A line that is no frame came after the first one; the rest is ignored. Lines before it are not ours (~/.bashrc).
  bool broken() const { return broken_; }

 private:
  void line();
  const Events events_;
  std::string line_;
  std::uint64_t left_ = 0;  // bytes of the current output frame
  net::SshStream stream_ = net::SshStream::kStdout;
  bool begun_ = false;  // "J …" was seen
  bool broken_ = false;
  std::size_t noise_ = 0;  // bytes before that
};

struct JobEnd {
  net::SshOutcome outcome;
  bool reattached = false;
};

// Runs one durable command to its end. Callbacks on the client's or the timers' thread; cancel() from any thread.
class SshJob : public std::enable_shared_from_this<SshJob> {
 public:
  struct Plan {
    net::SshTarget target;
    RemoteProgram program;
    JobName name;
    std::int64_t timeout_ms = 0;
    std::size_t output_limit_bytes = limits::kSshOutputBytesMax;
    std::function<void(net::SshStream, std::string_view)> on_output;
    std::function<void(JobEnd)> done;
  };
  SshJob(net::SshClient& client, TimerQueue& timers, Plan plan);
  ~SshJob();
  void start();
  void cancel();
  // The process is ending: no callback follows, the remote command goes on.
  void abandon();

 private:
  struct State;
  std::unique_ptr<FrameReader> make_reader();
  net::SshFailure failure(net::SshErrorClass error_class, std::string detail) const;
  void attach();
  void arm_timeout();
  void received(net::SshStream stream, std::string_view bytes);
  void detached(net::SshOutcome outcome);
  bool attach_later(const net::SshFailure& why);
  void give_up(net::SshErrorClass error_class, const std::string& detail);
  void end(net::SshOutcome outcome);

  net::SshClient& client_;
  TimerQueue& timers_;
  const Plan plan_;
  const std::unique_ptr<State> state_;
};

}  // namespace foehn::actions
