// Goal: the SSH client against the real sshd: every error class, every way a command can end, and the pool.
// Method: one server per test case; commands wait for files or input, never for time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>

#include "actions/net/ssh/crypto.h"
#include "actions/net/ssh/known_hosts.h"
#include "actions/net/ssh/libssh2_client.h"
#include "tests/unit/actions/net/sshd_fixture.h"

namespace foehn::net {
namespace {

using foehn::testing::kPassword;
using foehn::testing::TestSshd;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::chrono::seconds kPatience{60};

SshOutcome wait_for(std::future<SshOutcome>& future) {
  if (future.wait_for(kPatience) == std::future_status::ready) return future.get();
  ADD_FAILURE() << "no outcome";
  std::abort();
}

// A client, and a command that waits for its end.
struct Bench {
  explicit Bench(SshOptions options = {}) : client(hosts, options) {}
  std::future<SshOutcome> begin(const SshTarget& target, SshCommand command, SshRequestId* id = nullptr,
                                std::function<void(SshStream, std::string_view)> on_output = {}) {
    auto promise = std::make_shared<std::promise<SshOutcome>>();
    auto future = promise->get_future();
    const auto given =
        client.exec(target, std::move(command),
                    {std::move(on_output), [promise](SshOutcome outcome) { promise->set_value(std::move(outcome)); }});
    if (id) *id = given;
    return future;
  }
  SshOutcome run(const SshTarget& target, const std::string& command, const std::string& input = "") {
    SshCommand what;
    what.command = command;
    what.stdin_data = input;
    auto future = begin(target, std::move(what));
    return wait_for(future);
  }
  MemoryKnownHosts hosts;
  Libssh2Client client;
};

std::string why(const SshOutcome& outcome) { return outcome.failure ? outcome.failure->message() : "no failure"; }
std::string class_of(const SshOutcome& outcome) {
  return outcome.failure ? std::string(to_string(outcome.failure->error_class)) + "/" +
                               std::string(to_string(outcome.failure->phase))
                         : "none";
}

#define NEED_SSHD(server) \
  if (!(server).unavailable().empty()) GTEST_SKIP() << (server).unavailable()

TEST(Ssh, RunsACommandAndKeepsItsStreamsApart) {
  TestSshd server;
  NEED_SSHD(server);
  Bench bench;
  const auto outcome = bench.run(server.target(), "echo out; echo err >&2; printf tail; exit 7");
  ASSERT_EQ(why(outcome), "no failure");
  EXPECT_EQ(outcome.result.exit_code, 7);
  EXPECT_EQ(outcome.result.exit_signal, "");
  EXPECT_EQ(outcome.result.stdout_text, "out\ntail");
  EXPECT_EQ(outcome.result.stderr_text, "err\n");
  EXPECT_FALSE(outcome.result.truncated);
  EXPECT_EQ(outcome.result.attempts, 1u);
  EXPECT_EQ(outcome.result.host_key_fingerprint, server.host_fingerprint());
}

TEST(Ssh, AcceptsEveryKindOfKey) {
  TestSshd server;
  NEED_SSHD(server);
  Bench bench;
  for (const char* name : {"ed25519", "ecdsa", "rsa", "rsa_pem", "ed25519_locked", "rsa_pem_locked"}) {
    SshTarget target = server.target();
    target.credentials.private_key = server.private_key(name);
    if (std::string_view(name).ends_with("_locked")) target.credentials.passphrase = "geheim";
    const auto outcome = bench.run(target, "echo hello");
    EXPECT_EQ(why(outcome), "no failure") << name;
    EXPECT_EQ(outcome.result.stdout_text, "hello\n") << name;
  }
}

TEST(Ssh, AcceptsOurOwnGeneratedKey) {
  TestSshd server;
  NEED_SSHD(server);
  const auto pair = generate_ed25519("made-by-us");
  ASSERT_TRUE(pair.has_value());
  std::ofstream(server.folder() + "/authorized_keys", std::ios::app) << pair->public_key << "\n";
  Bench bench;
  SshTarget target = server.target();
  target.credentials.private_key = pair->private_key;
  EXPECT_EQ(why(bench.run(target, "true")), "no failure");
  // And OpenSSH reads the file itself.
  const std::string path = server.folder() + "/ours";
  std::ofstream(path) << pair->private_key;
  std::filesystem::permissions(path, std::filesystem::perms::owner_read);
  EXPECT_EQ(foehn::testing::run_program({"ssh-keygen", "-y", "-f", path}), pair->public_key + "\n");
}

TEST(Ssh, AcceptsAPassword) {
  TestSshd server;
  NEED_SSHD(server);
  if (!server.has_password()) GTEST_SKIP() << "a password needs root and mount namespaces";
  Bench bench;
  SshTarget target = server.target();
  target.credentials = {.password = kPassword, .private_key = "", .passphrase = ""};
  EXPECT_EQ(why(bench.run(target, "true")), "no failure");
  target.credentials.password = "wrong password";
  const auto outcome = bench.run(target, "true");
  EXPECT_EQ(class_of(outcome), "auth/authenticate");
  EXPECT_THAT(why(outcome), HasSubstr("the server refused the password"));
  EXPECT_THAT(why(outcome), ::testing::Not(HasSubstr("wrong password")));
}

TEST(Ssh, AWrongKeyIsAnAuthError) {
  TestSshd server;
  NEED_SSHD(server);
  Bench bench;
  SshTarget target = server.target();
  target.credentials.private_key = server.private_key("stranger");
  const auto outcome = bench.run(target, "true");
  EXPECT_EQ(class_of(outcome), "auth/authenticate");
  EXPECT_THAT(why(outcome),
              StartsWith("auth: " + server.user() + "@127.0.0.1:" + std::to_string(server.port()) +
                         " while authenticating (attempt 1): the server refused the private key (it offers "));
  target.credentials.private_key = "this is no key";
  EXPECT_THAT(why(bench.run(target, "true")), HasSubstr("cannot use the private key"));
  target.credentials.private_key = "";
  EXPECT_THAT(why(bench.run(target, "true")), HasSubstr("no password and no private key was given"));
}

TEST(Ssh, AChangedHostKeyIsRefused) {
  TestSshd server;
  NEED_SSHD(server);
  Bench bench;
  ASSERT_EQ(why(bench.run(server.target(), "true")), "no failure");
  const std::string before = server.host_fingerprint();
  server.stop();
  server.new_host_key();
  server.start();
  const auto outcome = bench.run(server.target(), "true");
  EXPECT_EQ(class_of(outcome), "host_key/handshake");
  const std::string name = "[127.0.0.1]:" + std::to_string(server.port());
  EXPECT_EQ(outcome.failure->detail, "the host key has changed: expected ssh-ed25519 " + before + ", got ssh-ed25519 " +
                                         server.host_fingerprint() +
                                         "; if the machine was really replaced, remove the recorded key of " + name);
  // Explicitly ignoring it works, and so does forgetting the old one.
  SshTarget careless = server.target();
  careless.host_key_policy = HostKeyPolicy::kInsecure;
  EXPECT_EQ(why(bench.run(careless, "true")), "no failure");
  ASSERT_TRUE(bench.hosts.forget("127.0.0.1", server.port()));
  EXPECT_EQ(why(bench.run(server.target(), "true")), "no failure");
}

TEST(Ssh, APinnedHostKeyIsTheOnlyOneAccepted) {
  TestSshd server;
  NEED_SSHD(server);
  Bench bench;
  SshTarget target = server.target();
  target.host_key_policy = HostKeyPolicy::kPinned;
  EXPECT_EQ(class_of(bench.run(target, "true")), "host_key/handshake");  // nothing given, nothing known
  target.host_key = server.host_fingerprint();
  EXPECT_EQ(why(bench.run(target, "true")), "no failure");
  target.host_key = foehn::testing::read_text_file(server.folder() + "/host_key.pub");
  EXPECT_EQ(why(bench.run(target, "true")), "no failure");
  target.host_key = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  EXPECT_EQ(class_of(bench.run(target, "true")), "host_key/handshake");
}

TEST(Ssh, NobodyListening) {
  Bench bench;
  SshTarget target;
  target.host = "127.0.0.1";
  target.port = foehn::testing::free_port();
  target.user = "root";
  const auto outcome = bench.run(target, "true");
  EXPECT_EQ(why(outcome), "refused: root@127.0.0.1:" + std::to_string(target.port) +
                              " while connecting (attempt 1): Connection refused");
}

TEST(Ssh, ANameThatDoesNotExist) {
  Bench bench;
  SshTarget target;
  target.host = "no-such-host.invalid";
  target.user = "root";
  EXPECT_EQ(class_of(bench.run(target, "true")), "unreachable/resolve");
}

// A listening socket that accepts nobody and, once its queue is full, drops SYNs.
struct BlackHole {
  BlackHole() : fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    EXPECT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), length), 0);
    EXPECT_EQ(::listen(fd, 0), 0);
    EXPECT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length), 0);
    port = ntohs(address.sin_port);
    for (int i = 0; i < 4; ++i) {
      const int filler = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      static_cast<void>(::connect(filler, reinterpret_cast<sockaddr*>(&address), length));
      fillers.push_back(filler);
    }
  }
  ~BlackHole() {
    for (const int filler : fillers) ::close(filler);
    ::close(fd);
  }
  const int fd;
  std::uint16_t port = 0;
  std::vector<int> fillers;
};

