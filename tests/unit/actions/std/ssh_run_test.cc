// Goal: ssh.run, std.ssh and ssh.wait against the real sshd, above all durable jobs: a lost connection, a restarted
// server, a restarted engine and a cancel, and never a second run.
// Method: commands leave marks in the remote home, and wait for files that the test makes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>

#include "actions/net/ssh/known_hosts.h"
#include "actions/net/ssh/libssh2_client.h"
#include "actions/registry.h"
#include "actions/std/ssh_actions.h"
#include "actions/std/ssh_job.h"
#include "actions/timer_queue.h"
#include "tests/unit/actions/fakes.h"
#include "tests/unit/actions/net/sshd_fixture.h"

namespace foehn::actions {
namespace {

using foehn::testing::MemoryScripts;
using foehn::testing::MemorySecrets;
using foehn::testing::read_text_file;
using foehn::testing::TestSshd;
using ::testing::HasSubstr;

constexpr std::chrono::seconds kPatience{60};

// An engine's action side; a second one stands for the engine after a restart.
struct Side {
  Side(net::KnownHosts& hosts, SecretStore& secrets, const std::string& fetch_folder)
      : client(hosts, {}), services{client, secrets, scripts, ""} {
    for (auto& action : make_std_ssh_actions(services)) EXPECT_TRUE(registry.add(std::move(action)));
    EXPECT_TRUE(registry.add(make_ssh_run(services, timers)));
    EXPECT_TRUE(registry.add(make_ssh_fetch(services, fetch_folder)));
    EXPECT_TRUE(registry.add(make_ssh_wait(services, hosts, timers)));
  }
  MemoryScripts scripts;
  TimerQueue timers;
  net::Libssh2Client client;
  SshServices services;
  ActionRegistry registry;
};

struct SshRunTest : ::testing::Test {
  void SetUp() override {
    if (!server.unavailable().empty()) GTEST_SKIP() << server.unavailable();
    if (!server.has_password()) GTEST_SKIP() << "needs an account with a home of its own: root and mount namespaces";
    secrets.values["key"] = server.private_key("ed25519");
    side.emplace(hosts, secrets, server.folder() + "/fetched");
    context.run_id = ActionRunId::random();
  }
  Value input(Value more) const {
    Value made = {{"host", "127.0.0.1"},
                  {"port", server.port()},
                  {"username", server.user()},
                  {"private_key_ref", "key"},
                  {"keepalive_s", 1}};
    merge_into(made, more);
    return made;
  }
  std::future<ActionOutcome> begin(const std::string& name, Value given) {
    auto promise = std::make_shared<std::promise<ActionOutcome>>();
    auto future = promise->get_future();
    const Status fine = check_input(side->registry.find(name)->spec(), given);
    EXPECT_TRUE(fine) << fine.error().message;
    side->registry.find(name)->run(context, std::move(given),
                                   [promise](ActionOutcome outcome) { promise->set_value(std::move(outcome)); });
    return future;
  }
  static ActionOutcome wait_for(std::future<ActionOutcome>& future) {
    if (future.wait_for(kPatience) == std::future_status::ready) return future.get();
    ADD_FAILURE() << "no outcome";
    return ActionOutcome::error("none");
  }
  ActionOutcome run(const std::string& name, Value given) {
    auto future = begin(name, std::move(given));
    return wait_for(future);
  }
  bool exists(const std::string& name) const { return std::filesystem::exists(server.home() + "/" + name); }
  std::string text(const std::string& name) const { return read_text_file(server.home() + "/" + name); }
  void wait_until_exists(const std::string& name) const {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!exists(name) && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    EXPECT_TRUE(exists(name)) << name;
  }
  void let_go() const {
    std::ofstream(server.home() + "/go") << "";
    std::filesystem::permissions(server.home() + "/go", std::filesystem::perms::all);
  }
  TestSshd server;
  net::MemoryKnownHosts hosts;
  MemorySecrets secrets;
  std::optional<Side> side;
  ActionContext context;
};

constexpr const char* kWaits =
    "echo before; echo run >>count; while [ ! -e go ]; do sleep 0.02; done; echo after; exit 3";

TEST_F(SshRunTest, ScriptsGetEverythingUnchanged) {
  side->scripts.texts = {{"lib.sh", "show() { printf '%s|' \"$@\"; }\n"},
                         {"main.sh", "show \"$V\" \"$@\"; cat; echo e >&2\n"}};
  const std::string nasty = "a 'b' \"c\" $HOME `id` \\n %s\nline äöü€😀";
  for (const bool durable : {true, false}) {
    context.run_id = ActionRunId::random();
    const auto outcome = run("ssh.run", input({{"script_files", {"lib.sh", "main.sh"}},
                                               {"env", {{"V", nasty}}},
                                               {"args", {nasty, ""}},
                                               {"stdin", nasty},
                                               {"cwd", "/tmp"},
                                               {"durable", durable}}));
    EXPECT_EQ(outcome.kind, OutcomeKind::kSuccess) << to_json(outcome.data);
    EXPECT_EQ(outcome.data["stdout"], nasty + "|" + nasty + "||" + nasty);
    EXPECT_EQ(outcome.data["stderr"], "e\n");
    EXPECT_EQ(outcome.data["exit_code"], 0);
    EXPECT_EQ(outcome.data["reattached"], false);
  }
}

TEST_F(SshRunTest, ADurableCommandKeepsUmaskFolderAndSecrets) {
  const auto plain =
      run("ssh.run", input({{"cmd", "umask; pwd; env | grep -c FOEHN"}, {"durable", false}, {"ok_codes", {1}}}));
  context.run_id = ActionRunId::random();
  const auto durable = run("ssh.run", input({{"cmd", "umask; pwd; env | grep -c FOEHN"}, {"ok_codes", {1}}}));
  EXPECT_EQ(durable.data["stdout"], plain.data["stdout"]) << to_json(durable.data);
  EXPECT_THAT(durable.data["stdout"].get<std::string>(), HasSubstr(server.home() + "\n0\n"));
  const std::string folder = ".foehn/jobs/" + to_string(context.run_id) + ".1";
  EXPECT_EQ(text(folder + "/rc"), "1\n");
  EXPECT_FALSE(exists(folder + "/cmd"));
  EXPECT_FALSE(exists(folder + "/in"));
}

TEST_F(SshRunTest, ADurableCommandSurvivesItsConnection) {
  std::atomic<bool> seen{false};
  std::promise<void> before;
  context.log = [&](std::string_view live) {
    if (live.find("before") != std::string_view::npos && !seen.exchange(true)) before.set_value();
  };
  auto future = begin("ssh.run", input({{"cmd", kWaits}}));
  before.get_future().wait();
  server.kill_sessions();
  server.stop();
  server.start();
  let_go();
  const auto outcome = wait_for(future);
  EXPECT_EQ(outcome.data["exit_code"], 3) << to_json(outcome.data);
  EXPECT_EQ(outcome.data["stdout"], "before\nafter\n");
  EXPECT_EQ(outcome.data["reattached"], true);
  EXPECT_EQ(outcome.data["error"]["class"], "exit");
  EXPECT_EQ(text("count"), "run\n");
}

TEST_F(SshRunTest, ADurableCommandSurvivesTheEngine) {
  auto lost = begin("ssh.run", input({{"cmd", kWaits}}));
  wait_until_exists("count");
  side.reset();
  side.emplace(hosts, secrets, server.folder() + "/fetched");
  context.recovered = true;
  context.attempt = 2;
  let_go();
  const auto outcome = run("ssh.run", input({{"cmd", kWaits}}));
  EXPECT_EQ(outcome.data["exit_code"], 3) << to_json(outcome.data);
  EXPECT_EQ(outcome.data["stdout"], "before\nafter\n");
  EXPECT_EQ(outcome.data["reattached"], true);
  EXPECT_EQ(text("count"), "run\n");
  // Asked once more, the kept result is given.
  context.attempt = 3;
  EXPECT_EQ(run("ssh.run", input({{"cmd", kWaits}})).data["stdout"], "before\nafter\n");
  EXPECT_EQ(text("count"), "run\n");
}

TEST_F(SshRunTest, ARecoveredRunThatNeverStartedIsStarted) {
  context.recovered = true;
  context.attempt = 2;
  const auto outcome = run("ssh.run", input({{"cmd", "echo fresh"}}));
  EXPECT_EQ(outcome.data["stdout"], "fresh\n") << to_json(outcome.data);
  EXPECT_EQ(outcome.data["reattached"], false);
}

TEST_F(SshRunTest, ACommandThatIsNotDurableIsNotRunTwice) {
  context.recovered = true;
  const auto outcome = run("ssh.run", input({{"cmd", "echo run >>count"}, {"durable", false}}));
  EXPECT_EQ(outcome.data["error"]["class"], "lost");
  EXPECT_FALSE(exists("count"));
  context.safe_rerun = true;
  EXPECT_EQ(run("ssh.run", input({{"cmd", "echo run >>count"}, {"durable", false}})).kind, OutcomeKind::kSuccess);
  EXPECT_EQ(text("count"), "run\n");
}

TEST_F(SshRunTest, CancelEndsTheRemoteCommand) {
  auto future = begin("ssh.run", input({{"script",
                                         "trap 'echo term >>marks; exit 9' TERM\necho run >count\n"
                                         "while :; do sleep 0.02; done\n"}}));
  wait_until_exists("count");
  side->registry.find("ssh.run")->cancel(context.run_id);
  EXPECT_EQ(wait_for(future).kind, OutcomeKind::kCancelled);
  EXPECT_EQ(text("marks"), "term\n");
  EXPECT_EQ(text(".foehn/jobs/" + to_string(context.run_id) + ".1/rc"), "9\n");
}

TEST_F(SshRunTest, ATimeoutEndsTheRemoteCommand) {
  auto future = begin("ssh.run", input({{"cmd", "echo before; echo run >count; sleep 1000"}, {"timeout_s", 2}}));
  const auto outcome = wait_for(future);
  EXPECT_EQ(outcome.kind, OutcomeKind::kError);
  EXPECT_EQ(outcome.data["error"]["class"], "timeout") << to_json(outcome.data);
  EXPECT_EQ(outcome.data["stdout"], "before\n");
  EXPECT_EQ(outcome.data["error"]["message"],
            "cmd 'echo before; echo run >count; sleep 1000': timeout: " + server.user() +
                "@127.0.0.1:" + std::to_string(server.port()) +
                " while running the command (attempt 1): not finished within 2000 ms; stdout: before");
  EXPECT_EQ(text(".foehn/jobs/" + to_string(context.run_id) + ".1/rc"), "143\n");
}

TEST_F(SshRunTest, AKilledCommandIsLostNotRepeated) {
  auto future =
      begin("ssh.run", input({{"cmd", "echo run >>count; cat ~/.foehn/jobs/*/pid >who; kill -KILL -$(cat who)"}}));
  const auto outcome = wait_for(future);
  EXPECT_EQ(outcome.data["error"]["class"], "lost") << to_json(outcome.data);
  EXPECT_THAT(outcome.data["error"]["message"].get<std::string>(),
              HasSubstr("the command is gone without an exit code"));
  EXPECT_EQ(text("count"), "run\n");
}

TEST_F(SshRunTest, ARestartOfTheMachineIsLost) {
  const std::string folder = server.home() + "/.foehn/jobs/" + to_string(context.run_id) + ".1";
  ASSERT_EQ(run("ssh.run", input({{"cmd", "true"}})).kind, OutcomeKind::kSuccess);
  std::filesystem::remove(folder + "/rc");
  std::ofstream(folder + "/boot") << "another start\n";
  context.recovered = true;
  context.attempt = 2;
  const auto outcome = run("ssh.run", input({{"cmd", "echo run >>count"}}));
  EXPECT_EQ(outcome.data["error"]["class"], "lost");
  EXPECT_THAT(outcome.data["error"]["message"].get<std::string>(),
              HasSubstr("the machine was restarted while the command ran"));
  EXPECT_FALSE(exists("count"));
}

TEST_F(SshRunTest, LongAndBinaryOutputOfADurableCommand) {
  const auto outcome =
      run("ssh.run", input({{"cmd", "head -c 5000000 /dev/zero | tr '\\0' x; printf 'R 0\\nO 5\\n\\377' >&2"},
                            {"output_limit_bytes", 100'000}}));
  EXPECT_EQ(outcome.kind, OutcomeKind::kSuccess) << to_json(outcome.data).substr(0, 500);
  EXPECT_EQ(outcome.data["stdout"], std::string(100'000, 'x'));
  EXPECT_EQ(outcome.data["stderr"], "R 0\nO 5\n\xEF\xBF\xBD");
  EXPECT_EQ(outcome.data["truncated"], true);
}

TEST_F(SshRunTest, AHomeThatCannotBeWritten) {
  std::ofstream(server.home() + "/.foehn") << "a file, not a folder";
  const auto outcome = run("ssh.run", input({{"cmd", "true"}}));
  EXPECT_EQ(outcome.data["exit_code"], 125) << to_json(outcome.data);
  EXPECT_THAT(outcome.data["stderr"].get<std::string>(), HasSubstr(".foehn"));
}

TEST_F(SshRunTest, AMachineThatCannotBeReachedIsReportedAtOnce) {
  server.stop();
  const auto outcome = run("ssh.run", input({{"cmd", "true"}}));
  EXPECT_EQ(outcome.data["error"]["class"], "refused");
  EXPECT_EQ(outcome.data["error"]["phase"], "connect");
}

TEST_F(SshRunTest, ManyDurableCommandsAtOnce) {
  std::vector<std::future<ActionOutcome>> all;
  for (int i = 0; i < 40; ++i) {
    context.run_id = ActionRunId::random();
    all.push_back(begin("ssh.run", input({{"cmd", "echo x >>count; exit " + std::to_string(i)}, {"ok_codes", {i}}})));
  }
  for (auto& future : all) {
    const auto outcome = wait_for(future);
    EXPECT_EQ(outcome.kind, OutcomeKind::kSuccess) << to_json(outcome.data);
  }
  EXPECT_EQ(text("count").size(), 80u);
}

TEST_F(SshRunTest, StdSshOnSeveralHosts) {
  const auto outcome = run("std.ssh", input({{"cmd", "echo hi"}, {"host", {"127.0.0.1", "127.0.0.1"}}}));
  EXPECT_EQ(outcome.data, (Value{"hi\n", "hi\n"}));
  const auto failed = run("std.ssh", input({{"cmd", "echo no >&2; exit 3"}}));
  EXPECT_EQ(failed.data,
            "Failed to execute ssh cmd 'echo no >&2; exit 3' on ['127.0.0.1']: exit: cmd 'echo no >&2; exit 3' on " +
                server.user() + "@127.0.0.1:" + std::to_string(server.port()) + " exited with code 3; stderr: no");
}

TEST_F(SshRunTest, AFileIsFetchedWholeOrNotAtAll) {
  std::string content;
  for (std::uint64_t i = 0; i < 1'000'000; ++i) content.push_back(static_cast<char>(i * 7919 >> 3));
  std::ofstream(server.home() + "/it's here", std::ios::binary) << content;
  const std::string sum = foehn::testing::run_program({"sha256sum"}, content).substr(0, 64);
  const std::string folder = server.folder() + "/fetched";
  const Value fetch = input({{"path", server.home() + "/it's here"}, {"name", "a.tar"}, {"sha256", sum}});
  const auto outcome = run("ssh.fetch", fetch);
  EXPECT_EQ(to_json(outcome.data), "{\"path\":\"" + folder + "/a.tar\",\"bytes\":1000000,\"sha256\":\"" + sum + "\"}");
  EXPECT_EQ(read_text_file(folder + "/a.tar"), content);

  Value wrong = fetch;
  wrong["name"] = "b.tar";
  wrong["sha256"] = std::string(64, '0');
  EXPECT_EQ(run("ssh.fetch", wrong).data, "ssh.fetch " + server.home() + "/it's here: the checksum differs: expected " +
                                              std::string(64, '0') + ", got " + sum);
  wrong["path"] = "/no/such/file";
  EXPECT_EQ(run("ssh.fetch", wrong).data["error"]["class"], "exit");
  wrong["name"] = "../escape";
  EXPECT_EQ(run("ssh.fetch", wrong).kind, OutcomeKind::kError);
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++files;
  EXPECT_EQ(files, 1u);
}

TEST_F(SshRunTest, WaitUntilTheMachineIsThere) {
  server.stop();
  std::promise<void> tried;
  std::atomic<bool> told{false};
  context.log = [&](std::string_view) {
    if (!told.exchange(true)) tried.set_value();
  };
  auto future = begin("ssh.wait", input({{"timeout_s", 60}}));
  tried.get_future().wait();
  server.start();
  const auto outcome = wait_for(future);
  EXPECT_EQ(outcome.kind, OutcomeKind::kSuccess) << to_json(outcome.data);
  EXPECT_EQ(outcome.data["host_key_fp"], server.host_fingerprint());
  EXPECT_GT(outcome.data["waited_s"].get<double>(), 0.1);
}

TEST_F(SshRunTest, WaitGivesUpInTime) {
  server.stop();
  const auto outcome = run("ssh.wait", input({{"timeout_s", 0.5}}));
  EXPECT_EQ(outcome.data["error"]["class"], "refused");
}

TEST_F(SshRunTest, WaitSaysOnceWhyItWaitsAndEndsWhenTheLoginStaysRefused) {
  server.stop();
  std::promise<void> refused;
  std::string log;
  context.log = [&](std::string_view text) {
    if (log.empty()) refused.set_value();
    log += text;
  };
  secrets.values["key"] = server.private_key("stranger");
  auto future = begin("ssh.wait", input({{"timeout_s", 600}, {"auth_timeout_s", 1}}));
  refused.get_future().wait();
  server.start();
  const auto outcome = wait_for(future);
  const std::string who = server.user() + "@127.0.0.1:" + std::to_string(server.port());
  EXPECT_EQ(outcome.data["error"]["class"], "auth") << to_json(outcome.data);
  EXPECT_LT(outcome.data["waited_s"].get<double>(), 50);
  // A server that is just ending may still take the first connection, and drop it.
  EXPECT_THAT(log, ::testing::AnyOf(
                       ::testing::StartsWith("refused: " + who + " while connecting (attempt 1): Connection refused\n"),
                       ::testing::StartsWith("lost: " + who + " during the handshake (attempt 1): ")));
  EXPECT_THAT(log, ::testing::HasSubstr("\nauth: " + who + " while authenticating (attempt 1): "));
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 2) << log;
}

// Somebody else may be there: nothing is sent to it, and what was started is named.
TEST_F(SshRunTest, AHostKeyThatChangesWhileACommandRunsEndsIt) {
  auto future = begin("ssh.run", input({{"cmd", kWaits}}));
  wait_until_exists("count");
  server.stop();
  server.new_host_key();
  server.start();
  const auto outcome = wait_for(future);
  EXPECT_EQ(outcome.data["error"]["class"], "host_key") << to_json(outcome.data);
  EXPECT_EQ(outcome.data["error"]["retry"], false);
  EXPECT_THAT(outcome.data["error"]["message"].get<std::string>(),
              ::testing::EndsWith(" (the command was started and may still run)"));
  EXPECT_EQ(text("count"), "run\n");
  let_go();
}

TEST_F(SshRunTest, StartUpFilesMayTalk) {
  std::filesystem::create_directory(server.home() + "/.ssh");
  std::ofstream(server.home() + "/.ssh/rc") << "echo R 0; echo Welcome >&2; printf 'to this machine: J started'\n";
  const auto outcome = run("ssh.run", input({{"cmd", "echo run >>count; echo out; exit 3"}, {"ok_codes", {3}}}));
  EXPECT_EQ(outcome.kind, OutcomeKind::kSuccess) << to_json(outcome.data);
  EXPECT_EQ(outcome.data["stdout"], "out\n");
  EXPECT_EQ(text("count"), "run\n");
}

TEST_F(SshRunTest, FiftyMegabytesOfADurableCommand) {
  const auto outcome = run("ssh.run", input({{"cmd", "head -c 50000000 /dev/zero | tr '\\0' x; exit 5"},
                                             {"ok_codes", {5}},
                                             {"output_limit_bytes", 1000}}));
  EXPECT_EQ(outcome.kind, OutcomeKind::kSuccess) << to_json(outcome.data).substr(0, 500);
  EXPECT_EQ(outcome.data["stdout"], std::string(1000, 'x'));
  EXPECT_EQ(outcome.data["truncated"], true);
}

TEST(FrameReader, StopsAtNoiseThatNeverEnds) {
  int jobs = 0;
  FrameReader reader({[&](bool) { ++jobs; }, [](net::SshStream, std::string_view) {}, [](int) {},
                      [](const std::string&) {}});
  for (int i = 0; i < 70; ++i) reader.feed(std::string(999, 'x') + "\n");
  EXPECT_TRUE(reader.broken());
  reader.feed("J started\n");
  EXPECT_EQ(jobs, 0);
}

TEST(FrameReader, ReadsPiecesOfAnySize) {
  const std::string stream = "J started\nO 5\na\nb\ncE 3\nerrO 0\nR 7\n";
  for (std::size_t size = 1; size <= stream.size(); ++size) {
    std::string out, err;
    int code = -1;
    int jobs = 0;
    FrameReader reader(
        {[&](bool attached) { jobs += attached ? 100 : 1; },
         [&](net::SshStream which, std::string_view bytes) { (which == net::SshStream::kStdout ? out : err) += bytes; },
         [&](int given) { code = given; }, [](const std::string&) {}});
    for (std::size_t at = 0; at < stream.size(); at += size) reader.feed(std::string_view(stream).substr(at, size));
    EXPECT_EQ(out, "a\nb\nc");
    EXPECT_EQ(err, "err");
    EXPECT_EQ(code, 7);
    EXPECT_EQ(jobs, 1);
    EXPECT_FALSE(reader.broken());
  }
  FrameReader reader({[](bool) {}, [](net::SshStream, std::string_view) {}, [](int) {}, [](const std::string&) {}});
  reader.feed("Welcome to this machine\nR 0\n");
  EXPECT_FALSE(reader.broken());
  reader.feed("J started\nWelcome to this machine\n");
  EXPECT_TRUE(reader.broken());
}

}  // namespace
}  // namespace foehn::actions
