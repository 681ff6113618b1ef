// std.ssh and std.ssh_proxied: Mistral's actions on our SSH client. One host or a list; lists run at the same time.
#include <mutex>

#include "actions/std/run_table.h"
#include "actions/std/ssh_actions.h"
#include "actions/std/ssh_command.h"
#include "actions/std/ssh_result.h"
#include "actions/text.h"

namespace foehn::actions {
namespace {

constexpr std::size_t kHostsMax = 1'000;

// Results of one run over several hosts. I/O thread of the client, except for construction.
struct Fanout {
  std::string cmd;
  Value hosts;  // as the message shows them
  bool single = false;
  bool return_result_on_error = false;
  Done done;
  SshJudgement judgement;

  struct Part {
    net::SshTarget target;
    net::SshOutcome outcome;
  };
  std::mutex mutex;
  std::vector<Part> parts;
  std::size_t left = 0;

  // True when this was the last one.
  bool finish_part(std::size_t index, net::SshOutcome outcome) {
    std::lock_guard lock(mutex);
    parts[index].outcome = std::move(outcome);
    return --left == 0;
  }

  ActionOutcome summary() const {
    Value results = Value::array();
    std::string failures;
    bool cancelled = false;
    for (const Part& part : parts) {
      const auto error = ssh_error(part.target, part.outcome, judgement);
      const bool ran = !part.outcome.failure;
      if (!error || (ran && return_result_on_error)) {
        results.push_back(value_of(part, error.has_value()));
        continue;
      }
      cancelled = cancelled || error->error_class == net::SshErrorClass::kCancelled;
      failures +=
          (failures.empty() ? "" : " | ") + std::string(net::to_string(error->error_class)) + ": " + error->message;
    }
    if (cancelled) return ActionOutcome::cancelled();
    if (!failures.empty())
      return ActionOutcome::error("Failed to execute ssh cmd '" + cmd + "' on " + to_python_repr(hosts) + ": " +
                                  failures);
    return ActionOutcome::success(single ? results[0] : results);
  }

  Value value_of(const Part& part, bool failed) const {
    const Value result = ssh_result(part.outcome.result, judgement);
    if (!return_result_on_error || !failed) return result["stdout"];
    Value value = Value::object();
    value["stdout"] = result["stdout"];
    value["stderr"] = result["stderr"];
    value["exit_code"] = result["exit_code"];
    return value;
  }
};

std::vector<InputSpec> ssh_inputs() {
  std::vector<InputSpec> inputs{
      {.name = "cmd", .type = InputType::kString, .required = true, .doc = "Command for the login shell."},
      {.name = "host", .required = true, .doc = "Host name or address, or a list of them."},
      {.name = "username", .type = InputType::kString, .required = true, .doc = "User to log in as."},
      {.name = "password", .type = InputType::kSecret, .default_text = "\"\"", .doc = "Password."},
      {.name = "private_key_filename", .type = InputType::kString, .doc = "Key file in the server's key folder."},
      {.name = "private_key", .type = InputType::kSecret, .doc = "Text of the private key."},
      {.name = "return_result_on_error",
       .type = InputType::kBoolean,
       .default_text = "false",
       .doc = "A failing command is a success with {stdout, stderr, exit_code}."}};
  for (const auto& more : {connection_inputs(true), program_inputs(true)})
    inputs.insert(inputs.end(), more.begin(), more.end());
  return inputs;
}

std::vector<InputSpec> proxied_inputs() {
  std::vector<InputSpec> inputs{
      {.name = "cmd", .type = InputType::kString, .required = true, .doc = "Command for the login shell."},
      {.name = "host", .required = true, .doc = "Host name or address, or a list of them, as the gateway sees it."},
      {.name = "username", .type = InputType::kString, .required = true, .doc = "User to log in as."},
      {.name = "private_key_filename",
       .type = InputType::kString,
       .required = true,
       .doc = "Key file in the server's key folder, for both machines; null when private_key is given."},
      {.name = "gateway_host", .type = InputType::kString, .required = true, .doc = "The machine to go through."},
      {.name = "gateway_username", .type = InputType::kString, .doc = "User there; by default username."},
      {.name = "password", .type = InputType::kSecret, .doc = "Password, for both machines."},
      {.name = "proxy_command",
       .type = InputType::kString,
       .doc = "Not available: the gateway needs no command, a forwarded channel is used."},
      {.name = "private_key", .type = InputType::kSecret, .doc = "Text of the private key, for both machines."},
      {.name = "gateway_port",
       .type = InputType::kInteger,
       .default_text = "22",
       .doc = "Port of the gateway.",
       .extension = true},
      {.name = "return_result_on_error",
       .type = InputType::kBoolean,
       .default_text = "false",
       .doc = "A failing command is a success with {stdout, stderr, exit_code}.",
       .extension = true}};
  for (const auto& more : {connection_inputs(true), program_inputs(true)})
    inputs.insert(inputs.end(), more.begin(), more.end());
  return inputs;
}

// std.ssh_proxied's own inputs → the gateway object of the others.
Status set_gateway(Value& input) {
  if (const Value* command = find(input, "proxy_command"); command && is_truthy(*command))
    return fail(ErrorCode::kInvalidArgument,
                "proxy_command is not available: leave it out, the gateway is reached by a forwarded channel");
  Value gateway = Value::object();
  gateway["host"] = input["gateway_host"];
  const Value* user = find(input, "gateway_username");
  gateway["username"] = user && is_truthy(*user) ? *user : input["username"];
  for (const char* name : {"password", "private_key", "private_key_filename", "private_key_ref", "passphrase",
                           "host_key_mode", "connect_timeout_s", "keepalive_s"})
    if (const Value* value = find(input, name)) gateway[name] = *value;
  if (const Value* port = find(input, "gateway_port")) gateway["port"] = *port;
  input["gateway"] = std::move(gateway);
  return {};
}

class StdSsh final : public Action {
 public:
  StdSsh(const SshServices& services, ActionSpec spec, bool proxied)
      : services_(services), spec_(std::move(spec)), proxied_(proxied) {}
  const ActionSpec& spec() const override { return spec_; }

