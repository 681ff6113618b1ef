// ssh.wait: until a machine can be logged in to and runs a command.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <optional>

#include "actions/net/ssh/known_hosts.h"
#include "actions/std/run_table.h"
#include "actions/std/ssh_actions.h"
#include "actions/std/ssh_result.h"
#include "actions/timer_queue.h"
#include "engine/base/sync.h"

namespace foehn::actions {
namespace {

constexpr std::int64_t kTimeoutMsDefault = 300'000;
constexpr std::int64_t kPauseMsMin = 200;  // between two tries; doubles up to the maximum
constexpr std::int64_t kPauseMsMax = 3'000;
constexpr std::int64_t kAuthMsDefault = 60'000;  // so long a machine may take to let its first user in
constexpr std::int64_t kConnectMsMax = 5'000;    // a booting machine may swallow packets: try again soon

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// The machine itself is not there (any more): what it refused before is no longer its last word.
bool is_away(net::SshErrorClass error_class) {
  return error_class == net::SshErrorClass::kRefused || error_class == net::SshErrorClass::kUnreachable;
}

struct Wait : std::enable_shared_from_this<Wait> {
  Wait(net::SshClient& given_client, TimerQueue& given_timers) : client(given_client), timers(given_timers) {}

  net::SshClient& client;
  TimerQueue& timers;
  net::SshTarget target;
  SshJudgement judgement;
  std::int64_t started_ms = 0;
  std::int64_t deadline_ms = 0;
  std::int64_t auth_ms_max = kAuthMsDefault;
  std::optional<std::int64_t> login_refused_ms;  // since when
  std::uint32_t tries = 0;
  std::string cause;  // of the last failure
  std::int64_t pause_ms = kPauseMsMin;
  std::function<void(std::string_view)> log;
  std::function<void(ActionOutcome)> finish;

  // Which of the two it is doing can change at any moment: guarded.
  struct Pending {
    net::SshRequestId request = 0;
    TimerQueue::Handle timer = 0;
    bool cancelled = false;
    bool finished = false;
  };
  Guarded<Pending> pending;

  void end(ActionOutcome outcome) {
    const bool first = pending.with([](Pending& state) { return !std::exchange(state.finished, true); });
    if (first) finish(std::move(outcome));
  }

  void attempt() {
    net::SshTarget now = target;
    const std::int64_t left = std::max<std::int64_t>(1, deadline_ms - now_ms());
    now.connect_timeout_ms = std::min(now.connect_timeout_ms, std::min(left, kConnectMsMax));
    net::SshCommand command;
    command.command = "true";
    command.timeout_ms = left;
    net::SshCallbacks callbacks;
    callbacks.done = [self = shared_from_this()](net::SshOutcome outcome) { self->tried(std::move(outcome)); };
    // Under the lock, so that abandon() knows whether the client is still being used.
    const bool cancelled = pending.with([&](Pending& state) {
      if (state.finished) return false;
      if (!state.cancelled) state.request = client.exec(std::move(now), std::move(command), std::move(callbacks));
      return state.cancelled;
    });
    if (cancelled) end(ActionOutcome::cancelled());
  }

  void tried(net::SshOutcome outcome) {
    const auto error = ssh_error(target, outcome, judgement);
    if (!error) {
      Value result = Value::object();
      result["host_key_fp"] = outcome.result.host_key_fingerprint;
      result["waited_s"] = static_cast<double>(now_ms() - started_ms) / 1000;
      return end(ActionOutcome::success(std::move(result)));
    }
    if (error->error_class == net::SshErrorClass::kCancelled) return end(ActionOutcome::cancelled());
    ++tries;
    // Said once for each cause, so that the log tells why it waits and for what next.
    if (std::exchange(cause, error->message) != error->message) log(error->message + "\n");
    if (is_away(error->error_class)) login_refused_ms.reset();
    if (error->error_class == net::SshErrorClass::kAuth && !login_refused_ms) login_refused_ms = now_ms();
    if (is_final(error->error_class)) return give_up(*error);
    const bool cancelled = pending.with([&](Pending& state) {
      if (state.cancelled || state.finished) return state.cancelled;
      state.request = 0;
      state.timer = timers.schedule(pause_ms, [self = shared_from_this()] { self->attempt(); });
      return false;
    });
    if (cancelled) return end(ActionOutcome::cancelled());
    pause_ms = std::min(pause_ms * 2, kPauseMsMax);
  }

  // Waiting does not cure it, or has not cured it in time.
  bool is_final(net::SshErrorClass error_class) const {
    if (error_class == net::SshErrorClass::kHostKey) return true;
    if (error_class == net::SshErrorClass::kAuth && now_ms() - *login_refused_ms >= auth_ms_max) return true;
    return now_ms() + pause_ms >= deadline_ms;
  }

  void give_up(const SshError& error) {
    const double waited = static_cast<double>(now_ms() - started_ms) / 1000;
    std::array<char, 32> seconds{};
    std::snprintf(seconds.data(), seconds.size(), "%.1f", waited);
    Value data = Value::object();
    data["error"] = error.data;
    data["error"]["message"] =
        "ssh.wait gave up after " + std::string(seconds.data()) + " s (tries: " + std::to_string(tries) + "): " + cause;
    data["waited_s"] = waited;
    end(ActionOutcome::error(std::move(data)));
  }