TEST(Ssh, ABlackHoleIsATimeoutWhileConnecting) {
  BlackHole hole;
  Bench bench;
  SshTarget target;
  target.host = "127.0.0.1";
  target.port = hole.port;
  target.user = "root";
  target.connect_timeout_ms = 200;
  const auto outcome = bench.run(target, "true");
  EXPECT_EQ(why(outcome), "timeout: root@127.0.0.1:" + std::to_string(hole.port) +
                              " while connecting (attempt 1): no answer within 200 ms");
}

TEST(Ssh, AServerWithoutABannerIsATimeoutInTheHandshake) {
  BlackHole silent;  // its kernel completes the first connection
  for (const int filler : silent.fillers) ::close(filler);
  silent.fillers.clear();
  const int roomy = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  ASSERT_EQ(::bind(roomy, reinterpret_cast<sockaddr*>(&address), length), 0);
  ASSERT_EQ(::listen(roomy, 10), 0);
  ASSERT_EQ(::getsockname(roomy, reinterpret_cast<sockaddr*>(&address), &length), 0);
  Bench bench;
  SshTarget target;
  target.host = "127.0.0.1";
  target.port = ntohs(address.sin_port);
  target.user = "root";
  target.connect_timeout_ms = 200;
  const auto outcome = bench.run(target, "true");
  EXPECT_EQ(class_of(outcome), "timeout/handshake");
  EXPECT_EQ(outcome.failure->detail, "the server sent nothing within 200 ms");
  ::close(roomy);
}

