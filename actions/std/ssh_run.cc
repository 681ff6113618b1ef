// ssh.run: a command or script on one machine; durable unless told otherwise (ssh_job.h).
#include "actions/std/run_table.h"
#include "actions/std/ssh_actions.h"
#include "actions/std/ssh_command.h"
#include "actions/std/ssh_job.h"
#include "actions/std/ssh_result.h"
#include "actions/text.h"

namespace foehn::actions {
namespace {

std::vector<InputSpec> run_inputs() {
  std::vector<InputSpec> inputs{
      {.name = "host", .type = InputType::kString, .required = true, .doc = "Host name or address."},
      {.name = "username", .type = InputType::kString, .required = true, .doc = "User to log in as."},
      {.name = "cmd", .type = InputType::kString, .doc = "Command for the login shell."},
      {.name = "script", .type = InputType::kString, .doc = "Text of a script; its #! line is honoured, sh without."},
      {.name = "script_file", .type = InputType::kString, .doc = "A script of the workflow bundle."},
      {.name = "script_files", .type = InputType::kList, .doc = "Several, run as one script in this order."},
      {.name = "password", .type = InputType::kSecret, .doc = "Password."},
      {.name = "private_key", .type = InputType::kSecret, .doc = "Text of the private key."},
      {.name = "private_key_filename", .type = InputType::kString, .doc = "Key file in the server's key folder."},
      {.name = "durable",
       .type = InputType::kBoolean,
       .default_text = "true",
       .doc = "Runs detached: survives a lost connection and a restart of the engine, and runs exactly once."}};
  for (const auto& more : {connection_inputs(false), program_inputs(false)})
    inputs.insert(inputs.end(), more.begin(), more.end());
  return inputs;
}

class SshRun final : public Action {
 public:
  SshRun(const SshServices& services, TimerQueue& timers) : services_(services), timers_(timers) {}
  ~SshRun() override {
    for (const Handle& handle : running_->take_all())
      if (handle.job) handle.job->abandon();
  }
  const ActionSpec& spec() const override { return spec_; }

  void run(const ActionContext& context, Value input, Done done) override {
    auto plan = prepare(input);
    if (!plan) return done(ActionOutcome::error("ssh.run: " + plan.error().message));
    if (!plan->durable && context.recovered && !context.safe_rerun) return done(lost_with_the_engine(*plan));
    plan->run_id = context.run_id.is_nil() ? ActionRunId::random() : context.run_id;
    plan->log = context.log;
    running_->begin(plan->run_id);
    const ActionRunId run_id = plan->run_id;
    const Handle handle = plan->durable ? start_job(context, std::move(*plan), std::move(done))
                                        : start_plain(std::move(*plan), std::move(done));
    if (running_->set(run_id, handle)) cancel(handle);
  }

  void cancel(ActionRunId run_id) override {
    if (const auto handle = running_->cancel(run_id)) cancel(*handle);
  }

 private:
  // One of the two.
  struct Handle {
    net::SshRequestId request = 0;
    std::shared_ptr<SshJob> job;
  };
  using Running = RunTable<Handle>;

  struct Plan {
    net::SshTarget target;
    RemoteProgram program;
    SshJudgement judgement;
    std::int64_t timeout_ms = 0;
    std::size_t output_limit_bytes = limits::kSshOutputBytesMax;
    bool durable = true;
    ActionRunId run_id;
    std::function<void(std::string_view)> log;
  };

  Result<Plan> prepare(const Value& input) const {
    Plan plan;
    FOEHN_TRY(plan.target, target_of(input, text_or(input, "host"), services_));
    FOEHN_TRY(plan.program, program_of(input, services_));
    FOEHN_TRY(plan.judgement, judgement_of(input));
    plan.judgement.title = plan.program.title;
    plan.judgement.secrets = secrets_of(plan.target);
    FOEHN_TRY(const auto timeout, number_of(input, "timeout_s"));
    if (timeout) plan.timeout_ms = static_cast<std::int64_t>(*timeout * 1000);
    FOEHN_TRY(const auto limit, number_of(input, "output_limit_bytes"));
    if (limit) plan.output_limit_bytes = static_cast<std::size_t>(*limit);
    if (const Value* durable = find(input, "durable"); durable && !durable->is_null())
      plan.durable = is_truthy(*durable);
    return plan;
  }