  // The process is ending: no callback follows.
  void abandon() {
    const TimerQueue::Handle timer = pending.with([](Pending& state) {
      state.finished = true;
      return state.timer;
    });
    if (timer != 0) timers.cancel(timer);
  }

  void cancel() {
    const auto [request, timer] = pending.with([](Pending& state) {
      state.cancelled = true;
      return std::pair(state.request, state.timer);
    });
    if (request != 0) client.cancel(request);
    if (timer != 0 && timers.cancel(timer)) end(ActionOutcome::cancelled());
  }
};

std::vector<InputSpec> wait_inputs() {
  std::vector<InputSpec> inputs{
      {.name = "host", .type = InputType::kString, .required = true, .doc = "Host name or address."},
      {.name = "username", .type = InputType::kString, .required = true, .doc = "User to log in as."},
      {.name = "password", .type = InputType::kSecret, .doc = "Password."},
      {.name = "private_key", .type = InputType::kSecret, .doc = "Text of the private key."},
      {.name = "private_key_filename", .type = InputType::kString, .doc = "Key file in the server's key folder."},
      {.name = "timeout_s", .type = InputType::kNumber, .default_text = "300", .doc = "Give up after so long."},
      {.name = "auth_timeout_s",
       .type = InputType::kNumber,
       .default_text = "60",
       .doc = "Give up when the machine has refused this login for so long."},
      {.name = "new_machine",
       .type = InputType::kBoolean,
       .default_text = "false",
       .doc = "The machine was just created: a host key recorded for an earlier one at this address is forgotten."}};
  const auto more = connection_inputs(false);
  inputs.insert(inputs.end(), more.begin(), more.end());
  return inputs;
}

class SshWait final : public Action {
 public:
  SshWait(const SshServices& services, net::KnownHosts& known_hosts, TimerQueue& timers)
      : services_(services), known_hosts_(known_hosts), timers_(timers) {}
  ~SshWait() override {
    for (const auto& wait : running_->take_all()) wait->abandon();
  }
  const ActionSpec& spec() const override { return spec_; }

  void run(const ActionContext& context, Value input, Done done) override {
    auto target = target_of(input, text_or(input, "host"), services_);
    if (!target) return done(ActionOutcome::error("ssh.wait: " + target.error().message));
    const auto timeout = number_of(input, "timeout_s");
    if (!timeout) return done(ActionOutcome::error("ssh.wait: " + timeout.error().message));
    const auto auth_timeout = number_of(input, "auth_timeout_s");
    if (!auth_timeout) return done(ActionOutcome::error("ssh.wait: " + auth_timeout.error().message));
    if (const Value* fresh = find(input, "new_machine"); fresh && is_truthy(*fresh))
      if (const Status forgotten = known_hosts_.forget(target->host, target->port); !forgotten)
        return done(ActionOutcome::error("ssh.wait: " + forgotten.error().message));
    auto wait = std::make_shared<Wait>(services_.client, timers_);
    wait->judgement.title = "ssh.wait";
    wait->judgement.secrets = secrets_of(*target);
    wait->target = std::move(*target);
    wait->started_ms = now_ms();
    wait->deadline_ms = wait->started_ms + (*timeout ? static_cast<std::int64_t>(**timeout * 1000) : kTimeoutMsDefault);
    if (*auth_timeout) wait->auth_ms_max = static_cast<std::int64_t>(**auth_timeout * 1000);
    wait->log = context.log;
    const ActionRunId run_id = context.run_id.is_nil() ? ActionRunId::random() : context.run_id;
    wait->finish = [run_id, done = std::move(done), running = running_](ActionOutcome outcome) {
      running->end(run_id);
      done(std::move(outcome));
    };
    running_->begin(run_id);
    if (running_->set(run_id, wait)) wait->cancel();
    wait->attempt();
  }

  void cancel(ActionRunId run_id) override {
    if (const auto wait = running_->cancel(run_id)) (*wait)->cancel();
  }

 private:
  using Running = RunTable<std::shared_ptr<Wait>>;
  const ActionSpec spec_{
      .name = "ssh.wait",
      .class_name = "foehn.actions.SshWait",
      .description = "Waits until a machine can be logged in to: TCP, banner, host key, authentication and a command.",
      .inputs = wait_inputs(),
      .output_doc = "{host_key_fp: 'SHA256:…', waited_s}",
      .safe_rerun = true,
      .target_inputs = {"host"}};
  const SshServices services_;
  net::KnownHosts& known_hosts_;
  TimerQueue& timers_;
  const std::shared_ptr<Running> running_ = std::make_shared<Running>();
};

}  // namespace

std::unique_ptr<Action> make_ssh_wait(const SshServices& services, net::KnownHosts& known_hosts, TimerQueue& timers) {
  return std::make_unique<SshWait>(services, known_hosts, timers);
}

}  // namespace foehn::actions