TEST(Ssh, AServerThatIsNotSsh) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), length), 0);
  ASSERT_EQ(::listen(fd, 10), 0);
  ASSERT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length), 0);
  std::thread peer([&] {
    const int connection = ::accept(fd, nullptr, nullptr);
    const std::string text = "HTTP/1.1 400 Bad Request\r\n\r\n";
    static_cast<void>(::write(connection, text.data(), text.size()));
    ::close(connection);
  });
  Bench bench;
  SshTarget target;
  target.host = "127.0.0.1";
  target.port = ntohs(address.sin_port);
  target.user = "root";
  const auto outcome = bench.run(target, "true");
  peer.join();
  ::close(fd);
  EXPECT_EQ(class_of(outcome), "protocol/handshake");
  EXPECT_EQ(outcome.failure->detail, "this is no SSH server, it said 'HTTP/1.1 400 Bad Request'");
}

// The command tells that it has started by its output.
struct Started {
  std::promise<void> promise;
  std::atomic<bool> told{false};
  std::function<void(SshStream, std::string_view)> callback() {
    return [this](SshStream, std::string_view) {
      if (!told.exchange(true)) promise.set_value();
    };
  }
};

TEST(Ssh, AKilledServerIsALostCommand) {
  TestSshd server;
  NEED_SSHD(server);
  Bench bench;
  Started started;
  SshCommand command;
  command.command = "echo started; sleep 1000";
  auto future = bench.begin(server.target(), command, nullptr, started.callback());
  started.promise.get_future().wait();
  server.kill_sessions();
  const auto outcome = wait_for(future);
  EXPECT_EQ(class_of(outcome), "lost/run");
  EXPECT_EQ(outcome.result.stdout_text, "started\n");
  // The dead session is not used again.
  EXPECT_EQ(why(bench.run(server.target(), "true")), "no failure");
}

