#include "actions/std/ssh_job.h"

#include <algorithm>
#include <chrono>
#include <mutex>

#include "actions/timer_queue.h"

namespace foehn::actions {
namespace {

constexpr std::int64_t kPauseMsMin = 200;  // before attaching again; doubles
constexpr std::int64_t kPauseMsMax = 10'000;
constexpr std::int64_t kAttachMsMax = 600'000;  // so long the machine may be out of reach before the job counts as lost
constexpr std::int64_t kKillMsMax = 20'000;     // for ending the remote command
constexpr std::size_t kFollowErrorBytes = 4'096;

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Failures that attaching again may cure.
bool may_pass(net::SshErrorClass error_class) {
  return error_class == net::SshErrorClass::kRefused || error_class == net::SshErrorClass::kUnreachable ||
         error_class == net::SshErrorClass::kTimeout || error_class == net::SshErrorClass::kLost ||
         error_class == net::SshErrorClass::kProtocol;
}

}  // namespace

struct SshJob::State {
  std::mutex mutex;
  net::SshRequestId request = 0;
  TimerQueue::Handle timeout = 0;
  TimerQueue::Handle retry = 0;
  bool ending = false;  // cancelled or timed out: no more attaching
  bool finished = false;
  bool known = false;  // the job exists on the other side
  bool reattached = false;
  std::uint64_t out_offset = 0;
  std::uint64_t err_offset = 0;
  std::uint32_t attempts = 0;
  std::int64_t started_ms = now_ms();
  std::int64_t unreachable_since_ms = 0;
  std::int64_t pause_ms = kPauseMsMin;
  net::SshResult result;
  std::optional<int> exit_code;
  std::optional<std::string> lost;
  std::unique_ptr<FrameReader> reader;
};

SshJob::SshJob(net::SshClient& client, TimerQueue& timers, Plan plan)
    : client_(client), timers_(timers), plan_(std::move(plan)), state_(std::make_unique<State>()) {}

SshJob::~SshJob() = default;

void SshJob::start() {
  arm_timeout();
  attach();
}

void SshJob::arm_timeout() {
  if (plan_.timeout_ms <= 0) return;
  std::lock_guard lock(state_->mutex);
  state_->timeout = timers_.schedule(plan_.timeout_ms, [self = shared_from_this()] {
    self->give_up(net::SshErrorClass::kTimeout,
                  "not finished within " + std::to_string(self->plan_.timeout_ms) + " ms");
  });
}

void SshJob::attach() {
  net::SshCommand command;
  net::SshCallbacks callbacks;
  callbacks.on_output = [self = shared_from_this()](net::SshStream stream, std::string_view bytes) {
    self->received(stream, bytes);
  };
  callbacks.done = [self = shared_from_this()](net::SshOutcome outcome) { self->detached(std::move(outcome)); };
  std::lock_guard lock(state_->mutex);
  if (state_->ending || state_->finished) return;
  state_->retry = 0;
  ++state_->attempts;
  RemoteCommand remote = follow_command(plan_.name, plan_.program, state_->out_offset, state_->err_offset);
  command.command = std::move(remote.command);
  command.stdin_data = std::move(remote.stdin_data);
  command.output_limit_bytes = kFollowErrorBytes;
  state_->reader = make_reader();
  // Under the lock, so that abandon() knows whether the client is still being used.
  state_->request = client_.exec(plan_.target, std::move(command), std::move(callbacks));
}

// Its events are called under the lock, from received().
std::unique_ptr<FrameReader> SshJob::make_reader() {
  FrameReader::Events events;
  events.on_job = [this](bool attached) {
    state_->known = true;
    state_->unreachable_since_ms = 0;
    state_->pause_ms = kPauseMsMin;
    if (attached) state_->reattached = true;
  };
  events.on_output = [this](net::SshStream stream, std::string_view bytes) {
    const bool out = stream == net::SshStream::kStdout;
    (out ? state_->out_offset : state_->err_offset) += bytes.size();
    std::string& text = out ? state_->result.stdout_text : state_->result.stderr_text;
    const std::size_t room = plan_.output_limit_bytes - std::min(plan_.output_limit_bytes, text.size());
    if (bytes.size() > room) state_->result.truncated = true;
    text += bytes.substr(0, room);
    if (plan_.on_output) plan_.on_output(stream, bytes);
  };
  events.on_exit = [this](int code) { state_->exit_code = code; };
  events.on_lost = [this](std::string why) { state_->lost = std::move(why); };
  return std::make_unique<FrameReader>(std::move(events));
}

void SshJob::received(net::SshStream stream, std::string_view bytes) {
  if (stream != net::SshStream::kStdout) return;
  std::lock_guard lock(state_->mutex);
  if (!state_->finished) state_->reader->feed(bytes);
}

// The following command has ended, one way or another.
void SshJob::detached(net::SshOutcome outcome) {
  std::optional<net::SshOutcome> final;
  {
    std::lock_guard lock(state_->mutex);
    state_->request = 0;
    if (state_->ending || state_->finished) return;
    state_->result.host_key_fingerprint = outcome.result.host_key_fingerprint;
    final.emplace();
    if (state_->exit_code) {
      state_->result.exit_code = *state_->exit_code;
    } else if (state_->lost) {
      final->failure = failure(net::SshErrorClass::kLost, *state_->lost);
    } else if (outcome.failure) {
      final->failure = outcome.failure;
      if (state_->known) final->failure->detail += " (the command was started and may still run)";
    } else if (state_->known) {
      final->failure = failure(net::SshErrorClass::kLost, "the watching command was ended on the other side");
    } else {
      // It could not even be prepared: that exit code and its words are the result.
      state_->result.exit_code = outcome.result.exit_code;
      state_->result.exit_signal = outcome.result.exit_signal;
      state_->result.stderr_text = outcome.result.stderr_text + outcome.result.stdout_text;
      if (outcome.result.exit_code == 0)
        final->failure = failure(net::SshErrorClass::kProtocol, "the other side does not answer like a POSIX shell");
    }
  }
  if (final->failure && !state_->lost && attach_later(*final->failure)) return;
  end(std::move(*final));
}

// True when another try is on its way. A job that may have been started is worth waiting for; a machine that could not
// be reached in the first place is reported at once, as for any command.
bool SshJob::attach_later(const net::SshFailure& why) {
  std::lock_guard lock(state_->mutex);
  const bool may_exist = state_->known || why.phase == net::SshPhase::kRun || plan_.name.adopt;
  if (!may_exist || !may_pass(why.error_class)) return false;
  const std::int64_t now = now_ms();
  if (state_->unreachable_since_ms == 0) state_->unreachable_since_ms = now;
  if (now - state_->unreachable_since_ms > kAttachMsMax) return false;
  state_->retry = timers_.schedule(state_->pause_ms, [self = shared_from_this()] { self->attach(); });
  state_->pause_ms = std::min(state_->pause_ms * 2, kPauseMsMax);
  return true;
}

void SshJob::cancel() { give_up(net::SshErrorClass::kCancelled, "cancelled"); }

// Ends the remote command, then us: a retry must not meet it still running. When nothing is known of the other side,
// the answer does not wait; the attempt to end it is made all the same.
void SshJob::give_up(net::SshErrorClass error_class, const std::string& detail) {
  net::SshRequestId request = 0;
  TimerQueue::Handle retry = 0;
  bool known = false;
  {
    std::lock_guard lock(state_->mutex);
    if (state_->ending || state_->finished) return;
    state_->ending = true;
    request = state_->request;
    retry = state_->retry;
    known = state_->known;
  }
  if (retry != 0) timers_.cancel(retry);
  if (request != 0) client_.cancel(request);
  net::SshOutcome outcome;
  outcome.failure = failure(error_class, detail);
  if (!known) end(outcome);
  RemoteCommand remote = kill_command(plan_.name, plan_.program.sudo);
  net::SshCommand command;
  command.command = std::move(remote.command);
  command.stdin_data = std::move(remote.stdin_data);
  command.timeout_ms = kKillMsMax;
  net::SshCallbacks callbacks;
  callbacks.done = [self = shared_from_this(), outcome](const net::SshOutcome& kill) mutable {
    if (kill.failure) outcome.failure->detail += " (the command may still run: " + kill.failure->detail + ")";
    self->end(std::move(outcome));
  };
  client_.exec(plan_.target, std::move(command), std::move(callbacks));
}

net::SshFailure SshJob::failure(net::SshErrorClass error_class, std::string detail) const {
  return {.error_class = error_class,
          .phase = net::SshPhase::kRun,
          .host = plan_.target.host,
          .port = plan_.target.port,
          .user = plan_.target.user,
          .detail = std::move(detail)};
}

void SshJob::abandon() {
  TimerQueue::Handle retry = 0;
  TimerQueue::Handle timeout = 0;
  {
    std::lock_guard lock(state_->mutex);
    state_->finished = true;
    retry = state_->retry;
    timeout = state_->timeout;
  }
  if (retry != 0) timers_.cancel(retry);
  if (timeout != 0) timers_.cancel(timeout);
}

void SshJob::end(net::SshOutcome outcome) {
  JobEnd job_end;
  TimerQueue::Handle timeout = 0;
  {
    std::lock_guard lock(state_->mutex);
    if (std::exchange(state_->finished, true)) return;
    timeout = state_->timeout;
    job_end.reattached = state_->reattached;
    outcome.result = std::move(state_->result);
    outcome.result.attempts = std::max<std::uint32_t>(1, state_->attempts);
    outcome.result.duration_ms = now_ms() - state_->started_ms;
    if (outcome.failure) outcome.failure->attempt = outcome.result.attempts;
  }
  if (timeout != 0) timers_.cancel(timeout);
  job_end.outcome = std::move(outcome);
  plan_.done(std::move(job_end));
}

}  // namespace foehn::actions
