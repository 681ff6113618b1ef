// Goal: local boxes are real machines to whoever logs in, are made once however often they are asked for, and leave
// nothing behind – also after a crash half-way. Method: the real driver, real namespaces and the real ssh client; this
// program is its own `box-init`. Needs root for boxes with namespaces (printed and skipped otherwise).
#include "actions/cloud/local/local_driver.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "actions/cloud/local/box_init.h"
#include "actions/cloud/local/box_process.h"
#include "actions/cloud/local/command.h"
#include "actions/cloud/local/local_network.h"
#include "tests/support/mem_ledger.h"

namespace foehn::cloud::local {
namespace {

std::string self_path() { return std::filesystem::read_symlink("/proc/self/exe").string(); }

class LocalDriverTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/var/tmp/foehn-driver-test-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    directory_ = name;
    instance_ = instance_of(directory_);
    ASSERT_TRUE(run_checked({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", directory_ + "/id"}));
    std::ifstream file(directory_ + "/id.pub");
    std::getline(file, public_key_);
    driver_ = std::make_unique<LocalDriver>(options(), ledger_, log_);
    const auto checked = driver_->check({"box", 3});
    ASSERT_TRUE(checked) << checked.error().message;
    root_ = checked->user == "root";
    if (!root_) GTEST_SKIP() << "not root: boxes with namespaces cannot be tested here";
  }
  void TearDown() override {
    if (driver_) (void)driver_->clean();
    std::filesystem::remove_all(directory_);
  }
  LocalOptions options() const { return {directory_, {self_path(), "box-init"}, "", {}}; }

  Status make_slice(const std::string& overcloud) {
    FOEHN_CHECK_OK(driver_->network_create({overcloud, "net", ""}));
    FOEHN_CHECK_OK(driver_->keypair_create({overcloud, "key", public_key_}));
    return {};
  }
  Result<Server> make_box(const std::string& overcloud, const std::string& name) {
    return driver_->server_create({overcloud, name, "box", "", "key", "cluster", 0});
  }
  Result<CommandResult> ssh(const Server& server, const std::string& command) {
    std::ofstream(directory_ + "/known_hosts") << server.ip << " " << server.host_key << "\n";
    return run_command({"ssh", "-F", "/dev/null", "-i", directory_ + "/id", "-o", "BatchMode=yes", "-o",
                        "StrictHostKeyChecking=yes", "-o", "UserKnownHostsFile=" + directory_ + "/known_hosts", "-o",
                        "LogLevel=ERROR", "-o", "ConnectionAttempts=20", server.user + "@" + server.ip, command});
  }
  void expect_nothing_left() {
    EXPECT_TRUE(netns_of(instance_).empty());
    EXPECT_TRUE(links_of(instance_).empty());
    EXPECT_TRUE(std::filesystem::is_empty(directory_ + "/boxes"));
    std::ifstream mounts("/proc/mounts");
    for (std::string line; std::getline(mounts, line);) EXPECT_EQ(line.find(directory_), std::string::npos) << line;
  }

  std::string directory_, instance_, public_key_;
  bool root_ = false;
  tests::MemLedger ledger_;
  Log log_{{.level = LogLevel::kError, .json = false, .file = ""}};
  std::unique_ptr<LocalDriver> driver_;
};

TEST_F(LocalDriverTest, ABoxIsAMachineOfItsOwn) {
  ASSERT_TRUE(make_slice("oc-1"));
  const auto box = make_box("oc-1", "lc-1");
  ASSERT_TRUE(box) << box.error().message;
  EXPECT_EQ(box->state, "ACTIVE");
  const auto answer = ssh(*box, "hostname; cat /etc/hostname; test -d " + directory_ + "/boxes || echo hidden; "
                                "ls /root | wc -l; ip -brief address show eth0 | tr -s ' ' | cut -d' ' -f3; "
                                "echo mine >/etc/foehn-marker; ps -e -o comm= | grep -c sshd; exit 7");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->exit_code, 7);
  EXPECT_EQ(answer->output.substr(0, answer->output.rfind('\n', answer->output.size() - 2)),
            "lc-1\nlc-1\nhidden\n0\n" + box->ip + "/24");
  EXPECT_FALSE(std::filesystem::exists("/etc/foehn-marker")) << "what a box writes must stay in the box";
}

TEST_F(LocalDriverTest, BoxesSeeEachOtherAndAreMadeOnce) {
  ASSERT_TRUE(make_slice("oc-1"));
  std::vector<Result<Server>> servers(3, fail(ErrorCode::kInternal, "not run"));
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < servers.size(); ++i)
    threads.emplace_back([&, i] { servers[i] = make_box("oc-1", "lc-" + std::to_string(i)); });
  for (auto& thread : threads) thread.join();
  std::set<std::string> addresses;
  for (const auto& server : servers) {
    ASSERT_TRUE(server) << server.error().message;
    addresses.insert(server->ip);
  }
  EXPECT_EQ(addresses.size(), 3u);
  const auto reached = ssh(*servers[0], "bash -c 'exec 3<>/dev/tcp/" + servers[1]->ip + "/22; read -u 3 line; echo ${line%%-*}'");
  ASSERT_TRUE(reached);
  EXPECT_EQ(reached->output, "SSH\n");