TEST(Ssh, AFrozenServerIsLostByKeepalive) {
  TestSshd server;
  NEED_SSHD(server);
  Bench bench;
  Started started;
  SshTarget target = server.target();
  target.keepalive_ms = 100;
  SshCommand command;
  command.command = "echo started; kill -STOP $PPID; sleep 1000";
  auto future = bench.begin(target, command, nullptr, started.callback());
  const auto outcome = wait_for(future);
  EXPECT_EQ(class_of(outcome), "lost/run");
  EXPECT_EQ(outcome.failure->detail, "no sign of life for 300 ms");
}

TEST(Ssh, AQuietCommandIsNotLost) {
  TestSshd server;
  NEED_SSHD(server);
  Bench bench;
  SshTarget target = server.target();
  target.keepalive_ms = 50;
  const auto outcome = bench.run(target, "sleep 1; echo done");
  EXPECT_EQ(why(outcome), "no failure");
  EXPECT_EQ(outcome.result.stdout_text, "done\n");
}

TEST(Ssh, ASignalIsReportedByName) {
  TestSshd server;
  NEED_SSHD(server);
  Bench bench;
  const auto outcome = bench.run(server.target(), "kill -KILL $$");
  ASSERT_EQ(why(outcome), "no failure");
  EXPECT_EQ(outcome.result.exit_signal, "KILL");
}