  static ActionOutcome lost_with_the_engine(const Plan& plan) {
    net::SshOutcome outcome;
    outcome.failure = net::SshFailure{.error_class = net::SshErrorClass::kLost,
                                      .phase = net::SshPhase::kRun,
                                      .host = plan.target.host,
                                      .port = plan.target.port,
                                      .user = plan.target.user,
                                      .detail =
                                          "the engine was restarted while the command ran; it is not durable, so "
                                          "its outcome is unknown and it was not run again"};
    return ssh_outcome(plan.target, outcome, plan.judgement);
  }

  static std::function<void(net::SshStream, std::string_view)> live_log(const Plan& plan) {
    return [log = plan.log, secrets = plan.judgement.secrets, texts = std::make_shared<std::array<Utf8Stream, 2>>()](
               net::SshStream stream, std::string_view bytes) {
      std::string text = (*texts)[stream == net::SshStream::kStdout ? 0 : 1].feed(bytes);
      for (const std::string& secret : secrets) text = mask(std::move(text), secret);
      log(text);
    };
  }

  Handle start_plain(Plan plan, Done done) {
    net::SshCallbacks callbacks;
    callbacks.on_output = live_log(plan);
    callbacks.done = [target = plan.target, judgement = plan.judgement, done = std::move(done), run_id = plan.run_id,
                      running = running_](const net::SshOutcome& outcome) {
      running->end(run_id);
      done(ssh_outcome(target, outcome, judgement));
    };
    RemoteCommand remote = remote_command(plan.program);
    net::SshCommand command;
    command.command = std::move(remote.command);
    command.stdin_data = std::move(remote.stdin_data);
    command.timeout_ms = plan.timeout_ms;
    command.output_limit_bytes = plan.output_limit_bytes;
    return {services_.client.exec(std::move(plan.target), std::move(command), std::move(callbacks)), nullptr};
  }

  Handle start_job(const ActionContext& context, Plan plan, Done done) {
    SshJob::Plan job;
    job.on_output = live_log(plan);
    job.done = [target = plan.target, judgement = plan.judgement, done = std::move(done), run_id = plan.run_id,
                running = running_](const JobEnd& end) {
      running->end(run_id);
      done(ssh_outcome(target, end.outcome, judgement, end.reattached));
    };
    job.target = std::move(plan.target);
    job.program = std::move(plan.program);
    job.name = {.run_id = to_string(plan.run_id), .attempt = context.attempt, .adopt = context.recovered};
    job.timeout_ms = plan.timeout_ms;
    job.output_limit_bytes = plan.output_limit_bytes;
    auto started = std::make_shared<SshJob>(services_.client, timers_, std::move(job));
    started->start();
    return {0, started};
  }

  void cancel(const Handle& handle) {
    if (handle.job) {
      handle.job->cancel();
    } else {
      services_.client.cancel(handle.request);
    }
  }

  const ActionSpec spec_{
      .name = "ssh.run",
      .class_name = "foehn.actions.SshRun",
      .description = "Runs a command or a script on a machine by SSH.",
      .inputs = run_inputs(),
      .output_doc =
          "{exit_code, signal, stdout, stderr, truncated, duration_s, attempts, reattached}; an error has the "
          "same members and error {message, class, host, port, user, phase}.",
      .safe_rerun = true,  // a durable run re-attaches; one that is not refuses by itself, see run()
      .target_inputs = {"host"}};
  const SshServices services_;
  TimerQueue& timers_;
  const std::shared_ptr<Running> running_ = std::make_shared<Running>();
};

}  // namespace

std::unique_ptr<Action> make_ssh_run(const SshServices& services, TimerQueue& timers) {
  return std::make_unique<SshRun>(services, timers);
}

}  // namespace foehn::actions
