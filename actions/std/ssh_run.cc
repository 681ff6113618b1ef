// ssh.run: a command or script on one machine; durable unless told otherwise (ssh_job.h).
#include "actions/std/run_table.h"
#include "actions/std/ssh_actions.h"
#include "actions/std/ssh_command.h"
#include "actions/std/ssh_job.h"
#include "actions/std/ssh_result.h"
#include "actions/std/ssh_secret_output.h"
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
       .doc = "Runs detached: survives a lost connection and a restart of the engine, runs exactly once, and is ended "
              "by a cancel. Without it, a cancel only closes the channel: SSH servers let the command go on."},
      {.name = "secret_env",
       .type = InputType::kObject,
       .doc = "{NAME: name of a secret}: environment from the secret store, masked in output, log and errors."},
      {.name = "secret_output",
       .type = InputType::kObject,
       .doc = "{member: name}: these texts of the JSON object on standard output are kept in the secret store under "
              "that name and masked; standard output is logged at the end instead of live."},
      {.name = "final_codes", .type = InputType::kList, .doc = "Exit codes after which a retry is pointless."}};
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
    SecretOutputs secret_outputs;
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
    for (const std::string& secret : plan.program.secrets) plan.judgement.secrets.push_back(secret);
    FOEHN_TRY(plan.secret_outputs, secret_outputs_of(input));
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
    return [log = plan.log, secrets = plan.judgement.secrets, held = !plan.secret_outputs.empty(),
            texts = std::make_shared<std::array<Utf8Stream, 2>>()](net::SshStream stream, std::string_view bytes) {
      if (held && stream == net::SshStream::kStdout) return;  // until it is known what to mask in it
      std::string text = (*texts)[stream == net::SshStream::kStdout ? 0 : 1].feed(bytes);
      for (const std::string& secret : secrets) text = mask(std::move(text), secret);
      log(text);
    };
  }

  // What both kinds of run do with their end.
  std::function<void(net::SshOutcome, bool)> finisher(const Plan& plan, Done done) {
    return [target = plan.target, judgement = plan.judgement, outputs = plan.secret_outputs, log = plan.log,
            run_id = plan.run_id, done = std::move(done), running = running_,
            &secrets = services_.secrets](net::SshOutcome outcome, bool reattached) mutable {
      running->end(run_id);
      if (const Status kept = keep_secrets(outputs, secrets, outcome, judgement); !kept)
        return done(ActionOutcome::error("ssh.run: " + judgement.title + ": " + kept.error().message));
      if (!outputs.empty()) log(ssh_result(outcome.result, judgement)["stdout"].get<std::string>());
      done(ssh_outcome(target, outcome, judgement, reattached));
    };
  }

  Handle start_plain(Plan plan, Done done) {
    net::SshCallbacks callbacks;
    callbacks.on_output = live_log(plan);
    callbacks.done = [finish = finisher(plan, std::move(done))](net::SshOutcome outcome) mutable {
      // A closed channel ends nothing on an SSH server.
      if (outcome.failure && outcome.failure->phase == net::SshPhase::kRun &&
          outcome.failure->error_class == net::SshErrorClass::kTimeout)
        outcome.failure->detail += " (the command may still run; durable: true would have ended it)";
      finish(std::move(outcome), false);
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
    job.done = [finish = finisher(plan, std::move(done))](JobEnd end) mutable {
      finish(std::move(end.outcome), end.reattached);
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