  const pid_t before = live_process(directory_ + "/boxes/" + std::filesystem::directory_iterator(directory_ + "/boxes")->path().filename().string());
  const auto again = make_box("oc-1", "lc-1");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->ip, servers[1]->ip);
  EXPECT_EQ(again->host_key, servers[1]->host_key);
  EXPECT_NE(before, 0);
  EXPECT_EQ(driver_->server_list("oc-1")->size(), 3u);
}

TEST_F(LocalDriverTest, DeleteLeavesNothingAndMayBeRepeated) {
  ASSERT_TRUE(make_slice("oc-1"));
  ASSERT_TRUE(make_box("oc-1", "post"));
  ASSERT_TRUE(make_box("oc-1", "lc-1"));
  const auto early = driver_->network_delete("oc-1");
  ASSERT_FALSE(early) << "a network with boxes must not go";
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(driver_->server_delete("oc-1", "post"));
    ASSERT_TRUE(driver_->server_delete("oc-1", "lc-1"));
    ASSERT_TRUE(driver_->keypair_delete("oc-1", "key"));
    ASSERT_TRUE(driver_->network_delete("oc-1"));
  }
  expect_nothing_left();
}

TEST_F(LocalDriverTest, ALostBoxIsRaisedAgainUnderItsAddress) {
  ASSERT_TRUE(make_slice("oc-1"));
  const auto first = make_box("oc-1", "lc-1");
  ASSERT_TRUE(first);
  for (const auto& folder : std::filesystem::directory_iterator(directory_ + "/boxes"))
    ASSERT_TRUE(kill_process(folder.path().string(), 5'000));
  EXPECT_EQ(driver_->server_get("oc-1", "lc-1")->state, "LOST");
  const auto second = make_box("oc-1", "lc-1");
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->ip, first->ip);
  EXPECT_EQ(second->state, "ACTIVE");
}

TEST_F(LocalDriverTest, TheNextStartRemovesWhatACrashLeft) {
  ASSERT_TRUE(make_slice("oc-1"));
  ASSERT_TRUE(make_box("oc-1", "kept"));
  ASSERT_TRUE(make_box("oc-1", "half"));
  ASSERT_TRUE(make_box("oc-1", "forgotten"));
  // A crash inside a creation leaves the intent; one whose row was never written back leaves things without a row.
  auto half = **ledger_.get("box", "oc-1/half");
  half.state = "creating";
  ASSERT_TRUE(ledger_.put(half));
  ASSERT_TRUE(ledger_.remove("box", "oc-1/forgotten"));

  LocalDriver next(options(), ledger_, log_);
  const auto removed = next.reconcile();
  ASSERT_TRUE(removed) << removed.error().message;
  EXPECT_FALSE(removed->empty());
  EXPECT_EQ(netns_of(instance_).size(), 1u);
  EXPECT_EQ(links_of(instance_).size(), 2u) << "the bridge and the kept box";
  const auto kept = next.server_get("oc-1", "kept");
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->state, "ACTIVE");
  EXPECT_EQ(ssh(*kept, "echo up")->output, "up\n");
  ASSERT_TRUE(next.clean());
  expect_nothing_left();
}

TEST_F(LocalDriverTest, BadRequestsAreRefusedBeforeAnythingIsMade) {
  EXPECT_EQ(driver_->check({"m1.small", 1}).error().message, "provider local has no size 'm1.small'; sizes: box");
  EXPECT_EQ(driver_->check({"box", 1'000'000}).error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(make_box("nowhere", "x").error().message, "OverCloud nowhere has no local network");
  ASSERT_TRUE(driver_->network_create({"oc-1", "net", ""}));
  EXPECT_EQ(make_box("oc-1", "x").error().message, "no key pair 'key' for oc-1");
  EXPECT_EQ(driver_->network_create({"oc-2", "net", "10.0.0.0/8"}).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace foehn::cloud::local

int main(int argc, char** argv) {
  if (argc == 3 && std::string(argv[1]) == "box-init")
    ::_exit(std::string(argv[2]) == "--probe" ? foehn::cloud::local::box_probe_main()
                                              : foehn::cloud::local::box_init_main(argv[2]));
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