  void run(const ActionContext& context, Value input, Done done) override {
    auto fanout = std::make_shared<Fanout>();
    net::SshCommand command;
    if (Status ready = prepare(input, *fanout, command); !ready)
      return done(raised(spec_.name, context, ready.error().message));
    fanout->done = std::move(done);
    start(context, fanout, command);
  }

  void cancel(ActionRunId run_id) override {
    if (const auto ids = running_->cancel(run_id))
      for (const net::SshRequestId id : *ids) services_.client.cancel(id);
  }

 private:
  using Running = RunTable<std::vector<net::SshRequestId>>;

  Status prepare(Value& input, Fanout& fanout, net::SshCommand& command) const {
    if (proxied_) FOEHN_CHECK_OK(set_gateway(input));
    FOEHN_TRY(const RemoteProgram program, program_of(input, services_));
    FOEHN_TRY(fanout.judgement, judgement_of(input));
    fanout.judgement.title = program.title;
    fanout.cmd = program.cmd;
    const Value* host = find(input, "host");
    fanout.hosts = host && host->is_array() ? *host : Value::array({host ? *host : Value()});
    fanout.single = fanout.hosts.size() == 1;
    if (fanout.hosts.empty() || fanout.hosts.size() > kHostsMax)
      return fail(ErrorCode::kInvalidArgument, "host must name between 1 and 1000 machines");
    if (const Value* flag = find(input, "return_result_on_error")) fanout.return_result_on_error = is_truthy(*flag);
    for (const Value& name : fanout.hosts) {
      FOEHN_TRY(net::SshTarget target, target_of(input, name.is_string() ? name.get<std::string>() : "", services_));
      fanout.judgement.secrets = secrets_of(target);
      fanout.parts.push_back({std::move(target), {}});
    }
    fanout.left = fanout.parts.size();
    RemoteCommand remote = remote_command(program);
    command.command = std::move(remote.command);
    command.stdin_data = std::move(remote.stdin_data);
    FOEHN_TRY(const auto timeout, number_of(input, "timeout_s"));
    if (timeout) command.timeout_ms = static_cast<std::int64_t>(*timeout * 1000);
    FOEHN_TRY(const auto limit, number_of(input, "output_limit_bytes"));
    if (limit) command.output_limit_bytes = static_cast<std::size_t>(*limit);
    return {};
  }

  void start(const ActionContext& context, const std::shared_ptr<Fanout>& fanout, const net::SshCommand& command) {
    const ActionRunId run_id = context.run_id;
    running_->begin(run_id);
    std::vector<net::SshRequestId> ids;
    const std::size_t count = fanout->parts.size();  // read before the first answer may come
    std::vector<net::SshTarget> targets;
    for (const auto& part : fanout->parts) targets.push_back(part.target);
    for (std::size_t i = 0; i < count; ++i) {
      auto texts = std::make_shared<std::array<Utf8Stream, 2>>();
      net::SshCallbacks callbacks;
      callbacks.on_output = [log = context.log, texts, fanout](net::SshStream stream, std::string_view bytes) {
        std::string text = (*texts)[stream == net::SshStream::kStdout ? 0 : 1].feed(bytes);
        for (const std::string& secret : fanout->judgement.secrets) text = mask(std::move(text), secret);
        log(text);
      };
      callbacks.done = [fanout, i, run_id, running = running_](net::SshOutcome outcome) {
        if (!fanout->finish_part(i, std::move(outcome))) return;
        running->end(run_id);
        fanout->done(fanout->summary());
      };
      ids.push_back(services_.client.exec(targets[i], command, std::move(callbacks)));
    }
    if (running_->set(run_id, ids))
      for (const net::SshRequestId id : ids) services_.client.cancel(id);
  }

  const SshServices services_;
  const ActionSpec spec_;
  const bool proxied_;
  const std::shared_ptr<Running> running_ = std::make_shared<Running>();
};

}  // namespace

std::vector<std::unique_ptr<Action>> make_std_ssh_actions(const SshServices& services) {
  std::vector<std::unique_ptr<Action>> actions;
  actions.push_back(
      std::make_unique<StdSsh>(services,
                               ActionSpec{.name = "std.ssh",
                                          .class_name = "mistral.actions.std_actions.SSHAction",
                                          .description = "Runs a command on one or several machines by SSH.",
                                          .inputs = ssh_inputs(),
                                          .output_doc = "stdout; for a list of several hosts a list in the same order.",
                                          .target_inputs = {"host"}},
                               false));
  actions.push_back(std::make_unique<StdSsh>(
      services,
      ActionSpec{.name = "std.ssh_proxied",
                 .class_name = "mistral.actions.std_actions.SSHProxiedAction",
                 .description = "Runs a command on one or several machines by SSH through a gateway.",
                 .inputs = proxied_inputs(),
                 .output_doc = "stdout; for a list of several hosts a list in the same order.",
                 .target_inputs = {"host"}},
      true));
  return actions;
}

}  // namespace foehn::actions
