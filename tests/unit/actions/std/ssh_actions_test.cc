// Goal: SSH actions turn inputs into targets and programs, and outcomes into results and errors that explain
// themselves. Method: a fake client for the actions; the shell programs are run by the real shells of this machine.
#include "actions/std/ssh_actions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "actions/net/ssh/known_hosts.h"
#include "actions/registry.h"
#include "actions/std/ssh_command.h"
#include "actions/timer_queue.h"
#include "tests/unit/actions/fakes.h"
#include "tests/unit/actions/net/sshd_fixture.h"

namespace foehn::actions {
namespace {

using foehn::testing::FakeSsh;
using foehn::testing::MemoryScripts;
using foehn::testing::MemorySecrets;
using foehn::testing::Outcomes;
using foehn::testing::run_program;
using net::SshErrorClass;
using net::SshPhase;
using ::testing::HasSubstr;
using ::testing::Not;

struct SshActions : ::testing::Test {
  SshActions() {
    for (auto& action : make_std_ssh_actions(services)) EXPECT_TRUE(registry.add(std::move(action)));
    for (auto& action : make_ssh_key_actions(secrets)) EXPECT_TRUE(registry.add(std::move(action)));
    EXPECT_TRUE(registry.add(make_ssh_run(services, timers)));
    EXPECT_TRUE(registry.add(make_ssh_wait(services, hosts, timers)));
    context.run_id = *ActionRunId::parse("11111111-2222-3333-4444-555555555555");
    context.log = [this](std::string_view text) { log += text; };
  }
  void begin(const std::string& name, Value input) {
    const Status fine = check_input(registry.find(name)->spec(), input);
    ASSERT_TRUE(fine) << fine.error().message;
    registry.find(name)->run(context, std::move(input), outcomes.done());
  }
  std::string error_of(const std::string& name, Value input) {
    Outcomes mine;
    registry.find(name)->run(context, std::move(input), mine.done());
    EXPECT_TRUE(ssh.calls.empty());
    EXPECT_EQ(mine.only().kind, OutcomeKind::kError);
    return to_python_str(mine.only().data);
  }
  static Value plain(Value more = Value::object()) {
    Value input = {
        {"host", "10.0.0.5"}, {"username", "root"}, {"password", "pass word"}, {"cmd", "ls"}, {"durable", false}};
    merge_into(input, more);
    return input;
  }
  FakeSsh ssh;
  MemorySecrets secrets;
  MemoryScripts scripts;
  net::MemoryKnownHosts hosts;
  TimerQueue timers;
  SshServices services{ssh, secrets, scripts, "/keys"};
  ActionRegistry registry;
  ActionContext context;
  Outcomes outcomes;
  std::string log;
};

TEST_F(SshActions, MistralsSignatures) {
  EXPECT_EQ(signature_text(registry.find("std.ssh")->spec()),
            "cmd, host, username, password=\"\", private_key_filename=null, private_key=null, "
            "return_result_on_error=false");
  EXPECT_EQ(signature_text(registry.find("std.ssh_proxied")->spec()),
            "cmd, host, username, private_key_filename, gateway_host, gateway_username=null, password=null, "
            "proxy_command=null, private_key=null");
  EXPECT_EQ(capacity_key(registry.find("ssh.run")->spec(), plain()), "10.0.0.5");
}

TEST_F(SshActions, RunGivesTheWholeResult) {
  begin("ssh.run", plain());
  ASSERT_EQ(ssh.calls.size(), 1u);
  EXPECT_EQ(ssh.calls[0].target.host, "10.0.0.5");
  EXPECT_EQ(ssh.calls[0].target.port, 22);
  EXPECT_EQ(ssh.calls[0].target.user, "root");
  EXPECT_EQ(ssh.calls[0].target.credentials.password, "pass word");
  EXPECT_EQ(ssh.calls[0].target.host_key_policy, net::HostKeyPolicy::kTofu);
  EXPECT_EQ(ssh.calls[0].command.command, "ls");
  EXPECT_EQ(ssh.calls[0].command.timeout_ms, 0);
  ssh.calls[0].callbacks.on_output(net::SshStream::kStdout, "li\xc3");
  ssh.calls[0].callbacks.on_output(net::SshStream::kStdout, "\xa4ve pass word\n");
  ssh.answer(0, 0, "out\xff pass word", "err");
  EXPECT_EQ(outcomes.only().kind, OutcomeKind::kSuccess);
  EXPECT_EQ(to_json(outcomes.only().data),
            "{\"exit_code\":0,\"signal\":null,\"stdout\":\"out\xEF\xBF\xBD ***\",\"stderr\":\"err\","
            "\"truncated\":false,\"duration_s\":1.5,\"attempts\":1,\"reattached\":false}");
  EXPECT_EQ(log, "liäve ***\n");
}

TEST_F(SshActions, RunExplainsABadExitCode) {
  begin("ssh.run", plain());
  ssh.answer(0, 7, "", "one\ntwo\nbecause pass word is wrong\n");
  EXPECT_EQ(outcomes.only().kind, OutcomeKind::kError);
  EXPECT_EQ(
      to_json(outcomes.only().data),
      R"({"error":{"message":"cmd 'ls' on root@10.0.0.5:22 exited with code 7; stderr: one\ntwo\nbecause *** is wrong",)"
      R"("class":"exit","host":"10.0.0.5","port":22,"user":"root","phase":"run"},"exit_code":7,"signal":null,)"
      R"("stdout":"","stderr":"one\ntwo\nbecause *** is wrong\n","truncated":false,"duration_s":1.5,"attempts":1,)"
      R"("reattached":false})");
}

TEST_F(SshActions, RunKnowsOtherGoodCodesSignalsAndCuts) {
  begin("ssh.run", plain({{"ok_codes", {0, 7}}}));
  ssh.answer(0, 7);
  EXPECT_EQ(outcomes.only().kind, OutcomeKind::kSuccess);
  net::SshOutcome killed;
  killed.result.exit_signal = "KILL";
  outcomes.all.clear();
  begin("ssh.run", plain());
  ssh.answer(1, killed);
  EXPECT_EQ(outcomes.only().data["error"]["message"], "cmd 'ls' on root@10.0.0.5:22 killed by signal KILL");
  EXPECT_EQ(outcomes.only().data["error"]["class"], "signal");
  EXPECT_EQ(outcomes.only().data["exit_code"], Value());
  net::SshOutcome cut;
  cut.result.truncated = true;
  outcomes.all.clear();
  begin("ssh.run", plain({{"fail_on_truncate", true}}));
  ssh.answer(2, cut);
  EXPECT_EQ(outcomes.only().data["error"]["class"], "output_limit");
}

TEST_F(SshActions, RunPassesOnWhereItFailed) {
  begin("ssh.run", plain());
  ssh.fail_with(0, SshErrorClass::kRefused, SshPhase::kConnect, "Connection refused");
  EXPECT_EQ(
      to_json(outcomes.only().data["error"]),
      R"({"message":"refused: root@10.0.0.5:22 while connecting (attempt 1): Connection refused","class":"refused",)"
      R"("host":"10.0.0.5","port":22,"user":"root","phase":"connect"})");
  EXPECT_EQ(outcomes.only().data["exit_code"], Value());
}

TEST_F(SshActions, ATimeoutThatEndsNothingSaysSo) {
  begin("ssh.run", plain({{"timeout_s", 2}}));
  ssh.fail_with(0, SshErrorClass::kTimeout, SshPhase::kRun, "not finished within 2000 ms");
  EXPECT_EQ(outcomes.only().data["error"]["message"],
            "cmd 'ls': timeout: root@10.0.0.5:22 while running the command (attempt 1): not finished within 2000 ms (the "
            "command may still run; durable: true would have ended it)");
}

TEST_F(SshActions, RunIsCancelled) {
  begin("ssh.run", plain());
  registry.find("ssh.run")->cancel(context.run_id);
  EXPECT_EQ(outcomes.only().kind, OutcomeKind::kCancelled);
}

TEST_F(SshActions, TargetsInFull) {
  secrets.values["k1"] = "KEY ONE";
  begin("ssh.run", plain({{"port", "2222"},
                          {"password", Value()},
                          {"private_key_ref", "k1"},
                          {"host_key", "SHA256:abc"},
                          {"connect_timeout_s", 1.5},
                          {"keepalive_s", 7},
                          {"timeout_s", 30},
                          {"output_limit_bytes", 1000},
                          {"gateway",
                           {{"host", "gate"},
                            {"username", "jump"},
                            {"private_key", "KEY TWO"},
                            {"passphrase", "geheim"},
                            {"host_key_mode", "insecure"},
                            {"gateway", {{"host", "outer"}, {"username", "j2"}, {"password", "p2p2"}}}}}}));
  ASSERT_EQ(ssh.calls.size(), 1u);
  const net::SshTarget& target = ssh.calls[0].target;
  EXPECT_EQ(target.port, 2222);
  EXPECT_EQ(target.credentials.private_key, "KEY ONE");
  EXPECT_EQ(target.host_key_policy, net::HostKeyPolicy::kPinned);
  EXPECT_EQ(target.host_key, "SHA256:abc");
  EXPECT_EQ(target.connect_timeout_ms, 1500);
  EXPECT_EQ(target.keepalive_ms, 7000);
  EXPECT_EQ(ssh.calls[0].command.timeout_ms, 30'000);
  EXPECT_EQ(ssh.calls[0].command.output_limit_bytes, 1000u);
  ASSERT_TRUE(target.gateway);
  EXPECT_EQ(target.gateway->host, "gate");
  EXPECT_EQ(target.gateway->credentials.private_key, "KEY TWO");
  EXPECT_EQ(target.gateway->host_key_policy, net::HostKeyPolicy::kInsecure);
  ASSERT_TRUE(target.gateway->gateway);
  EXPECT_EQ(target.gateway->gateway->credentials.password, "p2p2");
  EXPECT_EQ(secrets_of(target), (std::vector<std::string>{"geheim", "p2p2"}));
  ssh.answer(0, 0);
}

TEST_F(SshActions, MistakesInInputsAreNamed) {
  const std::map<std::string, Value> mistakes{
      {"ssh.run: give exactly one of cmd, script, script_file and script_files", plain({{"script", "x"}})},
      {"ssh.run: give only one of private_key, private_key_filename and private_key_ref",
       plain({{"private_key", "x"}, {"private_key_ref", "y"}})},
      {"ssh.run: private_key_ref: there is no secret named 'nokey'", plain({{"private_key_ref", "nokey"}})},
      {"ssh.run: there is no script file 'x.sh' in the bundle", plain({{"cmd", Value()}, {"script_file", "x.sh"}})},
      {"ssh.run: host must be a text", plain({{"host", 5}})},
      {"ssh.run: username must be a text", plain({{"username", ""}})},
      {"ssh.run: port must be between 1 and 65535", plain({{"port", 70000}})},
      {"ssh.run: timeout_s must be a number of 0 or more", plain({{"timeout_s", "soon"}})},
      {"ssh.run: 'A B' is no name of an environment variable", plain({{"env", {{"A B", 1}}}})},
      {"ssh.run: args must be a list", plain({{"args", "x"}})},
      {"ssh.run: ok_codes must be a list of integers", plain({{"ok_codes", {"x"}}})},
      {"ssh.run: host_key_mode must be tofu, pinned or insecure", plain({{"host_key_mode", "none"}})},
      {"ssh.run: gateway: username must be a text", plain({{"gateway", {{"host", "g"}}}})},
      {"ssh.run: password must be a text, not integer", plain({{"password", 5}})},
      {"ssh.run: Private key filename must not contain '..'. Actual: ../id",
       plain({{"private_key_filename", "../id"}})},
      {"ssh.run: private_key_filename must lie in /keys", plain({{"private_key_filename", "/etc/shadow"}})},
      {"ssh.run: cannot read private key file /keys/none", plain({{"private_key_filename", "none"}})}};
  for (const auto& [text, input] : mistakes) EXPECT_EQ(error_of("ssh.run", input), text);
}

TEST_F(SshActions, StdSshGivesTextForOneAndAListForMany) {
  begin("std.ssh", {{"cmd", "ls"}, {"host", "a"}, {"username", "u"}, {"password", "p"}});
  ssh.answer(0, 0, "text\n");
  EXPECT_EQ(outcomes.only().data, "text\n");
  outcomes.all.clear();
  begin("std.ssh", {{"cmd", "ls"}, {"host", {"a", "b"}}, {"username", "u"}, {"password", "p"}});
  ASSERT_EQ(ssh.calls.size(), 3u);  // both at the same time
  ssh.answer(2, 0, "from b");
  EXPECT_TRUE(outcomes.all.empty());
  ssh.answer(1, 0, "from a");
  EXPECT_EQ(outcomes.only().data, (Value{"from a", "from b"}));
  outcomes.all.clear();
  begin("std.ssh", {{"cmd", "ls"}, {"host", Value::array({"a"})}, {"username", "u"}});
  ssh.answer(3, 0, "one");
  EXPECT_EQ(outcomes.only().data, "one");
}

TEST_F(SshActions, StdSshFailsWithMistralsTextAndTheReason) {
  begin("std.ssh", {{"cmd", "ls 'x'"}, {"host", "a"}, {"username", "u"}});
  ssh.answer(0, 2, "", "no such file\n");
  EXPECT_EQ(outcomes.only().data,
            "Failed to execute ssh cmd 'ls 'x'' on ['a']: exit: cmd 'ls 'x'' on u@a:22 exited with code 2; stderr: no "
            "such file");
  outcomes.all.clear();
  begin("std.ssh", {{"cmd", "ls"}, {"host", {"a", "b"}}, {"username", "u"}});
  ssh.answer(1, 0, "fine");
  ssh.fail_with(2, SshErrorClass::kRefused, SshPhase::kConnect, "Connection refused");
  EXPECT_EQ(outcomes.only().data,
            "Failed to execute ssh cmd 'ls' on ['a', 'b']: refused: refused: u@b:22 while connecting (attempt 1): "
            "Connection refused");
}

TEST_F(SshActions, StdSshMayReturnTheResultOfAFailure) {
  begin("std.ssh", {{"cmd", "ls"}, {"host", "a"}, {"username", "u"}, {"return_result_on_error", true}});
  ssh.answer(0, 2, "o", "e");
  EXPECT_EQ(outcomes.only().kind, OutcomeKind::kSuccess);
  EXPECT_EQ(to_json(outcomes.only().data), R"({"stdout":"o","stderr":"e","exit_code":2})");
  outcomes.all.clear();
  begin("std.ssh", {{"cmd", "ls"}, {"host", "a"}, {"username", "u"}, {"return_result_on_error", true}});
  ssh.fail_with(1, SshErrorClass::kTimeout, SshPhase::kConnect, "no answer");
  EXPECT_EQ(outcomes.only().kind, OutcomeKind::kError);
}

TEST_F(SshActions, ProxiedGoesThroughAChannelOfTheGateway) {
  secrets.values["k"] = "KEY";
  begin("std.ssh_proxied", {{"cmd", "ls"},
                            {"host", "inner"},
                            {"username", "u"},
                            {"private_key_filename", Value()},
                            {"private_key", "PEM"},
                            {"gateway_host", "gate"},
                            {"gateway_username", "g"}});
  ASSERT_EQ(ssh.calls.size(), 1u);
  EXPECT_EQ(ssh.calls[0].target.host, "inner");
  EXPECT_EQ(ssh.calls[0].target.credentials.private_key, "PEM");
  ASSERT_TRUE(ssh.calls[0].target.gateway);
  EXPECT_EQ(ssh.calls[0].target.gateway->host, "gate");
  EXPECT_EQ(ssh.calls[0].target.gateway->user, "g");
  EXPECT_EQ(ssh.calls[0].target.gateway->credentials.private_key, "PEM");
  ssh.answer(0, 0, "x");
  outcomes.all.clear();
  begin("std.ssh_proxied", {{"cmd", "ls"},
                            {"host", "h"},
                            {"username", "u"},
                            {"private_key_filename", Value()},
                            {"gateway_host", "gate"},
                            {"proxy_command", "nc %h 22"}});
  EXPECT_EQ(
      outcomes.only().data,
      "The action raised an exception [action=std.ssh_proxied, action_ex_id=11111111-2222-3333-4444-555555555555, "
      "msg='proxy_command is not available: leave it out, the gateway is reached by a forwarded channel']");
}

TEST_F(SshActions, KeysAreMadeOnceAndDestroyed) {
  begin("ssh_key.generate", {{"name", "oc-1"}});
  const Value first = outcomes.only().data;
  EXPECT_EQ(first["ref"], "oc-1");
  EXPECT_THAT(first["public_key"].get<std::string>(), ::testing::MatchesRegex("ssh-ed25519 [A-Za-z0-9+/=]+ oc-1"));
  EXPECT_THAT(secrets.values["oc-1"], ::testing::StartsWith("-----BEGIN OPENSSH PRIVATE KEY-----\n"));
  outcomes.all.clear();
  begin("ssh_key.generate", {{"name", "oc-1"}});
  EXPECT_EQ(outcomes.only().data, first);
  outcomes.all.clear();
  begin("ssh_key.destroy", {{"name", "oc-1"}});
  EXPECT_EQ(outcomes.only().kind, OutcomeKind::kSuccess);
  EXPECT_TRUE(secrets.values.empty());
  outcomes.all.clear();
  begin("ssh_key.destroy", {{"name", "oc-1"}});
  EXPECT_EQ(outcomes.only().kind, OutcomeKind::kSuccess);
}

TEST_F(SshActions, SecretsGoFromCommandToCommandUnseen) {
  begin("ssh.run", plain({{"secret_output", {{"token", "oc-1.token"}}}}));
  ssh.calls[0].callbacks.on_output(net::SshStream::kStdout, "{\"token\": \"abc\\\\def\"}");
  ssh.calls[0].callbacks.on_output(net::SshStream::kStderr, "working\n");
  ssh.answer(0, 0, "{\"token\": \"abc\\\\def\", \"other\": 1}\n", "abc\\def");
  EXPECT_EQ(outcomes.only().data["stdout"], "{\"token\": \"***\", \"other\": 1}\n");
  EXPECT_EQ(outcomes.only().data["stderr"], "***");
  EXPECT_EQ(log, "working\n{\"token\": \"***\", \"other\": 1}\n");
  EXPECT_EQ(secrets.values["oc-1.token"], "abc\\def");

  outcomes.all.clear();
  log.clear();
  begin("ssh.run", plain({{"env", {{"A", "1"}}}, {"secret_env", {{"TOKEN", "oc-1.token"}}}}));
  EXPECT_THAT(ssh.calls[1].command.command, Not(HasSubstr("abc")));
  EXPECT_THAT(ssh.calls[1].command.stdin_data, HasSubstr("export TOKEN='abc\\0134def'"));
  ssh.calls[1].callbacks.on_output(net::SshStream::kStdout, "with abc\\def\n");
  ssh.answer(1, 3, "with abc\\def", "not abc\\def");
  EXPECT_EQ(log, "with ***\n");
  EXPECT_EQ(outcomes.only().data["error"]["message"],
            "cmd 'ls' on root@10.0.0.5:22 exited with code 3; stderr: not ***");
  EXPECT_EQ(outcomes.only().data["stdout"], "with ***");
}

TEST_F(SshActions, OutputThatMayHoldASecretIsNotShown) {
  const Value wanted = plain({{"secret_output", {{"token", "t"}}}});
  begin("ssh.run", wanted);
  ssh.answer(0, 0, "token is hush-hush", "");
  EXPECT_EQ(outcomes.only().data,
            "ssh.run: cmd 'ls': secret_output: standard output is no JSON object with a text 'token' (it is not shown: "
            "it may hold a secret)");
  outcomes.all.clear();
  begin("ssh.run", wanted);
  ssh.answer(1, 4, "token is hush-hush", "");
  EXPECT_EQ(outcomes.only().data["stdout"], "");
  EXPECT_EQ(outcomes.only().data["error"]["message"], "cmd 'ls' on root@10.0.0.5:22 exited with code 4");
  EXPECT_TRUE(secrets.values.empty());
  EXPECT_EQ(log, "");
  outcomes.all.clear();
  begin("ssh.run", wanted);
  ssh.answer(2, 0, "{\"token\": null}", "");
  EXPECT_EQ(outcomes.only().kind, OutcomeKind::kSuccess);
  EXPECT_EQ(secrets.values["t"], "");
}

TEST_F(SshActions, SecretReferencesAreChecked) {
  EXPECT_EQ(error_of("ssh.run", plain({{"secret_env", {{"A", "none"}}}})),
            "ssh.run: secret_env.A: there is no secret named 'none'");
  EXPECT_EQ(error_of("ssh.run", plain({{"secret_env", {{"A b", "none"}}}})),
            "ssh.run: 'A b' is no name of an environment variable");
  EXPECT_EQ(error_of("ssh.run", plain({{"secret_output", {{"token", "../x"}}}})),
            "ssh.run: secret_output.token must be a name of letters, digits, '.', '_', '-', ':'");
}

TEST_F(SshActions, AFinalCodeIsNotTriedAgain) {
  begin("ssh.run", plain({{"final_codes", {78}}}));
  ssh.answer(0, 78);
  EXPECT_EQ(outcomes.only().data["error"]["retry"], false);
  outcomes.all.clear();
  begin("ssh.run", plain({{"final_codes", {78}}}));
  ssh.answer(1, 1);
  EXPECT_EQ(find(outcomes.only().data["error"], "retry"), nullptr);
}

TEST_F(SshActions, WaitGivesUpAtOnceOnAChangedHostKey) {
  begin("ssh.wait", {{"host", "h"}, {"username", "u"}, {"timeout_s", 1000}});
  ssh.fail_with(0, SshErrorClass::kHostKey, SshPhase::kHandshake, "the host key has changed");
  EXPECT_EQ(outcomes.only().data["error"]["class"], "host_key");
  EXPECT_EQ(ssh.calls.size(), 1u);
}

TEST_F(SshActions, WaitForgetsTheKeyOfAnEarlierMachineWhenTold) {
  ASSERT_TRUE(hosts.record("h", 22, {"ssh-ed25519", "old"}));
  begin("ssh.wait", {{"host", "h"}, {"username", "u"}});
  EXPECT_EQ(hosts.lookup("h", 22).size(), 1u);
  ssh.answer(0, 0);
  outcomes.all.clear();
  begin("ssh.wait", {{"host", "h"}, {"username", "u"}, {"new_machine", true}});
  EXPECT_TRUE(hosts.lookup("h", 22).empty());
  net::SshOutcome fine;
  fine.result.host_key_fingerprint = "SHA256:x";
  ssh.answer(1, fine);
  EXPECT_EQ(outcomes.only().data["host_key_fp"], "SHA256:x");
}

TEST_F(SshActions, WaitIsCancelledBetweenTwoTries) {
  begin("ssh.wait", {{"host", "h"}, {"username", "u"}, {"timeout_s", 1000}});
  ssh.fail_with(0, SshErrorClass::kRefused, SshPhase::kConnect, "Connection refused");
  registry.find("ssh.wait")->cancel(context.run_id);
  EXPECT_EQ(outcomes.only().kind, OutcomeKind::kCancelled);
  EXPECT_THAT(log, HasSubstr("refused: u@h:22 while connecting (attempt 1): Connection refused\n"));
}

TEST_F(SshActions, WaitEndsWhenALoginStaysRefused) {
  begin("ssh.wait", {{"host", "h"}, {"username", "u"}, {"timeout_s", 1000}, {"auth_timeout_s", 0}});
  ssh.fail_with(0, SshErrorClass::kAuth, SshPhase::kAuthenticate, "the server refused the private key");
  const Value error = outcomes.only().data["error"];
  EXPECT_EQ(error["message"],
            "ssh.wait gave up after 0.0 s (tries: 1): auth: u@h:22 while authenticating (attempt 1): the server refused "
            "the private key");
  EXPECT_EQ(error["class"], "auth");
  EXPECT_EQ(error["retry"], false);
}

// Runs a program as the remote side would: the command line by a login shell, with the given standard input.
std::string run_remote(const std::string& shell, const RemoteProgram& program) {
  const RemoteCommand remote = remote_command(program);
  return run_program({shell, "-c", remote.command}, remote.stdin_data);
}

const std::vector<std::string> kShells{"dash", "bash"};
const std::string kNasty = "a 'b' \"c\" $HOME `id` $(id) \\n \\0101 %s %d ! * ?\nsecond line\ttab äöü€😀 \x01\x7f end\\";

TEST(SshCommand, ACommandAloneIsSentAsItIs) {
  RemoteProgram program;
  program.cmd = "echo it";
  program.stdin_data = "in";
  EXPECT_EQ(remote_command(program).command, "echo it");
  EXPECT_EQ(remote_command(program).stdin_data, "in");
}

TEST(SshCommand, NothingOfTheUserIsInTheCommandLine) {
  RemoteProgram program;
  program.cmd = "echo";
  program.env = {{"TOKEN", "s3cret"}};
  program.args = {"argument"};
  program.sudo = true;
  EXPECT_EQ(remote_command(program).command,
            "sudo -n sh -c 'IFS= read -r foehn_l && eval \"$(printf %b \"$foehn_l\")\"'");
}

TEST(SshCommand, EveryValueArrivesUnchanged) {
  for (const std::string& shell : kShells) {
    RemoteProgram program;
    program.script = "printf '%s|' \"$V\" \"$@\"\ncat\n";
    program.env = {{"V", kNasty}};
    program.args = {kNasty, "", "-n", "last"};
    program.stdin_data = kNasty + "\n" + std::string(200'000, 'z');
    EXPECT_EQ(run_remote(shell, program), kNasty + "|" + kNasty + "||-n|last|" + program.stdin_data) << shell;
  }
}

TEST(SshCommand, ACommandGetsItsEnvironmentDirectoryAndArguments) {
  for (const std::string& shell : kShells) {
    RemoteProgram program;
    program.cmd = "echo \"$V\" $(pwd)";
    program.env = {{"V", "v w"}};
    program.cwd = "/usr";
    EXPECT_EQ(run_remote(shell, program), "v w /usr\n") << shell;
    program.args = {"a b", "$c"};
    EXPECT_EQ(run_remote(shell, program), "v w /usr a b $c\n") << shell;
  }
}

TEST(SshCommand, ExitCodesAndPreparation) {
  const auto code = [](RemoteProgram program) {
    const RemoteCommand remote = remote_command(program);
    return run_program({"sh", "-c", "(" + remote.command + ") 2>/dev/null; echo $?"}, remote.stdin_data);
  };
  RemoteProgram program;
  program.script = "exit 42\n";
  EXPECT_EQ(code(program), "42\n");
  program.script = "#!/bin/sh -e\nfalse\necho not reached\n";
  EXPECT_EQ(code(program), "1\n");
  program.script = "#!/usr/bin/env sh\necho $0 | grep -q script && exit 5\n";
  EXPECT_EQ(code(program), "5\n");
  program.cwd = "/no/such/folder";
  EXPECT_EQ(code(program), "125\n");
  RemoteProgram no_room;
  no_room.script = "exit 0\n";
  no_room.env = {{"TMPDIR", "/no/such/folder"}};
  EXPECT_EQ(code(no_room), "125\n");
}

TEST(SshCommand, TheScriptIsGoneAfterwards) {
  std::string pattern = (std::filesystem::temp_directory_path() / "foehn-command-XXXXXX").string();
  const std::string folder = ::mkdtemp(pattern.data());
  RemoteProgram program;
  program.script = "ls \"$TMPDIR\" | wc -l\n";
  program.env = {{"TMPDIR", folder}};
  EXPECT_EQ(run_remote("sh", program), "1\n");
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  std::filesystem::remove_all(folder);
}

TEST_F(SshActions, ScriptFilesAreJoined) {
  scripts.texts = {{"a/lib.sh", "say() { echo \"$1\"; }"}, {"a/main.sh", "say hello\n"}};
  begin("ssh.run", {{"host", "h"}, {"username", "u"}, {"script_files", {"a/lib.sh", "a/main.sh"}}, {"durable", false}});
  ASSERT_EQ(ssh.calls.size(), 1u);
  EXPECT_EQ(run_program({"sh", "-c", ssh.calls[0].command.command}, ssh.calls[0].command.stdin_data), "hello\n");
  ssh.answer(0, 1);
  EXPECT_EQ(outcomes.only().data["error"]["message"], "script main.sh on u@h:22 exited with code 1");
}

}  // namespace
}  // namespace foehn::actions