TEST(Ssh, StandardInputArrivesWhole) {
  TestSshd server;
  NEED_SSHD(server);
  Bench bench;
  std::string input;
  for (int i = 0; i < 400'000; ++i) input += std::to_string(i) + "\n";
  const auto outcome = bench.run(server.target(), "cksum", input);
  EXPECT_EQ(outcome.result.stdout_text, foehn::testing::run_program({"cksum"}, input));
  EXPECT_EQ(bench.run(server.target(), "cat").result.stdout_text, "");
  // A command that does not read its input.
  EXPECT_EQ(bench.run(server.target(), "exit 3", input).result.exit_code, 3);
}

TEST(Ssh, TheExitCodeOfACommandThatClosesItsOutputEarly) {
  TestSshd server;
  NEED_SSHD(server);
  Bench bench;
  EXPECT_EQ(bench.run(server.target(), "exec >&- 2>&-; sleep 0.3; exit 9").result.exit_code, 9);
}

TEST(Ssh, LongOutputIsCutAndCounted) {
  TestSshd server;
  NEED_SSHD(server);
  Bench bench;
  SshCommand command;
  command.command = "head -c 10000000 /dev/zero | tr '\\0' x; printf end >&2; exit 4";
  std::size_t seen = 0;
  auto future = bench.begin(server.target(), command, nullptr, [&](SshStream stream, std::string_view bytes) {
    if (stream == SshStream::kStdout) seen += bytes.size();
  });
  const auto outcome = wait_for(future);
  ASSERT_EQ(why(outcome), "no failure");
  EXPECT_EQ(outcome.result.exit_code, 4);
  EXPECT_EQ(outcome.result.stdout_text, std::string(limits::kSshOutputBytesMax, 'x'));
  EXPECT_EQ(outcome.result.stderr_text, "end");
  EXPECT_TRUE(outcome.result.truncated);
  EXPECT_EQ(seen, 10'000'000u);
}

TEST(Ssh, OutputIsKeptByteForByte) {
  TestSshd server;
  NEED_SSHD(server);
  Bench bench;
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  EXPECT_EQ(bench.run(server.target(), "cat", all).result.stdout_text, all);
}

TEST(Ssh, ATimeoutEndsTheCommand) {
  TestSshd server;
  NEED_SSHD(server);
  Bench bench;
  SshCommand command;
  command.command = "echo before; sleep 1000";
  command.timeout_ms = 1'000;
  auto future = bench.begin(server.target(), command);
  const auto outcome = wait_for(future);
  EXPECT_EQ(class_of(outcome), "timeout/run");
  EXPECT_EQ(outcome.failure->detail, "not finished within 1000 ms");
  EXPECT_EQ(outcome.result.stdout_text, "before\n");
}

TEST(Ssh, CancelEndsTheCommandAndFreesItsChannel) {
  TestSshd server({"MaxSessions 1"});
  NEED_SSHD(server);
  Bench bench;
  Started started;
  SshCommand command;
  command.command = "echo started; sleep 1000";
  SshRequestId id = 0;
  auto future = bench.begin(server.target(), command, &id, started.callback());
  started.promise.get_future().wait();
  bench.client.cancel(id);
  EXPECT_EQ(class_of(wait_for(future)), "cancelled/run");
  bench.client.cancel(id);  // a second time: nothing
  EXPECT_EQ(why(bench.run(server.target(), "true")), "no failure");
}

TEST(Ssh, CancelBeforeTheConnectionStands) {
  BlackHole hole;
  Bench bench;
  SshTarget target;
  target.host = "127.0.0.1";
  target.port = hole.port;
  target.user = "root";
  SshRequestId id = 0;
  auto future = bench.begin(target, {.command = "true", .stdin_data = ""}, &id);
  bench.client.cancel(id);
  EXPECT_EQ(class_of(wait_for(future)), "cancelled/connect");
}

TEST(Ssh, ManyCommandsShareFewSessions) {
  TestSshd server;
  NEED_SSHD(server);
  Bench bench;
  std::vector<std::future<SshOutcome>> futures;
  for (int i = 0; i < 100; ++i) {
    SshCommand command;
    command.command = "cat; exit " + std::to_string(i);
    command.stdin_data = "input " + std::to_string(i);
    futures.push_back(bench.begin(server.target(), command));
  }
  for (int i = 0; i < 100; ++i) {
    const auto outcome = wait_for(futures[static_cast<std::size_t>(i)]);
    EXPECT_EQ(why(outcome), "no failure");
    EXPECT_EQ(outcome.result.exit_code, i);
    EXPECT_EQ(outcome.result.stdout_text, "input " + std::to_string(i));
  }
  EXPECT_LE(bench.client.session_count(), limits::kSshSessionsPerHostMax);
  EXPECT_GE(bench.client.session_count(), 1u);
}

TEST(Ssh, FewerChannelsThanWeHopedForAreEnough) {
  TestSshd server({"MaxSessions 2"});
  NEED_SSHD(server);
  SshOptions options;
  options.pool.sessions_per_host = 1;
  Bench bench(options);
  std::vector<std::future<SshOutcome>> futures;
  for (int i = 0; i < 20; ++i)
    futures.push_back(bench.begin(server.target(), {.command = "echo $$", .stdin_data = ""}));
  for (auto& future : futures) EXPECT_EQ(why(wait_for(future)), "no failure");
}

TEST(Ssh, APooledSessionThatDiedIsReplacedSilently) {
  TestSshd server;
  NEED_SSHD(server);
  Bench bench;
  ASSERT_EQ(why(bench.run(server.target(), "true")), "no failure");
  server.stop();
  server.start();
  const auto outcome = bench.run(server.target(), "echo again");
  EXPECT_EQ(why(outcome), "no failure");
  EXPECT_EQ(outcome.result.stdout_text, "again\n");
}

TEST(Ssh, AnIdleSessionIsClosed) {
  TestSshd server;
  NEED_SSHD(server);
  SshOptions options;
  options.pool.idle_close_ms = 20;
  Bench bench(options);
  ASSERT_EQ(why(bench.run(server.target(), "true")), "no failure");
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (bench.client.session_count() > 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_EQ(bench.client.session_count(), 0u);
}

TEST(Ssh, ThroughOneAndTwoGateways) {
  TestSshd server;
  TestSshd gateway;
  TestSshd outer;
  NEED_SSHD(server);
  NEED_SSHD(gateway);
  NEED_SSHD(outer);
  Bench bench;
  SshTarget target = server.target();
  target.gateway = std::make_shared<const SshTarget>(gateway.target());
  auto outcome = bench.run(target, "echo through; cat", std::string(300'000, 'y'));
  ASSERT_EQ(why(outcome), "no failure");
  EXPECT_EQ(outcome.result.stdout_text, "through\n" + std::string(300'000, 'y'));
  EXPECT_EQ(outcome.result.host_key_fingerprint, server.host_fingerprint());

  SshTarget middle = gateway.target();
  middle.gateway = std::make_shared<const SshTarget>(outer.target());
  target.gateway = std::make_shared<const SshTarget>(middle);
  outcome = bench.run(target, "echo twice");
  ASSERT_EQ(why(outcome), "no failure");
  EXPECT_EQ(outcome.result.stdout_text, "twice\n");
}

TEST(Ssh, FailuresBehindAGatewayNameTheRightHop) {
  TestSshd gateway;
  NEED_SSHD(gateway);
  Bench bench;
  SshTarget target = gateway.target();
  target.port = foehn::testing::free_port();
  target.gateway = std::make_shared<const SshTarget>(gateway.target());
  auto outcome = bench.run(target, "true");
  EXPECT_EQ(class_of(outcome), "refused/connect");
  EXPECT_EQ(outcome.failure->port, target.port);
  // And a gateway that refuses us.
  SshTarget bad = gateway.target();
  bad.credentials.private_key = gateway.private_key("stranger");
  target.gateway = std::make_shared<const SshTarget>(bad);
  outcome = bench.run(target, "true");
  EXPECT_EQ(class_of(outcome), "auth/authenticate");
  EXPECT_EQ(outcome.failure->port, gateway.port());
}

TEST(Ssh, AGatewayThatDiesLosesTheCommand) {
  TestSshd server;
  TestSshd gateway;
  NEED_SSHD(server);
  NEED_SSHD(gateway);
  Bench bench;
  Started started;
  SshTarget target = server.target();
  target.gateway = std::make_shared<const SshTarget>(gateway.target());
  SshCommand command;
  command.command = "echo started; sleep 1000";
  auto future = bench.begin(target, command, nullptr, started.callback());
  started.promise.get_future().wait();
  gateway.kill_sessions();
  EXPECT_EQ(class_of(wait_for(future)), "lost/run");
}

TEST(Ssh, ShuttingDownAnswersEverybody) {
  TestSshd server;
  NEED_SSHD(server);
  BlackHole hole;
  std::vector<std::future<SshOutcome>> futures;
  {
    Bench bench;
    Started started;
    SshCommand command;
    command.command = "echo started; sleep 1000";
    futures.push_back(bench.begin(server.target(), command, nullptr, started.callback()));
    started.promise.get_future().wait();
    SshTarget nowhere;
    nowhere.host = "127.0.0.1";
    nowhere.port = hole.port;
    nowhere.user = "root";
    futures.push_back(bench.begin(nowhere, {.command = "true", .stdin_data = ""}));
  }
  EXPECT_EQ(class_of(wait_for(futures[0])), "cancelled/run");
  EXPECT_EQ(class_of(wait_for(futures[1])), "cancelled/connect");
}

}  // namespace
}  // namespace foehn::net
