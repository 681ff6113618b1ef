// ssh.run: a command or script on one machine.
#include "actions/net/ssh/known_hosts.h"
#include "actions/std/run_table.h"
#include "actions/std/ssh_actions.h"
#include "actions/std/ssh_command.h"
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
      {.name = "durable", .type = InputType::kBoolean, .default_text = "false", .doc = "Not available yet."}};
  for (const auto& more : {connection_inputs(false), program_inputs(false)})
    inputs.insert(inputs.end(), more.begin(), more.end());
  return inputs;
}

class SshRun final : public Action {
 public:
  explicit SshRun(const SshServices& services) : services_(services) {}
  const ActionSpec& spec() const override { return spec_; }

  void run(const ActionContext& context, Value input, Done done) override {
    net::SshTarget target;
    net::SshCommand command;
    SshJudgement judgement;
    if (Status ready = prepare(input, target, command, judgement); !ready)
      return done(ActionOutcome::error("ssh.run: " + ready.error().message));
    const ActionRunId run_id = context.run_id;
    running_->begin(run_id);
    auto texts = std::make_shared<std::array<Utf8Stream, 2>>();
    net::SshCallbacks callbacks;
    callbacks.on_output = [log = context.log, texts, secrets = judgement.secrets](net::SshStream stream,
                                                                                 std::string_view bytes) {
      std::string text = (*texts)[stream == net::SshStream::kStdout ? 0 : 1].feed(bytes);
      for (const std::string& secret : secrets) text = mask(std::move(text), secret);
      log(text);
    };
    callbacks.done = [target, judgement = std::move(judgement), done = std::move(done), run_id,
                      running = running_](net::SshOutcome outcome) {
      running->end(run_id);
      done(ssh_outcome(target, outcome, judgement));
    };
    const auto id = services_.client.exec(std::move(target), std::move(command), std::move(callbacks));
    if (running_->set(run_id, id)) services_.client.cancel(id);
  }

  void cancel(ActionRunId run_id) override {
    if (const auto id = running_->cancel(run_id)) services_.client.cancel(*id);
  }

 private:
  using Running = RunTable<net::SshRequestId>;

  Status prepare(const Value& input, net::SshTarget& target, net::SshCommand& command,
                 SshJudgement& judgement) const {
    if (const Value* durable = find(input, "durable"); durable && is_truthy(*durable))
      return fail(ErrorCode::kUnsupported, "durable is not available yet");
    FOEHN_TRY(target, target_of(input, text_or(input, "host"), services_));
    FOEHN_TRY(const RemoteProgram program, program_of(input, services_));
    FOEHN_TRY(judgement, judgement_of(input));
    judgement.title = program.title;
    judgement.secrets = secrets_of(target);
    FOEHN_TRY(const auto timeout, number_of(input, "timeout_s"));
    if (timeout) command.timeout_ms = static_cast<std::int64_t>(*timeout * 1000);
    FOEHN_TRY(const auto limit, number_of(input, "output_limit_bytes"));
    if (limit) command.output_limit_bytes = static_cast<std::size_t>(*limit);
    RemoteCommand remote = remote_command(program);
    command.command = std::move(remote.command);
    command.stdin_data = std::move(remote.stdin_data);
    return {};
  }

  const ActionSpec spec_{
      .name = "ssh.run",
      .class_name = "foehn.actions.SshRun",
      .description = "Runs a command or a script on a machine by SSH.",
      .inputs = run_inputs(),
      .output_doc = "{exit_code, signal, stdout, stderr, truncated, duration_s, attempts, reattached}; an error has the "
                    "same members and error {message, class, host, port, user, phase}.",
      .target_inputs = {"host"}};
  const SshServices services_;
  const std::shared_ptr<Running> running_ = std::make_shared<Running>();
};

}  // namespace

std::unique_ptr<Action> make_ssh_run(const SshServices& services, TimerQueue&) {
  return std::make_unique<SshRun>(services);
}

}  // namespace foehn::actions
